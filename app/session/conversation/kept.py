"""Every answer is kept as a take of its own: sound, words, motion of all sides, and how it was made. Private, and limited in size."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.errors import PreviewError
from app.core.places import where
from app.core.speech import Speech
from app.formats.project import ENDING as PROJECT_ENDING
from app.formats.project import Project
from app.formats.project_review import ProjectReview
from app.formats.takes.take import ENDING, Lane
from app.formats.takes.writing import write_take
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.keep.projects import Projects
from app.session.keep.take_content import lanes_of, take_of
from app.session.state import State

#: of all kept answers together; the oldest give way
LIMIT_MB = 500
#: what is still being animated is looked at again after this
SETTLE_MS = 400
#: what a take says of its conversation stands there in its document
ABOUT = "conversation"
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


def kept_folder() -> Path:
    """Where this user's answers are."""
    return where("conversations")


@dataclass(frozen=True)
class Take:
    """An answer as it stands in the session: values that nobody changes any more.

    Attributes:
        turn: its number in the conversation.
        content: the session as a project; its sound has no file.
        speech: the sound and what is known of it.
        lanes: side -> motion as made, and as tuned.
        about: question, answer, moments and who took part, as JSON takes them; without any key.
        complete: all motion of all sides is there.
    """

    turn: int
    content: Project
    speech: Speech
    lanes: Mapping[str, Lane]
    about: Mapping[str, Any]
    complete: bool

    def write(self, folder: Path, bundled: Path) -> Path:
        """Write all of it into one file, readable by its user alone.

        Args:
            folder: of the conversation.
            bundled: the folder of the program's own avatars.

        Returns:
            The file.

        Raises:
            PreviewError: it cannot be written.
            OSError: the folder cannot be written to.
        """
        path = folder / f"answer-{self.turn:03d}{ENDING}"
        # what was noted and named belongs to the line before
        content = replace(self.content, review=ProjectReview(), media={}, unknown={ABOUT: dict(self.about)})
        write_take(path, take_of(content, self.speech, self.lanes), bundled, has_backup=False)
        path.chmod(_PRIVATE_FILE)
        return path


class KeptAnswers(QObject):
    """Writes answers beside each other, off the GUI thread, and lets the oldest go.

    Args:
        state: whose speech and sides are kept.
        projects: say what a session is as a project.
        messages: told once when nothing can be written.
        parent: the session.

    Attributes:
        limit_mb: of all kept answers together.
        keeps: whether answers are kept at all.
    """

    #: turn, Path of its take
    kept = Signal(int, object)

    def __init__(self, state: State, projects: Projects, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.limit_mb, self.keeps = LIMIT_MB, True
        self._state, self._projects, self._messages = state, projects, messages
        self._folder: Path | None = None
        self._pending: Take | None = None
        self._about: Mapping[str, Any] = {}
        self._turn, self._finished = 0, False
        self._number = 0
        self._told = False
        self._workers = Workers(self._tell_once, self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._write_when_complete)
        state.motion_changed.connect(lambda _: self._look())
        state.sides_cleared.connect(self.flush)

    def begin(self) -> None:
        """A new conversation: its answers have a folder of their own."""
        self.flush()
        self._folder = None

    def follow(self, turn: int, about: Mapping[str, Any], finished: bool) -> None:
        """Keep what is played now as the answer of a turn; motion that is still being made is waited for.

        Args:
            turn: its number.
            about: question, answer, moments and who took part.
            finished: no more of its sound comes.
        """
        if self.keeps:
            self._turn, self._about, self._finished = turn, about, finished
            self._look()

    def flush(self) -> None:
        """Write what is waited for as far as it is there, before something else takes its place."""
        self._settle.stop()
        take, self._pending, self._turn = self._pending, None, 0
        if take is not None:
            self._write(take)

    def leave_project(self) -> None:
        """An answer that was opened for tuning keeps what was done to it, and is not the open project any more."""
        path = self._projects.path
        if path is None or kept_folder() not in path.parents:
            return
        if self._projects.dirty:
            try:
                self._projects.save(path, self._projects.content().view)
            except PreviewError as error:
                self._messages.fail(str(error))
        self._projects.leave()

    def clear(self) -> None:
        """Delete all answers that were ever kept, off the GUI thread."""
        self._pending, self._turn, self._folder = None, 0, None
        self._workers.start("answers", lambda _job: shutil.rmtree(kept_folder(), ignore_errors=True))

    def close(self) -> None:
        """Write what is waited for, and end the threads."""
        self._settle.stop()
        take, self._pending = self._pending, None
        if take is not None:
            with suppress(OSError, PreviewError):
                _keep(take, self._own_folder(), self._projects.bundled, self.limit_mb * 2**20)
        self._workers.close()

    # -- inside

    def _look(self) -> None:
        speech, state = self._state.speech, self._state
        if not self._turn or speech is None:
            return
        made = bool(state.parts) and all(side.failed or side.parts_done >= len(state.parts) for side in state.sides.values())
        content, lanes = self._projects.content(Path("unnamed.wav")), lanes_of(state.sides, {})
        self._pending = Take(self._turn, content, speech, lanes, self._about, self._finished and made)
        self._settle.start()

    def _write_when_complete(self) -> None:
        if self._pending is not None and self._pending.complete:
            self.flush()

    def _write(self, take: Take) -> None:
        folder, bundled, limit = self._own_folder(), self._projects.bundled, self.limit_mb * 2**20

        def work(job: Job) -> None:
            try:
                path = _keep(take, folder, bundled, limit)
            except OSError as error:
                raise PreviewError(f"The answer is not kept: {folder} cannot be written to ({error.strerror or error}).") from error
            job.post(self.kept.emit, take.turn, path)

        self._number += 1
        self._workers.start(f"answer {self._number}", work)

    def _own_folder(self) -> Path:
        if self._folder is None:
            self._folder = kept_folder() / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
        return self._folder

    def _tell_once(self, _task: str, sentence: str) -> None:
        if not self._told:
            self._told = True
            self._messages.fail(sentence)


def _keep(take: Take, folder: Path, bundled: Path, limit: int) -> Path:
    """Write a take, and let the oldest ones go; gives its file."""
    _make_private(folder)
    path = take.write(folder, bundled)
    _let_go(kept_folder(), folder, limit)
    return path


def _make_private(folder: Path) -> None:
    for each in (folder.parent, folder):
        each.mkdir(parents=True, exist_ok=True)
        each.chmod(_PRIVATE_FOLDER)


def _let_go(everything: Path, present: Path, limit: int) -> None:
    """Delete the oldest answers of former conversations, then of this one, until the limit is kept; the newest always stays."""
    found = (path for ending in (ENDING, PROJECT_ENDING) for path in everything.glob(f"*/*{ending}"))  # the latter of older versions
    projects = sorted(found, key=lambda p: (p.parent == present, p.stat().st_mtime))
    sizes = {p: sum(f.stat().st_size for f in _files_of(p)) for p in projects}
    total = sum(sizes.values())
    for project in projects[:-1]:
        if total <= limit:
            return
        total -= sizes[project]
        for file in _files_of(project):
            file.unlink(missing_ok=True)
        with suppress(OSError):
            project.parent.rmdir()


def _files_of(project: Path) -> list[Path]:
    return sorted(project.parent.glob(f"{project.stem}.*"))
