"""Waveform, phones, visemes, loop and playhead on one time axis; dragging scrubs."""

from __future__ import annotations

from bisect import bisect

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QToolTip, QWidget

from app.core.speech import Speech
from app.formats.marks import Mark
from app.ui.kit import theme
from app.ui.timeline.mark_flags import draw_dropped, draw_marks, mark_at
from app.ui.timeline.phone_strip import MEANINGS, Segment, draw_segments, sound_segments, viseme_segments, word_segments
from app.ui.timeline.time_axis import TimeAxis
from app.ui.timeline.waveform import Waveform

RULER, WAVE, ROW, GAP = 18, 52, 17, 3
HEIGHT = RULER + WAVE + 2 * (ROW + GAP) + GAP
#: how near the mouse must come to an in or out point to take it, in pixels
GRIP = 6
#: distances of ruler ticks in seconds, each a whole number of the one before where possible
TICKS_S = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0)
MIN_TICK_PX = 64


class Timeline(QWidget):
    """The picture of the sound. It is drawn once; only the playhead moves."""

    #: the mouse went down to scrub
    scrub_started = Signal()
    #: seconds
    scrubbed = Signal(float)
    scrub_ended = Signal()
    #: (in_s, out_s) while one of the points is dragged
    loop_dragged = Signal(object)
    #: the id of a mark whose flag was clicked
    mark_clicked = Signal(str)
    #: the id of a mark, and where on the screen its menu is wanted
    mark_menu_wanted = Signal(str, QPoint)

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAccessibleName("Timeline")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self.axis = axis
        self._t = 0.0
        self._loop: tuple[float, float] | None = None
        self._looping = False
        self._wave = Waveform()
        self._duration_s = 0.0
        self._words: list[Segment] = []
        self._phones: list[Segment] = []
        self._visemes: list[Segment] = []
        self._picture: QPixmap | None = None
        self._drag = ""
        self._marks: tuple[Mark, ...] = ()
        self._dropped_s: tuple[float, ...] = ()
        axis.changed.connect(self._redraw)
        self.sound = QToolButton(self)
        self.sound.setAccessibleName("Recording and transcript")
        self.sound.setToolTip("Give the words of the recording, for exact timing (Ctrl+T)")
        self.sound.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.sound.setCursor(Qt.CursorShape.PointingHandCursor)
        self.sound.setStyleSheet(
            f"QToolButton {{ background: rgba(15, 17, 19, 170); color: {theme.DIM}; border: 0; border-radius: 4px; padding: 1px 7px;"
            f" font-size: 11px; }} QToolButton:hover {{ color: {theme.TEXT}; }}"
        )
        self.sound.move(8, RULER + 2)
        self.sound.hide()

    def set_sound(self, name: str, text: str) -> None:
        """Say which recording is loaded, and whether its words are known.

        Args:
            name: of its file, "" for a line that was spoken here.
            text: its transcript, "" when it is not known.
        """
        words = " ".join(text.split())
        known = f"“{words[:40]}{'…' if len(words) > 40 else ''}”" if words else "none, add one"
        self.sound.setText(f"{name}   transcript: {known}")
        self.sound.adjustSize()
        self.sound.setVisible(bool(name))

    def set_speech(self, speech: Speech | None, peaks: np.ndarray) -> None:
        """Show a sound.

        Args:
            speech: with its phones, or None.
            peaks: (n, 2) float32 lowest and highest sample of n equal stretches of it.
        """
        self._wave = Waveform(None if speech is None else speech.audio, peaks)
        self._duration_s = 0.0 if speech is None else speech.audio.duration_s
        self._words = [] if speech is None else word_segments(speech)
        self._phones = [] if speech is None else sound_segments(speech)
        self._visemes = [] if speech is None else viseme_segments(speech)
        self._redraw()

    def set_time(self, t: float) -> None:
        """Move the playhead to a time in seconds."""
        old, self._t = self._x(self._t), t
        new = self._x(t)
        if round(old * 2) != round(new * 2):
            self.update(int(old) - 7, 0, 15, self.height())
            self.update(int(new) - 7, 0, 15, self.height())

    def set_loop(self, loop: tuple[float, float] | None, looping: bool) -> None:
        """Show the in and out points; they are dimmed while the loop is off."""
        self._loop, self._looping = loop, looping
        self.update()

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Show marks, by time."""
        self._marks = marks
        self.update()

    def set_dropped(self, times_s: tuple[float, ...]) -> None:
        """Tick the moments whose frames were never on the picture, in red."""
        if times_s != self._dropped_s:
            self._dropped_s = times_s
            self.update(0, RULER - 4, self.width(), 6)

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    # -- geometry

    @property
    def _rows(self) -> list[list[Segment]]:
        """The rows under the waveform, which gives way to that of the words."""
        return [*([self._words] if self._words else []), self._phones, self._visemes]

    @property
    def _wave_height(self) -> int:
        return WAVE - (len(self._rows) - 2) * (ROW + GAP)

    def _x(self, t: float) -> float:
        return (t - self.axis.start_s) / self.axis.span_s * self.width()

    def _time(self, x: float) -> float:
        return self.axis.start_s + x / max(self.width(), 1) * self.axis.span_s

    def _near_point(self, x: float) -> str:
        """Which loop point lies under the mouse."""
        if self._loop is not None:
            for name, t in zip(("in", "out"), self._loop, strict=True):
                if abs(self._x(t) - x) <= GRIP:
                    return name
        return ""

    # -- drawing

    def _draw_picture(self) -> QPixmap:
        picture = theme.blank_picture(self)
        painter = QPainter(picture)
        self._draw_ruler(painter)
        wave = QRectF(0, RULER, self.width(), self._wave_height)
        painter.fillRect(wave, QColor(theme.WELL))
        self._wave.draw(painter, wave, self.axis.start_s, self.axis.end_s)
        top = RULER + self._wave_height + GAP
        for segments in self._rows:
            draw_segments(painter, segments, QRectF(0, top, self.width(), ROW), self.axis.start_s, self.axis.end_s)
            top += ROW + GAP
        if self._duration_s and not self._phones:
            painter.setFont(theme.interface_font(theme.SMALL_PX))
            painter.setPen(QColor(theme.FAINT))
            hint = "Phones are not known yet"
            painter.drawText(QRectF(8, RULER + WAVE + GAP, 400, 2 * ROW), Qt.AlignmentFlag.AlignVCenter, hint)
        painter.end()
        return picture

    def _draw_ruler(self, painter: QPainter) -> None:
        painter.setFont(theme.interface_font(10))
        wanted = MIN_TICK_PX / max(self.width(), 1) * self.axis.span_s
        step = TICKS_S[min(bisect(TICKS_S, wanted), len(TICKS_S) - 1)]
        digits = next((n for n in range(5) if step >= 0.999 * 10.0**-n), 4)
        k = int(np.ceil(self.axis.start_s / step))
        while k * step <= self.axis.end_s:
            x = round(self._x(k * step)) + 0.5
            painter.setPen(QColor(theme.LINE))
            painter.drawLine(QPointF(x, RULER - 5), QPointF(x, RULER - 1))
            minutes, seconds = divmod(k * step, 60)
            text = f"{int(minutes)}:{seconds:0{3 + digits if digits else 2}.{digits}f}"
            painter.setPen(QColor(theme.FAINT))
            painter.drawText(QPointF(x + 4, RULER - 5), text)
            k += 1

    def _draw_loop(self, painter: QPainter) -> None:
        if self._loop is None:
            return
        left, right = (self._x(t) for t in self._loop)
        shade = QColor(8, 9, 10, 150 if self._looping else 80)
        painter.fillRect(QRectF(0, RULER, left, self.height() - RULER), shade)
        painter.fillRect(QRectF(right, RULER, self.width() - right, self.height() - RULER), shade)
        colour = QColor(theme.ACCENT if self._looping else theme.EDGE)
        painter.fillRect(QRectF(left, 0, right - left, 3), colour)
        painter.setPen(QPen(colour, 1))
        for x, lip in ((left, 5), (right, -5)):
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
            painter.fillRect(QRectF(min(x, x + lip), 0, abs(lip), 8), colour)

    # -- Qt's own, last as everywhere

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(640, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew in the new width."""
        self._redraw()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, the loop and the playhead."""
        if self._picture is None:
            self._picture = self._draw_picture()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        self._draw_loop(painter)
        draw_marks(painter, self._marks, self._x, self.height())
        draw_dropped(painter, self._dropped_s, self._x, RULER)
        x = self._x(self._t)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.BRIGHT), 1))
        painter.drawLine(QPointF(x, 2), QPointF(x, self.height()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.BRIGHT))
        painter.drawPolygon(QPolygonF([QPointF(x - 5, 1), QPointF(x + 5, 1), QPointF(x, 8)]))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a mark or a loop point, or start to scrub."""
        x = event.position().x()
        mark = mark_at(self._marks, self._x, x, event.position().y())
        if event.button() == Qt.MouseButton.RightButton and mark is not None:
            self.mark_menu_wanted.emit(mark.id, event.globalPosition().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or not self._duration_s:
            return
        if mark is not None:
            self.mark_clicked.emit(mark.id)
            return
        self._drag = self._near_point(x) or "scrub"
        if self._drag == "scrub":
            self.scrub_started.emit()
            self.scrubbed.emit(self._time(x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub, or move a loop point."""
        x = event.position().x()
        if self._drag == "scrub":
            self.scrubbed.emit(self._time(x))
        elif self._drag and self._loop is not None:
            start, end = self._loop
            self.loop_dragged.emit((self._time(x), end) if self._drag == "in" else (start, self._time(x)))
        else:
            self.setCursor(Qt.CursorShape.SizeHorCursor if self._near_point(x) else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End of the drag."""
        if self._drag == "scrub":
            self.scrub_ended.emit()
        self._drag = ""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything."""
        self.axis.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse; pan with Shift or a sideways wheel."""
        self.axis.turn(event, self._time(event.position().x()))

    def event(self, event: QEvent) -> bool:
        """Say what lies under the mouse."""
        if isinstance(event, QHelpEvent):
            t, y = self._time(event.pos().x()), event.pos().y() - RULER - self._wave_height - GAP
            row = self._rows[min(max(y // (ROW + GAP), 0), len(self._rows) - 1)]
            hint = next((s.hint for s in row if y >= 0 and s.start_s <= t < s.end_s), "")
            mark = mark_at(self._marks, self._x, event.pos().x(), event.pos().y())
            if mark is not None:
                hint = f"{mark.name or 'Mark'}: click to go there, right-click to change it"
            legend = "Drag to scrub, wheel to zoom, double-click to see everything. Colours: " + ", ".join(m for _, m in MEANINGS)
            QToolTip.showText(event.globalPos(), hint or legend, self)
            return True
        return super().event(event)
