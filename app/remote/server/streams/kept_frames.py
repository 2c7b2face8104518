"""Frames that were made and may still be asked for; looking one up costs the same however many are kept."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np


class KeptFrames:
    """Consecutive frames, as the chunks that they came in.

    Args:
        first: number of the first frame that will come.

    Attributes:
        first: the oldest frame that is kept.
        end: the frame that comes next.
    """

    def __init__(self, first: int) -> None:
        self.first = self.end = first
        self._chunks: list[np.ndarray] = []
        #: number of the first frame of every chunk
        self._starts: list[int] = []

    def append(self, frames: np.ndarray) -> None:
        """Add the next (k, 52) frames; k may be 0."""
        if len(frames):
            self._chunks.append(frames)
            self._starts.append(self.end)
            self.end += len(frames)

    def forget(self, before: int) -> None:
        """Drop chunks whose frames all lie before a frame."""
        gone = bisect_right(self._starts, before) - (before < self.end)
        if gone > 0:
            del self._chunks[:gone], self._starts[:gone]
            self.first = self._starts[0] if self._starts else self.end

    def after(self, frame: int, most: int) -> np.ndarray | None:
        """The (k, 52) frames from a frame on, of one chunk and at most so many; None when there are none yet.

        Args:
            frame: not before ``first``.
            most: k is at most this.
        """
        if not self.first <= frame < self.end:
            return None
        at = bisect_right(self._starts, frame) - 1
        return self._chunks[at][frame - self._starts[at] :][:most]
