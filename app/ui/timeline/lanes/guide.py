"""The line that shows where a dragged edge is, and to what it snapped."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.ui.kit import theme

#: of an edge that stands on something
SNAPPED = theme.WARNING
#: from the line to the words
BESIDE_PX = 9


@dataclass(frozen=True)
class Guide:
    """Where an edge is.

    Attributes:
        at_s: seconds.
        words: how far it was moved.
        snapped_to: what it stands on, "" for nothing.
    """

    at_s: float
    words: str
    snapped_to: str = ""


def draw_guide(painter: QPainter, guide: Guide, x: float, box: QRectF) -> None:
    """Draw a line from the ruler to the bottom, and what there is to say beside it.

    Args:
        painter: of the time line.
        guide: what to say.
        x: where, in logical pixels.
        box: what the line crosses.
    """
    ink = QColor(SNAPPED if guide.snapped_to else theme.BRIGHT)
    painter.setPen(QPen(ink, 1, Qt.PenStyle.SolidLine if guide.snapped_to else Qt.PenStyle.DotLine))
    at = round(x) + 0.5
    painter.drawLine(QPointF(at, box.top()), QPointF(at, box.bottom()))
    painter.setFont(theme.interface_font(theme.SMALL_PX))
    text = f"{guide.words}  ·  {guide.snapped_to}" if guide.snapped_to else guide.words
    width = painter.fontMetrics().horizontalAdvance(text) + 10
    left = at + BESIDE_PX if at + BESIDE_PX + width <= box.right() else at - BESIDE_PX - width
    plate = QRectF(left, box.top() + 2, width, 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(15, 17, 19, 225))
    painter.drawRoundedRect(plate, 3, 3)
    painter.setPen(ink)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
