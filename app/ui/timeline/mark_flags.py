"""Flags of marks on the time line, and red ticks where frames were dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.formats.marks import Mark
from app.ui.kit import theme

#: as they are seen on the dark ground
INKS = MappingProxyType({
    "red": "#e5726a", "orange": "#e6964f", "yellow": "#e3c65a", "green": "#6fc48f", "cyan": "#5cc6cf", "blue": "#6aa5ea",
    "purple": "#b58be0", "white": "#e8ebee",
})  # fmt: skip
FLAG_W, FLAG_H = 9.0, 10.0
#: names are written where the next mark leaves so much room
_LEAST_PX = 18
_DROPPED = "#e8413c"


def draw_marks(painter: QPainter, marks: Sequence[Mark], x_of: Callable[[float], float], height: float) -> None:
    """Draw a flag, a line and, where there is room, the name of each mark.

    Args:
        painter: of the time line.
        marks: by time.
        x_of: place of a time in seconds.
        height: of the time line.
    """
    painter.save()
    painter.setFont(theme.interface_font(10))
    places = [x_of(mark.time_s) for mark in marks]
    for i, (mark, x) in enumerate(zip(marks, places, strict=True)):
        ink = QColor(INKS[mark.colour])
        painter.setPen(QPen(ink, 1))
        painter.drawLine(QPointF(x, 0), QPointF(x, height))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        corners = ((0.0, 0.0), (FLAG_W - 3, 0.0), (FLAG_W, FLAG_H / 2), (FLAG_W - 3, FLAG_H), (0.0, FLAG_H))
        painter.drawPolygon(QPolygonF([QPointF(x + right, down) for right, down in corners]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        room = (places[i + 1] if i + 1 < len(places) else x + 160) - x - 4
        if mark.name and room >= _LEAST_PX:
            _write_name(painter, mark.name, QPointF(x + 1, 20), min(room, 160), ink)
    painter.restore()


def _write_name(painter: QPainter, name: str, at: QPointF, room: float, ink: QColor) -> None:
    metrics = painter.fontMetrics()
    text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room) - 6)
    plate = QRectF(at.x(), at.y(), metrics.horizontalAdvance(text) + 6, 13)
    painter.fillRect(plate, QColor(15, 17, 19, 200))
    painter.setPen(ink)
    painter.drawText(plate.adjusted(3, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)


def mark_at(marks: Iterable[Mark], x_of: Callable[[float], float], x: float, y: float) -> Mark | None:
    """The mark whose flag lies under the mouse, None for none; the last drawn is on top."""
    hit = [mark for mark in marks if y <= FLAG_H + 1 and x_of(mark.time_s) - 2 <= x <= x_of(mark.time_s) + FLAG_W + 1]
    return hit[-1] if hit else None


def dropped_ticks(times_s: Iterable[float], x_of: Callable[[float], float], y: float) -> list[QRectF]:
    """Ticks at the moments whose frames were never on the picture; those that touch are one."""
    ticks: list[list[int]] = []
    for x in sorted({round(x_of(time_s)) for time_s in times_s}):
        if ticks and x <= ticks[-1][1]:
            ticks[-1][1] = x + 2
        else:
            ticks.append([x, x + 2])
    return [QRectF(left, y - 3, right - left, 3) for left, right in ticks]


def draw_dropped(painter: QPainter, ticks: Iterable[QRectF]) -> None:
    """Draw them."""
    for tick in ticks:
        painter.fillRect(tick, QColor(_DROPPED))
