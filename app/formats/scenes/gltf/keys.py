"""Which frames of a curve can be left out: keys between which straight lines stay within an error."""

from __future__ import annotations

import numpy as np

#: what rounding to float32 may add
_ROUNDING = 1e-7


def kept_keys(rows: np.ndarray, max_error: float) -> np.ndarray:
    """The frames to keep so that all columns, which share them, stay within an error when straight lines join them.

    Greedy: from each key the line reaches as far as the rows between allow. For every column the slopes that pass all of them
    form an interval, which only narrows, so that one look at each row is enough.

    Args:
        rows: (n, columns), n at least 1.
        max_error: 0 keeps every frame of what moves.

    Returns:
        (k,) int64, first and last frame among them; only those two where nothing moves.
    """
    n = len(rows)
    last = n - 1
    if n < 3 or (rows == rows[0]).all():
        return np.unique([0, last])
    if max_error <= 0:
        return np.arange(n)
    values = rows.astype(np.float64)
    values = values[:, (values != values[0]).any(0)]
    allowed = max_error + _ROUNDING
    keys = [0]
    while keys[-1] < last:
        keys.append(_farthest(values, keys[-1], allowed))
    return np.array(keys)


def _farthest(values: np.ndarray, key: int, allowed: float) -> int:
    """The last row to which a straight line from a key passes all rows between within the error."""
    start = values[key]
    low, high = np.full(len(start), -np.inf), np.full(len(start), np.inf)
    reached = key + 1
    for row in range(key + 1, len(values)):
        steps = row - key
        off = values[row] - start
        slope = off / steps
        if not ((slope < low) | (slope > high)).any():
            reached = row
        margin = allowed / steps
        np.maximum(low, slope - margin, out=low)
        np.minimum(high, slope + margin, out=high)
        if (low > high).any():
            break
    return reached


def error_of(rows: np.ndarray, keys: np.ndarray) -> float:
    """The largest difference between rows and the straight lines through some of them.

    Args:
        rows: (n, columns).
        keys: (k,) the frames that are kept.
    """
    if len(keys) == len(rows):
        return 0.0
    frames = np.arange(len(rows))
    before = np.clip(np.searchsorted(keys, frames, "right") - 1, 0, max(len(keys) - 2, 0))
    after = np.minimum(before + 1, len(keys) - 1)
    span = np.maximum(keys[after] - keys[before], 1)
    share = ((frames - keys[before]) / span)[:, None]
    lines = rows[keys[before]] * (1 - share) + rows[keys[after]] * share
    return float(np.abs(lines - rows).max(initial=0.0))
