"""Moving the playhead by hand: playing pauses meanwhile, and goes on where a drag over the timeline ends."""

from __future__ import annotations

from app.session.base.playback import Playback


class Scrubbing:
    """What drags and jumps do to the playback.

    Args:
        playback: is moved.
    """

    def __init__(self, playback: Playback) -> None:
        self._playback = playback
        self._resume = False

    def begin(self) -> None:
        """The playhead is taken."""
        self._resume = self._playback.playing
        self._playback.pause()

    def end(self) -> None:
        """It is let go: play on if it played."""
        if self._resume:
            self._playback.play()

    def scrub_to(self, t: float) -> None:
        """Stand still at a time in seconds, and let it be heard."""
        self._playback.pause()
        self._playback.scrub(t)

    def go_to(self, t: float) -> None:
        """Stand still at a time in seconds."""
        self._playback.pause()
        self._playback.seek(t)
