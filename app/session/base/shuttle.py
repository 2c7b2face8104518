"""The keys of an editor's transport: faster with each press, backwards, slowly, and the points of the loop."""

from __future__ import annotations

from typing import Literal

from app.session.base.playback import Playback

SPEEDS = (1.0, 2.0, 4.0)
SLOW = 0.25
Direction = Literal[-1, 1]


class Shuttle:
    """What J, K, L and the brackets do to the playback.

    Args:
        playback: is played.
    """

    def __init__(self, playback: Playback) -> None:
        self._playback = playback

    def run(self, direction: Direction) -> None:
        """Play in a direction; if it does already, faster. The other direction begins at its normal speed."""
        speed = self._playback.speed * direction if self._playback.playing else 0.0
        self._play(direction * next((each for each in SPEEDS if each > speed + 1e-6), SPEEDS[-1]))

    def slow(self, direction: Direction) -> None:
        """Play slowly in a direction."""
        self._play(direction * SLOW)

    @property
    def running(self) -> bool:
        """Whether it plays."""
        return self._playback.playing

    def stop(self) -> None:
        """Stand still."""
        self._playback.pause()

    def set_in(self) -> None:
        """Start the loop here."""
        playback, now = self._playback, self._playback.now()
        end = playback.loop[1] if playback.loop and playback.loop[1] > now else playback.duration_s
        playback.looping = True
        playback.set_loop((now, end))

    def set_out(self) -> None:
        """End the loop here."""
        playback, now = self._playback, self._playback.now()
        start = playback.loop[0] if playback.loop and playback.loop[0] < now else 0.0
        playback.looping = True
        playback.set_loop((start, now))

    def _play(self, speed: float) -> None:
        self._playback.set_shuttle(speed)
        self._playback.play()
