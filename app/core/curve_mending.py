"""What mends a fault of some curves within a stretch: tops below a limit and round again, both sides alike, lips together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.core.arkit import mirrored

#: values this far below the limit and more stay as they are; what is above is squeezed into the rest, so that its movement is kept
KNEE = 0.25
#: how high a top that was cut flat is arched again
ARCH = 0.06
#: values of a flat top lie this close together, and over so many frames
_FLAT, _FLAT_FRAMES = 1e-3, 3


def knee_of(limit: float) -> float:
    """The highest weight that a limit leaves as it is."""
    return limit - min(KNEE, limit / 2)


def limited(weights: np.ndarray, limit: float) -> np.ndarray:
    """Curves that rise to a limit and not below 0: what is too high is squeezed, and what was cut off flat gets a round top.

    Args:
        weights: (n, k).
        limit: the highest weight.

    Returns:
        (n, k) float32.
    """
    out: np.ndarray = np.maximum(weights, np.float32(0.0))
    for column in out.T:
        _limit(column, limit)
    return out


def _limit(curve: np.ndarray, limit: float) -> None:
    top, knee = float(curve.max(initial=0.0)), knee_of(limit)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], curve > top - _FLAT, [False]]).astype(np.int8)))
    flat = [(a, b) for a, b in zip(edges[0::2], edges[1::2], strict=True) if b - a >= _FLAT_FRAMES]
    if top <= limit:
        return
    high = curve > knee
    ceiling = limit - (ARCH if flat else 0.0)
    curve[high] = knee + (curve[high] - knee) * ((ceiling - knee) / (top - knee))
    for a, b in flat:
        curve[a:b] += ARCH * np.sin(np.pi * np.arange(1, b - a + 1) / (b - a + 1))


def evened(weights: np.ndarray, channels: Sequence[str], share: np.ndarray) -> np.ndarray:
    """Left and right drawn towards their mean.

    Args:
        weights: (n, k), a column for each of ``channels``.
        channels: their names; those whose other side is not among them stay as they are.
        share: (n,) 0 for as they are, 1 for alike.

    Returns:
        (n, k) float32.
    """
    out = weights.copy()
    for left, name in enumerate(channels):
        if name.endswith("Left") and mirrored(name) in channels:
            right = channels.index(mirrored(name))
            half = (weights[:, right] - weights[:, left]) / 2 * share
            out[:, left] += half
            out[:, right] -= half
    return out
