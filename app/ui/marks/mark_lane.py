"""The lane of the text's marks under the time line: blocks at the words, to be dragged, stretched, weighed and deleted."""

from __future__ import annotations

from functools import partial
from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from app.core.marks.placing import PlacedMark
from app.session.adjust.marks import TextMarks
from app.ui.kit import theme
from app.ui.marks.mark_words import PAUSES_MS, STRENGTHS, colour_of, fill_vocabulary, told
from app.ui.timeline.time_axis import TimeAxis

ROW, GAP, MOST_ROWS = 18, 3, 3
#: how near the mouse must come to an end of a block to take it, and how far a block must be dragged to move, in pixels
GRIP, SLACK = 6, 4
#: width of a block at least, and what stands around its label
_LEAST, _PADDING = 20.0, 12.0
#: one click of the wheel
_WHEEL_STEP = 0.05
Part = Literal["whole", "start", "end"]


class MarkLane(QWidget):
    """Blocks of the text's marks; what is done to them is written into the text.

    Args:
        marks: the session's.
        axis: the visible range, shared with timeline and curves.
        parent: Qt's.
    """

    #: put the cursor here: seconds
    time_wanted = Signal(float)

    def __init__(self, marks: TextMarks, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Marks of the text")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.axis = axis
        self._marks = marks
        self._t = 0.0
        self._asked = False
        #: index of the mark that keys act on, -1 for none
        self.picked = -1
        #: while a block is held: where the mouse went down, the mark's index then, which part of it, how far it began from there
        self._held: tuple[float, int, Part, float] | None = None
        self._dragged = False
        marks.changed.connect(self.refresh)
        axis.changed.connect(self.refresh)
        self.refresh()

    # -- what is shown

    def ask(self, on: bool) -> None:
        """Show the lane although there are no marks, so that some can be added."""
        self._asked = on
        self.refresh()

    def refresh(self) -> None:
        """Show the marks as they are; the lane is there while there are some, or somebody asked."""
        self.setVisible(self._asked or bool(self._marks.placed))
        if self.picked >= len(self._marks.marked.marks):
            self.picked = -1
        rows = 1 + max((row for _, row in self.blocks().values()), default=0)
        self.setFixedHeight(GAP + (ROW + GAP) * rows)
        self.update()

    def set_time(self, t: float) -> None:
        """Move the playhead to a time in seconds."""
        old, self._t = self._x(self._t), t
        new = self._x(t)
        if round(old * 2) != round(new * 2):
            self.update(int(old) - 2, 0, 5, self.height())
            self.update(int(new) - 2, 0, 5, self.height())

    def blocks(self) -> dict[int, tuple[QRectF, int]]:
        """Place and row of the block of each mark, by its index; those that would lie over one another stand in rows."""
        made: dict[int, tuple[QRectF, int]] = {}
        ends = [float("-inf")] * MOST_ROWS
        metrics = QFontMetricsF(theme.interface_font(10))
        for each in sorted(self._marks.placed, key=lambda each: (each.start_s, each.index)):
            left = self._x(each.start_s)
            least = max(metrics.horizontalAdvance(each.mark.title) + _PADDING, _LEAST) if not each.mark.is_span else _LEAST
            width = max(self._x(each.end_s) - left, least)
            row = next((i for i, end in enumerate(ends) if end <= left + 1), MOST_ROWS - 1)
            ends[row] = left + width
            made[each.index] = (QRectF(left, GAP + row * (ROW + GAP), width, ROW), row)
        return made

    def mark_at(self, point: QPointF) -> tuple[int, Part]:
        """The index of the mark under a place, -1 for none, and which part of it is there."""
        for index, (place, _) in reversed(self.blocks().items()):
            if not place.adjusted(-2, 0, 2, 0).contains(point):
                continue
            mark = self._marks.marked.marks[index]
            if mark.can_span and place.right() - point.x() <= GRIP:
                return index, "end"
            return index, "start" if mark.is_span and point.x() - place.left() <= GRIP else "whole"
        return -1, "whole"

    def _x(self, t: float) -> float:
        return (t - self.axis.start_s) / self.axis.span_s * self.width()

    def _time(self, x: float) -> float:
        return self.axis.start_s + x / max(self.width(), 1) * self.axis.span_s

    def _placed(self, index: int) -> PlacedMark | None:
        return next((each for each in self._marks.placed if each.index == index), None)

    # -- what is done

    def _drag(self, x: float) -> None:
        if self._held is None or (not self._dragged and abs(x - self._held[0]) < SLACK):
            return
        _, index, part, lead = self._held
        if not self._dragged:
            self._dragged = True
            self._marks.begin()
        t = self._time(x - lead)
        if part == "whole":
            self.picked = self._marks.move(index, self._marks.word_at(t))
        elif part == "start":
            self.picked = self._marks.stretch(index, self._marks.word_at(t), "start")
        else:
            self.picked = self._marks.stretch(index, self._marks.word_at(t, ends=True), "end")
        self.update()

    def _step(self, key: int, *, end: bool) -> None:
        """Move the picked mark by a word, or its end; or weigh it."""
        each = self._placed(self.picked)
        if each is None:
            return
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = _WHEEL_STEP if key == Qt.Key.Key_Up else -_WHEEL_STEP
            self._marks.strengthen(self.picked, each.mark.strength + step, f"{self.picked}")
            return
        by = 1 if key == Qt.Key.Key_Right else -1
        if end and each.mark.can_span:
            self.picked = self._marks.stretch(self.picked, max(max(each.last_word, each.word) + by * each.mark.is_span, each.word), "end")
        elif not end:
            self.picked = self._marks.move(self.picked, max(each.word + by, 0))

    def _remove(self, index: int) -> None:
        self.picked = -1
        self._marks.remove(index)

    def add_menu(self, t: float) -> QMenu:
        """All marks, to be put at the word that begins nearest to a time."""
        menu = QMenu(self)
        word = self._marks.word_at(t)
        fill_vocabulary(menu, lambda inside: self._marks.add(inside, word))
        return menu

    def mark_menu(self, index: int) -> QMenu:
        """What can be done with a mark."""
        mark, menu = self._marks.marked.marks[index], QMenu(self)
        if mark.name == "pause":
            lengths = menu.addMenu("Length")
            for length_ms in PAUSES_MS:
                lengths.addAction(f"{length_ms} ms", partial(self._marks.lengthen, index, length_ms / 1000))
        elif mark.name != "neutral":
            strengths = menu.addMenu("Strength")
            for strength in STRENGTHS:
                action = strengths.addAction(f"{100 * strength:.0f} %", partial(self._marks.strengthen, index, strength))
                action.setCheckable(True)
                action.setChecked(abs(mark.strength - strength) < 0.005)
        if mark.is_span:
            menu.addAction("Let it end by itself", partial(self._marks.unspan, index))
        elif mark.can_span:
            each = self._placed(index)
            menu.addAction("Let it last over words", lambda: self._marks.stretch(index, 0 if each is None else each.word + 1, "end"))
        menu.addSeparator()
        menu.addAction("Delete mark", partial(self._remove, index))
        return menu

    # -- drawing

    def _draw_block(self, painter: QPainter, each: PlacedMark, place: QRectF) -> None:
        picked = each.index == self.picked
        colour = QColor(colour_of(each.mark.known))
        fill = QColor(colour)
        # a weak mark is a pale one
        fill.setAlpha(round(50 + 80 * each.mark.strength))
        painter.setPen(QPen(QColor(theme.BRIGHT), 1.5) if picked else Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(place.adjusted(0.75, 0.75, -0.75, -0.75), 4, 4)
        painter.fillRect(QRectF(place.left() + 1, place.top() + 2, 3, place.height() - 4), colour)
        if each.mark.is_span:
            painter.fillRect(QRectF(place.right() - 4, place.top() + 2, 3, place.height() - 4), colour)
        room = max(place.left(), 0.0) + 7
        text = painter.fontMetrics().elidedText(each.mark.title, Qt.TextElideMode.ElideRight, int(place.right() - room - 3))
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(QRectF(room, place.top(), place.right() - room, place.height()), Qt.AlignmentFlag.AlignVCenter, text)

    # -- Qt's own, last as everywhere

    def sizeHint(self) -> QSize:
        """One row."""
        return QSize(640, ROW + 2 * GAP)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Blocks, the picked one last, and the playhead."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        painter.fillRect(QRectF(0, 1, self.width(), self.height() - 3), QColor(theme.WELL))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.interface_font(10))
        blocks = self.blocks()
        for each in sorted(self._marks.placed, key=lambda each: each.index == self.picked):
            self._draw_block(painter, each, blocks[each.index][0])
        if not blocks:
            painter.setPen(QColor(theme.FAINT))
            hint = "Marks: a double click adds one" if self._marks.can_edit else "Marks: speak a line, or give a recording its transcript"
            painter.drawText(QRectF(8, 0, self.width() - 16, self.height()), Qt.AlignmentFlag.AlignVCenter, hint)
        painter.setPen(QPen(QColor(theme.BRIGHT), 1))
        x = self._x(self._t)
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick a mark and hold it, or move the cursor."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        self.picked, part = self.mark_at(event.position())
        each = self._placed(self.picked)
        if each is None:
            self.time_wanted.emit(max(self._time(x), 0.0))
        elif self._marks.can_edit:
            self._held = (x, each.index, part, x - self._x(each.end_s if part == "end" else each.start_s))
            self._dragged = False
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what is held."""
        if self._held is not None:
            self._drag(event.position().x())
            return
        index, part = self.mark_at(event.position())
        shapes = {"whole": Qt.CursorShape.OpenHandCursor, "start": Qt.CursorShape.SizeHorCursor, "end": Qt.CursorShape.SizeHorCursor}
        self.setCursor(shapes[part] if index >= 0 and self._marks.can_edit else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; a click without a drag goes to the mark."""
        held, self._held = self._held, None
        if held is None:
            return
        if self._dragged:
            self._marks.end()
        elif (each := self._placed(held[1])) is not None:
            self.time_wanted.emit(each.start_s)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Offer all marks for the word here."""
        if self._marks.can_edit and self.mark_at(event.position())[0] < 0:
            self.add_menu(self._time(event.position().x())).popup(event.globalPosition().toPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes the picked mark out; Alt and arrows move and weigh it, with Shift its end moves."""
        key, modifiers = event.key(), event.modifiers()
        arrows = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
        if self.picked >= 0 and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._marks.can_edit:
            self._remove(self.picked)
        elif self.picked >= 0 and key in arrows and modifiers & Qt.KeyboardModifier.AltModifier:
            self._step(key, end=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done here."""
        if not self._marks.can_edit:
            return
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.picked if by_key else self.mark_at(QPointF(event.pos()))[0]
        t = self._t if by_key else self._time(event.pos().x())
        menu = self.mark_menu(index) if index >= 0 else self.add_menu(t)
        menu.popup(event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Weigh the mark under the mouse; beside marks, and with Shift or Control, zoom and pan as over the time line."""
        index, _ = self.mark_at(event.position())
        each, turn = self._placed(index), event.angleDelta().y()
        if each is None or not turn or event.modifiers() or not self._marks.can_edit or each.mark.name in ("pause", "neutral"):
            self.axis.turn(event, self._time(event.position().x()))
            return
        self._marks.strengthen(index, each.mark.strength + turn / 120 * _WHEEL_STEP, f"{index}")
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Say what lies under the mouse."""
        if isinstance(event, QHelpEvent):
            each = self._placed(self.mark_at(QPointF(event.pos()))[0])
            QToolTip.showText(event.globalPos(), "Marks of the text: a double click adds one" if each is None else told(each), self)
            return True
        return super().event(event)
