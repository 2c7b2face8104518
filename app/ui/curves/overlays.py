"""Further curves over the lanes: the raw motion, the last take, the other side with the difference shaded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.core.track import BlendshapeTrack


@dataclass(frozen=True)
class Overlay:
    """One more track in the lanes.

    Attributes:
        name: as in the menu.
        track: the 52 channels.
        colour: of its line.
        dashed: a broken line.
        shaded: the area between this and the lane's own curve is filled.
        wide: its line is, so that it is seen on top of the lane's own.
    """

    name: str
    track: BlendshapeTrack
    colour: str
    dashed: bool = False
    shaded: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Lane:
    """Where a lane is, in logical pixels.

    Attributes:
        base: y of weight 0.
        reach: pixels that a weight of 1 rises.
    """

    base: float
    reach: float

    def heights(self, values: np.ndarray) -> np.ndarray:
        """y of weights, clipped as the lane's own curve is."""
        heights: np.ndarray = np.minimum(self.base - np.clip(values, -0.1, 1.25) * self.reach, self.base + 1)
        return heights


Line = tuple[np.ndarray, np.ndarray]


def draw_overlay(painter: QPainter, overlay: Overlay, lane: Lane, own: Line, other: Line) -> None:
    """Draw one overlay of one lane.

    Args:
        painter: logical pixels.
        overlay: how it looks.
        lane: where it is drawn.
        own: x and weights of the lane's own curve.
        other: x and weights of the overlay's.
    """
    if not len(other[0]) or not (other[1].any() or own[1].any()):
        return
    if overlay.shaded and len(own[0]):
        back = np.interp(own[0], other[0], other[1])
        if np.abs(back - own[1]).max() > 1e-3:
            ys = np.concatenate([lane.heights(own[1]), lane.heights(back)[::-1]])
            area = pg.functions.arrayToQPolygonF(np.concatenate([own[0], own[0][::-1]]), ys)
            fill = QColor(overlay.colour)
            fill.setAlphaF(0.45)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF(area))
    pen = QPen(QColor(overlay.colour), 2.0 if overlay.wide else 0)
    if overlay.dashed:
        pen.setStyle(Qt.PenStyle.DashLine if overlay.wide else Qt.PenStyle.DotLine)
    painter.setPen(pen)
    if not other[1].any():
        painter.drawLine(QPointF(other[0][0], lane.base), QPointF(other[0][-1], lane.base))
        return
    painter.drawPolyline(pg.functions.arrayToQPolygonF(other[0], lane.heights(other[1])))
