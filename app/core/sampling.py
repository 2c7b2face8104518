"""Linear sampling between frames: of rows that are all there, and of rows that are still coming.

Everything that shows, joins, exports or compares motion at other times than its frames' goes through here, so that there is one
answer to what lies between two frames, and one to what a moment a rounding error off a frame is: that frame, to the bit.
"""

from __future__ import annotations

import numpy as np

from app.core.arkit import ARKIT_CHANNELS

#: nearer than this share of a frame's distance to a frame counts as the frame itself
SAME_FRAME = 1e-6


def sampled(rows: np.ndarray, at: float | np.ndarray, places: np.ndarray | None = None) -> np.ndarray:
    """Rows at any places, linear between their neighbours; outside the first and the last one is held.

    Args:
        rows: (n, ...) values, usually (n_frames, n_channels) float32.
        at: where, in rows (row 0 lies at 0, row 1 at 1), of any shape; a NaN counts as before the first.
        places: (n,) never falling: where the rows lie instead, when they are not evenly spaced; ``at`` is in its unit.

    Returns:
        ``at.shape + rows.shape[1:]``, a new array of the rows' type; zeros when there are no rows.
    """
    last = len(rows) - 1
    if last < 0:
        return np.zeros((*np.shape(at), *rows.shape[1:]), rows.dtype)
    if places is None and isinstance(at, float):
        return _row(rows, at, last)
    at = np.asarray(at, np.float64)
    if places is None:
        inside = np.minimum(np.where(at > 0, at, 0.0), last)
        low = inside.astype(np.intp)
        high = np.minimum(low + 1, last)
        share = inside - low
    else:
        inside = np.minimum(np.where(at > places[0], at, places[0]), places[-1])
        low = np.searchsorted(places, inside, "right") - 1
        high = np.minimum(low + 1, last)
        span = places[high] - places[low]
        share = (inside - places[low]) / np.where(span > 0, span, 1.0)
    reaches = share > 1 - SAME_FRAME
    low = np.where(reaches, high, low)
    share = np.where(reaches | (share < SAME_FRAME), 0.0, share).astype(rows.dtype)
    before = rows[low]
    made: np.ndarray = before + (rows[high] - before) * share.reshape((*share.shape, *(1,) * (rows.ndim - 1)))
    return made


def _row(rows: np.ndarray, at: float, last: int) -> np.ndarray:
    """One row without the arrays' overhead (4 µs instead of 18), for the frame loop."""
    inside = min(at, last) if at > 0 else 0.0
    low = int(inside + SAME_FRAME)
    share = inside - low
    made: np.ndarray = rows[low] + (rows[min(low + 1, last)] - rows[low]) * rows.dtype.type(share if share >= SAME_FRAME else 0.0)
    return made


class StreamResampler:
    """Takes rows as they come and gives rows on an even grid: however they are cut, what ``sampled`` makes of all of them.

    Before the first row the first is held; behind the last one ``hold`` holds it.

    Args:
        n_channels: columns.
        step: distance of the rows that come, in rows that go out (rate out over rate in).
        start: place of the first row that comes, in rows that go out.
        made: number of the first row that goes out.

    Attributes:
        made: number of the next row that goes out.
        taken: how many rows have come.
    """

    def __init__(self, n_channels: int = len(ARKIT_CHANNELS), *, step: float = 1.0, start: float = 0.0, made: int = 0) -> None:
        self._step, self._start = step, start
        self._rows = np.zeros((0, n_channels), np.float32)
        self._places = np.zeros(0)
        self.made, self.taken = made, 0

    def push(self, rows: np.ndarray, places: np.ndarray | None = None) -> np.ndarray:
        """Take the next rows.

        Args:
            rows: (k, n_channels) float32.
            places: (k,) rising, after those of the last call: where they lie, in rows that go out; None goes on by ``step``.

        Returns:
            (m, n_channels) float32: the rows that are certain now, which are those at or before the last one that came.
        """
        if places is None:
            places = self._start + np.arange(self.taken, self.taken + len(rows)) * self._step
        self.taken += len(rows)
        self._rows = np.concatenate([self._rows, rows])
        self._places = np.concatenate([self._places, places])
        return self.hold(int(np.floor(self._places[-1] + SAME_FRAME)) + 1) if len(self._places) else self.hold(self.made)

    def hold(self, stop: int) -> np.ndarray:
        """(m, n_channels) float32: the rows up to but not including ``stop``, the last one held; none before any has come."""
        if stop <= self.made or not len(self._rows):
            return np.zeros((0, self._rows.shape[1]), np.float32)
        out = sampled(self._rows, np.arange(self.made, stop), self._places)
        needed = max(int(np.searchsorted(self._places, stop - 1, "right")) - 1, 0)
        self._rows, self._places = self._rows[needed:], self._places[needed:]
        self.made = stop
        return out
