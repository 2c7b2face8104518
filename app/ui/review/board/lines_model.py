"""Lines of the board as a table, with filters; pictures are decoded by a worker, for the rows that are looked at."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtGui import QImage

from app.formats.project_review import STATUSES
from app.review.batch.summary import LineSummary
from app.session.base.workers import Job, Workers
from app.session.takes.board import Board

COLUMNS = ("", "Line", "Character", "Says", "Jaw, lips, wave", "Findings", "Status", "Length")
PICTURE, LINE, CHARACTER, SAYS, CURVES, FINDINGS, STATUS, LENGTH = range(len(COLUMNS))
#: what a cell is sorted by; the line of a row
SORT, SUMMARY = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
#: rows whose pictures are decoded in one go
AT_ONCE = 24
SHOWS = ("All lines", "With errors", "With findings", "With conflicts", "With open notes", "Failed", "Nothing found")
Index = QModelIndex | QPersistentModelIndex


class LinesModel(QAbstractTableModel):
    """The table.

    Args:
        board: of the session.
        parent: the window.
    """

    def __init__(self, board: Board, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self._workers = Workers(lambda _task, _sentence: None, self)
        self._pictures: dict[str, QImage | None] = {}
        self._wanted: dict[str, int] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._decode)
        board.changed.connect(self._reset)
        board.line_changed.connect(self._line_changed)

    @property
    def decoded(self) -> int:
        """How many pictures were decoded so far."""
        return sum(picture is not None for picture in self._pictures.values())

    def line(self, row: int) -> LineSummary:
        """A line."""
        return self._board.lines[row]

    def picture(self, row: int) -> QImage | None:
        """The picture of a line; None until it is decoded, which is asked for here."""
        thumb = self._board.lines[row].thumb
        if not thumb:
            return None
        if thumb not in self._pictures:
            self._wanted[thumb] = row
            self._timer.start()
            return None
        return self._pictures[thumb]

    def close(self) -> None:
        """End the thread."""
        self._timer.stop()
        self._workers.close()

    def _reset(self) -> None:
        self.beginResetModel()
        known = {line.thumb for line in self._board.lines}
        self._pictures = {thumb: picture for thumb, picture in self._pictures.items() if thumb in known}
        self.endResetModel()

    def _line_changed(self, row: int) -> None:
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def _decode(self) -> None:
        if self._workers.running("pictures") or not self._wanted:
            return
        rows = dict(list(self._wanted.items())[-AT_ONCE:])
        for thumb in rows:
            self._wanted.pop(thumb, None)

        def work(job: Job) -> None:
            job.post(self._show, [(row, thumb, _image(thumb)) for thumb, row in rows.items()])

        self._workers.start("pictures", work)

    def _show(self, made: Sequence[tuple[int, str, QImage | None]]) -> None:
        for row, thumb, image in made:
            self._pictures[thumb] = image
            if row < len(self._board.lines):
                self.dataChanged.emit(self.index(row, PICTURE), self.index(row, PICTURE))
        self._timer.start()

    # -- Qt's own, last as everywhere

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Lines."""
        return 0 if parent.isValid() else len(self._board.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of the columns."""
        return COLUMNS[section] if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell says, shows on a tip, and is sorted by."""
        line, column = self._board.lines[index.row()], index.column()
        if role == SUMMARY:
            return line
        if role == SORT:
            return _sorted_by(line, column)
        if role == Qt.ItemDataRole.DisplayRole:
            return _words(line, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(line, column)
        return None


def _image(thumb: str) -> QImage | None:
    try:
        image = QImage.fromData(base64.b64decode(thumb, validate=True))
    except (ValueError, binascii.Error):
        return None
    return None if image.isNull() else image


def _plural(n: int, word: str) -> str:
    return f"{n} {word}{'' if n == 1 else 's'}"


def found_words(line: LineSummary) -> str:
    """What was found in a line, in a few words."""
    if line.error:
        return line.error
    found = [(line.errors, "error"), (line.warnings, "warning"), (len(line.conflicts), "conflict")]
    words = [*(["MOCK"] if line.mock else []), *(_plural(n, word) for n, word in found if n)]
    return ", ".join(words) or "nothing found"


def _words(line: LineSummary, column: int) -> str:
    words = {
        LINE: line.line or f"row {line.row}", CHARACTER: line.character, SAYS: line.text, FINDINGS: found_words(line),
        STATUS: "failed" if line.error else line.status, LENGTH: f"{line.duration_s:.2f} s" if line.duration_s else "",
    }  # fmt: skip
    return words.get(column, "")


def _sorted_by(line: LineSummary, column: int) -> Any:
    keys = {
        LINE: line.line.casefold(), CHARACTER: line.character.casefold(), SAYS: line.text.casefold(), FINDINGS: line.score,
        STATUS: STATUSES.index(line.status), LENGTH: line.duration_s, CURVES: max(line.jaw, default=0),
    }  # fmt: skip
    return keys.get(column, line.row)


def _tip(line: LineSummary, column: int) -> str | None:
    """More of a cell, as plain text."""
    if column == FINDINGS:
        rows = [line.error, *line.conflicts, *(f"{each.time_s:.2f} s: {each.sentence}" for each in line.findings), *line.remarks]
        return _plain("\n".join(row for row in rows if row))
    if column == SAYS:
        facts = [line.text, *(each for each in (line.voice, line.preset, line.source) if each)]
        return _plain("\n".join([*facts, *(f"{name}: {value}" for name, value in line.columns.items())]))
    if column == STATUS:
        facts = [
            *([_plural(line.notes, "open note")] if line.notes else []),
            *([f"{_plural(line.edits, 'edit')} by hand"] if line.edits else []),
        ]
        return _plain("\n".join(facts))
    return "Click to open the take" if column == PICTURE and line.take else None


def _plain(text: str) -> str | None:
    """A tip that is text and no markup, whatever is written in it."""
    from html import escape

    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>" if text else None


class LineFilter(QSortFilterProxyModel):
    """Which lines are shown, and in which order.

    Args:
        parent: the window.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._character, self._status, self._show, self._search = "", "", SHOWS[0], ""
        self.setSortRole(SORT)

    def choose(self, character: str, status: str, show: str, search: str) -> None:
        """Show other lines.

        Args:
            character: who speaks, "" for all.
            status: how far, "" for all.
            show: one of ``SHOWS``.
            search: words in line, character, text and further columns.
        """
        self._character, self._status, self._show, self._search = character, status, show, search.casefold().strip()
        self.invalidate()

    def _fits(self, line: LineSummary) -> bool:
        shows = {
            "With errors": bool(line.errors or line.error), "With findings": bool(line.errors + line.warnings or line.error),
            "With conflicts": bool(line.conflicts), "With open notes": line.notes > 0, "Failed": bool(line.error),
            "Nothing found": not line.error and not line.errors + line.warnings + len(line.conflicts),
        }  # fmt: skip
        words = "\n".join((line.line, line.character, line.text, *line.columns.values())).casefold()
        return (
            self._character in ("", line.character)
            and (not self._status or (self._status == line.status and not line.error))
            and shows.get(self._show, True)
            and self._search in words
        )

    # -- Qt's own, last as everywhere

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        """Whether a line is shown."""
        model = self.sourceModel()
        return isinstance(model, LinesModel) and self._fits(model.line(row))
