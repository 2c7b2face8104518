"""How late frames leave the server: per voice for its log, of all voices for the admission and for ``/metrics``."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque

#: upper edges of the counted classes, in seconds: fine where a face shows it, coarse beyond
EDGES_S: tuple[float, ...] = (
    *(round(0.0025 * i, 4) for i in range(1, 41)), *(round(0.1 + 0.01 * i, 2) for i in range(1, 41)),
    *(round(0.5 + 0.1 * i, 1) for i in range(1, 46)),
)  # fmt: skip
#: sound is heard in steps of 20 ms: a frame can wait this much longer than the network's look-ahead says
STEP_EXTRA_S = 0.0075
#: a client whose sound stood still for so long plays on from there: what it then sends at once is due as it would play it
PAUSE_S = 0.5


class LatenessTally:
    """Counts lateness by classes of 2.5 ms and more, so that half an hour costs as much memory as a second."""

    def __init__(self) -> None:
        self._counts = [0] * (len(EDGES_S) + 1)
        self.count, self.sum_s, self.worst_s = 0, 0.0, 0.0

    def add(self, late_s: float) -> None:
        """Count one frame; what is early counts as 0."""
        late_s = max(late_s, 0.0)
        self._counts[bisect_left(EDGES_S, late_s)] += 1
        self.count += 1
        self.sum_s += late_s
        self.worst_s = max(self.worst_s, late_s)

    def take_in(self, other: LatenessTally) -> None:
        """Count all that another one counted."""
        self._counts = [mine + theirs for mine, theirs in zip(self._counts, other._counts, strict=True)]
        self.count += other.count
        self.sum_s += other.sum_s
        self.worst_s = max(self.worst_s, other.worst_s)

    def below(self, limit_s: float) -> int:
        """Frames at most so late; the limit is one of EDGES_S."""
        return sum(self._counts[: bisect_left(EDGES_S, limit_s) + 1])

    def percentile_s(self, percent: float) -> float:
        """At most so late were so many per cent, to the accuracy of the classes; 0 when nothing was counted."""
        wanted, seen = self.count * percent / 100, 0
        for count, edge_s in zip(self._counts, EDGES_S, strict=False):
            seen += count
            if seen >= wanted:
                return min(edge_s, self.worst_s)
        return self.worst_s


class Timeliness:
    """When the frames of one stream were due, against when they were sent.

    A frame is due when the sound that it needs had come, and no sooner than real time from the first sound on: a client that sends ahead
    needs nothing ahead.

    Args:
        fps: frames per second.
        rate: samples per second of the client's sound.
        look_ahead_s: how much later sound changes a frame.
        first_sample: number of the first sample that will come.
    """

    def __init__(self, fps: int, rate: int, look_ahead_s: float, first_sample: int) -> None:
        self._fps, self._rate, self._needs_s, self._first = fps, rate, look_ahead_s + STEP_EXTRA_S, first_sample
        #: (samples there, when), oldest first; what is before the first mark is no longer asked for
        self._marks: deque[tuple[int, float]] = deque()
        self._begun_s: float | None = None
        self._floor_s = 0.0
        self._counted = 0
        self._total: int | None = None
        self.tally = LatenessTally()

    def heard(self, next_sample: int, now_s: float) -> None:
        """Sound came: everything before a sample is there now."""
        if self._begun_s is None:
            # who speaks live began when this block began; who sends ahead is given the time from now on
            self._begun_s = now_s - min((next_sample - self._first) / self._rate, PAUSE_S)
        behind_s = now_s - self._begun_s - (next_sample - self._first) / self._rate
        if behind_s > PAUSE_S:
            self._begun_s += behind_s
        self._marks.append((next_sample, now_s))

    def finished(self, now_s: float) -> None:
        """No more sound comes: the last frames need nothing beyond its end."""
        self._total = self._marks[-1][0] if self._marks else self._first
        self._marks.append((self._total, now_s))

    def held_up(self, now_s: float) -> None:
        """Until now it was the client that did not read, or was not there: nothing before is late by the server's fault."""
        self._floor_s = now_s

    def sent(self, first_frame: int, count: int, now_s: float) -> list[float]:
        """Frames left the server; returns how late each one was, in seconds; frames that are sent again are not counted."""
        late = [now_s - self._due_s(frame) for frame in range(max(first_frame, self._counted), first_frame + count)]
        self._counted = max(self._counted, first_frame + count)
        for late_s in late:
            self.tally.add(late_s)
        return late

    def _due_s(self, frame: int) -> float:
        needed = int((frame / self._fps + self._needs_s) * self._rate)
        at_end = self._total is not None and needed > self._total
        needed = self._total if at_end and self._total is not None else needed
        while len(self._marks) > 1 and (self._marks[0][0] < needed or at_end):
            self._marks.popleft()
        came_s = self._marks[0][1] if self._marks else 0.0
        played_s = (self._begun_s or 0.0) + (needed - self._first) / self._rate
        return max(came_s, played_s, self._floor_s)
