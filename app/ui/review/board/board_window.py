"""The window of the board: filters above, lines below, and what is done with them by one key or click."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.core.presets import BUILT_IN
from app.formats.presets import user_presets
from app.formats.project_review import STATUSES, TakeStatus
from app.session.takes.board import Board
from app.ui.kit import theme
from app.ui.review.board.line_cells import ROW_PX, LineCells
from app.ui.review.board.lines_model import CHARACTER, CURVES, FINDINGS, LENGTH, LINE, PICTURE, SAYS, SHOWS, STATUS, LineFilter, LinesModel

SIZE = (1120, 680)
WIDTHS = {PICTURE: 72, LINE: 90, CHARACTER: 96, SAYS: 260, CURVES: 220, FINDINGS: 170, STATUS: 120, LENGTH: 70}
#: keys that say how far the chosen lines are
KEYS: dict[str, TakeStatus] = {"A": "approved", "C": "changes asked", "I": "in review", "T": "to do"}
FROM_TABLE = "Preset of the table"


class BoardWindow(QWidget):
    """Beside the main window, so that a take that is opened can be seen.

    Args:
        board: of the session.
        presets: the folder of the user's presets.
        asks: asks for a folder; None when the user gives up.
        parent: the main window.
    """

    #: a take is to be opened: its file
    opened = Signal(object)

    def __init__(self, board: Board, presets: Path, asks: Callable[[], Path | None], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("board")
        self.setWindowTitle("Board")
        self.resize(*SIZE)
        self._board, self._presets, self._asks = board, presets, asks
        self.model, self.filter = LinesModel(board, self), LineFilter(self)
        self.filter.setSourceModel(self.model)
        self._make_filters()
        self._make_table()
        self._make_foot()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        for row in (self._filters, self._table_box, self._foot):
            column.addLayout(row)
        self._make_keys()
        self.setStyleSheet(f"#board {{ background: {theme.WINDOW}; }}")
        board.changed.connect(self._show_board)
        board.line_changed.connect(lambda _: self._count())
        board.run.running_changed.connect(self._show_running)
        board.run.progressed.connect(self._show_progress)
        self._show_board()
        self._show_running(board.run.running)

    # -- making

    def _make_filters(self) -> None:
        self.search, self.character, self.status, self.show_what = QLineEdit(), QComboBox(), QComboBox(), QComboBox()
        self.preset = QComboBox()
        self.search.setPlaceholderText("Search lines")
        self.search.setClearButtonEnabled(True)
        self.status.addItems(["Every status", *STATUSES])
        self.show_what.addItems(list(SHOWS))
        self.preset.setToolTip("For all lines of this character that have none in the table; run what changed to put it on")
        named = {"Search lines": self.search, "Character": self.character, "Status": self.status, "What to show": self.show_what}
        for name, widget in (*named.items(), ("Preset of the character", self.preset)):
            widget.setAccessibleName(name)
        self.folder_button = QPushButton("Open folder…")
        self.folder_button.clicked.connect(self.ask)
        self._filters = QHBoxLayout()
        self._filters.setSpacing(8)
        for field in (self.search, self.character, self.status, self.show_what, self.preset):
            self._filters.addWidget(field, 1 if field is self.search else 0)
        self._filters.addWidget(self.folder_button)
        self.search.textChanged.connect(self._filter)
        self.character.currentIndexChanged.connect(self._character_chosen)
        self.status.currentIndexChanged.connect(self._filter)
        self.show_what.currentIndexChanged.connect(self._filter)
        self.preset.activated.connect(self._preset_chosen)

    def _make_table(self) -> None:
        self.table = table = QTableView()
        table.setAccessibleName("Lines")
        table.setModel(self.filter)
        table.setItemDelegate(LineCells(self.model, table))
        table.setSortingEnabled(True)
        table.sortByColumn(FINDINGS, Qt.SortOrder.DescendingOrder)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(True)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(ROW_PX)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setTabKeyNavigation(False)
        for column, width in WIDTHS.items():
            table.setColumnWidth(column, width)
        head = table.horizontalHeader()
        head.setSectionResizeMode(SAYS, QHeaderView.ResizeMode.Stretch)
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.clicked.connect(self._clicked)
        table.doubleClicked.connect(self._open_index)
        self.empty = QLabel("Open the folder that a batch wrote, or one with takes.")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._table_box = QVBoxLayout()
        self._table_box.addWidget(table, 1)
        self._table_box.addWidget(self.empty, 1)

    def _make_foot(self) -> None:
        self.count = QLabel()
        self.count.setAccessibleName("Number of lines")
        self.open_button = QPushButton("Open take")
        self.open_button.setToolTip("Open the take in the main window (Enter, or a click on its picture)")
        self.approve_button, self.changes_button = QPushButton("Approve"), QPushButton("Ask for changes")
        self.approve_button.setToolTip("Approve the chosen lines (A)")
        self.changes_button.setToolTip("Ask for changes of the chosen lines (C)")
        self.run_button, self.cancel_button = QPushButton("Run what changed"), QPushButton("Cancel")
        self.run_button.setToolTip("Make the lines that changed in the table, its sounds or presets; what was done by hand stays (F5)")
        self.bar = QProgressBar()
        self.bar.setAccessibleName("Progress of the batch")
        self.bar.setMaximumWidth(180)
        self.bar.setRange(0, 1000)
        self.open_button.clicked.connect(self.open_chosen)
        self.approve_button.clicked.connect(lambda: self.say("approved"))
        self.changes_button.clicked.connect(lambda: self.say("changes asked"))
        self.run_button.clicked.connect(self._board.run_again)
        self.cancel_button.clicked.connect(self._board.run.stop)
        self._foot = QHBoxLayout()
        self._foot.setSpacing(8)
        self._foot.addWidget(self.count, 1)
        for widget in (self.bar, self.cancel_button, self.run_button, self.changes_button, self.approve_button, self.open_button):
            self._foot.addWidget(widget)

    def _make_keys(self) -> None:
        def on(keys: str, does: Callable[[], object], owner: QWidget) -> None:
            shortcut = QShortcut(QKeySequence(keys), owner)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(does)

        for keys, status in KEYS.items():
            on(keys, lambda status=status: self.say(status), self.table)  # type: ignore[misc]
        on("Return", self.open_chosen, self.table)
        on("Enter", self.open_chosen, self.table)
        on("F5", self._board.run_again, self)
        on("Ctrl+F", self.search.setFocus, self)
        on("Esc", self.close, self)

    # -- doing

    def ask(self) -> None:
        """Ask for a folder and put it on the board."""
        folder = self._asks()
        if folder is not None:
            self._board.open(folder)

    @property
    def chosen(self) -> list[int]:
        """Places of the chosen lines on the board."""
        return [self.filter.mapToSource(index).row() for index in self.table.selectionModel().selectedRows()]

    def say(self, status: TakeStatus) -> None:
        """Say how far the chosen lines are, and go on to the next one where one was chosen."""
        chosen = self.chosen
        if not chosen:
            return
        rows = self.table.selectionModel().selectedRows()
        following = self.filter.mapToSource(self.filter.index(rows[0].row() + 1, 0)).row() if len(rows) == 1 else -1
        self._board.set_status(chosen, status)
        if following >= 0:
            self.choose(following)

    def choose(self, place: int) -> None:
        """Choose a line by its place on the board, where it is shown."""
        index = self.filter.mapFromSource(self.model.index(place, LINE))
        if index.isValid():
            self.table.selectRow(index.row())
            self.table.scrollTo(index)

    def open_chosen(self) -> None:
        """Open the take of the first chosen line."""
        if self.chosen:
            self._open(self.chosen[0])

    def _open(self, place: int) -> None:
        path = self._board.path_of(place)
        if path is not None:
            self.opened.emit(path)

    def _open_index(self, index: QModelIndex) -> None:
        if index.column() != PICTURE:  # its first click has opened it
            self._open(self.filter.mapToSource(index).row())

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == PICTURE:
            self._open(self.filter.mapToSource(index).row())

    # -- showing

    def _show_board(self) -> None:
        board = self._board
        self.setWindowTitle("Board" if board.folder is None else f"Board: {board.folder.name}")
        present = self._chosen_character
        self.character.blockSignals(True)
        self.character.clear()
        self.character.addItems(["All characters", *board.characters])
        self.character.setCurrentIndex(max(self.character.findText(present), 0) if present else 0)
        self.character.blockSignals(False)
        self.table.setVisible(bool(board.lines))
        self.empty.setVisible(not board.lines)
        self._show_presets()
        self._filter()
        self._show_running(board.run.running)

    @property
    def _chosen_character(self) -> str:
        return self.character.currentText() if self.character.currentIndex() > 0 else ""

    def _show_presets(self) -> None:
        character = self._chosen_character
        self.preset.setEnabled(bool(character) and self._board.document is not None)
        self.preset.clear()
        self.preset.addItem(FROM_TABLE)
        self.preset.addItems(list(dict.fromkeys([*BUILT_IN, *user_presets(self._presets)])))
        self.preset.setCurrentIndex(max(self.preset.findText(self._board.presets.get(character, FROM_TABLE)), 0))

    def _character_chosen(self) -> None:
        self._show_presets()
        self._filter()

    def _preset_chosen(self, place: int) -> None:
        self._board.choose_preset(self._chosen_character, self.preset.itemText(place) if place > 0 else "")

    def _filter(self) -> None:
        status = self.status.currentText() if self.status.currentIndex() > 0 else ""
        self.filter.choose(self._chosen_character, status, self.show_what.currentText(), self.search.text())
        self._count()

    def _count(self) -> None:
        lines = self._board.lines
        approved, asked = (sum(line.status == status and not line.error for line in lines) for status in ("approved", "changes asked"))
        self.count.setText(
            f"{self.filter.rowCount()} of {len(lines)} lines, {approved} approved, {asked} with changes asked" if lines else ""
        )

    def _show_running(self, running: bool) -> None:
        self.bar.setVisible(running)
        self.cancel_button.setVisible(running)
        self.run_button.setVisible(not running)
        self.run_button.setEnabled(self._board.can_run)

    def _show_progress(self, step: str, fraction: float) -> None:
        self.bar.setValue(round(1000 * fraction))
        self.bar.setFormat(step or "starts")

    def close_down(self) -> None:
        """End the thread of the pictures."""
        self.model.close()
