"""The list of conflicts under the edits: each is jumped to, put in its place or dismissed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout

from app.formats.kept.conflicts import Conflict
from app.ui.kit import theme

_SMALL = "QPushButton { padding: 3px 6px; }"
#: a sentence or two are seen at once; the rest is scrolled to
_HEIGHT_PX = 78


class ConflictList(QFrame):
    """Hidden while there is nothing to settle."""

    #: id: look at its place
    jumped = Signal(str)
    #: id: put it where it is listed
    placed_here = Signal(str)
    #: id: put it at the cursor
    placed_at_cursor = Signal(str)
    #: id: it does not matter
    dismissed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._conflicts: tuple[Conflict, ...] = ()
        self._placeable: frozenset[str] = frozenset()
        self.head = QLabel()
        self.head.setWordWrap(True)
        self.head.setStyleSheet(f"color: {theme.WARNING}; font-weight: 600;")
        self.list = QListWidget()
        self.list.setAccessibleName("Conflicts: work without a place")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(_HEIGHT_PX)
        self.list.setStyleSheet(
            f"QListWidget {{ background: {theme.PANEL}; }} QListWidget::item {{ padding: 3px 4px; }}"
            f" QListWidget::item:hover {{ background: {theme.FIELD}; }} QListWidget::item:selected {{ background: {theme.RAISED}; }}"
        )
        self.list.currentRowChanged.connect(self._choose)
        self.list.itemClicked.connect(lambda _item: self._choose(self.list.currentRow()))
        self.list.installEventFilter(self)
        self.here = self._button("Place it here", "Put it where the playhead jumped to (Enter)", self.placed_here)
        self.at_cursor = self._button("At the cursor", "Put it at the playhead, wherever that is now", self.placed_at_cursor)
        self.dismiss = self._button("Dismiss", "It is not wanted any more (Delete); undo brings it back", self.dismissed)
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in (self.here, self.at_cursor, self.dismiss):
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.head)
        column.addWidget(self.list)
        column.addLayout(row)
        self.hide()

    def _button(self, text: str, hint: str, signal: SignalInstance) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(hint)
        button.setStyleSheet(_SMALL)
        button.clicked.connect(lambda: self._emit(signal))
        return button

    # -- what is shown

    @property
    def chosen(self) -> str:
        """The id of the chosen conflict, "" for none."""
        row = self.list.currentRow()
        return self._conflicts[row].id if 0 <= row < len(self._conflicts) else ""

    def set_conflicts(self, conflicts: tuple[Conflict, ...], placeable: frozenset[str]) -> None:
        """List what there is to settle; the chosen one stays chosen.

        Args:
            conflicts: by time.
            placeable: ids of those that can be put somewhere.
        """
        before = self.chosen
        self._conflicts, self._placeable = conflicts, placeable
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for conflict in conflicts:
            item = QListWidgetItem(f"{conflict.at_s:.2f} s   {conflict.sentence}")
            item.setToolTip(conflict.sentence)
            self.list.addItem(item)
        self.list.setCurrentRow(next((i for i, each in enumerate(conflicts) if each.id == before), -1))
        self.list.blockSignals(blocked)
        n = len(conflicts)
        self.head.setText(f"{n} conflict{'s' if n > 1 else ''}: no sure place in this sound")
        self.setVisible(n > 0)
        self._show()

    def _show(self) -> None:
        for button in (self.here, self.at_cursor):
            button.setEnabled(self.chosen in self._placeable)
        self.dismiss.setEnabled(bool(self.chosen))

    # -- what the user does

    def _choose(self, _row: int) -> None:
        self._show()
        if self.chosen:
            self.jumped.emit(self.chosen)

    def _emit(self, signal: SignalInstance) -> None:
        if self.chosen:
            signal.emit(self.chosen)

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter puts the chosen one in its place, Delete dismisses it."""
        if watched is not self.list or not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress or not self.chosen:
            return super().eventFilter(watched, event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen in self._placeable:
            self.placed_here.emit(self.chosen)
            return True
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.dismissed.emit(self.chosen)
            return True
        return super().eventFilter(watched, event)
