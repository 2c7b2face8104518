"""The few dialogs: transcript, files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QInputDialog,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from app.session.keep.naming import completed_name
from app.ui.kit.file_filters import file_filter, filter_of
from app.ui.kit.in_steps import InSteps
from app.ui.marks.mark_completion import MarkCompletion

#: what can say when words and phones are spoken
TIMINGS = ("Timed words and phones", (".TextGrid", ".json", ".srt", ".vtt", ".tsv", ".xml", ".pgo"))
#: what can say the words of a recording
TRANSCRIPTS = ("Texts, subtitles and alignments", (".txt", ".srt", ".vtt", ".TextGrid", ".json", ".pgo"))


#: icons of dialogs of files and questions
_ICONS = (
    QStyle.StandardPixmap.SP_ArrowBack, QStyle.StandardPixmap.SP_ArrowForward, QStyle.StandardPixmap.SP_FileDialogToParent,
    QStyle.StandardPixmap.SP_FileDialogNewFolder, QStyle.StandardPixmap.SP_FileDialogListView,
    QStyle.StandardPixmap.SP_FileDialogDetailedView, QStyle.StandardPixmap.SP_DirIcon, QStyle.StandardPixmap.SP_FileIcon,
    QStyle.StandardPixmap.SP_DriveHDIcon, QStyle.StandardPixmap.SP_ComputerIcon, QStyle.StandardPixmap.SP_DialogOpenButton,
    QStyle.StandardPixmap.SP_DialogSaveButton, QStyle.StandardPixmap.SP_DialogCancelButton,
)  # fmt: skip


def prepare_dialogs(window: QWidget) -> None:
    """Have the icons looked for that Qt's dialogs show, one after the other: all at once they keep the first dialog waiting.

    Args:
        window: whose style has them.
    """
    InSteps(window).begin(_looked_for(window))


def _looked_for(window: QWidget) -> Iterator[None]:
    for icon in _ICONS:
        window.style().standardIcon(icon, None, window)
        yield


def ask_open(parent: QWidget, folder: str, only: str = "") -> Path | None:
    """Ask for a file to open.

    Args:
        parent: window.
        folder: where to begin.
        only: ``avatar`` or ``track`` to offer nothing else.
    """
    path, _ = QFileDialog.getOpenFileName(parent, "Open", folder, filter_of(only))
    return Path(path) if path else None


def ask_timings(parent: QWidget, folder: str) -> Path | None:
    """Ask for a file of timed words and phones, beginning in a folder."""
    path, _ = QFileDialog.getOpenFileName(parent, "Timings onto this sound", folder, file_filter(*TIMINGS))
    return Path(path) if path else None


def ask_folder(parent: QWidget, title: str, folder: str) -> Path | None:
    """Ask for a folder, beginning in another one."""
    path = QFileDialog.getExistingDirectory(parent, title, folder)
    return Path(path) if path else None


def ask_save(parent: QWidget, title: str, proposal: Path, kind: str, others: tuple[str, ...] = (), *, ending: str = "") -> Path | None:
    """Ask where to write.

    Args:
        parent: window.
        title: of the dialog.
        proposal: folder and name to begin with; its ending is added to a name without one.
        kind: what the files are, in words.
        others: further endings that may be typed.
        ending: that is added to a name without one, "" for the proposal's last.
    """
    endings = (ending or proposal.suffix, *others)
    path, _ = QFileDialog.getSaveFileName(parent, title, str(proposal), file_filter(kind, endings))
    if not path:
        return None
    name = completed_name(Path(path), endings)
    # the dialog asked about the name as it was typed, not about the one with its ending
    if name.needs_asking and not replaces(parent, name.question):
        return ask_save(parent, title, name.path, kind, others, ending=ending)
    return name.path


def ask_name(parent: QWidget, name: str) -> str:
    """Ask who signs notes; "" for no answer.

    Args:
        parent: window.
        name: the present one.
    """
    text, done = QInputDialog.getText(parent, "Sign notes", "Notes are signed by", text=name)
    return text if done else ""


def replaces(parent: QWidget, question: str) -> bool:
    """Ask whether a file is to be replaced."""
    yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
    return QMessageBox.question(parent, "Replace the file?", question, yes | no, no) == yes


class TranscriptDialog(QDialog):
    """Asks for the words of a recording.

    Args:
        name: of the recording.
        text: what is known of its words.
        folder: where a file of words may be.
        parent: Qt's.

    Attributes:
        file: that was chosen instead of typing the words, or None.
    """

    def __init__(self, name: str, text: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self.file: Path | None = None
        self.setWindowTitle("Transcript")
        self.resize(560, 260)
        about = QLabel(f"The words spoken in {name}, in English. The phones are aligned to them.")
        about.setWordWrap(True)
        self.words = QPlainTextEdit(text)
        self.words.setAccessibleName("Transcript")
        self.words.setTabChangesFocus(True)
        MarkCompletion(self.words)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Align")
        from_file = buttons.addButton("From a file…", QDialogButtonBox.ButtonRole.ActionRole)
        from_file.setToolTip("A text, subtitles (SRT, VTT), a TextGrid or a list of phones; phones are taken as they are")
        from_file.clicked.connect(self._ask_file)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        for widget in (about, self.words, buttons):
            layout.addWidget(widget)

    def _ask_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Transcript", str(self._folder), file_filter(*TRANSCRIPTS))
        if path:
            self.file = Path(path)
            self.accept()
