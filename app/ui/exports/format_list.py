"""The formats that motion can be written in, by what they are about."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from app.formats.dialect import Dialect, Holds
from app.ui.kit import theme

#: in the order in which they stand
TITLES: dict[Holds, str] = {
    "weights": "Weights, frame by frame", "cues": "Mouth cues", "timings": "Words and phones", "scene": "3D programs",
}  # fmt: skip
_KEY = Qt.ItemDataRole.UserRole


class FormatList(QTreeWidget):
    """A list to pick one format from.

    Args:
        formats: all that can be written.
        parent: Qt's.
    """

    #: the key of another format
    picked = Signal(str)

    def __init__(self, formats: Sequence[Dialect], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Format")
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setUniformRowHeights(True)
        self.setIndentation(12)
        self.setAllColumnsShowFocus(True)
        self.setStyleSheet("QTreeWidget::item { padding: 2px 0; }")
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._items: dict[str, QTreeWidgetItem] = {}
        for holds, title in TITLES.items():
            self._add(title, [each for each in formats if each.holds == holds])
        self.expandAll()
        self.currentItemChanged.connect(self._changed)

    @property
    def key(self) -> str:
        """Of the format that is picked, "" for none."""
        item = self.currentItem()
        return "" if item is None else str(item.data(0, _KEY) or "")

    def pick(self, key: str) -> None:
        """Pick a format, or the first where there is none of this key."""
        item = self._items.get(key) or next(iter(self._items.values()), None)
        if item is not None:
            self.setCurrentItem(item)
            self.scrollToItem(item)

    def _add(self, title: str, formats: Sequence[Dialect]) -> None:
        if not formats:
            return
        heading = QTreeWidgetItem(self, [title])
        heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
        heading.setForeground(0, QColor(theme.DIM))
        heading.setFirstColumnSpanned(True)
        font = heading.font(0)
        font.setBold(True)
        heading.setFont(0, font)
        for dialect in formats:
            item = QTreeWidgetItem(heading, [dialect.name, dialect.ending])
            item.setData(0, _KEY, dialect.key)
            item.setForeground(1, QColor(theme.DIM))
            self._items[dialect.key] = item

    def _changed(self) -> None:
        if self.key:
            self.picked.emit(self.key)
