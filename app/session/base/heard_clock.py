"""What is heard now, for threads other than the one that plays."""

from __future__ import annotations

from app.core.clock import Clock, FixedClock


class HeardClock:
    """Media seconds as heard, for any thread: the GUI thread replaces what is read here as a whole."""

    def __init__(self) -> None:
        self._heard: tuple[Clock, float] = (FixedClock(), 0.0)

    def set(self, clock: Clock, late_s: float) -> None:
        """Follow a clock whose sound comes later than it says."""
        self._heard = (clock, late_s)

    def now(self) -> float:
        """Seconds on the audio's time line."""
        clock, late_s = self._heard
        return clock.now() - late_s
