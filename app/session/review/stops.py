"""Where a reviewer jumps to: marks, notes, findings, and whatever else names moments."""

from __future__ import annotations

from collections.abc import Callable, Iterable

#: moments nearer than this are one
SAME_S = 0.002
#: the moments of one kind in seconds, in any order
Provider = Callable[[], Iterable[float]]


class Stops:
    """Moments of several kinds as one row.

    Args:
        providers: each names its moments when asked.
    """

    def __init__(self, *providers: Provider) -> None:
        self.providers: list[Provider] = list(providers)

    def times(self) -> list[float]:
        """All moments in seconds, by time."""
        return sorted(time_s for provider in self.providers for time_s in provider())

    def after(self, time_s: float) -> float | None:
        """The next moment, None after the last one."""
        return next((each for each in self.times() if each > time_s + SAME_S), None)

    def before(self, time_s: float) -> float | None:
        """The moment before, None before the first one."""
        return next((each for each in reversed(self.times()) if each < time_s - SAME_S), None)
