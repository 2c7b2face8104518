"""Waveform and phones right under the curves, in the same columns of time."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.core.speech import Speech
from app.ui.kit import theme
from app.ui.timeline.phone_strip import Segment, draw_segments, sound_segments
from app.ui.timeline.time_axis import TimeAxis
from app.ui.timeline.waveform import Waveform

WAVE, ROW = 22, 14
HEIGHT = WAVE + ROW + 3


class SoundStrip(QWidget):
    """Drawn once; only the cursor moves. Dragging scrubs.

    Args:
        axis: shared with the curves.
        left: logical pixels of the names beside the curves.
        right: logical pixels of their scroll bar.
    """

    #: the playhead was dragged here: seconds
    scrubbed = Signal(float)

    def __init__(self, axis: TimeAxis, left: int, right: int) -> None:
        super().__init__()
        self.setAccessibleName("Sound under the curves")
        self.setToolTip("The sound under the curves: drag to scrub, wheel to zoom, wheel with Shift to pan")
        self.setFixedHeight(HEIGHT)
        self.axis = axis
        self._left, self._right = left, right
        self._wave = Waveform()
        self._phones: list[Segment] = []
        self._t = 0.0
        self._picture: QPixmap | None = None
        axis.changed.connect(self._redraw)

    def set_speech(self, speech: Speech | None, peaks: np.ndarray) -> None:
        """Show a sound; see Timeline.set_speech."""
        self._wave = Waveform(None if speech is None else speech.audio, peaks)
        self._phones = [] if speech is None else sound_segments(speech)
        self._redraw()

    def set_time(self, t: float) -> None:
        """Move the cursor to a time in seconds."""
        old, self._t = self._x(self._t), t
        if round(old) != round(self._x(t)):
            self.update(int(old) - 2, 0, 5, self.height())
            self.update(int(self._x(t)) - 2, 0, 5, self.height())

    @property
    def _span_px(self) -> int:
        return max(self.width() - self._left - self._right, 1)

    def _x(self, t: float) -> float:
        return self._left + (t - self.axis.start_s) / self.axis.span_s * self._span_px

    def _time(self, x: float) -> float:
        return self.axis.start_s + (x - self._left) / self._span_px * self.axis.span_s

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def _draw_picture(self) -> QPixmap:
        picture = theme.blank_picture(self)
        painter = QPainter(picture)
        painter.fillRect(QRectF(0, 0, self.width(), 1), QColor(theme.LINE))
        wave, row = QRectF(self._left, 1, self._span_px, WAVE), QRectF(self._left, WAVE + 2, self._span_px, ROW)
        painter.setFont(theme.interface_font(10))
        painter.setPen(QColor(theme.FAINT))
        for box, text in ((wave, "Sound"), (row, "Phones")):
            painter.drawText(QRectF(20, box.top(), self._left - 24, box.height()), Qt.AlignmentFlag.AlignVCenter, text)
        painter.setClipRect(QRectF(self._left, 0, self._span_px, self.height()))
        painter.fillRect(wave, QColor(theme.WELL))
        self._wave.draw(painter, wave, self.axis.start_s, self.axis.end_s)
        draw_segments(painter, self._phones, row, self.axis.start_s, self.axis.end_s)
        painter.end()
        return picture

    # -- Qt's own, last as everywhere

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture and the cursor."""
        if self._picture is None:
            self._picture = self._draw_picture()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        x = self._left + round((self._t - self.axis.start_s) / self.axis.span_s * self._span_px) + 0.5
        if self._left <= x <= self._left + self._span_px:
            painter.setPen(QPen(QColor(theme.BRIGHT), 1))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew in the new width."""
        self._redraw()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.scrubbed.emit(min(max(self._time(event.position().x()), 0.0), self.axis.duration_s))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse; pan with Shift or a sideways wheel."""
        self.axis.turn(event, self._time(event.position().x()))
