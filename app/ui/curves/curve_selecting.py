"""What the mouse marks over the curves: a stretch, a box of a stretch and lanes, and the edges of what is marked already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsScene, QWidget

from app.ui.curves.lanes import Row
from app.ui.kit import theme

Span = tuple[float, float]
Grip = Literal["", "range", "start", "end", "slide"]
#: a press this near to an edge of what is marked takes it, in pixels
NEAR_PX = 5.0
#: a drag across so many pixels of height takes lanes too
BOX_PX = 14.0
#: less than this is a click
STILL_PX = 4.0
_EDGE = QColor(88, 166, 214)
_POINTERS: dict[Grip, Qt.CursorShape] = {
    "start": Qt.CursorShape.SizeHorCursor, "end": Qt.CursorShape.SizeHorCursor, "slide": Qt.CursorShape.OpenHandCursor,
}  # fmt: skip
_SHIFT, _CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class Ground(Protocol):
    """The plot as the marks see it."""

    def x_of(self, t: float) -> float:
        """Pixels from the left of a time in seconds."""

    def time_of(self, x: float) -> float:
        """The time in seconds at so many pixels from the left."""

    def rows_between(self, top: float, bottom: float) -> Sequence[Row]:
        """The lanes that a stretch of height touches, in pixels from the top of the plot."""

    def shown(self) -> Span:
        """First and last second on show."""


@dataclass(frozen=True)
class _Drag:
    """What the mouse holds.

    Attributes:
        grip: what was taken.
        press: where.
        marked: what was marked then, and stays part of what is being marked; nothing but the press where that begins anew.
        ctrl: whether Ctrl was held.
    """

    grip: Grip
    press: QPointF
    marked: Span
    ctrl: bool


class PlotMarks(QObject):
    """The marked stretch over one plot, its handles, and the box that is being drawn.

    Shift and drag marks a stretch; drawn over lanes as well it is a box, which takes them too; Ctrl adds to what is there. Edges of the
    marked stretch are dragged as they are; with Ctrl they take what is inside with them, and so does the stretch itself.

    Args:
        ground: times, pixels and lanes.
        viewport: has the mouse.
        scene: gets the marks.
    """

    #: a stretch is being marked: its ends in seconds; both the same for none
    ranged = Signal(float, float)
    #: a box was drawn: start, end, its channels, and whether it adds to what is marked
    boxed = Signal(float, float, tuple, bool)
    #: edges of the marked stretch were dragged here; the stretch is another one, but what is in it stays: start, end, whether it goes on
    edged = Signal(float, float, bool)
    #: what is marked was dragged with the mark: former stretch, new one, whether it goes on
    pulled = Signal(tuple, tuple, bool)

    def __init__(self, ground: Ground, viewport: QWidget, scene: QGraphicsScene) -> None:
        super().__init__(viewport)
        self._ground, self._viewport = ground, viewport
        self._drag: _Drag | None = None
        self._at = QPointF()
        self._range: Span | None = None
        self._marked = self._item(scene, QColor(88, 166, 214, 44))
        self._edges = [self._item(scene, _EDGE) for _ in range(2)]
        self._grips = [self._item(scene, _EDGE) for _ in range(2)]
        self._box = self._item(scene, QColor(88, 166, 214, 36))
        self._box.setPen(QPen(QColor(theme.BRIGHT), 0, Qt.PenStyle.DashLine))

    @staticmethod
    def _item(scene: QGraphicsScene, colour: QColor) -> QGraphicsRectItem:
        made = QGraphicsRectItem()
        made.setPen(Qt.PenStyle.NoPen)
        made.setBrush(colour)
        made.hide()
        scene.addItem(made)
        return made

    # -- what is shown

    def set_range(self, marked: Span | None) -> None:
        """Mark a stretch of time in seconds, or none."""
        self._range = marked
        self.place()

    def place(self) -> None:
        """Put everything where it belongs: the axis, the size or the mark is another one."""
        on, height = self._range is not None, self._viewport.height()
        for item in (self._marked, *self._edges, *self._grips):
            item.setVisible(on)
        if self._range is None:
            return
        left, right = (self._ground.x_of(t) for t in self._range)
        self._marked.setRect(left, 0, right - left, height)
        tall = min(height, 26)
        for x, edge, grip in zip((left, right), self._edges, self._grips, strict=True):
            edge.setRect(round(x) - 0.5, 0, 1, height)
            grip.setRect(round(x) - 2, (height - tall) / 2, 4, tall)

    # -- the mouse

    def press(self, event: QMouseEvent) -> bool:
        """A button went down; whether the marks take what follows."""
        held, at = event.modifiers(), event.position()
        grip = self._grip(at.x(), held)
        if not grip:
            return False
        t, ctrl = self._ground.time_of(at.x()), bool(held & _CTRL)
        keeps = self._range is not None and (grip != "range" or ctrl)
        self._drag = _Drag(grip, at, self._range if keeps and self._range is not None else (t, t), ctrl)
        self._at = at
        return True

    def move(self, event: QMouseEvent) -> bool:
        """The mouse moved; whether the marks took it."""
        drag = self._drag
        if drag is None:
            self._point(event.position().x(), event.modifiers())
            return False
        self._at = event.position()
        if self._moved(drag):
            self._follow(drag, True)
        return True

    def release(self, event: QMouseEvent) -> bool:
        """The button went up; whether that ended what the marks had taken. A press on an edge that did not move was a click beside it."""
        drag, self._drag = self._drag, None
        self._box.hide()
        if drag is None:
            return False
        self._at = event.position()
        if not self._moved(drag):
            if drag.grip == "range":
                self.ranged.emit(0.0, 0.0)
            return drag.grip in ("range", "slide")
        self._follow(drag, False)
        return True

    def _moved(self, drag: _Drag) -> bool:
        """Whether it is no mere click."""
        tall = drag.grip == "range" and abs(self._at.y() - drag.press.y()) > BOX_PX
        return tall or abs(self._at.x() - drag.press.x()) > STILL_PX

    def _grip(self, x: float, held: Qt.KeyboardModifier) -> Grip:
        """What a press here would take."""
        if held & _SHIFT:
            return "range"
        if self._range is None or held & ~_CTRL & ~Qt.KeyboardModifier.KeypadModifier:
            return ""
        left, right = (self._ground.x_of(t) for t in self._range)
        # where the stretch is narrow its outer halves are the edges'
        if abs(x - right) <= NEAR_PX and abs(x - right) <= abs(x - left):
            return "end"
        if abs(x - left) <= NEAR_PX:
            return "start"
        return "slide" if held & _CTRL and left < x < right else ""

    def _point(self, x: float, held: Qt.KeyboardModifier) -> None:
        """The pointer says what a press would take."""
        wanted = _POINTERS.get(self._grip(x, held))
        shape = self._viewport.cursor().shape()
        if wanted is not None and shape != wanted:
            self._viewport.setCursor(wanted)
        elif wanted is None and shape in _POINTERS.values():
            self._viewport.unsetCursor()

    def _follow(self, drag: _Drag, goes_on: bool) -> None:
        shown = self._ground.shown()
        t = min(max(self._ground.time_of(self._at.x()), shown[0]), shown[1])
        if drag.grip == "range":
            self._draw_range(drag, t, goes_on)
            return
        start_s, end_s = drag.marked
        by_s = t - self._ground.time_of(drag.press.x())
        ends = {"start": (start_s + by_s, end_s), "end": (start_s, end_s + by_s), "slide": (start_s + by_s, end_s + by_s)}[drag.grip]
        if drag.ctrl:
            self.pulled.emit(drag.marked, ends, goes_on)
        else:
            self.edged.emit(*ends, goes_on)

    def _draw_range(self, drag: _Drag, t: float, goes_on: bool) -> None:
        """Mark a stretch, and with it the lanes of a box that is high enough to be one."""
        ends = (*drag.marked, self._ground.time_of(drag.press.x()), t)
        first, last = min(ends), max(ends)
        top, bottom = sorted((drag.press.y(), self._at.y()))
        is_box = bottom - top > BOX_PX
        if goes_on:
            left, right = sorted((drag.press.x(), self._at.x()))
            self._box.setRect(QRectF(left, top, right - left, bottom - top))
            self._box.setVisible(is_box)
        if goes_on or not is_box:
            self.ranged.emit(first, last)
        else:
            channels = tuple(channel for row in self._ground.rows_between(top, bottom) for channel in row.channels)
            self.boxed.emit(first, last, channels, drag.ctrl)
