"""What both views share: the rig, the camera, the mouse, and the page that says why nothing is drawn."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.avatar.rig import AvatarRig
from app.render.backgrounds import BACKGROUNDS, DEFAULT_BACKGROUND
from app.render.camera import Framing, OrbitCamera
from app.render.pointer import Pointer

_NOTCH = 120.0


class ViewEvents(QWidget):
    """Base of the two views; they add their GL context and how they draw.

    Attributes:
        puts_off: what makes a picture better waits, because there is more urgent work.
        framing_changed: the user or ``frame`` moved the camera.
        failed: one sentence; nothing can be drawn.
        frame_drawn: milliseconds that the last frame took to draw.
        touched: the face was clicked on with Ctrl: the place on the screen, and whether Shift was held.
        moment: of the pose, as whoever poses the rig counts it; drawn pictures carry it along.
        shown_moment: of the picture on screen.
    """

    framing_changed = Signal()
    failed = Signal(str)
    frame_drawn = Signal(float)
    touched = Signal(QPoint, bool)

    def _begin(self) -> None:
        """Set the state that both views have; called by their constructors."""
        self.rig: AvatarRig | None = None
        self.camera = OrbitCamera()
        self.background = BACKGROUNDS[DEFAULT_BACKGROUND]
        self.error = ""
        self.puts_off = False
        self.moment = self.shown_moment = 0.0
        self._pointer = Pointer()
        self.setMinimumSize(160, 120)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width() / max(self.height(), 1)

    def set_camera(self, camera: OrbitCamera) -> None:
        """Look through another camera; the view moves it with the mouse."""
        self.camera = camera
        self.redraw()

    def set_background(self, color: tuple[float, float, float]) -> None:
        """Change the colour behind the avatar; display RGB, 0 to 1."""
        self.background = color
        self.redraw()

    def set_budget(self, milliseconds: float) -> None:
        """Say what one picture may take, for views that can draw less of it."""

    def set_calm(self, calm: bool) -> None:
        """Say whether nothing plays, for views that have a use for it."""

    def frame(self, framing: Framing) -> None:
        """Move the camera to a framing of the present avatar."""
        if self.rig is not None:
            self.camera.frame(self.rig.avatar, framing, self.aspect)
            self.redraw()
            self.framing_changed.emit()

    def redraw(self) -> None:
        """Ask for a new picture at the next opportunity."""
        self.update()

    def fail(self, sentence: str) -> None:
        """Show a sentence instead of a picture and tell the owner."""
        self.error = sentence
        self.failed.emit(sentence)
        self.update()

    def paint_error(self, painter: QPainter) -> None:
        """Draw the page that says why nothing is drawn."""
        painter.fillRect(self.rect(), QColor.fromRgbF(*self.background))
        painter.setPen(QColor(210, 210, 210))
        margin = min(self.width(), self.height()) // 10
        area = QRect(margin, margin, self.width() - 2 * margin, self.height() - 2 * margin)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.error)

    def _moved(self) -> None:
        """Redraw after the user moved the camera."""
        self.redraw()
        self.framing_changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Touch (left with Ctrl), or begin to orbit (left) or pan (middle, or left with shift)."""
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.button() == Qt.MouseButton.LeftButton and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.touched.emit(event.globalPosition().toPoint(), shifted)
            return
        if event.button() == Qt.MouseButton.MiddleButton or (event.button() == Qt.MouseButton.LeftButton and shifted):
            self._pointer.press(event.position().x(), event.position().y(), "pan")
        elif event.button() == Qt.MouseButton.LeftButton:
            self._pointer.press(event.position().x(), event.position().y(), "orbit")
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue the drag."""
        if self._pointer.drag(self.camera, event.position().x(), event.position().y(), self.height()):
            self._moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        self._pointer.release()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go back to the present framing."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.frame(self.camera.framing)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom; what lies under the pointer stays there."""
        high, point = max(self.height(), 1), event.position()
        at = (point.x() - self.width() / 2) / high, (point.y() - self.height() / 2) / high
        self.camera.zoom(event.angleDelta().y() / _NOTCH, at)
        self._moved()
        event.accept()
