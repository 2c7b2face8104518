"""How pins, lines, arrows, the pointer's dot and insets look on the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from app.formats.notes import Stroke
from app.ui.kit import theme
from app.ui.review.notes.note_words import COLOURS

PIN_PX, PICKED_PX = 5.0, 7.0
INSET_MARGIN_PX = 14
#: of an arrow's head, in widths of its line
_HEAD = 4.5
_INK = QColor(10, 11, 12)


@dataclass(frozen=True)
class DrawnStrokes:
    """Lines of one note.

    Attributes:
        strokes: as shares of a picture.
        aspect: width over height of the picture that they were drawn on, 0 for the present one's.
        opacity: 0 to 1.
    """

    strokes: Sequence[Stroke]
    aspect: float = 0.0
    opacity: float = 1.0


@dataclass(frozen=True)
class DrawnPin:
    """A note's point on the face.

    Attributes:
        note_id: whose.
        x: share of the picture's width.
        y: share of its height.
        colour: of the note.
        hidden: the face is turned so that it cannot be seen.
        picked: the note is being looked at.
    """

    note_id: str
    x: float
    y: float
    colour: str
    hidden: bool = False
    picked: bool = False


@dataclass(frozen=True)
class DrawnInset:
    """A reference beside the face.

    Attributes:
        image: as it is now.
        corner: where it stands.
        share: of the picture's width.
    """

    image: QImage
    corner: str
    share: float


@dataclass(frozen=True)
class PictureScene:
    """Everything that notes put over one side's picture.

    Attributes:
        rect: the picture in the preview's pixels.
        seen: what of it is on show.
        strokes: lines, the uppermost last.
        pins: points on the face.
        insets: references.
        dot: where the pointer was while the note that is heard was spoken, as shares.
    """

    rect: QRect
    seen: QRect
    strokes: tuple[DrawnStrokes, ...] = ()
    pins: tuple[DrawnPin, ...] = ()
    insets: tuple[DrawnInset, ...] = ()
    dot: tuple[float, float] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not (self.strokes or self.pins or self.insets or self.dot)


def paint_scene(painter: QPainter, scene: PictureScene) -> None:
    """Draw everything: insets, then lines, then pins, then the dot."""
    painter.save()
    painter.setClipRect(scene.seen)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    for inset in scene.insets:
        _paint_inset(painter, inset, scene.rect)
    for drawn in scene.strokes:
        painter.setOpacity(drawn.opacity)
        for stroke in drawn.strokes:
            paint_stroke(painter, stroke, scene.rect, drawn.aspect)
    for pin in scene.pins:
        _paint_pin(painter, pin, scene.rect)
    painter.setOpacity(1.0)
    if scene.dot is not None:
        _paint_dot(painter, _place(scene.rect, *scene.dot))
    painter.restore()


def place_of(rect: QRect, x: float, y: float, aspect: float = 0.0) -> QPointF:
    """Where a share of a picture is.

    Args:
        rect: the picture.
        x: share of its width.
        y: share of its height.
        aspect: width over height of the picture that the shares are of, 0 for this one. The lens keeps the height, so what is
            wider or narrower now has its middle where it was.
    """
    now = rect.width() / max(rect.height(), 1)
    wide = aspect / now if aspect > 0 else 1.0
    return QPointF(rect.x() + (0.5 + (x - 0.5) * wide) * rect.width(), rect.y() + y * rect.height())


def paint_stroke(painter: QPainter, stroke: Stroke, rect: QRect, aspect: float = 0.0) -> None:
    """Draw a line or an arrow, with a dark edge that keeps it readable on any face.

    Args:
        painter: of the preview.
        stroke: what.
        rect: the picture.
        aspect: see ``place_of``.
    """
    points = [place_of(rect, x, y, aspect) for x, y in stroke.points]
    if not points:
        return
    width = max(stroke.width * rect.height(), 1.5)
    path = _path(points)
    if stroke.kind == "arrow" and len(points) > 1:
        _add_head(path, points, width)
    for colour, wide in ((QColor(_INK.red(), _INK.green(), _INK.blue(), 130), width + 2.0), (QColor(COLOURS[stroke.colour]), width)):
        pen = QPen(colour, wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(path, pen)


def _path(points: list[QPointF]) -> QPainterPath:
    """Through the middles of neighbours, so that a hand's line is round."""
    path = QPainterPath(points[0])
    if len(points) < 3:
        path.lineTo(points[-1] + (QPointF(0.1, 0) if len(points) == 1 else QPointF()))
        return path
    for one, following in pairwise(points[1:]):
        path.quadTo(one, (one + following) / 2)
    path.lineTo(points[-1])
    return path


def _add_head(path: QPainterPath, points: list[QPointF], width: float) -> None:
    tip, long = points[-1], _HEAD * width + 6
    # the direction of the last stretch that is as long as the head, not of the last tremble
    back = next((point for point in reversed(points) if math.hypot(tip.x() - point.x(), tip.y() - point.y()) >= long), points[0])
    angle = math.atan2(tip.y() - back.y(), tip.x() - back.x())
    for turn in (math.pi - 0.5, math.pi + 0.5):
        path.moveTo(tip)
        path.lineTo(tip + QPointF(long * math.cos(angle + turn), long * math.sin(angle + turn)))


def _paint_pin(painter: QPainter, pin: DrawnPin, rect: QRect) -> None:
    at, radius = _place(rect, pin.x, pin.y), PICKED_PX if pin.picked else PIN_PX
    colour = QColor(COLOURS.get(pin.colour, theme.WARNING))
    painter.setOpacity(0.35 if pin.hidden else 1.0)
    painter.setPen(QPen(_INK, 3.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(at, radius, radius)
    line = Qt.PenStyle.DotLine if pin.hidden else Qt.PenStyle.SolidLine
    painter.setPen(QPen(colour, 2.0, line))
    if not pin.hidden:
        painter.setBrush(QColor(colour.red(), colour.green(), colour.blue(), 70))
    painter.drawEllipse(at, radius, radius)
    if not pin.hidden:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(at, 1.6, 1.6)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_dot(painter: QPainter, at: QPointF) -> None:
    painter.setBrush(QColor(229, 100, 95, 110))
    painter.setPen(QPen(QColor("#f3b5b2"), 2.0))
    painter.drawEllipse(at, 9.0, 9.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def inset_rect(rect: QRect, corner: str, share: float, aspect: float) -> QRectF:
    """Where an inset stands.

    Args:
        rect: the picture.
        corner: ``top left`` and the like.
        share: of the picture's width.
        aspect: width over height of the inset.
    """
    width = min(share, 0.9) * rect.width()
    height = width / max(aspect, 0.05)
    most = 0.8 * rect.height()
    if height > most:
        width, height = width * most / height, most
    left = rect.x() + INSET_MARGIN_PX if "left" in corner else rect.right() - INSET_MARGIN_PX - width
    # above the side's label and the caption in the corners
    top = rect.y() + INSET_MARGIN_PX + 30 if "top" in corner else rect.bottom() - INSET_MARGIN_PX - 26 - height
    return QRectF(left, top, width, height)


def _paint_inset(painter: QPainter, inset: DrawnInset, rect: QRect) -> None:
    place = inset_rect(rect, inset.corner, inset.share, inset.image.width() / max(inset.image.height(), 1))
    painter.setOpacity(1.0)
    painter.drawImage(place, inset.image)
    painter.setPen(QPen(QColor(theme.EDGE), 1.0))
    painter.drawRect(place)


def _place(rect: QRect, x: float, y: float) -> QPointF:
    return place_of(rect, x, y)
