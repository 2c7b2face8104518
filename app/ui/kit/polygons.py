"""Points of arrays as Qt draws them, copied at once instead of one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtGui import QPolygonF
from shiboken6 import VoidPtr


def polygon_of(xs: np.ndarray, ys: np.ndarray) -> QPolygonF:
    """Points that belong together.

    Args:
        xs: (n,) logical pixels.
        ys: (n,) logical pixels.
    """
    made = QPolygonF()
    made.resize(len(xs))
    if len(xs):
        memory: Any = VoidPtr(made.data(), 16 * len(xs), True)  # type: ignore[call-arg,arg-type]
        points = np.frombuffer(memory, np.float64).reshape(-1, 2)
        points[:, 0], points[:, 1] = xs, ys
    return made


def band_of(xs: np.ndarray, tops: np.ndarray, bottoms: np.ndarray) -> QPolygonF:
    """The outline of what lies between two lines.

    Args:
        xs: (n,) logical pixels, rising.
        tops: (n,) of one line.
        bottoms: (n,) of the other one.
    """
    return polygon_of(np.concatenate([xs, xs[::-1]]), np.concatenate([tops, bottoms[::-1]]))
