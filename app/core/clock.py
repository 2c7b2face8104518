"""Media time. Everything on screen is a pure function of (track, t); a clock says what t is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """Anything that knows the media time as heard right now."""

    def now(self) -> float:
        """Seconds on the audio's time line."""
        ...


class FixedClock:
    """A clock that stands where it was put: scrubbing, export and tests."""

    def __init__(self, t: float = 0.0) -> None:
        self.t = t

    def now(self) -> float:
        """Seconds, as last set."""
        return self.t


class WallClock:
    """Media time from a monotonic clock, for playing without an audio device.

    Args:
        time_s: source of monotonic seconds; tests pass their own.
    """

    def __init__(self, time_s: Callable[[], float] = time.monotonic) -> None:
        self._time_s = time_s
        self._origin: float | None = None
        self._position = 0.0
        self._rate = 1.0

    @property
    def running(self) -> bool:
        """Whether time passes."""
        return self._origin is not None

    def now(self) -> float:
        """Seconds on the media time line."""
        if self._origin is None:
            return self._position
        return self._position + (self._time_s() - self._origin) * self._rate

    def start(self, position_s: float | None = None, rate: float = 1.0) -> None:
        """Run from a position (default: where it stands) at ``rate`` media seconds per second."""
        self._position = self.now() if position_s is None else position_s
        self._rate = rate
        self._origin = self._time_s()

    def stop(self) -> None:
        """Stand still at the present position."""
        self._position = self.now()
        self._origin = None

    def seek(self, position_s: float) -> None:
        """Move to a position, running or not."""
        self._position = position_s
        if self._origin is not None:
            self._origin = self._time_s()
