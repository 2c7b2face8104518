"""The glass over the picture: shows what notes put there, and takes the mouse while a pin is set, something is drawn or pointed at."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.formats.notes import NoteColour, Stroke
from app.ui.kit import theme
from app.ui.preview.preview import Preview
from app.ui.review.notes.note_painting import PictureScene, paint_scene, paint_stroke
from app.ui.review.notes.pictured import Pictured, PicturedSides

Mode = Literal["", "pin", "draw", "point"]
Tool = Literal["line", "arrow", "erase"]
#: points of a line that are nearer to each other, in pixels, are one
APART_PX = 2.0
_HINTS = {"pin": "Click on the face to pin the note there; Esc ends", "draw": "", "point": ""}


class PictureOverlay(QWidget):
    """Lies over the preview; without a mode the mouse goes through it.

    Args:
        preview: lies below.
        pictures: says which side is where.

    Attributes:
        mode: what the mouse does.
        tool: of the drawing.
        colour: of the next line.
        line_width: of the next line, as a share of the picture's height.
        source: asked at every painting for what notes put there: the glass is painted with what lies below it.
        pictures: which side is where.
    """

    #: the Pictured that was clicked on, and the place in the preview's pixels
    pin_wanted = Signal(object, QPointF)
    #: Pictured, Stroke
    drawn = Signal(object, object)
    #: Pictured, place: whatever is drawn there is to go
    erased = Signal(object, QPointF)
    #: share of the picture's width and of its height under the pointer
    pointed = Signal(float, float)
    mode_changed = Signal(str)

    def __init__(self, preview: Preview, pictures: PicturedSides) -> None:
        super().__init__(preview)
        self.setAccessibleName("Notes on the picture")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.mode: Mode = ""
        self.tool: Tool = "line"
        self.colour: NoteColour = "red"
        self.line_width = 0.006
        self.source: Callable[[], tuple[PictureScene, ...]] = tuple
        self._preview, self.pictures = preview, pictures
        self._needed = False
        self._held: tuple[Pictured, list[QPointF]] | None = None
        self._badge = ""
        self._level = 0.0
        preview.installEventFilter(self)
        self._pass_mouse()
        self.hide()

    # -- what is shown

    def set_needed(self, needed: bool) -> None:
        """Say whether notes may put something there."""
        self._needed = needed
        self._settle()

    def set_badge(self, words: str, level: float = 0.0) -> None:
        """Say on the picture what goes on, as a recording.

        Args:
            words: "" for nothing.
            level: loudness, 0 to 1.
        """
        if (words, level) != (self._badge, self._level):
            self._badge, self._level = words, level
            self._settle()
            self.update(0, 0, self.width(), 60)

    def set_mode(self, mode: Mode) -> None:
        """Let the mouse do something else."""
        if mode == self.mode:
            return
        self.mode, self._held = mode, None
        self._pass_mouse()
        cursors = {"pin": Qt.CursorShape.CrossCursor, "draw": Qt.CursorShape.CrossCursor, "point": Qt.CursorShape.PointingHandCursor}
        self.setCursor(cursors.get(mode, Qt.CursorShape.ArrowCursor))
        self._settle()
        self.update()
        self.mode_changed.emit(mode)

    def _pass_mouse(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not self.mode)

    def _settle(self) -> None:
        """Hidden it costs nothing."""
        wanted = bool(self._needed or self.mode or self._badge)
        if wanted != self.isVisibleTo(self._preview):
            self.setGeometry(self._preview.rect())
            self.setVisible(wanted)
        if wanted:
            self._raise()

    def _raise(self) -> None:
        """Over the pictures, under what can be clicked on."""
        self.raise_()
        self._preview.banner.raise_()

    # -- the mouse

    def _draw_on(self, at: QPointF) -> None:
        if self._held is None:
            return
        points = self._held[1]
        last = points[-1]
        if math.hypot(at.x() - last.x(), at.y() - last.y()) < APART_PX:
            return
        if self.tool == "arrow":
            del points[1:]
        points.append(at)
        self.update()

    def _stroke(self) -> Stroke | None:
        """What is being drawn."""
        if self._held is None:
            return None
        picture, points = self._held
        shares = [tuple(round(share, 5) for share in picture.shares(point)) for point in points]
        kind: Literal["line", "arrow"] = "arrow" if self.tool == "arrow" else "line"
        return Stroke(kind, [(x, y) for x, y in shares], self.colour, self.line_width)

    # -- Qt's own, last as everywhere

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Set a pin, or begin a line."""
        at, picture = event.position(), self.pictures.at(event.position())
        if event.button() != Qt.MouseButton.LeftButton or picture is None:
            return
        if self.mode == "pin":
            self.pin_wanted.emit(picture, at)
        elif self.mode == "draw" and self.tool == "erase":
            self._held = (picture, [at])
            self.erased.emit(picture, at)
        elif self.mode == "draw":
            self._held = (picture, [at])
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on drawing or erasing, or tell where the pointer is."""
        at = event.position()
        if self.mode == "point":
            picture = self.pictures.at(at)
            if picture is not None:
                self.pointed.emit(*picture.shares(at))
        elif self._held is not None and self.tool == "erase":
            self.erased.emit(self._held[0], at)
        else:
            self._draw_on(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The line is done; a mere click draws no arrow."""
        held, stroke = self._held, self._stroke()
        self._held = None
        if held is not None and stroke is not None and self.tool != "erase" and (self.tool == "line" or len(stroke.points) > 1):
            self.drawn.emit(held[0], stroke)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """What notes put here, and the line that is being drawn."""
        painter = QPainter(self)
        for scene in self.source():
            if not scene.is_empty:
                paint_scene(painter, scene)
        stroke = self._stroke()
        if stroke is not None and self._held is not None and self.tool != "erase":
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_stroke(painter, stroke, self._held[0].rect)
        words = self._badge or _HINTS.get(self.mode, "")
        if words:
            self._paint_badge(painter, words)
        painter.end()

    def _paint_badge(self, painter: QPainter, words: str) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.interface_font())
        width = painter.fontMetrics().horizontalAdvance(words) + 28
        place = QRectF((self.width() - width) / 2, 44, width, 28)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(15, 17, 19, 225))
        painter.drawRoundedRect(place, 5, 5)
        if self._level > 0:
            # a voice at a usual distance fills about half
            share = min(math.sqrt(self._level) * 1.6, 1.0)
            painter.setBrush(QColor(229, 116, 111))
            painter.drawRect(QRectF(place.x() + 8, place.bottom() - 4, share * (width - 16), 2))
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """As large as the preview."""
        if watched is self._preview and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._preview.rect())
        return super().eventFilter(watched, event)
