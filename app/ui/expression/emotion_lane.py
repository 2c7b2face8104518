"""The lane of emotions under the waveform: a ribbon of what is felt, and the keys on it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from app.core.emotion import EMOTIONS, EmotionKey, EmotionTimeline
from app.session.base.emotion import Emotion
from app.ui.expression.emotion_words import COLOURS, summary
from app.ui.kit import theme
from app.ui.kit.polygons import band_of
from app.ui.timeline.time_axis import TimeAxis

HEIGHT, DIAMOND = 24, 5.0
#: how near the mouse must come to a key to take it, in pixels
GRIP = 7
#: the mouse must move so far before a key moves with it
SLACK = 3
#: width of one step of the ribbon in pixels
STEP_PX = 2
ESTIMATE_TAG = "ESTIMATE"
_drags = itertools.count(1)


class EmotionLane(QWidget):
    """Keys to be dragged, deleted, and made by double click.

    Args:
        emotion: the session's.
        axis: the visible range, shared with timeline and curves.
        parent: Qt's.
    """

    #: put the cursor here: seconds
    time_wanted = Signal(float)

    def __init__(self, emotion: Emotion, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Emotion keys")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMouseTracking(True)
        self.axis = axis
        self._emotion = emotion
        self._t = 0.0
        self._duration_s = 0.0
        self._auto_tag = ESTIMATE_TAG
        #: while a key is held: where the mouse went down, the key, the keys without it, and the name of the step
        self._held: tuple[float, EmotionKey, EmotionTimeline, str] | None = None
        emotion.changed.connect(self.update)
        axis.changed.connect(self.update)

    @property
    def line(self) -> EmotionTimeline:
        """The keys in force."""
        return self._emotion.line

    @property
    def can_edit(self) -> bool:
        """Whether keys are set by hand."""
        return self._emotion.settings.mode == "manual" and self._duration_s > 0

    def set_auto_tag(self, tag: str) -> None:
        """Say what the keys of the automatic mode are."""
        if tag != self._auto_tag:
            self._auto_tag = tag
            self.update()

    def set_duration(self, duration_s: float) -> None:
        """Tell how long the clip is."""
        self._duration_s = duration_s
        self.update()

    def set_time(self, t: float) -> None:
        """Move the playhead to a time in seconds."""
        old, self._t = self._x(self._t), t
        new = self._x(t)
        if self.line.governing(self._time(old)) != self.line.governing(t):
            self.update()
        elif round(old * 2) != round(new * 2):
            self.update(int(old) - 2, 0, 5, HEIGHT)
            self.update(int(new) - 2, 0, 5, HEIGHT)

    # -- geometry

    def _x(self, t: float) -> float:
        return (t - self.axis.start_s) / self.axis.span_s * self.width()

    def _time(self, x: float) -> float:
        return self.axis.start_s + x / max(self.width(), 1) * self.axis.span_s

    def key_at(self, x: float) -> int:
        """The index of the key under a place in logical pixels, -1 for none; the later of two."""
        near = [i for i, key in enumerate(self.line.keys) if abs(self._x(key.time_s) - x) <= GRIP]
        return near[-1] if near else -1

    # -- what is done

    def add_key(self, t: float) -> None:
        """Let a copy of the key before a time begin there."""
        line = self.line
        t = round(min(max(t, 0.0), self._duration_s), 3)
        self._emotion.change_timeline(line.with_key(replace(line.keys[line.governing(t)], time_s=t)), "Add emotion key")
        self.time_wanted.emit(t)

    def delete_key(self, index: int) -> None:
        """Delete a key; the one at the start becomes neutral."""
        self._emotion.change_timeline(self.line.without(index), "Delete emotion key")

    def _drag(self, x: float) -> None:
        if self._held is None:
            return
        start, key, others, step = self._held
        if abs(x - start) < SLACK and self._emotion.settings.timeline == others.with_key(key):
            return
        t = round(min(max(self._time(x), 0.001), self._duration_s), 3)
        self._emotion.change_timeline(others.with_key(replace(key, time_s=t)), "Move emotion key", step)
        self.time_wanted.emit(t)

    # -- drawing

    def _draw_ribbon(self, painter: QPainter, width: float) -> None:
        """Stack the felt emotions, at most the lane's height."""
        xs = np.arange(0.0, width, STEP_PX)
        rows = self.line.at(np.array([self._time(x) for x in xs]))
        sums = np.maximum(rows.sum(axis=1, keepdims=True), 1.0)
        heights = rows / sums * (HEIGHT - 4)
        tops = HEIGHT - 2 - np.cumsum(heights, axis=1)
        painter.setPen(Qt.PenStyle.NoPen)
        for column, name in enumerate(EMOTIONS):
            if heights[:, column].max(initial=0.0) < 0.2:
                continue
            colour = QColor(COLOURS[name])
            colour.setAlpha(120)
            painter.setBrush(colour)
            painter.drawPolygon(band_of(xs, tops[:, column], tops[:, column] + heights[:, column]))

    def _draw_keys(self, painter: QPainter) -> None:
        keys, current = self.line.keys, self.line.governing(self._t)
        painter.setFont(theme.interface_font(10))
        for i, key in enumerate(keys):
            x, y = self._x(key.time_s), HEIGHT / 2
            if not -DIAMOND <= x <= self.width() + DIAMOND:
                continue
            chosen = i == current and self.can_edit
            colour = QColor(COLOURS.get(key.dominant, theme.DIM))
            painter.setPen(QPen(QColor(theme.TEXT if chosen else theme.WINDOW), 1.5))
            painter.setBrush(colour if self.can_edit else QColor(theme.EDGE))
            x = max(x, DIAMOND + 1) if i == 0 else x
            size = DIAMOND if self.can_edit else DIAMOND - 2
            painter.drawPolygon(QPolygonF([QPointF(x, y - size), QPointF(x + size, y), QPointF(x, y + size), QPointF(x - size, y)]))
            end = self._x(keys[i + 1].time_s) if i + 1 < len(keys) else self.width()
            text = painter.fontMetrics().elidedText(summary(key), Qt.TextElideMode.ElideRight, max(int(end - x - 22), 0))
            if len(text) > 2:
                painter.setPen(QColor(theme.TEXT if chosen else theme.SOFT))
                painter.drawText(QRectF(x + 11, 0, end - x, HEIGHT), Qt.AlignmentFlag.AlignVCenter, text)

    # -- Qt's own, last as everywhere

    def sizeHint(self) -> QSize:
        """One row."""
        return QSize(640, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ribbon, keys, playhead."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        painter.fillRect(QRectF(0, 1, self.width(), HEIGHT - 3), QColor(theme.WELL))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._duration_s:
            self._draw_ribbon(painter, min(self._x(self._duration_s), self.width()))
            self._draw_keys(painter)
        else:
            painter.setFont(theme.interface_font(10))
            painter.setPen(QColor(theme.FAINT))
            painter.drawText(QRectF(8, 0, 400, HEIGHT), Qt.AlignmentFlag.AlignVCenter, "Emotion")
        if self._emotion.settings.mode == "auto":
            place = QRectF(0, 0, self.width() - 8, HEIGHT)
            painter.setFont(theme.interface_font(10))
            painter.setPen(QColor(theme.WARNING))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._auto_tag)
        x = self._x(self._t)
        painter.setPen(QPen(QColor(theme.BRIGHT), 1))
        painter.drawLine(QPointF(x, 0), QPointF(x, HEIGHT))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a key and hold it, or move the cursor."""
        if event.button() != Qt.MouseButton.LeftButton or not self._duration_s:
            return
        x, line = event.position().x(), self.line
        index = self.key_at(x)
        self.time_wanted.emit(line.keys[index].time_s if index >= 0 else min(max(self._time(x), 0.0), self._duration_s))
        if index > 0 and self.can_edit:
            self._held = (x, line.keys[index], line.without(index), f"drag {next(_drags)}")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the key that is held."""
        if self._held is not None:
            self._drag(event.position().x())
        else:
            over = self.can_edit and self.key_at(event.position().x()) > 0
            self.setCursor(Qt.CursorShape.SizeHorCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the key."""
        self._held = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Add a key."""
        if self.can_edit and self.key_at(event.position().x()) < 0:
            self.add_key(self._time(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete the key before the cursor."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.can_edit:
            self.delete_key(self.line.governing(self._t))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done here."""
        if not self.can_edit:
            return
        index, menu = self.key_at(event.pos().x()), QMenu(self)
        if index >= 0:
            menu.addAction("Delete key" if index else "Make neutral", lambda: self.delete_key(index))
        else:
            menu.addAction("Add key here", lambda: self.add_key(self._time(event.pos().x())))
        menu.exec(event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse; pan with Shift or a sideways wheel."""
        self.axis.turn(event, self._time(event.position().x()))

    def event(self, event: QEvent) -> bool:
        """Say what lies under the mouse."""
        if isinstance(event, QHelpEvent):
            index = self.key_at(event.pos().x())
            how = "Drag a key to move it, Delete removes it, a double click adds one"
            how = how if self.can_edit else "Estimated from the voice; a guess"
            key = self.line.keys[index]
            QToolTip.showText(event.globalPos(), f"{key.time_s:.3f} s: {summary(key)}" if index >= 0 else how, self)
            return True
        return super().event(event)
