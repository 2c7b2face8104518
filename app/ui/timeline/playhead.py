"""The playhead, and the in and out points, over the time line."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.ui.kit import theme
from app.ui.timeline.ruler import RULER


def draw_loop(painter: QPainter, loop: tuple[float, float] | None, looping: bool, x_of: Callable[[float], float], box: QRectF) -> None:
    """Draw the in and out points, and shade what lies outside.

    Args:
        painter: of the time line.
        loop: the points in seconds, None for none.
        looping: whether they are in force; they are dimmed otherwise.
        x_of: place of a time in seconds.
        box: the time line, in logical pixels.
    """
    if loop is None:
        return
    left, right = (x_of(t) for t in loop)
    shade = QColor(8, 9, 10, 150 if looping else 80)
    painter.fillRect(QRectF(0, RULER, left, box.height() - RULER), shade)
    painter.fillRect(QRectF(right, RULER, box.width() - right, box.height() - RULER), shade)
    colour = QColor(theme.ACCENT if looping else theme.EDGE)
    painter.fillRect(QRectF(left, 0, right - left, 3), colour)
    painter.setPen(QPen(colour, 1))
    for x, lip in ((left, 5), (right, -5)):
        painter.drawLine(QPointF(x, 0), QPointF(x, box.height()))
        painter.fillRect(QRectF(min(x, x + lip), 0, abs(lip), 8), colour)


def draw_playhead(painter: QPainter, x: float, height: float) -> None:
    """Draw the playhead.

    Args:
        painter: of the time line.
        x: where, in logical pixels.
        height: of the time line.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.BRIGHT), 1))
    painter.drawLine(QPointF(x, 2), QPointF(x, height))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.BRIGHT))
    painter.drawPolygon(QPolygonF([QPointF(x - 5, 1), QPointF(x + 5, 1), QPointF(x, 8)]))
