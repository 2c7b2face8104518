"""Which frames of a curve can be left out: keys between which straight lines stay within an error."""

from __future__ import annotations

import numpy as np

#: what rounding to float32 may add
_ROUNDING = 1e-7
#: rows that are looked at together, at first
_BLOCK = 12


def kept_keys(rows: np.ndarray, max_error: float) -> np.ndarray:
    """The frames to keep so that all columns, which share them, stay within an error when straight lines join them.

    Greedy: from each key the line reaches as far as the rows between allow. For every column the slopes that pass all of them
    form an interval, which only narrows, so that one look at each row is enough.
    A row behind the first that no line reaches passes none of the narrowed intervals.

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
    low, high = np.full(values.shape[1], -np.inf), np.full(values.shape[1], np.inf)
    reached, row, block = key + 1, key + 1, _BLOCK
    while row < len(values):
        steps = np.arange(row - key, min(row + block, len(values)) - key)[:, None]
        slopes = (values[row : row + len(steps)] - values[key]) / steps
        margin = allowed / steps
        lows = np.maximum.accumulate(np.concatenate([low[None], slopes - margin]))
        highs = np.minimum.accumulate(np.concatenate([high[None], slopes + margin]))
        passed = np.flatnonzero(((slopes >= lows[:-1]) & (slopes <= highs[:-1])).all(1))
        reached = row + int(passed[-1]) if len(passed) else reached
        if (lows[-1] > highs[-1]).any():
            break
        low, high, row, block = lows[-1], highs[-1], row + len(steps), 2 * block
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
