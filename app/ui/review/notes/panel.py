"""The tab of notes: what is listed, the list, and the note that is looked at."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QMenu, QScrollArea, QSplitter, QToolButton, QVBoxLayout

from app.formats.notes import Note
from app.session.review.notes import ReviewNotes
from app.session.state import State
from app.ui.kit import theme
from app.ui.kit.buttons import plain_button
from app.ui.review.notes.note_form import NoteForm
from app.ui.review.notes.note_list import ROW_PX, NoteList
from app.ui.review.notes.note_words import STATUS_WORDS

#: what a note without reference and replies needs
FORM_PX = 200
#: what can be taken off a note, and how it is called
_REMOVABLE = MappingProxyType({"point": "pin", "strokes": "drawing", "voice": "recording"})
EMPTY = "No notes yet. N puts one at the playhead, or on the loop."
NONE_SHOWN = "No note is like that; clear the filters to see all {n}."


class NotesPanel(QFrame):
    """Lists the notes of what is open.

    Args:
        notes: the session's.
        state: has the sides.
    """

    #: id of the note to go to
    chosen = Signal(str)
    #: a note is to be made
    added = Signal()
    #: name of a field of Note that is to be empty again, for the note that is looked at
    emptied = Signal(str)

    def __init__(self, notes: ReviewNotes, state: State) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._notes, self._state = notes, state
        self.picked = ""
        #: the user said how high the list is
        self._dragged = False
        self.add = plain_button("Note", "Put a note at the playhead, or on the loop (N)")
        self.add.setAccessibleName("Add note")
        self.add.clicked.connect(self.added)
        self.status = _filter("Status of the notes listed", [("", "All"), *STATUS_WORDS.items()])
        self.author = _filter("Author of the notes listed", [("", "Everybody")])
        self.search = QLineEdit()
        self.search.setAccessibleName("Search notes")
        self.search.setPlaceholderText("Search")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(60)
        for box in (self.status, self.author):
            box.activated.connect(self.refresh)
        self.search.textChanged.connect(self.refresh)
        self._make_menu()
        self.empty = QLabel(EMPTY)
        self.empty.setWordWrap(True)
        self.empty.setStyleSheet(f"color: {theme.DIM}; padding: 8px 0;")
        self.list = NoteList()
        self.list.chosen.connect(self.chosen)
        self.form = NoteForm()
        self.area = QScrollArea()
        self.area.setWidget(self.form)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setStyleSheet(f"QScrollArea, QScrollArea > QWidget > QWidget {{ background: {theme.PANEL}; }}")
        self._lay_out()
        notes.changed.connect(self.refresh)
        state.sides_changed.connect(self.refresh)
        self.refresh()

    def _make_menu(self) -> None:
        self.more = QToolButton()
        self.more.setText("⋯")
        self.more.setAccessibleName("More about notes")
        self.more.setToolTip("Take something off the note; drawings of the neighbours; your name")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(self.more)
        self.sign = QAction("Sign as…", menu)
        self.ghosts = QAction("Ghost the neighbours' drawings", menu)
        self.ghosts.setCheckable(True)
        self.ghosts.setChecked(True)
        #: field of Note -> the action that empties it
        self.removals = {name: QAction(f"Remove {words}", menu) for name, words in _REMOVABLE.items()}
        for name, action in self.removals.items():
            action.triggered.connect(partial(self.emptied.emit, name))
        menu.addActions([*self.removals.values()])
        menu.addSeparator()
        menu.addActions([self.ghosts, self.sign])
        menu.aboutToShow.connect(self._show_removals)
        self.more.setMenu(menu)

    def _show_removals(self) -> None:
        note = self._notes.of(self.picked)
        for name, action in self.removals.items():
            action.setEnabled(note is not None and bool(getattr(note, name)))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        for widget in (self.add, self.status, self.author):
            head.addWidget(widget)
        head.addWidget(self.search, 1)
        head.addWidget(self.more)
        self.halves = QSplitter(Qt.Orientation.Vertical)
        self.halves.setHandleWidth(5)
        self.halves.setChildrenCollapsible(False)
        self.halves.addWidget(self.list)
        self.halves.addWidget(self.area)
        self.halves.splitterMoved.connect(lambda *_: setattr(self, "_dragged", True))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 8, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.empty)
        column.addWidget(self.halves, 1)
        column.addStretch(0)

    # -- what is shown

    @property
    def shown(self) -> list[Note]:
        """The notes listed."""
        words = self.search.text().casefold().split()
        status, author = self.status.currentData(), self.author.currentData()

        def fits(note: Note) -> bool:
            said = " ".join((note.text, note.author, note.phone, note.channel, *(reply.text for reply in note.replies))).casefold()
            return status in ("", note.status) and author in ("", note.author) and all(word in said for word in words)

        return [note for note in self._notes.all if fits(note)]

    def pick(self, note_id: str) -> None:
        """Look at a note; "" for none."""
        self.picked = note_id
        self.refresh()

    def clear_filters(self) -> None:
        """List everything."""
        self.status.setCurrentIndex(0)
        self.author.setCurrentIndex(0)
        self.search.clear()
        self.refresh()

    def refresh(self, *_: object) -> None:
        """List what there is now."""
        self._list_authors()
        notes, many = self._notes.all, len(self._state.sides) > 1
        shown = self.shown
        self.list.look.many_sides = many
        self.list.show_notes(shown, self.picked)
        self.empty.setText(NONE_SHOWN.format(n=len(notes)) if notes else EMPTY)
        self.empty.setVisible(not shown)
        note = self._notes.of(self.picked)
        self.halves.setVisible(bool(shown) or note is not None)
        self.area.setVisible(note is not None)
        if note is not None:
            self.form.show_note(note, many)
            self._share_height(len(shown))

    def _share_height(self, n: int) -> None:
        """The list is as high as it needs, and leaves the note what that needs."""
        if not self._dragged:
            most = max(self.halves.height() - FORM_PX, 2 * ROW_PX)
            high = min(n * ROW_PX + 2, most)
            self.halves.setSizes([high, max(self.halves.height() - high, 1)])

    def _list_authors(self) -> None:
        """A choice of authors is offered where there is more than one."""
        names = sorted({note.author for note in self._notes.all if note.author}, key=str.casefold)
        if names != [self.author.itemData(i) for i in range(1, self.author.count())]:
            chosen = self.author.currentData()
            while self.author.count() > 1:
                self.author.removeItem(1)
            for name in names:
                self.author.addItem(name, name)
            self.author.setCurrentIndex(max(self.author.findData(chosen), 0))
        self.author.setVisible(len(names) > 1)

    # -- Qt's own, last as everywhere

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new height."""
        super().resizeEvent(event)
        self._share_height(self.list.count())


def _filter(name: str, choices: list[tuple[str, str]]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(7)
    for value, words in choices:
        box.addItem(words, value)
    return box
