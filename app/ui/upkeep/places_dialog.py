"""Where things are kept, how large they are, and removing them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.core.places import PLACES, Root, root_folder
from app.ui.kit import theme
from app.ui.kit.elided import ElidedLabel
from app.ui.kit.folders import show_folder
from app.upkeep import cleaning
from app.upkeep.cleaning import Found
from app.upkeep.scrubbing import without_paths

_ROOTS: tuple[tuple[Root, str], ...] = (
    ("config", "Settings"),
    ("data", "Recordings and answers"),
    ("state", "Sessions, logs, reports"),
    ("cache", "Made or fetched again"),
)


class PlacesDialog(QDialog):
    """A list of everything that is kept, by folder, with sizes.

    Args:
        parent: Qt's.
        removes: asked to remove what the user chose.
    """

    def __init__(self, removes: Callable[[Sequence[Found]], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Where things are kept")
        self._removes = removes
        self.found = cleaning.found()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        column.addWidget(_list(self._rows()))
        note = QLabel("Projects, takes and exports lie where you saved them and are not in this list. Keys are in the system's keyring.")
        note.setWordWrap(True)
        note.setStyleSheet(f"color: {theme.DIM};")
        column.addWidget(note)
        self.remove = QPushButton("Remove my data…")
        self.remove.clicked.connect(self._ask)
        close = QPushButton("Close")
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self.remove)
        row.addStretch(1)
        row.addWidget(close)
        column.addLayout(row)
        self.resize(720, min(620, self.screen().availableSize().height() - 80))

    def _rows(self) -> QGridLayout:
        there = {each.name: each for each in self.found}
        grid = _grid()
        at = 0
        for root, title in _ROOTS:
            heading = QLabel(title)
            heading.setObjectName("heading")
            folder = ElidedLabel(without_paths(str(root_folder(root))))
            folder.setStyleSheet(f"color: {theme.DIM};")
            opener = QPushButton("Open folder")
            opener.clicked.connect(partial(show_folder, root_folder(root)))
            grid.addWidget(heading, at, 0)
            grid.addWidget(folder, at, 1)
            grid.addWidget(opener, at, 2, Qt.AlignmentFlag.AlignRight)
            for name, place in PLACES.items():
                if place.root == root:
                    at += 1
                    found = there.get(name)
                    grid.addWidget(QLabel(place.relative), at, 0)
                    grid.addWidget(QLabel(place.what), at, 1)
                    grid.addWidget(QLabel("–" if found is None else found.size), at, 2, Qt.AlignmentFlag.AlignRight)
            at += 1
            grid.setRowMinimumHeight(at, 10)
            at += 1
        grid.setRowStretch(at, 1)
        return grid

    def _ask(self) -> None:
        dialog = RemoveDialog(self.found, self)
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.chosen():
            self.accept()
            self._removes(dialog.chosen())
        dialog.deleteLater()


class RemoveDialog(QDialog):
    """Asks what is to be removed; what can be made again is chosen at first.

    Args:
        found: what is there.
        parent: Qt's.

    Attributes:
        boxes: by what they remove, in the order of ``found``.
    """

    def __init__(self, found: Sequence[Found], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Remove my data")
        self._found = tuple(found)
        self.boxes: list[QCheckBox] = []
        grid = _grid()
        for at, each in enumerate(self._found):
            box = QCheckBox(each.place.what)
            box.setChecked(each.place.worth != "kept")
            box.toggled.connect(self._tell)
            self.boxes.append(box)
            grid.addWidget(box, at, 0)
            grid.addWidget(QLabel(each.size), at, 1, Qt.AlignmentFlag.AlignRight)
        grid.setRowStretch(len(self._found), 1)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.remove = buttons.addButton("Remove", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        for widget in (_list(grid), self.sentence, buttons):
            column.addWidget(widget)
        self.resize(560, min(520, self.screen().availableSize().height() - 80))
        self._tell()

    def chosen(self) -> tuple[Found, ...]:
        """What is to go."""
        return tuple(each for each, box in zip(self._found, self.boxes, strict=True) if box.isChecked())

    def _tell(self) -> None:
        chosen = self.chosen()
        size = cleaning.size_words(sum(each.n_bytes for each in chosen))
        words = f"Removes {len(chosen)} of {len(self._found)}, {size}. It cannot be taken back." if chosen else "Nothing is chosen."
        if any(each.place.worth == "kept" for each in chosen):
            words += " The program closes first, because it keeps these while it runs."
        self.sentence.setText(words)
        self.remove.setEnabled(bool(chosen))


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    return grid


def _list(grid: QGridLayout) -> QScrollArea:
    """A grid that scrolls where the screen is small."""
    rows = QWidget()
    grid.setContentsMargins(0, 0, 12, 0)
    rows.setLayout(grid)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setObjectName("clear")
    area.setWidget(rows)
    return area
