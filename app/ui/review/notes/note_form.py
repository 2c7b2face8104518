"""The note that is looked at: its words to be edited in place, what belongs to it, and the replies."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QSizePolicy, QToolButton, QVBoxLayout

from app.formats.notes import Note, Reply
from app.ui.kit import theme
from app.ui.kit.buttons import plain_button
from app.ui.kit.elided import ElidedLabel
from app.ui.kit.flow import flowing
from app.ui.kit.icons import icon
from app.ui.review.notes.note_words import COLOURS, STATUS_WORDS, about, when
from app.ui.review.notes.reference_row import ReferenceRow


class NoteText(QPlainTextEdit):
    """A few lines; Ctrl+Enter and Escape leave them."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Text of the note")
        self.setPlaceholderText("What is to be done here?")
        self.setTabChangesFocus(True)
        self.setMinimumHeight(46)
        self.setMaximumHeight(66)
        self.setStyleSheet("QPlainTextEdit { padding: 2px 4px; }")

    # -- Qt's own, last as everywhere

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Control and Enter end the typing."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class NoteForm(QFrame):
    """What can be done with one note."""

    #: name of a field of Note, and its value
    changed = Signal(str, object)
    #: time, side, shape and phone are to be those on show
    moved_here = Signal()
    #: "pin", "draw", "record", "play", "reference" or "delete"
    asked = Signal(str)
    #: words
    replied = Signal(str)
    #: the typing is over
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.note: Note | None = None
        self._filling = False
        self.when = ElidedLabel()
        self.about = ElidedLabel()
        for label in (self.when, self.about):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.when.setAccessibleName("Time of the note")
        self.about.setObjectName("caption")
        self.about.setAccessibleName("What the note is about")
        self.here = plain_button("Here", "Move the note to the playhead or the loop, with the side, the shape and the phone on show")
        self.here.clicked.connect(self.moved_here)
        self.status = _choice("Status of the note", [(value, words, None) for value, words in STATUS_WORDS.items()])
        self.colour = _choice("Colour of the note", [(name, "", _swatch(colour)) for name, colour in COLOURS.items()])
        self.colour.setFixedWidth(52)
        self.status.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.status.activated.connect(lambda _: self._tell("status", self.status.currentData()))
        self.colour.activated.connect(lambda _: self._tell("colour", self.colour.currentData()))
        self.text = NoteText()
        self.text.textChanged.connect(lambda: self._tell("text", self.text.toPlainText()))
        self.text.left.connect(self.left)
        self.pin, self.draw = _tool("Pin", "Click on the face to pin the note there (P)"), _tool("Draw", "Draw over the picture (D)")
        self.record = _tool("Record", "Say it, and point at the picture meanwhile (Shift+N)")
        self.play = _tool("Play", "Hear what was said")
        self.reference = _tool("Reference…", "A picture or film beside the face; or drop one on the picture")
        self.delete = plain_button("", "Take the note out; Ctrl+Z brings it back")
        self.delete.setIcon(icon("cross", theme.DIM))
        self.delete.setAccessibleName("Delete note")
        tools = {"pin": self.pin, "draw": self.draw, "record": self.record, "play": self.play, "reference": self.reference}
        for name, button in {**tools, "delete": self.delete}.items():
            button.clicked.connect(lambda _=False, name=name: self.asked.emit(name))
        for button in (self.pin, self.draw, self.record):
            button.setCheckable(True)
        self.reference_row = ReferenceRow()
        self.reference_row.changed.connect(lambda value: self._tell("reference", value))
        self.replies = QLabel()
        self.replies.setAccessibleName("Replies")
        self.replies.setWordWrap(True)
        self.replies.setTextFormat(Qt.TextFormat.PlainText)
        self.replies.setStyleSheet(f"color: {theme.SOFT};")
        self.reply = QLineEdit()
        self.reply.setAccessibleName("Reply to the note")
        self.reply.setPlaceholderText("Reply…")
        self.reply.returnPressed.connect(self._send)
        self._lay_out()

    def _lay_out(self) -> None:
        head, words = QHBoxLayout(), QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.when)
        words.addWidget(self.about)
        head.setSpacing(6)
        head.addLayout(words, 1)
        for widget in (self.here, self.colour, self.status, self.delete):
            head.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 4, 4)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.text)
        column.addLayout(flowing(self.pin, self.draw, self.record, self.play, self.reference))
        column.addWidget(self.reference_row)
        column.addWidget(self.replies)
        column.addWidget(self.reply)
        column.addStretch(1)

    # -- what is shown

    def show_note(self, note: Note, many_sides: bool) -> None:
        """Show a note; what is being typed stays as it is.

        Args:
            note: which.
            many_sides: whether there is more than one side to tell apart.
        """
        self._filling = True
        other = self.note is None or self.note.id != note.id
        self.note = note
        self.when.setText(when(note))
        self.about.setText("  ·  ".join(part for part in (about(note, many_sides), note.author) if part))
        self.status.setCurrentIndex(self.status.findData(note.status))
        self.colour.setCurrentIndex(self.colour.findData(note.colour))
        if other or self.text.toPlainText() != note.text:
            self.text.setPlainText(note.text)
        if other:
            self.reply.clear()
        self.play.setVisible(bool(note.voice))
        self.reference_row.show_reference(note.reference)
        self.replies.setText("\n".join(map(_reply_line, note.replies)))
        self.replies.setVisible(bool(note.replies))
        self._filling = False

    def show_state(self, mode: str, recording: bool, playing: bool) -> None:
        """Show on the buttons what goes on.

        Args:
            mode: of the picture: ``pin``, ``draw`` or another.
            recording: the microphone is listened to.
            playing: this note is heard.
        """
        self.pin.setChecked(mode == "pin")
        self.draw.setChecked(mode == "draw")
        self.record.setChecked(recording)
        self.record.setText("Stop" if recording else "Record")
        self.play.setText("Stop" if playing else "Play")

    def _tell(self, field: str, value: object) -> None:
        if not self._filling and self.note is not None:
            self.changed.emit(field, value)

    def _send(self) -> None:
        words = self.reply.text().strip()
        if words:
            self.reply.clear()
            self.replied.emit(words)


def _reply_line(reply: Reply) -> str:
    return f"↳ {reply.author}: {reply.text}" if reply.author else f"↳ {reply.text}"


def _tool(text: str, hint: str) -> QToolButton:
    button = plain_button(text, hint)
    button.setStyleSheet(button.styleSheet() + f"QToolButton:checked {{ background: {theme.ACCENT_DEEP}; color: {theme.ON_ACCENT}; }}")
    return button


def _choice(name: str, choices: Sequence[tuple[str, str, QIcon | None]]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(name)
    for value, words, sign in choices:
        if sign is None:
            box.addItem(words, value)
        else:
            box.addItem(sign, words, value)
            box.setItemData(box.count() - 1, value.capitalize(), Qt.ItemDataRole.ToolTipRole)
    return box


def _swatch(colour: str) -> QIcon:
    pixmap = QPixmap(14, 14)
    pixmap.fill(QColor(colour))
    return QIcon(pixmap)
