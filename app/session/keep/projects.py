"""The session as a project file: taken down, put back, and compared with what was saved."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from app.core.errors import PreviewError, ProjectError
from app.core.source_spec import SourceSpec
from app.core.timing.retimed import by_hand
from app.core.tuning import Tuning
from app.formats.project import Project, ProjectSide, ProjectSound, ProjectView, document, project_of, read_project, write_project
from app.formats.project_files import MissingFile
from app.formats.project_review import ProjectReview
from app.formats.takes.reading import read_take
from app.formats.takes.take import SavedTake
from app.formats.takes.writing import write_take
from app.remote.link.keys import without_key
from app.session.adjust.acting import Acting
from app.session.adjust.edits import CurveEdits
from app.session.adjust.tunings import SideTunings, Tunings
from app.session.base.emotion import Emotion
from app.session.base.meanwhile import meanwhile
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.carry.carrying import Carrying
from app.session.compare.comparing import Comparing
from app.session.keep.kept_motion import KeptMotion, source_of
from app.session.keep.project_reading import LoadedProject, ReadProject, load, parts_of
from app.session.keep.take_content import (
    TakeFolders,
    is_take,
    lanes_of,
    settled,
    take_of,
    with_former,
    with_take,
    without_found,
    written_sound,
)  # fmt: skip
from app.session.motion.layers import Layers
from app.session.motion.motion import Motion
from app.session.pose.avatars import Avatars
from app.session.review.counting import Counting
from app.session.review.marks import Marks
from app.session.review.notes import ReviewNotes
from app.session.speech.speeches import Speeches
from app.session.state import State

#: whether something is unsaved is looked at so long after the last change
SETTLE_MS = 250


class Projects(QObject):
    """Saving and opening of the whole comparison.

    Args:
        state: what is saved.
        workers: read; what they are doing is given up when a project is opened.
        bundled: the folder of the program's own avatars.
        avatars: bring a project's avatar.
        speeches: play its sound.
        motion: animates it.
        tunings: are saved.
        acting: is saved.
        edits: are saved.
        layers: are saved.
        emotion: is saved.
        comparing: its sides.
        notes: are saved.
        marks: are saved.
        counting: is saved.
        carrying: has where the edits lie, and what has no place.
        undo: what was done before a project was opened cannot be taken back.
        messages: told what does not fit.
        parent: the session.

    Attributes:
        path: the project that is open, None for none.
        bundled: the folder of the program's own avatars.
        review: what the open project says of its review, without notes and marks.
        allows: asked in the GUI thread before the sound is sent to servers that a project names.
        folders: told where moved files may be, the nearest first, beside the project's own folder.
        picture: gives the preview as PNG, for takes.
        take: what was opened or saved last, when that is a take.
        kept_motion: what was kept in the take, and how it is made again.
    """

    #: a Project was put in force; its ``view`` is the window's to apply
    opened = Signal(object)
    #: MissingFiles that an opened project names; the rest of it is in force
    lacked = Signal(object)
    #: the project's file is written
    saved = Signal(object)
    #: whether something is unsaved that the user would lose
    dirty_changed = Signal(bool)

    def __init__(
        self, state: State, workers: Workers, bundled: Path, *, avatars: Avatars, speeches: Speeches, motion: Motion, tunings: Tunings,
        acting: Acting, edits: CurveEdits, layers: Layers, emotion: Emotion, comparing: Comparing, notes: ReviewNotes, marks: Marks,
        counting: Counting, carrying: Carrying, undo: QUndoStack, messages: Messages, parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.path: Path | None = None
        self.allows: Callable[[tuple[str, ...]], bool] = lambda _addresses: False
        self._state, self._workers, self.bundled = state, workers, bundled
        self._avatars, self._speeches, self._motion, self._tunings, self._edits = avatars, speeches, motion, tunings, edits
        self._layers, self._emotion, self._comparing, self._undo, self._messages = layers, emotion, comparing, undo, messages
        self._notes, self._marks, self._counting, self._acting, self.review = notes, marks, counting, acting, ProjectReview()
        self._carrying = carrying
        self.folders: Callable[[], Sequence[Path]] = tuple
        self.picture: Callable[[], bytes] = bytes
        self.take: SavedTake | None = None
        self._former: Project | None = None
        self._take_folders = TakeFolders()
        self.kept_motion = KeptMotion(state, motion, self._may_ask, self)
        self._kept = ""
        #: avatars of the open project that are not there, by side; the project goes on naming them
        self._absent: dict[str, Path] = {}
        state.avatar_changed.connect(lambda _: self._absent.pop("", None))
        #: the work in a session that was never saved, before anything was done; None when whatever is there would be lost
        self._clean: tuple[object, ...] | None = self._work()
        self._was_dirty = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._tell_dirty)
        for signal in (
            undo.indexChanged, state.source_changed, state.avatar_changed, state.speech_changed, state.sides_changed, tunings.changed,
            edits.changed, layers.changed, emotion.changed, acting.changed, comparing.changed, notes.changed, marks.changed,
            counting.changed, comparing.side_rigs.corrected, self.saved, self.opened,
        ):  # fmt: skip
            signal.connect(lambda *_: self._timer.start())

    def close(self) -> None:
        """Look at nothing any more."""
        self._timer.stop()
        self._take_folders.close()

    def content(self, sound_file: Path | None = None, view: ProjectView | None = None) -> Project:
        """The session as it stands.

        Args:
            sound_file: where the sound is, None for where it was opened from.
            view: how it is looked at.
        """
        state, tunings = self._state, self._tunings
        speech, sound = state.speech, None
        if speech is not None:
            file = sound_file or self._speeches.file or Path()
            parts_s = tuple(offset_s for offset_s, _ in state.parts) or (0.0,)
            sound = ProjectSound(file, speech.text, speech.phones, speech.visemes, parts_s, speech.words, speech.facial, heard=speech.heard)
        sides = {
            name: ProjectSide(without_key(source_of(s)), s.avatar or self._absent.get(name), tunings.of(name), s.edits, s.layers)
            for name, s in state.sides.items()
        }
        corrections = {} if state.rig is None else state.rig.corrections.to_json()
        together = tunings.in_force.together
        notes = self._notes.all
        made = Project(
            sides, self._absent.get("") or state.avatar_path, corrections, sound, together, self._emotion.settings, view or ProjectView(),
            replace(self._counting.into(self.review), notes=list(notes), marks=list(self._marks.all)), self._notes.media.needed(notes),
            film=self._speeches.film, acting=self._acting.settings,
        )  # fmt: skip
        return with_former(self._carrying.into(made), self._former)

    @property
    def dirty(self) -> bool:
        """Whether the user would lose something: what differs from the open project, or what was tuned, edited, felt or noted without one.

        A line that is spoken, a file that is open and who moves the face are no work of that kind.
        """
        if self.path is None:
            return self._work() != self._clean
        return self._fingerprint() != self._kept

    def leave(self) -> None:
        """What is there now belongs to no file any more; the file stays as it was saved."""
        self.path, self._kept, self._clean = None, "", self._work()
        self.take = self._former = None
        self.review = ProjectReview()
        self._was_dirty = self.dirty
        self.dirty_changed.emit(self._was_dirty)

    def note_review(self, *, is_kept: bool = True, **fields: Any) -> None:
        """The review of what is open says something else.

        Args:
            is_kept: its file says so already.
            **fields: of ProjectReview, but for the notes.
        """
        clean = not self.dirty
        self.review = replace(self.review, **fields)
        if clean and is_kept:
            self._kept = self._fingerprint()
        self._tell_dirty()

    def note_clean(self) -> None:
        """What is there now is where the user begins, as after the settings of the last time were put in force."""
        self._clean = self._work()
        self._tell_dirty()

    def _work(self) -> tuple[object, ...]:
        """What the user did in a session without a project; sides as they are made count for nothing."""
        done = {name: (self._tunings.of(name), tuple(side.edits), side.layers) for name, side in self._state.sides.items()}
        tuned = {name: each for name, each in done.items() if each != (Tuning(), (), ())}
        moved, notes = by_hand(self._state.speech), self._notes.everything
        return tuned, self._acting.settings, self._emotion.settings, notes, self._marks.everything, moved, self._edits.parked

    def _tell_dirty(self) -> None:
        dirty = self.dirty
        if dirty != self._was_dirty:
            self._was_dirty = dirty
            self.dirty_changed.emit(dirty)

    def save(self, path: Path, view: ProjectView) -> None:
        """Write the project; a spoken line is written beside it as WAV.

        Args:
            path: the project's file.
            view: how it is looked at.

        Raises:
            PreviewError: it cannot be written, or the line is still being made.
        """
        if self._workers.running("speech"):
            raise ProjectError("The line is still being made; save the project when it is complete.")
        is_as_saved = self._save_take(path, view) if is_take(path) else self._save_project(path, view)
        self.path = path
        self._kept = self._fingerprint() if is_as_saved else ""
        self.saved.emit(path)

    def _save_project(self, path: Path, view: ProjectView) -> bool:
        if self._state.speech is not None and self._speeches.file is None:
            self._speeches.keep(written_sound(path, self._state.speech.audio))
        self._notes.media.settle(path, self._notes.all)
        self._former = settled(self.content(view=view), path)
        write_project(path, self._former, self.bundled)
        self.take = None
        return True

    def _save_take(self, path: Path, view: ProjectView) -> bool:
        """Write a take, a long one in a thread; whether nothing was changed meanwhile."""
        speech, former = self._state.speech, self.take
        if speech is None:
            raise ProjectError("There is no sound yet; speak a line or open a recording first, then save the take.")
        lanes = lanes_of(self._state.sides, {} if former is None else former.lanes)
        take = take_of(self.content(Path(), view), speech, lanes, former, self.picture())
        written = self._fingerprint()
        for sentence in meanwhile(partial(write_take, path, take, self.bundled), speech.audio.duration_s):
            self._messages.tell(sentence)
        same = self._fingerprint() == written
        self.review = replace(self.review, id=take.id, line=take.line)
        self.take, self._former = take, take.project
        return same

    def _fingerprint(self) -> str:
        """What is compared with the saved state: no view, and no phones, which are found by themselves."""
        return json.dumps(document(without_found(self.content()), self.path or Path("unnamed"), self.bundled), sort_keys=True)

    # -- opening

    def open(self, path: Path, instead: Mapping[Path, Path] = MappingProxyType({})) -> None:
        """Read a project off the GUI thread; until everything that there is of it is read, nothing changes.

        Args:
            path: its file.
            instead: files that take the place of missing ones.
        """

        def read(missing: list[MissingFile], moved: Mapping[Path, Path]) -> Project | SavedTake:
            places = {**moved, **instead}
            if is_take(path):
                return read_take(path, self.bundled, into=self._take_folders.make(), missing=missing, instead=places)
            return read_project(path, self.bundled, missing, places)

        self._read(read, path, is_mended=bool(instead))

    def recover(
        self, file: Path, origin: Path | None, content_of: Callable[[Path], Any], done: Callable[[], None], failed: Callable[[], None]
    ) -> None:
        """Put a session that was not closed in force, like a project; all of it is unsaved.

        Args:
            file: where its content lies, with its own sounds beside it.
            origin: the project that it belongs to, or None.
            content_of: reads the document of a project from that file.
            done: called in the GUI thread when it is in force.
            failed: called in the GUI thread when it cannot be read.
        """

        def read(missing: list[MissingFile], moved: Mapping[Path, Path]) -> Project | SavedTake:
            project = project_of(content_of(file), file, self.bundled, missing, moved)
            for each in missing:
                if each.path.parent == file.parent:
                    raise ProjectError(f"The session cannot be restored because {each.what} was taken out of its folder; open a project.")
            return with_take(project, origin, self.bundled, self._take_folders)

        self._read(read, origin, file.parent, ends=(done, failed))

    def _read(
        self, read: ReadProject, path: Path | None, own: Path | None = None, *, is_mended: bool = False,
        ends: tuple[Callable[[], None], ...] = (),
    ) -> None:  # fmt: skip
        shown = None if self._state.rig is None else self._state.avatar_path
        folders = (*(() if path is None else (path.parent, path.parent.parent)), *self.folders())

        def work(job: Job) -> None:
            try:
                loaded = load(read, shown, folders, job.watch)
            except PreviewError:
                if ends:
                    job.post(ends[1])
                raise
            job.post(self._put, replace(loaded, path=path, own=own, is_mended=is_mended or loaded.is_mended))
            if ends:
                job.post(ends[0])

        self._workers.start("project", work)

    def _put(self, loaded: LoadedProject) -> None:
        """Put a project in force."""
        state, project = self._state, loaded.project
        missing = {each.path for each in loaded.missing}
        self._absent = {name: side.avatar for name, side in project.sides.items() if side.avatar is not None and side.avatar in missing}
        if project.avatar is not None and project.avatar in missing:
            self._absent[""] = project.avatar
        sides = self.kept_motion.sources(loaded)
        for task in ("speech", "phones", "audio", "track", "live", *(side.task for side in state.sides.values())):
            self._workers.cancel(task)
        self._speeches.forget_line()
        for name in self._comparing.others:
            self._comparing.set_source(name, "")
        self._undo.clear()
        self._emotion.restore(project.emotion)
        self._acting.restore(project.acting)
        self._tunings.put(SideTunings({name: side.tuning for name, side in sides.items()}, project.together))
        self._put_avatar(loaded)
        for name, side in sides.items():
            state.set_source(name, SourceSpec.parse(side.source))
            state.put(replace(state.sides[name], avatar=None if name == "A" or name in self._absent else side.avatar))
        self._carrying.forget()
        self._put_sound(loaded)
        for name, side in sides.items():
            self._edits.restore(name, side.edits)
            self._layers.restore(name, side.layers, missing)
        self.take, self._former = loaded.take, project
        self.review = replace(project.review, notes=[], marks=[])
        self._marks.restore(project.review.marks)
        self._counting.restore(project.review)
        self._notes.restore(project.review.notes, project.media)
        self._carrying.remember(project.conflicts, loaded.before)
        state.show("A")
        self.path = loaded.path
        self._kept, self._clean = self._fingerprint(), self._work()
        if loaded.own is not None:
            self._kept, self._clean = "", None
        elif loaded.is_mended:
            self._kept = ""
        self.opened.emit(project)
        for old, new in loaded.moved.items():
            self._messages.tell(f"{old.name} was moved, and found again by its content at {new}.")
        if loaded.missing:
            self.lacked.emit(loaded.missing)

    def _may_ask(self, addresses: tuple[str, ...]) -> bool:
        return self.allows(addresses)

    def _put_avatar(self, loaded: LoadedProject) -> None:
        from app.avatar.corrections import RigCorrections

        project = loaded.project
        if loaded.rig is not None and project.avatar is not None:
            self._workers.cancel("avatar")
            self._avatars.take(project.avatar, loaded.rig)
        elif project.avatar is not None and not self._absent.get("") and project.avatar != self._state.avatar_path:
            self._avatars.load(project.avatar)
        try:
            self._comparing.side_rigs.correct(RigCorrections.from_json(project.corrections))
        except PreviewError as error:
            self._messages.fail(str(error))

    def _put_sound(self, loaded: LoadedProject) -> None:
        sound, speech = loaded.project.sound, loaded.speech
        if sound is None or speech is None:
            self._speeches.prepare()
            self._motion.animate_all()
            return
        self.kept_motion.expect(loaded.lanes)
        file = None if sound.file.parent == loaded.own or loaded.take is not None else sound.file
        self._speeches.restore(speech, loaded.peaks, parts_of(speech, sound.parts_s), file, film=loaded.project.film)
