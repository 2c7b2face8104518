"""The list of films and pictures that are drawn or wait, each with its progress and a cross."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.session.keep.film_queue import FilmEntry, FilmQueue
from app.ui.kit import theme
from app.ui.kit.elided import ElidedLabel
from app.ui.kit.icons import icon

WORDS = {"waiting": "waits", "running": "", "done": "written", "failed": "failed", "cancelled": "cancelled"}
_COLOURS = {"done": theme.GOOD, "failed": theme.ERROR}


class FilmRow(QWidget):
    """One of the list.

    Args:
        entry: what it shows.
        queue: where it is cancelled.
    """

    def __init__(self, entry: FilmEntry, queue: FilmQueue) -> None:
        super().__init__()
        self.number = entry.number
        self.name = ElidedLabel(f"{entry.out.name}   {entry.words}")
        self.name.setToolTip(str(entry.out))
        self.name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(120)
        self.state = QLabel()
        self.state.setMinimumWidth(72)
        self.cross = QToolButton()
        self.cross.setIcon(icon("cross", theme.DIM))
        self.cross.setAccessibleName(f"Cancel {entry.out.name}")
        self.cross.setToolTip("Cancel this one")
        self.cross.clicked.connect(lambda: queue.cancel(self.number))
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 4, 2)
        row.addWidget(self.name, 1)
        for widget in (self.bar, self.state, self.cross):
            row.addWidget(widget)
        self.show_entry(entry)

    def show_entry(self, entry: FilmEntry) -> None:
        """Show how far it is."""
        self.bar.setVisible(entry.state == "running")
        self.bar.setRange(0, 1000 if entry.progress else 0)
        self.bar.setValue(round(1000 * entry.progress))
        self.state.setText(f"{entry.progress:.0%}" if entry.state == "running" else WORDS[entry.state])
        self.state.setStyleSheet(f"color: {_COLOURS.get(entry.state, theme.DIM)};")
        self.state.setToolTip(entry.sentence)
        self.cross.setEnabled(not entry.is_over)


class FilmList(QDialog):
    """The list beside the window; it stays open while one works on.

    Args:
        queue: the session's.
        parent: Qt's.
    """

    def __init__(self, queue: FilmQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Exports")
        self.setModal(False)
        self.resize(560, 260)
        self._queue = queue
        self.rows: dict[int, FilmRow] = {}
        self.empty = QLabel("Nothing is being written. Videos, frames and sheets that are exported stand here.")
        self.empty.setObjectName("caption")
        self.empty.setWordWrap(True)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(8, 8, 8, 8)
        self._column.addWidget(self.empty)
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        self.clear = QPushButton("Clear the list of what is over")
        self.clear.clicked.connect(queue.clear)
        column = QVBoxLayout(self)
        column.addWidget(area, 1)
        column.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignRight)
        queue.changed.connect(self.refresh)
        self.refresh()

    def open_list(self) -> None:
        """Show it, in front."""
        self.show()
        self.raise_()

    def refresh(self) -> None:
        """Show the entries there are now."""
        entries = {entry.number: entry for entry in self._queue.entries}
        for number in [number for number in self.rows if number not in entries]:
            row = self.rows.pop(number)
            self._column.removeWidget(row)
            row.deleteLater()
        for number, entry in entries.items():
            if number in self.rows:
                self.rows[number].show_entry(entry)
            else:
                self.rows[number] = FilmRow(entry, self._queue)
                self._column.insertWidget(self._column.count() - 1, self.rows[number])
        self.empty.setVisible(not entries)
        self.clear.setEnabled(any(entry.is_over for entry in entries.values()))
