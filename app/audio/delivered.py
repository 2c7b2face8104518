"""What went to the sound device, kept for a moment, so that another thread can tell it from what a microphone hears."""

from __future__ import annotations

import numpy as np

#: seconds that are kept; more than any device delays sound
KEPT_S = 3.0


class Delivered:
    """The last samples of an output's line; one thread writes, others read.

    The end is published after the samples. ``write`` copies a block and makes no arrays.

    Args:
        rate: samples per second of the output.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.end = 0
        self._samples = np.zeros(round(KEPT_S * rate), np.float32)

    def write(self, block: np.ndarray) -> None:
        """Keep the next samples of the line, over the oldest."""
        size, n = len(self._samples), len(block)
        skip = max(0, n - size)
        at = (self.end + skip) % size
        first = min(n - skip, size - at)
        self._samples[at : at + first] = block[skip : skip + first]
        if skip + first < n:
            self._samples[: n - skip - first] = block[skip + first :]
        self.end += n

    def silence(self, start: int) -> None:
        """From this place of the line on nothing was heard: the device threw it away. Only while nobody writes."""
        size = len(self._samples)
        self._samples[np.arange(max(start, self.end - size, 0), self.end) % size] = 0.0

    def read(self, start: int, stop: int) -> np.ndarray:
        """(stop - start,) float32 of the line; silence where nothing was delivered yet, or is not kept any more."""
        samples = np.zeros(stop - start, np.float32)
        end, size = self.end, len(self._samples)
        first, last = max(start, end - size, 0), min(stop, end)
        if last > first:
            samples[first - start : last - start] = self._samples[np.arange(first, last) % size]
        return samples
