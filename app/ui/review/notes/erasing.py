"""Which lines an eraser touches."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF, QRect

from app.formats.notes import Stroke
from app.ui.review.notes.note_painting import place_of

#: the eraser takes what is so near, in pixels
ERASER_PX = 9.0


def without_touched(strokes: Iterable[Stroke], at: QPointF, rect: QRect, aspect: float) -> list[Stroke]:
    """The lines that an eraser leaves.

    Args:
        strokes: as shares of the picture.
        at: where the eraser is, in the preview's pixels.
        rect: the picture.
        aspect: of the picture that they were drawn on, 0 for this one.
    """
    return [stroke for stroke in strokes if _distance_px(stroke, at, rect, aspect) > ERASER_PX]


def _distance_px(stroke: Stroke, at: QPointF, rect: QRect, aspect: float) -> float:
    places = [place_of(rect, x, y, aspect) for x, y in stroke.points]
    points = np.array([(place.x(), place.y()) for place in places])
    here = np.array([at.x(), at.y()])
    if len(points) == 0:
        return float("inf")
    if len(points) == 1:
        return float(np.hypot(*(points[0] - here)))
    starts, along = points[:-1], np.diff(points, axis=0)
    shares = np.clip(((here - starts) * along).sum(1) / np.maximum((along**2).sum(1), 1e-9), 0.0, 1.0)
    return float(np.hypot(*(starts + shares[:, None] * along - here).T).min())
