"""What this program is: version, licence, and what it runs on here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app import __version__
from app.ui.kit import theme
from app.ui.start.application import TITLE

_ICON_PX = 56


class AboutDialog(QDialog):
    """Version, licence, and the facts that a report would name, to be copied.

    Args:
        facts: name and value of what it runs on.
        places: opens the list of where things are kept.
        licences: shows the notice of third parties.
        parent: Qt's.
    """

    def __init__(
        self, facts: Mapping[str, str], places: Callable[[], None], licences: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"About {TITLE}")
        self._facts = facts
        sign = QLabel()
        sign.setPixmap(QApplication.windowIcon().pixmap(_ICON_PX, _ICON_PX))
        name = QLabel(f"{TITLE} {__version__}")
        name.setStyleSheet("font-size: 17px; font-weight: 600;")
        what = QLabel("Preview and tune audio-driven faces. MIT licence.")
        titles = QVBoxLayout()
        titles.addWidget(name)
        titles.addWidget(what)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(sign)
        head.addLayout(titles, 1)
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copy the versions")
        self.copy.clicked.connect(self._copy)
        self.places = QPushButton("Where things are kept…")
        self.places.clicked.connect(places)
        self.licences = QPushButton("Licences…")
        self.licences.setToolTip("Works of others in this program, and their licences")
        self.licences.clicked.connect(licences)
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addWidget(self.places)
        row.addWidget(self.licences)
        row.addStretch(1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(16)
        column.addLayout(head)
        column.addLayout(self._grid())
        column.addLayout(row)
        self.setMinimumWidth(560)

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setColumnStretch(1, 1)
        for at, (name, value) in enumerate(self._facts.items()):
            label = QLabel(name)
            label.setStyleSheet(f"color: {theme.DIM};")
            fact = QLabel(value)
            fact.setWordWrap(True)
            fact.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(fact, at, 1)
        return grid

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{name}: {value}" for name, value in self._facts.items()))
        self.copy.setText("Copied")
