"""Handles of the segment under the mouse, and the frame around the one that keys act on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.ui.kit import theme
from app.ui.timeline.lanes.grips import Edge


def draw_handles(painter: QPainter, box: QRectF, edge: Edge) -> None:
    """Draw both handles of a segment, the one under the mouse in full.

    Args:
        painter: of the lanes.
        box: of the segment, in logical pixels.
        edge: the one under the mouse, "" for none.
    """
    painter.fillRect(box, QColor(255, 255, 255, 22))
    for name, x in (("start", box.left() + 1), ("end", box.right() - 1)):
        ink = QColor(theme.BRIGHT)
        ink.setAlpha(255 if edge == name else 120)
        painter.fillRect(QRectF(x - 1.5, box.top(), 3, box.height()), ink)


def draw_chosen(painter: QPainter, box: QRectF, edge: Edge, has_focus: bool) -> None:
    """Draw the frame of what is chosen, and a bar at its chosen edge.

    Args:
        painter: of the lanes.
        box: of the segment, in logical pixels.
        edge: the chosen one, "" for all of it.
        has_focus: keys act on it.
    """
    painter.setPen(QPen(QColor(theme.ACCENT if has_focus else theme.DIM), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
    if edge:
        x = box.left() if edge == "start" else box.right()
        painter.fillRect(QRectF(x - 2, box.top() - 2, 4, box.height() + 4), QColor(theme.ACCENT))
