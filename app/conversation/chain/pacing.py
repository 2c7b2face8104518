"""How far an answer is spoken ahead of what is heard, reckoned without asking the player: parts are heard one after the other."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from app.core.arriving import ArrivingSpeech

#: parts that are ready and not yet heard: enough that no gap comes, few enough that an interruption wastes little
PARTS_AHEAD = 2
_LOOK_S = 0.05


class Pacing:
    """Reckons when each part of an answer is heard: at once, or when the one before it ends.

    Args:
        ahead: parts that may be ready and not yet heard; None for any number, where nobody hears it in time.
        time_s: seconds; tests pass their own.
    """

    def __init__(self, ahead: int | None = PARTS_AHEAD, time_s: Callable[[], float] = time.perf_counter) -> None:
        self._ahead, self._time_s = ahead, time_s
        self._told: list[tuple[float, ArrivingSpeech]] = []

    def add(self, part: ArrivingSpeech) -> None:
        """A part was given away to be played."""
        self._told.append((self._time_s(), part))

    def heard_s(self) -> float:
        """Seconds of the answer that were heard by now, at most; all of it where nobody hears."""
        if self._ahead is None:
            return math.inf
        now_s = self._time_s()
        return sum(min(max(0.0, now_s - start_s), part.duration_s) for start_s, part in self._scheduled())

    @property
    def playing(self) -> bool:
        """Whether some of it is still to be heard."""
        return self._ahead is not None and self._ends_s() > self._time_s()

    def wait(self, cancel: threading.Event) -> None:
        """Wait until another part should be made."""
        while self._ahead is not None and not cancel.is_set():
            starts_s = [start_s for start_s, _ in self._scheduled()]
            left_s = starts_s[-self._ahead] - self._time_s() if len(starts_s) >= self._ahead else 0.0
            if left_s <= 0:
                return
            cancel.wait(min(left_s, _LOOK_S))

    def _scheduled(self) -> list[tuple[float, ArrivingSpeech]]:
        ends_s, scheduled = 0.0, []
        for told_s, part in tuple(self._told):
            start_s = max(told_s, ends_s)
            scheduled.append((start_s, part))
            ends_s = start_s + part.duration_s
        return scheduled

    def _ends_s(self) -> float:
        scheduled = self._scheduled()
        return scheduled[-1][0] + scheduled[-1][1].duration_s if scheduled else 0.0
