"""The last seconds of sound and when they were heard: what a service must be sent again, and when its words ended."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import numpy as np

from app.conversation.dialogue import HEARING_RATE


class RememberedSound:
    """Sound by the number of its first sample, counted from the very beginning. One thread at a time.

    Args:
        longest_s: what is older is forgotten.
        time_s: seconds; tests pass their own.

    Attributes:
        n: samples that were ever heard.
        first: the oldest one that is remembered.
    """

    def __init__(self, longest_s: float, time_s: Callable[[], float] = time.perf_counter) -> None:
        self._longest, self._time_s = round(longest_s * HEARING_RATE), time_s
        self._blocks: deque[tuple[int, bytes]] = deque()
        #: (samples heard by then, when), for the times of words
        self._heard: deque[tuple[int, float]] = deque()
        self.n = self.first = 0

    def add(self, samples: np.ndarray) -> bytes:
        """Hear (n,) float32 in [-1, 1]; gives it as 16-bit numbers."""
        data: bytes = np.rint(np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
        self._blocks.append((self.n, data))
        self.n += len(samples)
        self._heard.append((self.n, self._time_s()))
        self.forget(self.n - self._longest)
        while len(self._heard) > 1 and self._heard[0][0] < self.n - self._longest:
            self._heard.popleft()
        return data

    def forget(self, until: int) -> None:
        """Let go of what lies wholly before a sample."""
        while self._blocks and self._blocks[0][0] + len(self._blocks[0][1]) // 2 <= until:
            self._blocks.popleft()
        self.first = self._blocks[0][0] if self._blocks else self.n

    def rest(self) -> bytes:
        """Everything that is remembered, from ``first`` on."""
        return b"".join(data for _, data in self._blocks)

    def heard_s(self, sample: int) -> float:
        """When a sample was heard: ``time_s`` of its block's end, less the part of the block behind it; 0 when that is not known."""
        after = next(((n, at_s) for n, at_s in self._heard if n >= sample), self._heard[-1] if self._heard else None)
        if after is None:
            return 0.0
        return after[1] - max(0, after[0] - sample) / HEARING_RATE
