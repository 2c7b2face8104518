"""The notes as a list: when, who, how far, what about, and the first words."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.formats.notes import Note
from app.ui.kit import theme
from app.ui.review.notes.note_words import COLOURS, STATUS_WORDS, about, belongings, unsaid, when

ROW_PX = 56
_ROLE = Qt.ItemDataRole.UserRole
_STATUS_COLOURS = {"open": theme.WARNING, "addressed": theme.ACCENT, "done": theme.GOOD}


class NoteRow(QStyledItemDelegate):
    """Draws one note in three lines.

    Attributes:
        many_sides: whether there is more than one side to tell apart.
    """

    many_sides = False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """The colour, then time and author with the status, then the words, then what else there is."""
        note: Note = index.data(_ROLE)
        rect: QRect = option.rect
        state = option.state
        chosen, under = bool(state & QStyle.StateFlag.State_Selected), bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.fillRect(rect, QColor(theme.RAISED if chosen else theme.FIELD if under else theme.PANEL))
        painter.fillRect(QRect(rect.x(), rect.y() + 6, 3, rect.height() - 12), QColor(COLOURS[note.colour]))
        inner = rect.adjusted(12, 5, -8, -5)
        line = inner.height() // 3
        rows = [QRect(inner.x(), inner.y() + i * line, inner.width(), line) for i in range(3)]
        painter.setFont(theme.interface_font(theme.SMALL_PX))
        painter.setPen(QColor(_STATUS_COLOURS[note.status]))
        words = STATUS_WORDS[note.status]
        right = painter.fontMetrics().horizontalAdvance(words) + 10
        painter.drawText(rows[0], Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
        self._line(painter, rows[0].adjusted(0, 0, -right, 0), f"{when(note)}   {note.author}", theme.DIM)
        rest = "   ".join(part for part in (about(note, self.many_sides), belongings(note)) if part)
        self._line(painter, rows[2], rest, theme.FAINT)
        painter.setFont(theme.interface_font())
        said = " ".join(note.text.split())
        colour = theme.FAINT if not said else theme.DIM if note.status == "done" else theme.TEXT
        self._line(painter, rows[1], said or unsaid(note), colour)
        painter.fillRect(QRect(rect.x(), rect.bottom(), rect.width(), 1), QColor(theme.LINE))
        painter.restore()

    @staticmethod
    def _line(painter: QPainter, rect: QRect, text: str, colour: str) -> None:
        painter.setPen(QColor(colour))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Three lines."""
        return QSize(120, ROW_PX)


class NoteList(QListWidget):
    """One note is picked; a click goes there, also on the one that is picked already."""

    #: id
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("List of notes")
        self.look = NoteRow(self)
        self.setItemDelegate(self.look)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setMinimumHeight(ROW_PX)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setStyleSheet(f"QListWidget {{ background: {theme.PANEL}; }}")
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(_ROLE).id))
        self.itemActivated.connect(lambda item: self.chosen.emit(item.data(_ROLE).id))

    def show_notes(self, notes: Iterable[Note], picked: str) -> None:
        """List these; items are kept where the notes are the same, so that nothing jumps.

        Args:
            notes: in order.
            picked: id of the one that is looked at, "" for none.
        """
        made = list(notes)
        while self.count() > len(made):
            self.takeItem(self.count() - 1)
        while self.count() < len(made):
            self.addItem(QListWidgetItem())
        self.setCurrentRow(-1)
        for i, note in enumerate(made):
            item = self.item(i)
            item.setData(_ROLE, note)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{when(note)}, {note.author}, {note.status}: {note.text}")
            if note.id == picked:
                self.setCurrentItem(item)
                self.scrollToItem(item)
        self.viewport().update()

    @property
    def shown(self) -> list[Note]:
        """The notes listed."""
        return [self.item(i).data(_ROLE) for i in range(self.count())]
