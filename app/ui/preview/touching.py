"""Touching the face: what moves the skin there most is picked in the curves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.avatar.influence import belonging
from app.avatar.rig import AvatarRig
from app.formats.notes import FacePoint
from app.render.pins import part_of
from app.session.base.messages import Messages
from app.ui.kit import theme
from app.ui.preview.preview import Preview
from app.ui.preview.region_light import RegionLight
from app.ui.preview.touch_list import TouchList

MISSED = "There is no face under the pointer; touch the skin, the eyes or the teeth."
STIFF = "No shape of this avatar moves what you touched; touch the skin of the face."
_HINT = "Touch the face: the shapes that move it most are picked; Shift adds, Esc ends"


class Touched(Protocol):
    """One side's picture."""

    @property
    def rig(self) -> AvatarRig:
        """The body that is seen."""

    def point(self, at: QPointF) -> FacePoint | None:
        """The point of the skin under a place of the preview."""


class Pictures(Protocol):
    """Which picture is where."""

    def at(self, place: QPointF) -> Touched | None:
        """The uppermost picture at a place of the preview."""


class TouchGlass(QWidget):
    """Lies over the preview while every click on it is a touch."""

    #: place in the preview's pixels, whether it adds
    touched = Signal(QPointF, bool)

    def __init__(self, preview: Preview) -> None:
        super().__init__(preview)
        self.setAccessibleName("Pick by touching")
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._preview = preview
        preview.installEventFilter(self)
        self.hide()

    def set_on(self, on: bool) -> None:
        """Take the clicks, or let them through."""
        self.setGeometry(self._preview.rect())
        self.setVisible(on)
        self.raise_()
        self._preview.banner.raise_()

    # -- Qt's own, last as everywhere

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A touch."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.touched.emit(event.position(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say what a click does."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.interface_font())
        width = painter.fontMetrics().horizontalAdvance(_HINT) + 28
        place = QRectF((self.width() - width) / 2, 44, width, 28)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(15, 17, 19, 225))
        painter.drawRoundedRect(place, 5, 5)
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, _HINT)
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """As large as the preview."""
        if watched is self._preview and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._preview.rect())
        return super().eventFilter(watched, event)


class Touching(QObject):
    """From a click on the face to picked curves.

    Args:
        preview: is clicked on: with Ctrl at any time, without it while picking by touching is on.
        pictures: say which face is under the pointer.
        light: knows what shapes move, and lights it up.
        picks: picks channels; the second argument says whether they are added to what is picked.
        messages: told where nothing is there to be picked.

    Attributes:
        list: at the pointer, after a touch.
        glass: takes the clicks while picking by touching is on.
    """

    #: picking by touching is on or off
    switched = Signal(bool)

    def __init__(
        self, preview: Preview, pictures: Pictures, light: RegionLight, *, picks: Callable[[tuple[str, ...], bool], object],
        messages: Messages,
    ) -> None:  # fmt: skip
        super().__init__(preview)
        self._preview, self._pictures, self._light, self._picks, self._messages = preview, pictures, light, picks, messages
        self.glass, self.list = TouchGlass(preview), TouchList(preview)
        self.glass.touched.connect(self.touch)
        preview.touched.connect(lambda place, adds: self.touch(QPointF(preview.mapFromGlobal(place)), adds))
        self.list.pointed.connect(lambda channel: light.light((channel,) if channel else ()))
        self.list.chosen.connect(lambda channel: picks((channel,), False))

    @property
    def on(self) -> bool:
        """Whether every click is a touch."""
        return not self.glass.isHidden()

    def set_on(self, on: bool) -> None:
        """Let every click on the picture be a touch, or only those with Ctrl."""
        if on != self.on:
            self.glass.set_on(on)
            self.list.close_list()
            self.switched.emit(on)

    def leave(self) -> bool:
        """Put the list away, else end picking by touching; whether there was anything to end."""
        if not self.list.isHidden():
            self.list.close_list()
            self._preview.setFocus()
            return True
        was = self.on
        self.set_on(False)
        return was

    def touch(self, at: QPointF, adds: bool = False) -> None:
        """Pick what moves the skin most under a place of the preview, and list it.

        Args:
            at: the preview's pixels.
            adds: to what is picked already.
        """
        picture = self._pictures.at(at)
        point = None if picture is None else picture.point(at)
        part = None if picture is None or point is None else part_of(picture.rig, point)
        if picture is None or point is None or part is None:
            self._messages.tell(MISSED)
            return
        movers = self._light.influence(picture.rig).at(part, point.corners, point.shares)
        if not movers:
            self._messages.tell(STIFF)
            return
        picked = belonging(movers)
        self._picks(picked, adds)
        self.list.open(QPoint(round(at.x()), round(at.y())), movers, picked)
