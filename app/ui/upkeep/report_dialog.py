"""The report of an error: to be read, copied and sent by whoever wants to; nothing is sent by itself."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.ui.kit import theme
from app.ui.kit.folders import show_folder
from app.upkeep import reports

#: so many errors in one run, and it is better to start anew
TOO_MANY = 20
GOES_ON = "Something went wrong inside the program. It goes on, and what you do is kept every few seconds, so nothing is lost yet."
BETTER_ANEW = "The same kind of thing keeps going wrong. Save, then quit and start again; the open session is offered again if you do not."
ENDED = "The program ended unexpectedly the last time."
ABOUT = (
    "The report below says what happened. It holds no keys, nothing that you spoke or typed, and no folders of yours."
    " It is sent nowhere by itself."
)


class ReportDialog(QDialog):
    """One report; a newer one of the same run takes its place.

    Args:
        parent: Qt's.

    Attributes:
        text: the report.
    """

    #: the user wants to end the program
    quit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Report of an error")
        self.setModal(False)
        self.resize(760, 520)
        self._file: Path | None = None
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setObjectName("heading")
        about = QLabel(ABOUT)
        about.setWordWrap(True)
        about.setStyleSheet(f"color: {theme.DIM};")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Report")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPixelSize(12)
        fixed.setStyleHint(QFont.StyleHint.Monospace)
        self.text.setFont(fixed)
        self.copy = QPushButton("Copy report")
        self.copy.setObjectName("primary")
        self.copy.clicked.connect(self._copy)
        self.folder = QPushButton("Open folder")
        self.folder.setToolTip("Where the reports are kept")
        self.folder.clicked.connect(self._open_folder)
        self.quit = QPushButton("Quit…")
        self.quit.clicked.connect(self.quit_wanted)
        self.go_on = QPushButton("Go on")
        self.go_on.clicked.connect(self.close)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.copy)
        row.addWidget(self.folder)
        row.addStretch(1)
        row.addWidget(self.quit)
        row.addWidget(self.go_on)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        for widget in (self.sentence, about, self.text):
            column.addWidget(widget)
        column.addLayout(row)

    def show_error(self, report: str, n_errors: int) -> None:
        """Show an error of the running program, without taking the focus from what the user does.

        Args:
            report: its text.
            n_errors: how many there were in this run.
        """
        self._file = reports.keep(report)
        self.quit.setVisible(n_errors >= TOO_MANY)
        self._show(BETTER_ANEW if n_errors >= TOO_MANY else GOES_ON, report)

    def show_ended(self, report: str, file: Path | None) -> None:
        """Show the report of a run that ended badly, which is kept already."""
        self._file = file
        self.quit.hide()
        self._show(ENDED, report)

    def _show(self, sentence: str, report: str) -> None:
        self.sentence.setText(sentence)
        self.copy.setText("Copy report")
        self.text.setPlainText(report)
        self.folder.setEnabled(self._file is not None)
        self.show()
        self.raise_()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy.setText("Copied")

    def _open_folder(self) -> None:
        if self._file is not None:
            show_folder(self._file.parent)
