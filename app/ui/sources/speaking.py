"""Speaking the line: from the bar to the voice, and what the bar says meanwhile."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.session.base.voices import Voices
from app.session.base.workers import Workers
from app.session.speech.speeches import Speeches
from app.ui.preview.preview import Preview
from app.ui.sources.speak_bar import SpeakBar


class Speaking(QObject):
    """What the bar's line and button do.

    Args:
        bar: has the line.
        preview: takes the keys once the line is spoken, and says that an avatar is being read.
        speeches: speak.
        voices: those there are.
        workers: say what is being made.
    """

    def __init__(self, bar: SpeakBar, preview: Preview, *, speeches: Speeches, voices: Voices, workers: Workers) -> None:
        super().__init__(bar)
        self._bar, self._preview, self._speeches, self._voices, self._workers = bar, preview, speeches, voices, workers

    def say(self, line: str) -> None:
        """Speak a line; the keys then belong to the player, so that Space repeats it."""
        self._preview.banner.settle()
        self._preview.setFocus()
        self._speeches.say(line)

    def show_voices(self, *_: object) -> None:
        """List the voices there are now."""
        self._bar.set_voices(self._voices.offered, self._voices.current)

    def show_busy(self, *_: object) -> None:
        """Let the button stop what is being made."""
        self._bar.set_speaking(self._workers.running("speech", "video", "phones"))
        if self._workers.running("avatar"):
            self._preview.show_loading("Reading the meshes and textures.")
