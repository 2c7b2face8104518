"""Waveform, words, phones, visemes, loop and playhead on one time axis; dragging scrubs, but for words and phones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QToolTip, QWidget

from app.core.speech import Speech
from app.core.timing.timed import Timed, timed_of
from app.formats.marks import Mark
from app.ui.kit import theme
from app.ui.timeline.lanes.guide import Guide, draw_guide
from app.ui.timeline.lanes.spectrogram import HEIGHT as SPECTROGRAM
from app.ui.timeline.lanes.spectrogram import Spectrogram, hint_at
from app.ui.timeline.lanes.timing_lanes import TimingLanes
from app.ui.timeline.lanes.warp_row import HEIGHT as WARP
from app.ui.timeline.lanes.warp_row import Pace, draw_paces, pace_at
from app.ui.timeline.mark_flags import draw_dropped, draw_marks, dropped_ticks, mark_at
from app.ui.timeline.phone_strip import (
    MEANINGS,
    Heard,
    Segment,
    draw_edges,
    draw_segments,
    phone_segments,
    sound_segments,
    viseme_segments,
    word_segments,
)
from app.ui.timeline.playhead import draw_loop, draw_playhead
from app.ui.timeline.ruler import RULER, draw_ruler
from app.ui.timeline.time_axis import TimeAxis
from app.ui.timeline.waveform import Waveform

WAVE, ROW, GAP = 42, 17, 3
#: of ruler, waveform, three rows and the thin one of paces; the spectrogram is below them on demand
HEIGHT = RULER + WAVE + 3 * (ROW + GAP) + GAP + WARP
#: how near the mouse must come to an in or out point to take it, in pixels
GRIP = 6
LEGEND = "Drag to scrub, wheel to zoom, double-click to see everything. Colours: " + ", ".join(m for _, m in MEANINGS)


class Timeline(QWidget):
    """The picture of the sound. It is drawn once; only the playhead moves.

    Args:
        axis: the visible range, shared with the curves.
        on_failure: told the task and a sentence when a picture cannot be made.
        parent: Qt's.

    Attributes:
        lanes: lie over the rows of words and phones, and take the mouse there.
    """

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

    def __init__(self, axis: TimeAxis, on_failure: Callable[[str, str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAccessibleName("Timeline")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(HEIGHT)
        self.setMaximumHeight(HEIGHT)
        self.setMouseTracking(True)
        self.axis = axis
        self._t = 0.0
        self._shows_spectrogram = False
        self._loop: tuple[float, float] | None = None
        self._looping = False
        self._wave = Waveform()
        self._duration_s = 0.0
        self._words: list[Segment] = []
        self._phones: list[Segment] = []
        self._visemes: list[Segment] = []
        self._heard: tuple[Heard, Heard] | None = None
        self._speech: Speech | None = None
        self._paces: tuple[Pace, ...] = ()
        self._paced = ""
        self._guide: Guide | None = None
        self._picture: QPixmap | None = None
        self._row_picture: QPixmap | None = None
        self._drag = ""
        self._marks: tuple[Mark, ...] = ()
        self._dropped_s: tuple[float, ...] = ()
        self._dropped_ticks: list[QRectF] | None = None
        axis.changed.connect(self._redraw)
        self.lanes = TimingLanes(axis, self)
        self.lanes.clicked.connect(self._go_to)
        self._spectrogram = Spectrogram(on_failure, self)
        self._spectrogram.made.connect(self._redraw)
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
        clip = None if speech is None else speech.audio
        if clip is not self._wave.clip or peaks is not self._wave.peaks:
            self._wave = Waveform(clip, peaks)
            self._spectrogram.set_clip(clip)
            self._picture = None
        self._speech = speech
        self._duration_s = 0.0 if clip is None else clip.duration_s
        self._fill_rows()

    def set_heard(self, heard: tuple[Heard, Heard] | None, paces: tuple[Pace, ...] = (), whose: str = "") -> None:
        """Mark what was changed by hand.

        Args:
            heard: words and phones before that, None when nothing was changed.
            paces: where motion that comes from the sound is slower or faster for it.
            whose: the sides that it moves, in words.
        """
        was, self._heard, self._paces, self._paced = self._heard, heard, paces, whose
        if heard is not was:
            self._fill_rows()
        else:
            self._row_picture = None
            self.update()

    def show_spectrogram(self, shown: bool) -> None:
        """Show or hide the spectrogram under the lanes."""
        self._shows_spectrogram = shown
        self.setMaximumHeight(self.sizeHint().height())
        self.updateGeometry()
        self._redraw()

    def set_guide(self, guide: Guide | None) -> None:
        """Show where an edge is that is being dragged, None for none."""
        self._guide = guide
        self.update()

    def close_down(self) -> None:
        """End the worker of the spectrogram."""
        self._spectrogram.close()

    def set_time(self, t: float) -> None:
        """Move the playhead to a time in seconds."""
        self.lanes.set_time(t)
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
            self._dropped_s, self._dropped_ticks = times_s, None
            self.update(0, RULER - 4, self.width(), 6)

    def _redraw(self) -> None:
        self._picture = self._row_picture = self._dropped_ticks = None
        self.update()

    def _fill_rows(self) -> None:
        """Words and phones are other ones; the waveform stays as it is drawn, unless it gives way to another row."""
        speech, before = self._speech, self._wave_height
        words, phones = self._heard or (None, None)
        timed = Timed() if speech is None else timed_of(speech)
        self._words = word_segments(timed.words, words)
        self._phones = phone_segments(timed.phones, phones) if timed.phones or speech is None else sound_segments(speech)
        self._visemes = [] if speech is None else viseme_segments(speech)
        if self._wave_height != before:
            self._picture = None
        self._row_picture = None
        self._place_lanes()
        self.update()

    def _place_lanes(self) -> None:
        """Lay the lanes over words and phones."""
        phones = self._phones if self._speech is not None and self._speech.phones else []
        self.lanes.setGeometry(0, self._rows_top, self.width(), (1 + bool(self._words)) * (ROW + GAP) - GAP)
        self.lanes.set_segments(self._words, phones)
        self.lanes.setVisible(bool(self._words or phones))

    def _go_to(self, t: float) -> None:
        """A click in the lanes is a short scrub."""
        self.scrub_started.emit()
        self.scrubbed.emit(t)
        self.scrub_ended.emit()

    # -- geometry

    @property
    def _rows(self) -> list[list[Segment]]:
        """The rows under the waveform, which gives way to that of the words."""
        return [*([self._words] if self._words else []), self._phones, self._visemes]

    @property
    def _wave_height(self) -> int:
        return WAVE + (3 - len(self._rows)) * (ROW + GAP)

    @property
    def _rows_top(self) -> int:
        return RULER + self._wave_height + GAP

    @property
    def _warp_box(self) -> QRectF:
        """The thin row of paces, empty while there are none."""
        return QRectF(0, HEIGHT - WARP - 1, self.width(), WARP if self._paces else 0)

    @property
    def _spectrogram_box(self) -> QRectF:
        """What a low window leaves of it; empty while it is not wanted."""
        return QRectF(0, HEIGHT, self.width(), max(self.height() - HEIGHT - GAP, 0) if self._shows_spectrogram else 0)

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

    def hint_at(self, place: QPoint) -> str:
        """What is said about a place in logical pixels, "" for nothing particular."""
        t, y = self._time(place.x()), place.y() - self._rows_top
        mark = mark_at(self._marks, self._x, place.x(), place.y())
        if mark is not None:
            return f"{mark.name or 'Mark'}: click to go there, right-click to change it"
        if self._warp_box.contains(place):
            return pace_at(self._paces, t, self._paced)
        if self._spectrogram_box.contains(place):
            return hint_at(1 - (place.y() - self._spectrogram_box.top()) / self._spectrogram_box.height())
        number = y // (ROW + GAP)
        row = self._rows[number] if 0 <= number < len(self._rows) else []
        return next((segment.hint for segment in row if segment.start_s <= t < segment.end_s), "")

    # -- drawing

    def _draw_picture(self) -> QPixmap:
        """What the sound looks like."""
        picture = theme.blank_picture(self)
        painter = QPainter(picture)
        draw_ruler(painter, self.width(), self.axis.start_s, self.axis.end_s)
        wave = QRectF(0, RULER, self.width(), self._wave_height)
        painter.fillRect(wave, QColor(theme.WELL))
        self._wave.draw(painter, wave, self.axis.start_s, self.axis.end_s)
        if self._spectrogram_box.height() > 0:
            self._spectrogram.draw(painter, self._spectrogram_box, self.axis.start_s, self.axis.end_s)
        painter.end()
        return picture

    def _draw_rows(self) -> QPixmap:
        """What is known of it."""
        picture = theme.blank_picture(self)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        start_s, end_s, top = self.axis.start_s, self.axis.end_s, self._rows_top
        for segments in self._rows:
            draw_segments(painter, segments, QRectF(0, top, self.width(), ROW), start_s, end_s)
            top += ROW + GAP
        if self._paces:
            draw_paces(painter, self._paces, self._warp_box, start_s, end_s)
        if self._spectrogram_box.height() > 0:
            draw_edges(painter, (self._words, self._phones), self._spectrogram_box, start_s, end_s)
        if self._duration_s and not self._phones:
            painter.setFont(theme.interface_font(theme.SMALL_PX))
            painter.setPen(QColor(theme.FAINT))
            hint = "Phones are not known yet"
            painter.drawText(QRectF(8, top - 2 * (ROW + GAP), 400, 2 * ROW), Qt.AlignmentFlag.AlignVCenter, hint)
        painter.end()
        return picture

    # -- Qt's own, last as everywhere

    def sizeHint(self) -> QSize:
        """As high as its rows, and the spectrogram where there is room for it."""
        return QSize(640, HEIGHT + self._shows_spectrogram * (SPECTROGRAM + GAP))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew in the new width."""
        self._redraw()
        self._place_lanes()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, the loop and the playhead."""
        if self._picture is None:
            self._picture = self._draw_picture()
        if self._row_picture is None:
            self._row_picture = self._draw_rows()
        if self._dropped_ticks is None:
            self._dropped_ticks = dropped_ticks(self._dropped_s, self._x, RULER)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.drawPixmap(0, 0, self._row_picture)
        draw_loop(painter, self._loop, self._looping, self._x, QRectF(self.rect()))
        draw_marks(painter, self._marks, self._x, self.height())
        draw_dropped(painter, self._dropped_ticks)
        if self._guide is not None:
            draw_guide(painter, self._guide, self._x(self._guide.at_s), QRectF(self.rect()).adjusted(0, RULER, 0, 0))
        draw_playhead(painter, self._x(self._t), self.height())
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
            self.lanes.choose(None)
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
            QToolTip.showText(event.globalPos(), self.hint_at(event.pos()) or LEGEND, self)
            return True
        return super().event(event)
