"""The few dialogs: transcript, video, keys, files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QGridLayout,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.session.base.opening import AUDIO_ENDINGS, AVATAR_ENDINGS, PROJECT_ENDINGS, TRACK_ENDINGS
from app.session.keep.naming import completed_name
from app.ui.kit import theme
from app.ui.window.actions import COMMANDS

SIZES = ((1280, 720), (1920, 1080), (1080, 1080), (1080, 1920))
RATES = (24.0, 25.0, 30.0, 60.0)


def _filter(name: str, endings: tuple[str, ...]) -> str:
    return f"{name} ({' '.join('*' + ending for ending in endings)})"


def ask_open(parent: QWidget, folder: str, only: str = "") -> Path | None:
    """Ask for a file to open.

    Args:
        parent: window.
        folder: where to begin.
        only: ``avatar`` or ``track`` to offer nothing else.
    """
    kinds = {
        "project": ("Projects", PROJECT_ENDINGS), "avatar": ("Avatars", AVATAR_ENDINGS), "audio": ("Recordings", AUDIO_ENDINGS),
        "track": ("Tracks", TRACK_ENDINGS),
    }  # fmt: skip
    everything = tuple(ending for _, endings in kinds.values() for ending in endings)
    offered = [kinds[only]] if only else [("All that can be opened", everything), *kinds.values()]
    path, _ = QFileDialog.getOpenFileName(parent, "Open", folder, ";;".join(_filter(*each) for each in offered))
    return Path(path) if path else None


def ask_folder(parent: QWidget, title: str, folder: str) -> Path | None:
    """Ask for a folder, beginning in another one."""
    path = QFileDialog.getExistingDirectory(parent, title, folder)
    return Path(path) if path else None


def ask_save(parent: QWidget, title: str, proposal: Path, kind: str, others: tuple[str, ...] = ()) -> Path | None:
    """Ask where to write.

    Args:
        parent: window.
        title: of the dialog.
        proposal: folder and name to begin with; its ending is added to a name without one.
        kind: what the files are, in words.
        others: further endings that may be typed.
    """
    endings = (proposal.suffix, *others)
    path, _ = QFileDialog.getSaveFileName(parent, title, str(proposal), _filter(kind, endings))
    if not path:
        return None
    name = completed_name(Path(path), endings)
    # the dialog asked about the name as it was typed, not about the one with its ending
    if name.needs_asking and not replaces(parent, name.question):
        return ask_save(parent, title, name.path, kind, others)
    return name.path


def replaces(parent: QWidget, question: str) -> bool:
    """Ask whether a file is to be replaced."""
    yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
    return QMessageBox.question(parent, "Replace the file?", question, yes | no, no) == yes


class TranscriptDialog(QDialog):
    """Asks for the words of a recording."""

    def __init__(self, name: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Transcript")
        self.resize(560, 260)
        about = QLabel(f"The words spoken in {name}, in English. The phones are aligned to them.")
        about.setWordWrap(True)
        self.words = QPlainTextEdit(text)
        self.words.setAccessibleName("Transcript")
        self.words.setTabChangesFocus(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Align")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        for widget in (about, self.words, buttons):
            layout.addWidget(widget)


class VideoDialog(QDialog):
    """Asks how a video should look."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export video")
        self.size_box = QComboBox()
        for width, height in SIZES:
            self.size_box.addItem(f"{width} × {height}", (width, height))
        self.rate_box = QComboBox()
        for rate in RATES:
            self.rate_box.addItem(f"{rate:g} frames per second", rate)
        self.rate_box.setCurrentIndex(RATES.index(30.0))
        self.curves = QCheckBox("Curves below the picture")
        self.burn_in = QCheckBox("Source, frame and time written into the picture")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Save).setText("Choose the file…")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setSpacing(8)
        form.addRow("Size", self.size_box)
        form.addRow("Rate", self.rate_box)
        for widget in (self.curves, self.burn_in, buttons):
            form.addRow(widget)

    def look(self) -> dict[str, object]:
        """The choices, as FilmOrder names them."""
        width, height = self.size_box.currentData()
        return {
            "width": width, "height": height, "fps": self.rate_box.currentData(),
            "curves": self.curves.isChecked(), "burn_in": self.burn_in.isChecked(),
        }  # fmt: skip


class KeysDialog(QDialog):
    """The sheet of keys, in two columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 20, 24, 20)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(5)
        grid.setColumnMinimumWidth(2, 24)
        rows = {0: 0, 3: 0}
        for menu in dict.fromkeys(command.menu for command in COMMANDS):
            column = 0 if menu == "Playback" else 3
            rows[column] = self._add_group(grid, menu, rows[column], column)
        mouse = (
            ("Drag", "turn the avatar"), ("Shift or middle drag", "move it"), ("Wheel", "zoom"),
            ("Wheel on timeline", "zoom time"), ("Click a curve", "isolate it"),
        )  # fmt: skip
        rows[0] = self._add_heading(grid, "Mouse", rows[0] + 1, 0)
        for key, text in mouse:
            self._add_row(grid, key, text, rows[0], 0)
            rows[0] += 1

    def _add_group(self, grid: QGridLayout, menu: str, row: int, column: int) -> int:
        row = self._add_heading(grid, menu, row + (1 if row else 0), column)
        for command in COMMANDS:
            if command.menu == menu and command.keys:
                key = QKeySequence(command.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
                self._add_row(grid, key, command.hint, row, column)
                row += 1
        return row

    @staticmethod
    def _add_heading(grid: QGridLayout, text: str, row: int, column: int) -> int:
        heading = QLabel(text)
        heading.setObjectName("heading")
        grid.addWidget(heading, row, column, 1, 2)
        return row + 1

    @staticmethod
    def _add_row(grid: QGridLayout, key: str, text: str, row: int, column: int) -> None:
        cap = QLabel(key)
        edge = f"border: 1px solid {theme.LINE}; border-radius: 4px; padding: 2px 8px; font-size: 11px;"
        cap.setStyleSheet(f"background: {theme.RAISED}; {edge}")
        grid.addWidget(cap, row, column, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(QLabel(text), row, column + 1)
