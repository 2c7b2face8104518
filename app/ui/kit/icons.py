"""Icons of the controls, drawn on a 24-unit grid so that they are sharp at every scale."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from app.ui.kit import theme

GRID = 24


def _triangle(p: QPainter, x0: float, x1: float) -> None:
    """A triangle that points from x0 to x1."""
    p.drawPolygon(QPolygonF([QPointF(x0, 6), QPointF(x1, 12), QPointF(x0, 18)]))


def _play(p: QPainter) -> None:
    p.drawPolygon(QPolygonF([QPointF(7.5, 4.5), QPointF(19, 12), QPointF(7.5, 19.5)]))


def _pause(p: QPainter) -> None:
    p.drawRoundedRect(QRectF(6.5, 5, 4, 14), 1, 1)
    p.drawRoundedRect(QRectF(13.5, 5, 4, 14), 1, 1)


def _start(p: QPainter) -> None:
    p.drawRect(QRectF(6, 6, 2, 12))
    _triangle(p, 18, 9)


def _end(p: QPainter) -> None:
    p.drawRect(QRectF(16, 6, 2, 12))
    _triangle(p, 6, 15)


def _back(p: QPainter) -> None:
    p.drawRect(QRectF(15.5, 7, 1.8, 10))
    p.drawPolygon(QPolygonF([QPointF(13.5, 7), QPointF(7, 12), QPointF(13.5, 17)]))


def _forward(p: QPainter) -> None:
    p.drawRect(QRectF(6.7, 7, 1.8, 10))
    p.drawPolygon(QPolygonF([QPointF(10.5, 7), QPointF(17, 12), QPointF(10.5, 17)]))


def _stroke(p: QPainter, path: QPainterPath, width: float = 1.7) -> None:
    pen = QPen(p.brush().color(), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    p.strokePath(path, pen)


def _loop(p: QPainter) -> None:
    path = QPainterPath(QPointF(5, 13))
    path.lineTo(5, 11)
    path.quadTo(5, 7.5, 8.5, 7.5)
    path.lineTo(18, 7.5)
    path.moveTo(19, 11)
    path.lineTo(19, 13)
    path.quadTo(19, 16.5, 15.5, 16.5)
    path.lineTo(6, 16.5)
    for x, y, dx in ((18.5, 7.5, -3), (5.5, 16.5, 3)):
        path.moveTo(x + dx, y - 3)
        path.lineTo(x, y)
        path.lineTo(x + dx, y + 3)
    _stroke(p, path)


def _bracket(p: QPainter, spine: float, lip: float) -> None:
    path = QPainterPath(QPointF(lip, 6))
    path.lineTo(spine, 6)
    path.lineTo(spine, 18)
    path.lineTo(lip, 18)
    _stroke(p, path, 2)


def _in_point(p: QPainter) -> None:
    _bracket(p, 9.5, 14)


def _out_point(p: QPainter) -> None:
    _bracket(p, 14.5, 10)


def _cross(p: QPainter) -> None:
    path = QPainterPath(QPointF(7.5, 7.5))
    path.lineTo(16.5, 16.5)
    path.moveTo(16.5, 7.5)
    path.lineTo(7.5, 16.5)
    _stroke(p, path)


def _plus(p: QPainter) -> None:
    path = QPainterPath(QPointF(12, 6))
    path.lineTo(12, 18)
    path.moveTo(6, 12)
    path.lineTo(18, 12)
    _stroke(p, path)


def _volume(p: QPainter) -> None:
    p.drawPolygon(QPolygonF([QPointF(4, 9.5), QPointF(7.5, 9.5), QPointF(12, 6), QPointF(12, 18), QPointF(7.5, 14.5), QPointF(4, 14.5)]))
    path = QPainterPath()
    for radius in (3.5, 6.5):
        box = QRectF(12.5 - radius, 12 - radius, 2 * radius, 2 * radius)
        path.arcMoveTo(box, -45)
        path.arcTo(box, -45, 90)
    _stroke(p, path, 1.5)


def _microphone(p: QPainter) -> None:
    p.drawRoundedRect(QRectF(9, 4, 6, 10.5), 3, 3)
    path = QPainterPath(QPointF(6, 11.5))
    path.cubicTo(6, 19, 18, 19, 18, 11.5)
    path.moveTo(12, 17.5)
    path.lineTo(12, 20.5)
    _stroke(p, path, 1.6)


def _pair(p: QPainter) -> None:
    path = QPainterPath(QPointF(4, 14))
    path.cubicTo(8, 14, 8, 5, 12, 5)
    path.cubicTo(16, 5, 16, 14, 20, 14)
    path.moveTo(4, 18.5)
    path.cubicTo(8, 18.5, 8, 9.5, 12, 9.5)
    path.cubicTo(16, 9.5, 16, 18.5, 20, 18.5)
    _stroke(p, path, 1.5)


def _touch(p: QPainter) -> None:
    """A finger on a spot."""
    path = QPainterPath(QPointF(10, 20))
    path.cubicTo(7, 17, 5.5, 15, 6, 14)
    path.cubicTo(6.6, 13, 8, 13.5, 9, 15)
    path.lineTo(9, 7.5)
    path.cubicTo(9, 5.7, 11.5, 5.7, 11.5, 7.5)
    path.lineTo(11.5, 12)
    path.cubicTo(15.5, 12.3, 18.5, 12.8, 18, 16)
    path.lineTo(17, 20)
    _stroke(p, path, 1.5)
    halo = QPainterPath()
    halo.arcMoveTo(QRectF(5.75, 3, 9, 9), -10)
    halo.arcTo(QRectF(5.75, 3, 9, 9), -10, 200)
    _stroke(p, halo, 1.3)


_DRAWINGS: dict[str, Callable[[QPainter], None]] = {
    "play": _play, "pause": _pause, "start": _start, "end": _end, "back": _back, "forward": _forward, "loop": _loop,
    "in": _in_point, "out": _out_point, "cross": _cross, "plus": _plus, "volume": _volume, "pair": _pair,
    "touch": _touch,
    "live": _microphone,
}  # fmt: skip


def _pixmap(name: str, colour: str, pixels: int) -> QPixmap:
    """One drawing in one colour and size."""
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(pixels / GRID, pixels / GRID)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    _DRAWINGS[name](painter)
    painter.end()
    return pixmap


def icon(name: str, colour: str = theme.TEXT) -> QIcon:
    """An icon by name, grey while its control is disabled.

    Args:
        name: play, pause, start, end, back, forward, loop, in, out, cross, plus, volume, pair, touch or live.
        colour: of the enabled icon.
    """
    made = QIcon()
    for pixels in (16, 20, 24, 40, 48):
        made.addPixmap(_pixmap(name, colour, pixels), QIcon.Mode.Normal)
        made.addPixmap(_pixmap(name, theme.EDGE, pixels), QIcon.Mode.Disabled)
    return made
