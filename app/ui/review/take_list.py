"""The takes of a playlist as a list that is reordered by drag and takes files and folders."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem

from app.formats.project_review import TakeStatus
from app.formats.takes.reading import TakeAbout
from app.review.takes.playlist import PlaylistEntry
from app.ui.kit import theme

STATUS_COLOURS: dict[TakeStatus, str] = {
    "to do": theme.DIM,
    "in review": theme.ACCENT,
    "changes asked": theme.WARNING,
    "approved": theme.GOOD,
}
_PICTURE = QSize(80, 45)
_SHEET = (
    f"QListWidget {{ background: {theme.PANEL}; }} QListWidget::item {{ padding: 5px 4px; border-bottom: 1px solid {theme.LINE}; }}"
    f" QListWidget::item:hover {{ background: {theme.FIELD}; }} QListWidget::item:selected {{ background: {theme.RAISED}; }}"
)


class TakeList(QListWidget):
    """One row per take: picture, line, how far it is, and its notes."""

    #: an entry is to be opened
    wanted = Signal(int)
    #: old place, and new place counted when it was taken out
    moved = Signal(int, int)
    #: files and folders, and in front of which row
    dropped = Signal(object, int)
    #: an entry is to be taken out
    removed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Takes of the playlist")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIconSize(_PICTURE)
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setStyleSheet(_SHEET)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.itemActivated.connect(lambda item: self.wanted.emit(self.row(item)))

    def show_takes(self, entries: tuple[PlaylistEntry, ...], about: dict[Path, TakeAbout], at: int) -> None:
        """Show the list.

        Args:
            entries: of the playlist.
            about: what is known of them.
            at: which is open, -1 for none.
        """
        row = max(self.currentRow(), 0)
        self.clear()
        for i, entry in enumerate(entries):
            self.addItem(_item(entry, about.get(entry.path), i == at))
        if entries:
            self.setCurrentRow(at if at >= 0 else min(row, len(entries) - 1))

    def _row_at(self, event: QDropEvent) -> int:
        """In front of which row something is dropped."""
        point = event.position().toPoint()
        index = self.indexAt(point)
        if not index.isValid():
            return self.count()
        return index.row() + (point.y() > self.visualRect(index).center().y())

    # -- Qt's own, last as everywhere

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files, and rows of this list."""
        if event.source() is self or event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where it would go."""
        super().dragMoveEvent(event)
        if event.source() is self or event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Reorder, or add what was dropped."""
        row = self._row_at(event)
        if event.source() is self:
            old = self.currentRow()
            # Qt is not to take the row out by itself
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            if old >= 0:
                self.moved.emit(old, row - (row > old))
            return
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        if paths:
            self.dropped.emit(paths, row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes an entry out."""
        if event.key() == Qt.Key.Key_Delete and self.currentRow() >= 0:
            self.removed.emit(self.currentRow())
            return
        super().keyPressEvent(event)


def _item(entry: PlaylistEntry, about: TakeAbout | None, is_open: bool) -> QListWidgetItem:
    words: str = entry.status
    if about is None:
        words = f"{words} · {'not there' if not entry.path.exists() else 'not read yet'}"
    elif about.review.notes:
        n, left = len(about.review.notes), sum(note.status == "open" for note in about.review.notes)
        words = f"{words} · {n} note{'s' if n > 1 else ''}{f', {left} open' if left else ', none open'}"
    mark = "▸ " if is_open else ""
    item = QListWidgetItem(f"{mark}{entry.line or entry.path.stem}\n{words}")
    item.setForeground(QColor(STATUS_COLOURS[entry.status]))
    item.setToolTip(str(entry.path))
    if about is not None and about.thumbnail:
        picture = QPixmap()
        if picture.loadFromData(about.thumbnail):
            sign = QIcon(picture)
            # else the style lays its colour over the picture of the chosen row
            sign.addPixmap(picture, QIcon.Mode.Selected)
            item.setIcon(sign)
    if is_open:
        font = item.font()
        font.setBold(True)
        item.setFont(font)
    return item
