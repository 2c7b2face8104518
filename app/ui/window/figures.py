"""The figures of the status bar, written twice a second."""

from __future__ import annotations

from app.session.base.playback import Playback
from app.session.live.live import Live
from app.ui.preview.preview import Preview
from app.ui.sound.sound_words import sound_words
from app.ui.window.frame_loop import FrameLoop
from app.ui.window.status import Status


class Figures:
    """How fast, how much in sync, by whom and to where.

    Args:
        status: is written to.
        preview: knows who draws.
        loop: measures.
        playback: knows where the sound goes.
        live: the microphone moves the face too.
    """

    def __init__(self, status: Status, preview: Preview, loop: FrameLoop, playback: Playback, live: Live) -> None:
        self._status, self._preview, self._loop, self._playback, self._live = status, preview, loop, playback, live

    def write(self) -> None:
        """Write them all."""
        self._status.set_figures(self._loop.figures, self._playback.playing or self._live.active)
        self._status.set_renderer(self._preview.gl_description)
        self._status.set_sound(*sound_words(self._playback))
