"""A film's picture in a corner of the preview: dragged to another corner, made larger at its edge, closed with its cross."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.formats.project_values import Corner
from app.ui.kit import theme
from app.ui.preview.preview import Preview
from app.ui.review.notes.note_painting import INSET_MARGIN_PX, inset_rect

#: side of the cross, and of the corner that is pulled at
CROSS_PX, GRIP_PX = 22, 18
_PLATE = QColor(15, 17, 19, 200)


class FilmInset(QWidget):
    """Shows one picture at a time; where it stands is decided by who is told.

    Args:
        preview: it lies on.

    Attributes:
        corner: where it stands.
        share: how much of the preview's width it takes.
    """

    #: corner, share
    placed = Signal(str, float)
    closed = Signal()

    def __init__(self, preview: Preview) -> None:
        super().__init__(preview)
        self.corner: Corner = "top right"
        self.share = 0.3
        self._preview = preview
        self._pixels: np.ndarray | None = None
        self._image = QImage()
        self._held: Literal["", "move", "size"] = ""
        self._from = QPoint()
        self._under = False
        self.setAccessibleName("Film of the sound")
        self.setToolTip("The film that the sound is of: drag it to another corner, or its inner corner to make it larger")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        preview.installEventFilter(self)
        preview.view_changed.connect(self._raise)
        self.hide()

    @property
    def pixels(self) -> np.ndarray | None:
        """(h, w, 3) uint8 that are shown."""
        return self._pixels

    def set_picture(self, pixels: np.ndarray | None) -> None:
        """Show a picture, (h, w, 3) uint8 RGB; None takes it away."""
        if pixels is self._pixels:
            return
        former, self._pixels = self._pixels, pixels
        if pixels is None:
            self.hide()
            return
        height, width = pixels.shape[:2]
        lent = QImage(np.ascontiguousarray(pixels).data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._image = lent.convertToFormat(QImage.Format.Format_RGB32)
        if former is None or former.shape != pixels.shape or self.isHidden():
            self._settle()
            self.show()
            self._raise()
        self.update()

    def place(self, corner: Corner, share: float) -> None:
        """Stand in a corner, as wide as a share of the preview."""
        self.corner, self.share = corner, share
        self._settle()

    def _settle(self) -> None:
        if self._pixels is not None and not self._held:
            height, width = self._pixels.shape[:2]
            self.setGeometry(inset_rect(self._preview.rect(), self.corner, self.share, width / height).toRect())

    def _raise(self) -> None:
        """Over the pictures, under what can be clicked on."""
        self.raise_()
        self._preview.banner.raise_()

    def _cross(self) -> QRect:
        return QRect(self.width() - CROSS_PX, 0, CROSS_PX, CROSS_PX)

    def _grip(self) -> QRect:
        """The corner that points to the middle of the preview."""
        x = self.width() - GRIP_PX if "left" in self.corner else 0
        y = self.height() - GRIP_PX if "top" in self.corner else 0
        # the cross is in the upper right one
        return QRect(x, y, GRIP_PX, GRIP_PX) if (x, y) != (self.width() - GRIP_PX, 0) else QRect(x, CROSS_PX, GRIP_PX, GRIP_PX)

    def _resize_to(self, at: QPointF) -> None:
        """As wide as the pointer is away from the outer edge."""
        x = self.mapTo(self._preview, at.toPoint()).x()
        width = x - INSET_MARGIN_PX if "left" in self.corner else self._preview.width() - INSET_MARGIN_PX - x
        self._held = ""
        self.placed.emit(self.corner, width / max(self._preview.width(), 1))
        self._held = "size"

    def _nearest(self) -> Corner:
        middle, whole = self.geometry().center(), self._preview.rect().center()
        if middle.y() < whole.y():
            return "top left" if middle.x() < whole.x() else "top right"
        return "bottom left" if middle.x() < whole.x() else "bottom right"

    # -- Qt's own, last as everywhere

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of it, or close it."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position().toPoint()
        if self._cross().contains(at):
            self.closed.emit()
            return
        self._held, self._from = ("size" if self._grip().contains(at) else "move"), at

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along with the pointer, or show what a press would do."""
        at = event.position()
        if self._held == "move":
            self.move(self.mapToParent(at.toPoint()) - self._from)
        elif self._held == "size":
            self._resize_to(at)
        else:
            slanted = Qt.CursorShape.SizeBDiagCursor if self.corner in ("top right", "bottom left") else Qt.CursorShape.SizeFDiagCursor
            where = at.toPoint()
            on_grip, on_cross = self._grip().contains(where), self._cross().contains(where)
            self.setCursor(slanted if on_grip else Qt.CursorShape.ArrowCursor if on_cross else Qt.CursorShape.OpenHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stand in the nearest corner."""
        held, self._held = self._held, ""
        if held == "move":
            self.placed.emit(self._nearest(), self.share)
        self._settle()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the cross and the corner."""
        self._under = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Show the picture alone."""
        self._under = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, and under the pointer what can be done with it."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(self.rect()), self._image)
        painter.setPen(QPen(QColor(theme.EDGE), 1.0))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        if self._under:
            self._paint_means(painter)
        painter.end()

    def _paint_means(self, painter: QPainter) -> None:
        cross, grip = QRectF(self._cross()), QRectF(self._grip())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_PLATE)
        painter.drawRect(cross)
        painter.drawRect(grip)
        painter.setPen(QPen(QColor(theme.TEXT), 1.6))
        inner = cross.adjusted(7, 7, -7, -7)
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.topRight(), inner.bottomLeft())
        handle = grip.adjusted(5, 5, -5, -5)
        falling = self.corner in ("top left", "bottom right")
        painter.drawLine(*((handle.topLeft(), handle.bottomRight()) if falling else (handle.bottomLeft(), handle.topRight())))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the preview changes its size."""
        if watched is self._preview and event.type() == QEvent.Type.Resize:
            self._settle()
        return super().eventFilter(watched, event)
