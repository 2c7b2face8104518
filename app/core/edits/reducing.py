"""From frames to keys: as few as say the same within a stated error."""

from __future__ import annotations

import numpy as np

from app.core.edits.keyed import Curve, CurveKey, hermite, monotone_slopes

#: how far a reduced curve may be from its frames: half a hundredth of what a shape can move, which nobody sees
MOST_ERROR = 0.005


def reduced(times_s: np.ndarray, values: np.ndarray, most_error: float = MOST_ERROR) -> Curve:
    """Keys of which a curve comes that is nowhere further from some frames than is said.

    Begins with both ends and puts a key on the worst frame of every piece until all are good. Every key has the slope that the frames
    have there, so that smooth motion needs few.

    Args:
        times_s: (n,) seconds of the frames, rising; n at least 1.
        values: (n,) their weights.
        most_error: the largest distance at any frame.
    """
    times, heights = np.asarray(times_s, float), np.asarray(values, float)
    if len(times) == 1:
        return (CurveKey(float(times[0]), float(heights[0])),)
    slopes = monotone_slopes(times, heights)
    slopes[[0, -1]] = ((heights[1:] - heights[:-1]) / np.diff(times))[[0, -1]]
    chosen = np.zeros(len(times), bool)
    chosen[[0, -1]] = True
    while True:
        at = np.flatnonzero(chosen)
        error = np.abs(hermite(times[at], heights[at], (slopes[at], slopes[at]), times) - heights)
        error[chosen] = 0.0
        if error.max() <= most_error:
            return tuple(CurveKey(*map(float, (times[i], heights[i], slopes[i], slopes[i]))) for i in at)
        # the worst frame of every piece; pieces begin at the keys but the last
        worst = np.maximum.reduceat(error, at[:-1])
        piece = np.minimum(np.searchsorted(at, np.arange(len(times)), side="right") - 1, len(worst) - 1)
        chosen |= (error > most_error) & (error == worst[piece])
