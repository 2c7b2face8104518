"""Whether what was counted over a long run stays the same: the slope after the warm-up, against a stated limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: the first share of a run warms up: caches fill, libraries are loaded, every panel is opened once
WARM_UP = 1 / 3


@dataclass(frozen=True, slots=True)
class Limit:
    """How much more of something there may be.

    Attributes:
        per_hour: of a slope that goes on for an hour.
        at_once: what comes and goes with what is on show just now; a run that is too short to tell a slope from that may grow by so much.
    """

    per_hour: float
    at_once: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it.

    Attributes:
        first: median of the first fifth after the warm-up.
        last: median of the last fifth.
        per_hour: the slope: Theil and Sen's median of the slopes between any two readings, which single peaks do not move.
        flat: whether the limit is kept.
    """

    first: float
    last: float
    per_hour: float
    flat: bool


def judge(seconds: Sequence[float], values: Sequence[float], limit: Limit) -> Verdict:
    """Judge one line of a run.

    Args:
        seconds: when each value was read, ascending.
        values: as many.
        limit: of it.
    """
    t, y = np.asarray(seconds, float), np.asarray(values, float)
    begin = int(np.searchsorted(t, t[0] + (t[-1] - t[0]) * WARM_UP))
    t, y = t[begin:], y[begin:]
    fifth = max(1, len(y) // 5)
    first, last = float(np.median(y[:fifth])), float(np.median(y[-fifth:]))
    i, j = np.triu_indices(len(t), 1)
    later = t[j] > t[i]
    slope = float(np.median((y[j] - y[i])[later] / (t[j] - t[i])[later])) * 3600 if later.any() else 0.0
    return Verdict(first, last, slope, slope <= limit.per_hour or last - first <= limit.at_once)
