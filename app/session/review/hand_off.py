"""What is open, handed to others: its notes in the words of other programs and back, and everything as one package."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.audio.priority import give_way_as_process
from app.core.errors import PreviewError
from app.formats.cuts.registry import form_of
from app.formats.project import ProjectView
from app.formats.takes.reading import read_take
from app.formats.takes.take import ENDING
from app.formats.takes.writing import write_take
from app.review.exchange.receiving import listed_into
from app.review.exchange.sending import check_notes_name, write_notes
from app.session.base.messages import Messages
from app.session.base.own_process import in_own_process
from app.session.base.workers import Job, Workers
from app.session.review.notes import ReviewNotes
from app.session.review.pages import Pages

_STOPPED = "Writing stopped unexpectedly; check the free disk space and the graphics driver, and try again."

#: what a package has to say beyond this is read in it
_MOST_TOLD = 3


def send(take: Path, out: Path, bundled: Path, report: Connection, cancel: Event) -> None:
    """Write the notes of a take's file; runs in its own process, and gives way to the window and its sound.

    Args:
        take: the take's file.
        out: where the notes go.
        bundled: the folder of the program's own avatars.
        report: gets ``("progress", fraction)``, then ``("done", remarks)`` or ``("failed", sentence)``.
        cancel: set to stop.
    """

    def write() -> tuple[str, ...]:
        with tempfile.TemporaryDirectory() as folder:
            saved = read_take(take, bundled, into=Path(folder), missing=[])
            told = _teller(report)
            return write_notes(saved, out, progress=told, cancel=cancel).remarks

    _answered(report, write)


def packed(take: Path, out: Path, bundled: Path, report: Connection, cancel: Event) -> None:
    """Make the package of a take's file; runs in its own process, and gives way to the window and its sound.

    Args:
        take: the take's file.
        out: a new folder, or a zip.
        bundled: the folder of the program's own avatars.
        report: gets ``("progress", fraction)``, then ``("done", sentences)`` or ``("failed", sentence)``.
        cancel: set to stop; nothing is written then.
    """

    def write() -> tuple[str, ...]:
        from app.review.package.packing import pack

        made = pack(take, out, bundled, progress=_teller(report), cancel=cancel)
        remarks = [*made.missing, *made.remarks]
        more = ("More to know stands in its README.txt.",) if len(remarks) > _MOST_TOLD else ()
        return (f"{len(made.files)} files, {made.size / 1e6:.1f} MB, in {made.seconds:.0f} s.", *remarks[:_MOST_TOLD], *more)

    _answered(report, write)


def _teller(report: Connection) -> Callable[[str, float], None]:
    return lambda _, share: report.send(("progress", min(share, 0.999)))


def _answered(report: Connection, work: Callable[[], Any]) -> None:
    """Do the work of a process and send what became of it."""
    give_way_as_process()
    from app.render.platform import prepare_gl

    prepare_gl(None)
    try:
        done = work()
    except PreviewError as error:
        report.send(("failed", str(error)))
    else:
        report.send(("done", done))


class HandOff(QObject):
    """Writes notes and packages of what is open, and takes notes back.

    Args:
        workers: write.
        pages: make a take of what is open, and know the notes of review pages.
        bundled: the folder of the program's own avatars.
        notes: take in what comes back.
        messages: told what does not work.
        parent: the session.
    """

    #: the file or folder that is there now, and sentences about it
    written = Signal(object, tuple)
    #: how many notes are new or changed
    imported = Signal(int)

    def __init__(
        self, workers: Workers, pages: Pages, *, bundled: Path, notes: ReviewNotes, messages: Messages, parent: QObject | None = None
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._workers, self._pages, self._bundled, self._notes, self._messages = workers, pages, bundled, notes, messages

    def send(self, out: Path, view: ProjectView) -> None:
        """Write the notes; the ending of the name says how.

        Args:
            out: where to.
            view: how the scene is looked at.
        """
        try:
            check_notes_name(out)
        except PreviewError as error:
            self._messages.fail(str(error))
            return
        self._start("notes", send, out, view)

    def pack(self, out: Path, view: ProjectView) -> None:
        """Make the package.

        Args:
            out: a new folder, or a zip.
            view: how the scene is looked at.
        """
        self._start("package", packed, out, view)

    def _start(self, task: str, process: Callable[..., None], out: Path, view: ProjectView) -> None:
        try:
            take = self._pages.take(view)
        except PreviewError as error:
            self._messages.fail(str(error))
            return
        bundled = self._bundled

        def work(job: Job) -> None:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / f"take{ENDING}"
                remarks = list(write_take(file, take, bundled))
                found = in_own_process(job, process, file, out, bundled, stopped=_STOPPED)
            if found is None:
                return
            job.post(self.written.emit, out, (*found, *remarks))

        self._workers.start(task, work)

    def take_in(self, path: Path, view: ProjectView) -> None:
        """Take notes in from a time line, a table or a review page, as one step that can be taken back.

        Args:
            path: ``.otio``, ``.csv`` or ``.json``.
            view: how the scene is looked at.
        """
        if form_of(path) is None:
            self._pages.take_in(path)
            return
        try:
            came = listed_into(self._pages.take(view), path)
        except PreviewError as error:
            self._messages.fail(str(error))
            return
        if came.new or came.changed:
            self._notes.merge(came.notes)
        for sentence in came.conflicts:
            self._messages.tell(sentence)
        self.imported.emit(came.new + came.changed)
