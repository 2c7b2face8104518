"""What our own player let the loudspeaker sound while a block of the microphone was recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from app.audio.playback_clock import LineClock
from app.audio.playhead import PlayHead
from app.conversation.dialogue import HEARING_RATE

#: the reference runs ahead of what the clocks say by so much: an echo can then never come before its cause, even where a device
#: tells less latency than it has
LEAD_S = 0.03
#: further apart than this from where the clocks say it should be, the reference jumps there
_JUMP_S = 0.04
#: its distance from the clocks is averaged over so long, because a single look at them is many milliseconds off
_MEAN_S = 2.0
#: (seconds since the beginning, distance at which it is put right): early on nothing is lost by that; later an echo canceller has to
#: learn anew, so a distance is left alone that its model of the room can hold. The rate is never bent: what trembles cannot be cancelled
_EARLY_S, _EARLY_OFF_S, _OFF_S = 0.6, 0.002, 0.012
#: half the width of the rate conversion's kernel, in samples of the lower rate
_HALF_WIDTH = 10


class Playing(Protocol):
    """An output of the player."""

    rate: int
    head: PlayHead
    line_clock: LineClock

    @property
    def name(self) -> str:
        """The device's name; "" where nothing is heard."""
        ...

    def time(self) -> float:
        """Stream time in seconds."""
        ...


class PlayedReference:
    """Reads what was played beside what is heard. For one thread, which is not the player's.

    The samples are those that the callback gave to the device, with fades and volume, so pauses, seeks and speeds are in them. Blocks
    follow each other without gaps; where the clocks of two devices run apart, the reference is put right now and then.

    Args:
        output: gives the player's present output.
    """

    def __init__(self, output: Callable[[], Playing]) -> None:
        self._output = output
        self._of: Playing | None = None
        self._clock: LineClock | None = None
        self._next: float | None = None
        self._late_s = self._since_s = 0.0

    def read(self, age_s: float, n: int) -> np.ndarray:
        """The reference of a block of the microphone.

        Args:
            age_s: how long ago the block's first sample was at the microphone.
            n: its samples at ``HEARING_RATE``.

        Returns:
            (n,) float32 at ``HEARING_RATE``; silence where nothing is heard.
        """
        if not n:
            return np.zeros(0, np.float32)
        output = self._output()
        if output is not self._of:
            self._of, self._clock, self._next = output, output.line_clock.another(), None
        assert self._clock is not None
        wanted = self._clock.line_at(output.head.published, output.time() - age_s + LEAD_S)
        if wanted is None or not output.name:
            self._next = None
            return np.zeros(n, np.float32)
        step = output.rate / HEARING_RATE
        if self._next is None or abs(wanted - self._next) > _JUMP_S * output.rate:
            self._next, self._late_s, self._since_s = wanted, 0.0, 0.0
        self._next += output.rate * self._correction((wanted - self._next) / output.rate, n / HEARING_RATE)
        positions = self._next + step * np.arange(n)
        self._next += step * n
        return resampled_at(output.head.delivered.read, positions, max(step, 1.0))

    def _correction(self, late_s: float, lasts_s: float) -> float:
        """Seconds by which to go on, mostly none; ``late_s`` is how far the reference is behind the clocks now."""
        before_s, self._since_s = self._since_s, self._since_s + lasts_s
        self._late_s += lasts_s / min(self._since_s, _MEAN_S) * (late_s - self._late_s)
        settles = before_s < _EARLY_S <= self._since_s
        if abs(self._late_s) <= (_EARLY_OFF_S if settles else _OFF_S) or self._since_s < _EARLY_S:
            return 0.0
        late_s, self._late_s = self._late_s, 0.0
        return late_s


def resampled_at(read: Callable[[int, int], np.ndarray], positions: np.ndarray, step: float) -> np.ndarray:
    """Samples of a line between its samples, by a windowed sinc that passes what the lower rate can hold.

    Args:
        read: gives samples of the line from one place to another.
        positions: (n,) places that grow, fractional.
        step: places per sample wanted, at least 1.

    Returns:
        (n,) float32.
    """
    if not len(positions):
        return np.zeros(0, np.float32)
    half = int(np.ceil(_HALF_WIDTH * step))
    base = np.floor(positions).astype(np.int64)
    start = int(base[0]) - half
    line = read(start, int(base[-1]) + half + 2)
    offsets = np.arange(-half, half + 1)
    apart = ((base - positions)[:, None] + offsets) / step
    weights = np.sinc(apart) * np.cos(np.clip(apart / (_HALF_WIDTH + 1), -1, 1) * (np.pi / 2)) ** 2 / step
    samples: np.ndarray = np.einsum("ij,ij->i", line[(base - start)[:, None] + offsets], weights)
    return samples.astype(np.float32)
