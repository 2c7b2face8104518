"""The lane of notes under the waveform: marks of moments, bars of stretches; there while there are notes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.formats.notes import Note
from app.ui.kit import theme
from app.ui.review.notes.note_words import COLOURS, STATUS_WORDS, about, unsaid, when
from app.ui.timeline.time_axis import TimeAxis

HEIGHT, MARK_PX = 16, 5.0
#: how near the mouse must come to a mark, in pixels
GRIP = 7
#: what is done stands back
_DONE_OPACITY = 0.4


class NoteLane(QWidget):
    """Marks of the notes; a click goes there.

    Args:
        axis: the visible range, shared with timeline and curves.
    """

    #: id of the note that was clicked on
    chosen = Signal(str)

    def __init__(self, axis: TimeAxis) -> None:
        super().__init__()
        self.setAccessibleName("Notes over time")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self.axis = axis
        self._notes: tuple[Note, ...] = ()
        self._picked = ""
        self._t = 0.0
        axis.changed.connect(self.update)
        self.hide()

    def set_notes(self, notes: tuple[Note, ...], picked: str) -> None:
        """Show these.

        Args:
            notes: by time.
            picked: id of the one that is looked at, "" for none.
        """
        self._notes, self._picked = notes, picked
        self.setVisible(bool(notes))
        self.update()

    def set_time(self, t: float) -> None:
        """Move the playhead to a time in seconds."""
        old, self._t = self._x(self._t), t
        new = self._x(t)
        if round(old * 2) != round(new * 2):
            self.update(int(old) - 2, 0, 5, HEIGHT)
            self.update(int(new) - 2, 0, 5, HEIGHT)

    def note_at(self, x: float) -> Note | None:
        """The note under a place in logical pixels: a moment before a stretch, the shorter stretch before the longer."""
        near = [note for note in self._notes if self._x(note.start_s) - GRIP <= x <= self._x(_end(note)) + GRIP]
        return min(near, key=lambda note: (_end(note) - note.start_s, abs(self._x(note.start_s) - x)), default=None)

    def _x(self, t: float) -> float:
        return (t - self.axis.start_s) / self.axis.span_s * self.width()

    # -- Qt's own, last as everywhere

    def sizeHint(self) -> QSize:
        """One line of marks."""
        return QSize(640, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars first, marks over them, the picked one last."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for note in sorted(self._notes, key=lambda note: (note.id == self._picked, note.end_s is None)):
            self._paint_note(painter, note)
        painter.setOpacity(1.0)
        painter.setPen(QPen(QColor(theme.BRIGHT), 1))
        x = self._x(self._t)
        painter.drawLine(QPointF(x, 0), QPointF(x, HEIGHT))
        painter.end()

    def _paint_note(self, painter: QPainter, note: Note) -> None:
        x, middle = self._x(note.start_s), HEIGHT / 2
        picked = note.id == self._picked
        painter.setOpacity(_DONE_OPACITY if note.status == "done" and not picked else 1.0)
        colour = QColor(COLOURS[note.colour])
        painter.setPen(QPen(QColor(theme.BRIGHT), 1.5) if picked else Qt.PenStyle.NoPen)
        if note.end_s is not None:
            bar = QColor(colour)
            bar.setAlpha(110)
            painter.setBrush(bar)
            painter.drawRoundedRect(QRectF(x, middle - 4, max(self._x(note.end_s) - x, 3.0), 8), 3, 3)
            painter.fillRect(QRectF(x, middle - 4, 2.5, 8), colour)
            return
        painter.setBrush(colour)
        r = MARK_PX
        painter.drawPolygon(QPolygonF([QPointF(x - r, middle), QPointF(x, middle - r), QPointF(x + r, middle), QPointF(x, middle + r)]))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the note."""
        note = self.note_at(event.position().x())
        if note is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(note.id)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show that there is something to click on."""
        over = self.note_at(event.position().x()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom and pan as over the time line."""
        self.axis.turn(event, self.axis.start_s + event.position().x() / max(self.width(), 1) * self.axis.span_s)

    def event(self, event: QEvent) -> bool:
        """Say what the note under the mouse says."""
        if isinstance(event, QHelpEvent):
            note = self.note_at(event.pos().x())
            QToolTip.showText(event.globalPos(), "Notes: click to go there" if note is None else _hint(note), self)
            return True
        return super().event(event)


def _end(note: Note) -> float:
    return note.start_s if note.end_s is None else note.end_s


def _hint(note: Note) -> str:
    head = "  ·  ".join(part for part in (when(note), note.author, STATUS_WORDS[note.status].lower(), about(note)) if part)
    return f"{head}\n{note.text or unsaid(note)}"
