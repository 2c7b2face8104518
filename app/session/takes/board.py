"""The board: lines of a batch or takes of a folder with how each stands; statuses, presets per character, and running it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.errors import PreviewError, ProjectError
from app.formats.project_review import TakeStatus
from app.formats.takes.reading import read_take
from app.formats.takes.take import ENDING
from app.formats.takes.writing import change_take
from app.review.batch.journal import DOCUMENT, BatchDocument, inside, read_choices, read_document, write_choices
from app.review.batch.summary import LineSummary, summary_of
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.keep.projects import Projects
from app.session.takes.batch_run import BatchRun

#: takes of a folder that a board shows
MOST_LINES = 20_000
#: lines that are handed over at once while takes are looked at
AT_ONCE = 16


class Board(QObject):
    """Lines of a batch, or takes of a folder; reading and writing is done by workers.

    Args:
        projects: the take that is open is told its status.
        messages: told what cannot be read or written.
        bundled: the folder of the program's own avatars.
        parent: the session.

    Attributes:
        folder: on the board, None for none.
        lines: how each stands.
        document: of the batch, None for takes that no batch made.
        presets: chosen for characters here.
        run: makes what changed again.
    """

    #: other lines are there
    changed = Signal()
    #: one line stands otherwise: its place
    line_changed = Signal(int)

    def __init__(self, projects: Projects, messages: Messages, bundled: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._projects, self._messages, self._bundled = projects, messages, bundled
        self.folder: Path | None = None
        self.lines: list[LineSummary] = []
        self.document: BatchDocument | None = None
        self.presets: dict[str, str] = {}
        self.run = BatchRun(self)
        self.run.ended.connect(self._ran)
        self._workers = Workers(lambda _task, sentence: messages.fail(sentence), self)
        self._number = 0
        projects.saved.connect(self._saved)

    @property
    def characters(self) -> tuple[str, ...]:
        """Who speaks, by name."""
        return tuple(sorted({line.character for line in self.lines if line.character}))

    @property
    def can_run(self) -> bool:
        """Whether there is a table to run again, and it is not running."""
        return self.document is not None and not self.run.running

    def path_of(self, at: int) -> Path | None:
        """The take of a line, None where it has none."""
        return None if self.folder is None else inside(self.folder, self.lines[at].take)

    # -- opening

    def open(self, folder: Path) -> None:
        """Put a folder on the board: that of a batch, or any with takes in it."""

        def work(job: Job) -> None:
            document = read_document(folder) if (folder / DOCUMENT).is_file() else None
            lines = _takes(folder) if document is None else list(document.lines)
            if not lines:
                raise ProjectError(f"{folder.name} holds no takes; choose the folder that a batch wrote, or one with {ENDING} files.")
            job.post(self._put, folder, document, lines, read_choices(folder))
            self._look(job, folder, lines)

        self._workers.start("board", work)

    def refresh(self) -> None:
        """Read the folder again."""
        if self.folder is not None:
            self.open(self.folder)

    def _put(self, folder: Path, document: BatchDocument | None, lines: list[LineSummary], presets: dict[str, str]) -> None:
        self.folder, self.document, self.lines, self.presets = folder, document, lines, presets
        self.changed.emit()

    def _look(self, job: Job, folder: Path, lines: Sequence[LineSummary]) -> None:
        """Read the takes that were saved since they were summed up."""
        seen: list[tuple[int, LineSummary]] = []
        for at, line in enumerate(lines):
            if job.cancel.is_set():
                return
            path = inside(folder, line.take)
            fresh = None if path is None else self._looked(line, path)
            if fresh is not None:
                seen.append((at, fresh))
            if len(seen) >= AT_ONCE:
                job.post(self._take_lines, folder, seen)
                seen = []
            job.progress((at + 1) / len(lines))
        if seen:
            job.post(self._take_lines, folder, seen)

    def _looked(self, line: LineSummary, path: Path) -> LineSummary | None:
        """How a line stands now, None where nothing was saved since; in a worker."""
        try:
            about = path.stat()
        except OSError:
            return replace(line, error=f"{path.name} is gone; run the batch again, or put it back.")
        if (about.st_size, about.st_mtime_ns) == (line.size, line.changed_ns):
            return None
        try:
            fresh = summary_of(read_take(path, self._bundled))
        except PreviewError as error:
            return replace(line, error=str(error), size=about.st_size, changed_ns=about.st_mtime_ns)
        return replace(
            fresh, line=fresh.line or path.stem, row=line.row, take=line.take, film=line.film, remarks=line.remarks, fate=line.fate,
            error=line.error if line.fate == "failed" else "", size=about.st_size, changed_ns=about.st_mtime_ns,
        )  # fmt: skip

    def _take_lines(self, folder: Path, seen: list[tuple[int, LineSummary]]) -> None:
        if folder != self.folder:
            return
        for at, line in seen:
            if at < len(self.lines) and self.lines[at].take == line.take:
                self.lines[at] = line
                self.line_changed.emit(at)

    def _saved(self, path: Path) -> None:
        """A take was saved in the window: how does it stand?"""
        folder = self.folder
        at = next((i for i in range(len(self.lines)) if _same_file(self.path_of(i), path)), -1)
        if folder is None or at < 0:
            return
        line = self.lines[at]

        def work(job: Job) -> None:
            fresh = self._looked(line, path)
            if fresh is not None:
                job.post(self._take_lines, folder, [(at, fresh)])

        self._start("look", work)

    # -- changing

    def set_status(self, places: Sequence[int], status: TakeStatus) -> None:
        """Say how far lines are; it is written into their takes.

        Args:
            places: of the lines.
            status: how far.
        """
        folder = self.folder
        paths = [(at, path) for at in places if (path := self.path_of(at)) is not None and self.lines[at].status != status]
        for at, path in paths:
            self.lines[at] = replace(self.lines[at], status=status)
            self.line_changed.emit(at)
            if _same_file(self._projects.path, path):
                self._projects.note_review(status=status)

        def work(job: Job) -> None:
            for at, path in paths:
                try:
                    change_take(path, lambda review: replace(review, status=status))
                except PreviewError as error:
                    job.post(self._messages.fail, str(error))
                fresh = self._looked(self.lines[at], path)
                if fresh is not None and folder is not None:
                    job.post(self._take_lines, folder, [(at, fresh)])

        if paths:
            self._start("status", work)

    def choose_preset(self, character: str, preset: str) -> None:
        """Another preset for all lines of a character that the table gives none; it is put on when the batch is run again.

        Args:
            character: who.
            preset: its name, "" for that of the table.
        """
        if self.folder is None or self.presets.get(character, "") == preset:
            return
        presets = {**self.presets, character: preset}
        self.presets = {name: each for name, each in presets.items() if each}
        try:
            write_choices(self.folder, self.presets)
        except PreviewError as error:
            self._messages.fail(str(error))
        self.changed.emit()

    def run_again(self) -> None:
        """Make what changed, in a process of its own; what a hand did stays."""
        if self.folder is not None and self.document is not None and not self.run.running:
            self.run.start(self.folder, self.document.command)

    def _ran(self, sentence: str) -> None:
        if sentence:
            self._messages.fail(sentence)
        self.refresh()

    def _start(self, task: str, work: Callable[[Job], None]) -> None:
        self._number += 1
        self._workers.start(f"{task} {self._number}", work)

    def close(self) -> None:
        """End the threads and the process."""
        self.run.close()
        self._workers.close()


def _takes(folder: Path) -> list[LineSummary]:
    """Takes of a folder and of all folders in it, by name; how they stand is looked at afterwards."""
    found = sorted(folder.rglob(f"*{ENDING}"), key=lambda path: path.as_posix().lower())[:MOST_LINES]
    return [LineSummary(path.stem, take=path.relative_to(folder).as_posix(), fate="kept") for path in found]


def _same_file(one: Path | None, other: Path | None) -> bool:
    return one is not None and other is not None and one.resolve() == other.resolve()
