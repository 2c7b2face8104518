"""Moments at a steady rate."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

#: a thread that waits looks this often whether it shall end
_LOOK_S = 0.05


@dataclass(frozen=True)
class Moment:
    """One deadline.

    Attributes:
        number: counted from 0; those that were missed are counted too.
        due_s: when it was due, on ``time.perf_counter``.
        skipped: how many were missed before it, because the one before took too long or the machine slept.
    """

    number: int
    due_s: float
    skipped: int


def moments(rate: float, ended: threading.Event) -> Iterator[Moment]:
    """Wait for one moment after the other; number i is due i / rate after the first, so that nothing adds up.

    Args:
        rate: per second.
        ended: set from outside to end.
    """
    start_s, number, skipped = time.perf_counter(), 0, 0
    while not ended.is_set():
        due_s = start_s + number / rate
        # not Event.wait: on Windows its clock ticks 64 times a second, while sleep is finer
        while (left_s := due_s - time.perf_counter()) > 0 and not ended.is_set():
            time.sleep(min(left_s, _LOOK_S))
        if ended.is_set():
            return
        yield Moment(number, due_s, skipped)
        following = max(number + 1, int((time.perf_counter() - start_s) * rate))
        skipped, number = following - number - 1, following
