"""The targets of an avatar's file: searched, measured, and what each of them drives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app.avatar.names.mapping import TargetFacts
from app.ui.kit import theme

COLUMNS = ("Shape of the file", "Moves", "Drives")
NOTHING = "nothing"


class TargetList(QWidget):
    """A row for each target.

    Args:
        targets: of the avatar's file.
    """

    #: another target is chosen: its name, "" for none
    chosen = Signal(str)

    def __init__(self, targets: Sequence[TargetFacts]) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a shape, or what it drives")
        self.search.setAccessibleName("Find a shape of the file")
        self.search.setClearButtonEnabled(True)
        self.idle_only = QCheckBox("Only those that drive nothing")
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Shapes of the file")
        self.tree.setHeaderLabels(list(COLUMNS))
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setStyleSheet(
            f"QTreeWidget {{ background: {theme.PANEL}; border: 1px solid {theme.LINE}; }} QTreeWidget::item {{ padding: 3px 2px; }}"
            f" QTreeWidget::item:selected {{ background: {theme.ACCENT_DEEP}; color: {theme.ON_ACCENT}; }}"
            f" QHeaderView::section {{ background: {theme.PANEL}; color: {theme.DIM}; border: 0; padding: 4px; }}"
        )
        self._rows: dict[str, QTreeWidgetItem] = {}
        for facts in targets:
            item = QTreeWidgetItem([facts.name, f"{1e3 * facts.reach_m:.1f} mm", ""])
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(0, f"{facts.name}, on {', '.join(facts.meshes)}")
            self.tree.addTopLevelItem(item)
            self._rows[facts.name] = item
        header = self.tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        line = QHBoxLayout()
        line.addWidget(self.search, 1)
        line.addWidget(self.idle_only)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self.tree, 1)
        self.search.textChanged.connect(self._filter)
        self.idle_only.toggled.connect(self._filter)
        self.tree.currentItemChanged.connect(lambda *_: self.chosen.emit(self.target))

    @property
    def target(self) -> str:
        """The chosen one, "" for none."""
        item = self.tree.currentItem()
        return "" if item is None or item.isHidden() else item.text(0)

    @property
    def visible(self) -> tuple[str, ...]:
        """The names of the rows on show."""
        return tuple(name for name, item in self._rows.items() if not item.isHidden())

    def choose(self, target: str) -> None:
        """Choose a target by its name."""
        self.tree.setCurrentItem(self._rows[target])

    def show_drives(self, drives: Mapping[str, Sequence[str]]) -> None:
        """Write what each target drives.

        Args:
            drives: target -> channels; those that drive nothing are not in it.
        """
        for name, item in self._rows.items():
            channels = drives.get(name, ())
            item.setText(2, ", ".join(channels) or NOTHING)
            item.setForeground(2, QColor(theme.TEXT if channels else theme.WARNING))
            item.setToolTip(2, ", ".join(channels))
        self._filter()

    def _filter(self, *_: object) -> None:
        needle, idle_only = self.search.text().strip().lower(), self.idle_only.isChecked()
        for item in self._rows.values():
            found = needle in item.text(0).lower() or needle in item.text(2).lower()
            item.setHidden(not found or (idle_only and item.text(2) != NOTHING and item is not self.tree.currentItem()))
