"""The review page of what is open: written off the window's process, and its notes taken back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from app.audio.priority import give_way_as_process
from app.core.errors import PreviewError, ProjectError
from app.formats.project import ProjectView
from app.formats.project_review import ProjectReview
from app.formats.takes.take import ENDING, SavedTake
from app.formats.takes.writing import write_take
from app.review.page.returning import checked, read_notes
from app.session.base.messages import Messages
from app.session.base.own_process import in_own_process
from app.session.base.workers import Job, Workers
from app.session.review.notes import ReviewNotes

_STOPPED = "The review page stopped unexpectedly; check the free disk space and graphics driver and try again."


def page(take: Path, out: Path, bundled: Path, report: Connection, cancel: Event) -> None:
    """Write the page of a take's file; runs in its own process, and gives way to the window and its sound.

    Args:
        take: the take's file.
        out: the HTML file.
        bundled: the folder of the program's own avatars.
        report: gets ``("progress", fraction)``, then ``("done", remarks)`` or ``("failed", sentence)``.
        cancel: set to stop; nothing is written then.
    """
    give_way_as_process()
    from app.render.platform import prepare_gl

    prepare_gl(None)
    from app.review.page.of_file import write_page_of

    try:
        done = write_page_of(take, out, bundled, progress=lambda _, share: report.send(("progress", min(share, 0.999))), cancel=cancel)
    except PreviewError as error:
        report.send(("failed", str(error)))
    else:
        report.send(("done", done.remarks))


class Reviewed(Protocol):
    """Who knows what is open, as ``session.keep.projects`` does.

    Attributes:
        bundled: the folder of the program's own avatars.
        review: what the open project says of its review, without the notes.
    """

    bundled: Path
    review: ProjectReview

    def note_review(self, *, is_kept: bool = True, **fields: Any) -> None:
        """The review of what is open says something else.

        Args:
            is_kept: its file says so already.
            **fields: of ProjectReview, but for the notes.
        """
        ...


class Pages(QObject):
    """Writes review pages, and imports what they save.

    Args:
        takes: makes a take of what is open.
        workers: write.
        projects: know which take it is, and how far.
        notes: go out with the page, and take in what comes back.
        messages: told what does not work.
        parent: the session.
    """

    #: the page that is there now
    written = Signal(object)
    #: how many notes are new or changed
    imported = Signal(int)

    def __init__(
        self, takes: Callable[[ProjectView], SavedTake], workers: Workers, *, projects: Reviewed, notes: ReviewNotes, messages: Messages,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._takes, self._workers, self._projects, self._notes, self._messages = takes, workers, projects, notes, messages

    def write(self, out: Path, view: ProjectView) -> None:
        """Write the page of what is open.

        Args:
            out: the HTML file.
            view: how it is looked at.
        """
        try:
            take = self.take(view)
        except PreviewError as error:
            self._messages.fail(str(error))
            return
        bundled = self._projects.bundled

        def work(job: Job) -> None:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / f"take{ENDING}"
                remarks = list(write_take(file, take, bundled))
                found = in_own_process(job, page, file, out, bundled, stopped=_STOPPED)
            if found is None:
                return
            job.post(self.written.emit, out)
            for remark in (*remarks, *found):
                job.post(self._messages.tell, remark)

        self._workers.start("review page", work)

    def take_in(self, path: Path) -> None:
        """Import the notes that a page saved, as one step that can be taken back.

        Args:
            path: the JSON file.
        """
        projects = self._projects
        try:
            returned = read_notes(path)
            checked(projects.review.id, returned)
        except PreviewError as error:
            self._messages.fail(str(error))
            return
        if returned.status is not None:
            projects.note_review(is_kept=False, status=returned.status)
        n = self._notes.merge(returned.notes)
        for place in returned.damaged:
            self._messages.tell(f"The notes are damaged at {place}; the rest of them is kept.")
        self.imported.emit(n)

    def take(self, view: ProjectView) -> SavedTake:
        """What is open, as a take; from now on it has an id, by which its notes come back.

        Args:
            view: how it is looked at.

        Raises:
            ProjectError: nothing moves yet, or the line is still being made.
        """
        if self._workers.running("speech"):
            raise ProjectError("The line is still being made; write the page when it is complete.")
        take, projects = self._takes(view), self._projects
        projects.review = replace(projects.review, id=take.id, line=take.line)
        return take
