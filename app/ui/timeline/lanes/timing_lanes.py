"""The hand in the lanes of words and phones: what is under it, what is chosen, and what is done to that."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.ui.kit import theme
from app.ui.timeline.lanes.grips import Edge, Grip, Lane, grip_in
from app.ui.timeline.lanes.handles import draw_chosen, draw_handles
from app.ui.timeline.phone_strip import Segment
from app.ui.timeline.time_axis import TimeAxis

#: the mouse must move so far before something moves with it, in pixels
SLACK = 3
#: what an arrow key moves by, and with Shift
NUDGE_S, FAR_NUDGE_S = 0.005, 0.020
HOW = (
    "Drag the middle to move it, an edge to stretch it, with Ctrl or Alt without snapping.\nDouble-click or F2 names it, Delete takes it"
    " out, Alt-click splits it, or joins it at an edge; right-click for more."
)
_ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_FREE = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
#: logical pixels between the rows
_GAP = 3
_EDGES: tuple[Edge, ...] = ("", "start", "end")


class TimingLanes(QWidget):
    """Lies over the rows of the time line, sees through, and lets pass what is none of its business.

    Args:
        axis: the visible range.
        parent: the time line, which draws the words and phones themselves.

    Attributes:
        chosen: what keys act on, None for nothing.
        can_edit: whether anything can be moved.
    """

    #: Grip, the time under the mouse in seconds: something was taken and is dragged from here
    taken = Signal(object, float)
    #: the time under the mouse, whether snapping is not wanted
    dragged = Signal(float, bool)
    dropped = Signal()
    #: the drag was given up
    given_up = Signal()
    #: seconds: the playhead is wanted here
    clicked = Signal(float)
    #: Grip or None, Lane, seconds: Alt and a click
    cut = Signal(object, str, float)
    #: Grip or None, Lane, seconds, where on the screen
    menu_wanted = Signal(object, str, float, QPoint)
    #: Grip: another name is wanted
    name_wanted = Signal(object)
    #: Grip: it is to go
    removed = Signal(object)
    #: Grip, seconds: keys move it by that
    nudged = Signal(object, float)
    #: the key that nudged was let go
    nudge_ended = Signal()
    #: the mouse or the keyboard came here
    entered = Signal()

    def __init__(self, axis: TimeAxis, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Words and phones")
        self.setAccessibleDescription("Nothing is chosen")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.axis = axis
        self.chosen: Grip | None = None
        self.can_edit = False
        self._rows: dict[Lane, Sequence[Segment]] = {"words": (), "phones": ()}
        self._over: Grip | None = None
        self._pressed: tuple[float, Grip] | None = None
        self._drags = False
        self._nudges = False
        self._t = 0.0

    # -- what is shown

    def set_segments(self, words: Sequence[Segment], phones: Sequence[Segment]) -> None:
        """Show other words and phones; both, or one, may be none."""
        self._rows = {"words": words, "phones": phones}
        if self.chosen is not None and self.segment(self.chosen) is None:
            self.choose(None)
        else:
            self._describe()
        self._over = None if self._over is None or self.segment(self._over) is None else self._over
        self.update()

    def set_time(self, t: float) -> None:
        """Tell where the playhead is: there the keyboard begins."""
        self._t = t

    def choose(self, grip: Grip | None) -> None:
        """Let keys act on something, or on nothing."""
        self.chosen = grip
        self._describe()
        self.update()

    def choose_at(self, lane: Lane, t: float) -> None:
        """Choose what is said at a time, or what is nearest to it."""
        nearest = min(self._rows[lane], key=lambda each: max(each.start_s - t, t - each.end_s, 0.0), default=None)
        if nearest is not None:
            self.choose(Grip(lane, nearest.index))
            self._show_chosen()

    def segment(self, grip: Grip) -> Segment | None:
        """What a grip holds, None when it is gone."""
        return next((segment for segment in self._rows[grip.lane] if segment.index == grip.index), None)

    def segments(self, lane: Lane) -> Sequence[Segment]:
        """What is in a lane."""
        return self._rows[lane]

    def box_of(self, grip: Grip) -> QRectF:
        """Where a grip's segment is drawn, in logical pixels of this widget."""
        segment = self.segment(grip)
        assert segment is not None
        return self.box_between(grip.lane, segment.start_s, segment.end_s)

    def box_between(self, lane: Lane, start_s: float, end_s: float) -> QRectF:
        """A stretch of a lane, in logical pixels of this widget; a lane that is not there yet is the lower one."""
        row = self._row_box(lane)
        return QRectF(self._x(start_s), row.top(), self._x(end_s) - self._x(start_s), row.height())

    def _describe(self) -> None:
        segment = None if self.chosen is None else self.segment(self.chosen)
        what = "Nothing is chosen" if segment is None else segment.hint
        if segment is not None and self.chosen is not None and self.chosen.edge:
            what = f"{self.chosen.edge.capitalize()} of {what}"
        self.setAccessibleDescription(what)

    # -- geometry

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes there are, from the top."""
        return (*(("words",) if self._rows["words"] else ()), *(("phones",) if self._rows["phones"] else ()))

    def _row_box(self, lane: Lane) -> QRectF:
        pitch = (self.height() + _GAP) / (1 + bool(self._rows["words"]))
        return QRectF(0, pitch * (lane == "phones" and bool(self._rows["words"])), self.width(), pitch - _GAP)

    def _x(self, t: float) -> float:
        return (t - self.axis.start_s) / self.axis.span_s * self.width()

    def _time(self, x: float) -> float:
        return self.axis.start_s + x / max(self.width(), 1) * self.axis.span_s

    @property
    def px_s(self) -> float:
        """Seconds of a pixel."""
        return self.axis.span_s / max(self.width(), 1)

    def lane_at(self, y: float) -> Lane | None:
        """The lane at a height."""
        return next((lane for lane in self.lanes if self._row_box(lane).top() - 1 <= y <= self._row_box(lane).bottom() + 1), None)

    def grip_at(self, place: QPointF) -> Grip | None:
        """What lies at a place in logical pixels."""
        lane = self.lane_at(place.y())
        return None if lane is None else grip_in(lane, self._rows[lane], self._time(place.x()), self.px_s)

    # -- keys

    def _step(self, by: int) -> None:
        """Choose the next or the one before in the lane."""
        row = [] if self.chosen is None else [segment.index for segment in self._rows[self.chosen.lane]]
        if self.chosen is not None and self.chosen.index in row:
            at = min(max(row.index(self.chosen.index) + by, 0), len(row) - 1)
            self.choose(Grip(self.chosen.lane, row[at]))
            self._show_chosen()

    def _change_lane(self, lane: Lane) -> None:
        """Choose what is said at the same time in the other lane."""
        segment = None if self.chosen is None else self.segment(self.chosen)
        if segment is None or not self._rows[lane]:
            return
        middle = (segment.start_s + segment.end_s) / 2 if lane == "words" else segment.start_s + 1e-6
        self.choose_at(lane, middle)

    def _show_chosen(self) -> None:
        segment = None if self.chosen is None else self.segment(self.chosen)
        if segment is not None and not self.axis.start_s <= segment.start_s <= self.axis.end_s:
            self.axis.follow(segment.start_s)

    def _wants(self, event: QKeyEvent) -> bool:
        """Whether a key is for what is chosen, and not for the window."""
        key, plain = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key == Qt.Key.Key_Escape:
            return self._drags or self.chosen is not None
        if self.chosen is None or plain & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier):
            return False
        if key in _ARROWS:
            return plain in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier)
        return not plain and key in (
            Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter,
        )  # fmt: skip

    def _press_key(self, event: QKeyEvent, chosen: Grip) -> None:
        key, modifiers = event.key(), event.modifiers()
        if key in _ARROWS and modifiers & Qt.KeyboardModifier.ControlModifier:
            self._step(_ARROWS[Qt.Key(key)])
        elif key in _ARROWS and self.can_edit:
            self._nudges = True
            far = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
            self.nudged.emit(chosen, _ARROWS[Qt.Key(key)] * (FAR_NUDGE_S if far else NUDGE_S))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._change_lane("words" if key == Qt.Key.Key_Up else "phones")
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose(Grip(chosen.lane, chosen.index, _EDGES[(_EDGES.index(chosen.edge) + 1) % 3]))
        elif self.can_edit and key == Qt.Key.Key_F2:
            self.name_wanted.emit(chosen)
        elif self.can_edit and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(chosen)

    def _end_nudge(self) -> None:
        if self._nudges:
            self._nudges = False
            self.nudge_ended.emit()

    def _give_up(self) -> None:
        """Escape: the drag, else what is chosen."""
        if self._drags:
            self._drags, self._pressed = False, None
            self.given_up.emit()
        else:
            self.choose(None)

    # -- Qt's own, last as everywhere

    def paintEvent(self, event: QPaintEvent) -> None:
        """Handles of what is under the mouse, and a frame around what is chosen."""
        painter = QPainter(self)
        if self._over is not None and self.can_edit and not self._drags:
            draw_handles(painter, self.box_of(self._over), self._over.edge)
        if self.chosen is not None:
            draw_chosen(painter, self.box_of(self.chosen), self.chosen.edge, self.hasFocus())
        elif self.hasFocus():
            painter.setPen(QPen(QColor(theme.ACCENT), 1))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take what is under the mouse; elsewhere the time line is pressed."""
        grip = self.grip_at(event.position())
        if event.button() != Qt.MouseButton.LeftButton or (grip is None and not self._is_cut(event)):
            event.ignore()
            return
        if grip is None:
            self.cut.emit(None, self.lane_at(event.position().y()), self._time(event.position().x()))
            return
        self.choose(grip)
        self._pressed = (event.position().x(), grip)

    def _is_cut(self, event: QMouseEvent) -> bool:
        """Whether a press is for cutting and inserting: in a lane, with Alt."""
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        return alt and self.can_edit and self.lane_at(event.position().y()) is not None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what was taken, or show what could be."""
        x = event.position().x()
        if self._pressed is not None:
            start, grip = self._pressed
            if not self._drags and abs(x - start) > SLACK and self.can_edit:
                self._drags = True
                self.taken.emit(grip, self._time(start))
            if self._drags:
                self.dragged.emit(self._time(x), bool(event.modifiers() & _FREE))
            return
        if event.buttons():
            event.ignore()
            return
        over = self.grip_at(event.position())
        if over != self._over:
            self._over = over
            self.update()
        if over is None or not self.can_edit:
            self.unsetCursor()
            event.ignore()
        else:
            self.setCursor(Qt.CursorShape.SizeHorCursor if over.edge else Qt.CursorShape.OpenHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; where nothing moved, the playhead comes here."""
        pressed, drags = self._pressed, self._drags
        self._pressed, self._drags = None, False
        if pressed is None:
            event.ignore()
        elif drags:
            self.dropped.emit()
        elif self._is_cut(event):
            self.cut.emit(pressed[1], pressed[1].lane, self._time(event.position().x()))
        else:
            self.clicked.emit(self._time(event.position().x()))
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Name what is under the mouse; elsewhere the time line shows everything."""
        grip = self.grip_at(event.position())
        if grip is None or not self.can_edit or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
        else:
            self.choose(Grip(grip.lane, grip.index))
            self.name_wanted.emit(grip)

    def enterEvent(self, event: QEnterEvent) -> None:
        """The mouse comes."""
        self.entered.emit()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the mouse any more."""
        self._over = None
        self.update()
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done here, or with the menu key to what is chosen."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            place = QPointF(event.pos())
            grip, lane, t = self.grip_at(place), self.lane_at(place.y()), self._time(place.x())
            if grip is not None:
                self.choose(grip)
            at = event.globalPos()
        elif self.chosen is not None:
            box = self.box_of(self.chosen)
            grip, lane, t, at = self.chosen, self.chosen.lane, self._t, self.mapToGlobal(box.center().toPoint())
        else:
            lane = None
        if lane is not None:
            self.menu_wanted.emit(grip, lane, t, at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do to what is chosen what a key says."""
        if not self._wants(event):
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self._give_up()
        elif self.chosen is not None and not self._drags:
            self._press_key(event, self.chosen)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """A held arrow key is let go."""
        if not event.isAutoRepeat() and event.key() in _ARROWS:
            self._end_nudge()
        super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keyboard comes to what is said at the playhead."""
        super().focusInEvent(event)
        self.entered.emit()
        if self.chosen is None and self.lanes and event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.choose_at(self.lanes[-1], self._t)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keyboard goes elsewhere."""
        self._end_nudge()
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Keep the keys of what is chosen from the window; say what is under the mouse."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._wants(event):
            event.accept()
            return True
        if isinstance(event, QHelpEvent):
            grip = self.grip_at(QPointF(event.pos()))
            segment = None if grip is None else self.segment(grip)
            if segment is not None:
                QToolTip.showText(event.globalPos(), f"{segment.hint}\n{HOW}" if self.can_edit else segment.hint, self)
                return True
        return super().event(event)
