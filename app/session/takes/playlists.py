"""The playlist of the session: which take is on, how far each is, and going through them in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.errors import PreviewError, ProjectError
from app.core.places import where
from app.formats.project import ProjectView
from app.formats.project_review import ProjectReview, TakeStatus
from app.formats.takes.reading import TakeAbout, read_about, unpack_media
from app.formats.takes.writing import change_take
from app.review.takes.playlist import ENDING, Playlist, read_playlist, takes_in, write_playlist
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.workers import Job, Workers
from app.session.keep.projects import Projects
from app.session.review.notes import ReviewNotes

#: this near its end a take has been heard
END_S = 0.05


def usual_playlist() -> Path:
    """Where the list is while nobody gave it a name."""
    return where("playlists") / f"last{ENDING}"


class Playlists(QObject):
    """Goes through takes; every change of the list is on the disk at once.

    Args:
        projects: open and save takes.
        notes: those of an earlier take of a line come along.
        playback: plays on when all are played.
        messages: told what cannot be read or written.
        parent: the session.

    Attributes:
        playlist: the list as it stands.
        path: its file.
        about: what is known of the takes, by their files.
        on: all are played one after the other.
        view: asked how the take that is left was looked at.
    """

    #: entries, their order, or what is known of them changed
    changed = Signal()
    #: all are played, or no more
    played = Signal(bool)

    def __init__(
        self, projects: Projects, notes: ReviewNotes, *, playback: Playback, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._projects, self._notes, self._playback, self._messages = projects, notes, playback, messages
        self.playlist, self.path, self.on = Playlist(), usual_playlist(), False
        self.about: dict[Path, TakeAbout] = {}
        self.view: Callable[[], ProjectView] = ProjectView
        self._workers = Workers(lambda _task, sentence: messages.fail(sentence), self)
        self._number = 0
        projects.opened.connect(lambda _: self._opened())
        projects.saved.connect(self._saved)
        playback.playback_changed.connect(lambda _: self._go_on())

    # -- the list

    @property
    def at(self) -> int:
        """Which entry is open, -1 for none."""
        return self.playlist.index_of(self._projects.path)

    def begin(self) -> None:
        """Take up the list of the last time."""
        if usual_playlist().is_file():
            self.open(usual_playlist())

    def open(self, path: Path) -> None:
        """Open a list."""
        try:
            self.playlist, self.path = read_playlist(path), path
        except PreviewError as error:
            self._messages.fail(str(error))
            return
        self._look(entry.path for entry in self.playlist.entries)
        self.changed.emit()

    def save_as(self, path: Path) -> None:
        """Give the list a name and a place; it stays up to date there."""
        self.path = path
        self._put(self.playlist)

    def add(self, paths: Iterable[Path], at: int | None = None) -> int:
        """Add takes, and those in folders.

        Args:
            paths: files and folders.
            at: in front of which entry, None for the end.

        Returns:
            How many are new.
        """
        before = len(self.playlist.entries)
        found = takes_in(paths)
        self._put(self.playlist.with_takes(found, at))
        self._look(found)
        return len(self.playlist.entries) - before

    def remove(self, at: int) -> None:
        """Take an entry out; its file stays."""
        self._put(self.playlist.without(at))

    def move(self, old: int, new: int) -> None:
        """Put an entry at another place, counted when it was taken out."""
        if old != new:
            self._put(self.playlist.moved(old, new))

    def set_status(self, status: TakeStatus, at: int | None = None) -> None:
        """Say how far a take is: in the take itself, and in the list.

        Args:
            status: how far.
            at: which entry, None for the one that is open.
        """
        projects, place = self._projects, self.at if at is None else at
        path = self.playlist.entries[place].path if place >= 0 else projects.path
        if path is None or (place < 0 and projects.take is None):
            self._messages.fail("No take is open; open one from the playlist, then say how far it is.")
            return
        try:
            change_take(path, lambda review: replace(review, status=status))
        except PreviewError as error:
            self._messages.fail(str(error))
            return
        if place == self.at:
            projects.note_review(status=status)
        if place >= 0:
            self._put(self.playlist.changed(place, status=status))

    # -- going through it

    def go(self, at: int) -> None:
        """Open an entry; what was noted in the one that is left is saved first."""
        if not 0 <= at < len(self.playlist.entries):
            return
        projects = self._projects
        if self.at >= 0 and projects.path is not None and projects.dirty:
            try:
                projects.save(projects.path, self.view())
            except PreviewError as error:
                self._messages.fail(str(error))
                return
        projects.open(self.playlist.entries[at].path)

    def step(self, by: int) -> None:
        """Go to the next take or the one before; from outside the list, to its first."""
        at = self.at
        self.go(0 if at < 0 else at + by)

    def play_all(self, on: bool) -> None:
        """Play one take after the other from the present one on, or stop that."""
        self.on = on and bool(self.playlist.entries)
        self.played.emit(self.on)
        if not self.on:
            self._playback.pause()
        elif self.at < 0:
            self.go(0)
        else:
            self._playback.play()

    def close(self) -> None:
        """End the threads."""
        self._workers.close()

    # -- inside

    def _put(self, playlist: Playlist) -> None:
        self.playlist = playlist
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_playlist(self.path, playlist)
        except OSError as error:
            self._messages.fail(f"The playlist is not kept: {self.path.parent} cannot be written to ({error.strerror}).")
        except PreviewError as error:
            self._messages.fail(str(error))
        self.changed.emit()

    def _look(self, paths: Iterable[Path]) -> None:
        """Read what the list shows of takes, off the GUI thread."""
        wanted = tuple(paths)

        def work(job: Job) -> None:
            for path in wanted:
                if job.cancel.is_set():
                    return
                try:
                    job.post(self._seen, read_about(path))
                except ProjectError:
                    job.post(self._lost, path)

        if wanted:
            self._number += 1
            self._workers.start(f"takes {self._number}", work)

    def _seen(self, about: TakeAbout) -> None:
        self.about[about.path] = about
        at = self.playlist.index_of(about.path)
        if at >= 0:
            line = about.review.line or about.path.stem
            self.playlist = self.playlist.changed(at, line=line, status=about.review.status)
        self.changed.emit()

    def _lost(self, path: Path) -> None:
        self.about.pop(path, None)
        self.changed.emit()

    def _saved(self, path: Path) -> None:
        if self.playlist.index_of(path) >= 0:
            self._look((path,))

    def _opened(self) -> None:
        at = self.at
        if at >= 0:
            self._carry(at)
        if self.on:
            if at < 0:
                self.play_all(False)
            else:
                self._playback.play()
        self.changed.emit()

    def _carry(self, at: int) -> None:
        """Let the notes of an earlier take of the line come along, with their status and their files."""
        earlier = self.playlist.before(at)
        if earlier is None:
            return

        def work(job: Job) -> None:
            try:
                review = read_about(earlier.path).review
                files = unpack_media(earlier.path, self._notes.media.new_file("").parent / earlier.path.stem)
            except PreviewError:
                return  # it is gone, which its own row says
            job.post(self._come_along, self.playlist.entries[at].path, review, files)

        self._workers.start("notes of the line", work)

    def _come_along(self, path: Path, review: ProjectReview, files: dict[str, Path]) -> None:
        if self._projects.path != path:
            return
        n = self._notes.merge(review.notes, files)
        if n:
            self._messages.tell(f"{n} note{'s' if n > 1 else ''} of the take before of “{review.line}” came along.")

    def _go_on(self) -> None:
        """A take was heard to its end: the next one."""
        playback = self._playback
        if not self.on or playback.playing or playback.now() < playback.duration_s - END_S:
            return
        if self.at + 1 < len(self.playlist.entries):
            self.step(1)
        else:
            self.on = False
            self.played.emit(False)
