"""What is counted of faces that are sent and heard, over the last seconds; numbers in, numbers out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

#: lateness, delay and jitter are of the last ten seconds at 60 a second
KEPT = 600
#: a rate is of the last second
RATE_S = 1.0


@dataclass(frozen=True)
class Spread:
    """How a time in milliseconds is spread.

    Attributes:
        p50_ms: the middle one.
        p99_ms: only one of a hundred is larger.
        worst_ms: the largest.
    """

    p50_ms: float = 0.0
    p99_ms: float = 0.0
    worst_ms: float = 0.0

    @classmethod
    def of(cls, seconds: deque[float]) -> Spread:
        """Of times in seconds; zeros for none."""
        if not seconds:
            return cls()
        values = np.fromiter(seconds, np.float64, len(seconds)) * 1000.0
        p50, p99 = np.percentile(values, (50, 99))
        return cls(float(p50), float(p99), float(values.max()))


#: nothing was measured yet
NONE = Spread()


class RateMeter:
    """How many a second, over the last second."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=4096)

    def add(self, now_s: float) -> None:
        """One more.

        Args:
            now_s: on a monotonic clock.
        """
        self._times.append(now_s)
        while self._times and now_s - self._times[0] > RATE_S:
            self._times.popleft()

    def rate(self, now_s: float) -> float:
        """Per second; it falls when nothing more comes, to 0 after a second."""
        while self._times and now_s - self._times[0] > RATE_S:
            self._times.popleft()
        count = len(self._times)
        if count < 2 or self._times[-1] <= self._times[0]:
            return float(count)
        step_s = (self._times[-1] - self._times[0]) / (count - 1)
        return 1 / step_s if now_s - self._times[-1] <= 2 * step_s else count / RATE_S


def spread_times() -> deque[float]:
    """Room for the times that a ``Spread`` is of."""
    return deque(maxlen=KEPT)
