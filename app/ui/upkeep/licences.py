"""Whose work is in the program, to be read and searched."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget


class LicencesDialog(QDialog):
    """The notice of third parties.

    Args:
        parent: Qt's.

    Attributes:
        text: the notice.
        search: what is looked for in it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Licences")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Licences")
        self.text.setPlainText("Reading the licences of what is installed…")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a work")
        self.search.setClearButtonEnabled(True)
        self.search.textEdited.connect(self._find_first)
        self.search.returnPressed.connect(self._find_next)
        close = QPushButton("Close")
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self.search, 1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.addWidget(self.text, 1)
        column.addLayout(row)
        room = self.screen().availableSize()
        self.resize(min(860, room.width() - 40), min(680, room.height() - 80))

    def show_text(self, text: str) -> None:
        """Put the notice in."""
        self.text.setPlainText(text)
        self.search.setFocus()

    def _find_first(self) -> None:
        self.text.moveCursor(QTextCursor.MoveOperation.Start)
        self._find_next()

    def _find_next(self) -> None:
        """The next place, or the first one again after the last."""
        words = self.search.text()
        if words and not self.text.find(words):
            self.text.moveCursor(QTextCursor.MoveOperation.Start)
            self.text.find(words)
