"""What differs between two takes, as a table: where, what, when; a double click goes there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.review.takes.change import Change, TakeDiff

_HEADS = ("What", "Side", "Difference", "When")
_TIME_ROLE = Qt.ItemDataRole.UserRole


class DiffDialog(QDialog):
    """Shows a comparison.

    Args:
        first: name of the first take.
        second: name of the second one.
        found: what differs in the second.
        parent: the window.
    """

    #: seconds: look at this moment
    jumped = Signal(float)

    def __init__(self, first: str, second: str, found: TakeDiff, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare takes")
        self.resize(900, 560)
        n = len(found.changes)
        said = f"{n} difference{'s' if n > 1 else ''}: what is different in {second}, against {first}."
        self.summary = QLabel(said if n else f"Nothing differs between {first} and {second}.")
        self.summary.setWordWrap(True)
        self.table = QTableWidget(n, len(_HEADS))
        self.table.setAccessibleName("Differences")
        self.table.setHorizontalHeaderLabels(_HEADS)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.setWordWrap(True)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        for row, change in enumerate(found.changes):
            self._fill(row, change)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (0, 1, 3):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.table.cellDoubleClicked.connect(self._jump)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column_of = QVBoxLayout(self)
        column_of.setContentsMargins(16, 16, 16, 16)
        column_of.setSpacing(8)
        column_of.addWidget(self.summary)
        column_of.addWidget(self.table, 1)
        column_of.addWidget(buttons)

    def _fill(self, row: int, change: Change) -> None:
        when = "" if change.start_s is None else f"{change.start_s:.2f} s"
        for column, text in enumerate((change.area.capitalize(), change.side, change.sentence, when)):
            item = QTableWidgetItem(text)
            item.setData(_TIME_ROLE, change.start_s)
            self.table.setItem(row, column, item)

    def _jump(self, row: int, _column: int) -> None:
        item = self.table.item(row, 0)
        at_s = None if item is None else item.data(_TIME_ROLE)
        if at_s is not None:
            self.jumped.emit(float(at_s))
