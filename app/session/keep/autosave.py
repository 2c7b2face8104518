"""The session written every few seconds, so that a program that is killed loses no more than that."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.beside import write_whole
from app.core.emotion import EmotionSettings
from app.core.errors import PreviewError, ProjectError
from app.core.places import where
from app.core.speech import AudioClip
from app.core.tuning import Tuning
from app.formats.project import Project, ProjectView, document
from app.formats.takes.sound import packed_sound
from app.formats.track_file import write_beside
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.keep.projects import Projects
from app.session.speech.speeches import Speeches
from app.session.state import State
from app.upkeep.slots import Slot, deserted

#: with the time that writing takes, at most five seconds of work are lost
EVERY_S = 4.0
FILE, FORMAT, VERSION = "session.json", "visemesync-autosave", 1
TASK = "autosave"
#: in the year 9999; a later time is damage
_LATEST_S = 2.5e11
_SOUND_ENDINGS = (".wav", ".flac")


@dataclass(frozen=True)
class Recoverable:
    """A session whose program ended without closing it.

    Attributes:
        folder: where it lies.
        saved_s: when it was written last, in seconds since 1970.
        what: what is in it, in a few words, as “Hello there.”, tuned, 3 curve edits.
        origin: the project that it was opened from or saved to, or None.
    """

    folder: Path
    saved_s: float
    what: str
    origin: Path | None

    @property
    def process(self) -> int:
        """The number that the system gave the program that kept it; 0 where nobody knows."""
        number = self.folder.name.rpartition("-")[2]
        return int(number) if number.isdigit() else 0

    @property
    def sentence(self) -> str:
        """What there is to restore, for the question."""
        now, then = time.localtime(), time.localtime(self.saved_s)
        day = "" if now[:3] == then[:3] else time.strftime("%d %B, ", then)
        name = "" if self.origin is None else f"{self.origin.name}: "
        return f"The program ended without closing a session ({name}{self.what}; {day}{time.strftime('%H:%M', then)}). Restore it?"


#: a sound that is nowhere else, and its file in the slot
_Sound = tuple[AudioClip, Path]


@dataclass(frozen=True)
class _Order:
    """Everything that the worker needs to write the session.

    Attributes:
        folder: the slot's.
        content: the session, with the view.
        audio: its sound, when that is nowhere else.
        sound: what lies in the slot already.
        origin: the project it belongs to.
        bundled: the folder of the program's own avatars.
    """

    folder: Path
    content: Project
    audio: AudioClip | None
    sound: _Sound | None
    origin: Path | None
    bundled: Path

    def write(self) -> _Sound | None:
        """The sound first, then what refers to it, then away with what nothing refers to.

        Returns:
            The sound that lies in the slot now.

        Raises:
            PreviewError: the folder cannot be written to.
        """
        path, content, sound = self.folder / FILE, self.content, self.sound
        if self.audio is None or content.sound is None:
            sound = None
        else:
            if sound is None or sound[0] is not self.audio:
                sound = self.audio, self._written(self.audio)
            content = replace(content, sound=replace(content.sound, file=sound[1]))
        data = {
            "format": FORMAT, "version": VERSION, "saved_s": time.time(), "what": _what(content),
            "origin": None if self.origin is None else str(self.origin), "project": document(content, path, self.bundled),
        }  # fmt: skip
        write_beside(path, json.dumps(data))
        for old in self.folder.iterdir():
            if old.suffix in _SOUND_ENDINGS and (sound is None or old != sound[1]):
                old.unlink(missing_ok=True)
        return sound

    def _written(self, clip: AudioClip) -> Path:
        """The file of a sound from which exactly the same is read, so that what was kept of it still belongs to it."""
        name, data = packed_sound(clip)
        path = self.folder / f"{time.time_ns():x}{Path(name).suffix}"
        try:
            write_whole(path, data)
        except OSError as error:
            raise PreviewError(f"What you do is not saved by itself: {path.parent} cannot be written to; save often.") from error
        return path


class Autosave(QObject):
    """Keeps the session on the disk while it runs, and finds those that were not closed.

    Args:
        state: what is kept.
        projects: make its content, and put it back.
        speeches: know where the sound is; what is nowhere is kept, too.
        messages: told once when nothing can be written.
        parent: the session.

    Attributes:
        view: asked in the GUI thread how the session is looked at; its ``line`` is the text that is being typed.
    """

    #: the session is written as it was a moment ago
    written = Signal()
    #: a Recoverable is in force again
    restored = Signal(object)

    def __init__(self, state: State, projects: Projects, *, speeches: Speeches, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view: Callable[[], ProjectView] = ProjectView
        self._state, self._projects, self._speeches, self._messages = state, projects, speeches, messages
        self._folder: Path | None = None
        self._slot: Slot | None = None
        self._adopted: Slot | None = None
        #: what is on the disk, and the sound that lies beside it
        self._kept: tuple[object, ...] | None = None
        self._sound: _Sound | None = None
        self._told = False
        self._workers = Workers(self._tell_once, self)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.save)
        projects.saved.connect(lambda _: self.save())

    def begin(self, every_s: float = EVERY_S) -> None:
        """Write from now on.

        Args:
            every_s: seconds between two looks for changes.
        """
        self._timer.start(round(1e3 * every_s))

    # -- writing

    def save(self) -> None:
        """Write the session now if it has changed, off the GUI thread; what is saved in a project needs none."""
        if not self._timer.isActive() or self._workers.running(TASK):
            return
        speech, projects = self._state.speech, self._projects
        if not projects.dirty and (projects.path is not None or speech is None):
            self._forget()
            return
        audio = speech.audio if speech is not None and self._speeches.file is None else None
        view = self.view()
        content = projects.content(Path() if audio is not None else None)
        key = (content, None if audio is None else id(audio), projects.path, view.line)
        if key == self._kept:
            return
        slot = self._own_slot()
        if slot is None:
            return
        order = _Order(slot.folder, replace(content, view=view), audio, self._sound, projects.path, projects.bundled)

        def work(job: Job) -> None:
            job.post(self._note_written, key, order.write())

        self._workers.start(TASK, work)

    def _own_slot(self) -> Slot | None:
        if self._slot is None:
            parent = self._folder or where("autosave")
            try:
                self._slot = Slot.create(parent)
            except OSError as error:
                reason = error.strerror or error
                self._tell_once(TASK, f"What you do is not saved by itself: {parent} cannot be written to ({reason}); save often.")
        return self._slot

    def _note_written(self, key: tuple[object, ...], sound: _Sound | None) -> None:
        self._kept, self._sound, self._told = key, sound, False
        self.written.emit()

    def _tell_once(self, _task: str, sentence: str) -> None:
        if not self._told:
            self._told = True
            self._messages.fail(sentence)

    def _forget(self) -> None:
        """There is nothing to lose."""
        if self._slot is not None:
            self._slot.release(remove=True)
        self._slot = self._kept = self._sound = None

    # -- what was not closed

    def found(self) -> list[Recoverable]:
        """Sessions whose programs ended without closing them, newest first; those of running programs are not among them."""
        there = (_read(folder) for folder in deserted(self._folder or where("autosave")))
        return sorted((one for one in there if one is not None), key=lambda one: -one.saved_s)

    def restore(self, one: Recoverable) -> None:
        """Put a session in force as it was; ``restored`` tells when that is done. Until all of it is there, nothing changes.

        Args:
            one: from ``found``. It stays where it is until it is written anew.
        """
        if self._adopted is not None:
            self._adopted.release(remove=False)
        self._adopted = Slot.claim(one.folder)
        if self._adopted is None:
            self._messages.fail("That session was taken by another window, or is gone; there is nothing to restore.")
            return
        self._projects.recover(one.folder / FILE, one.origin, content_of, lambda: self._take_over(one), self._give_back)

    def discard(self, one: Recoverable) -> None:
        """Give a session up for good."""
        slot = Slot.claim(one.folder)
        if slot is not None:
            slot.release(remove=True)

    def _take_over(self, one: Recoverable) -> None:
        """The slot of the restored session is ours from now on: until it is written anew, it keeps what was restored."""
        self._workers.cancel(TASK)
        self._forget()
        self._slot, self._adopted = self._adopted, None
        self.restored.emit(one)

    def _give_back(self) -> None:
        if self._adopted is not None:
            self._adopted.release(remove=False)
            self._adopted = None

    def close(self) -> None:
        """The session is closed by its user: nothing has to be restored."""
        self._timer.stop()
        self._workers.close()
        self._give_back()
        self._forget()


def content_of(path: Path) -> Any:
    """The project in an autosave's file, as its document.

    Raises:
        ProjectError: it cannot be read.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["format"] != FORMAT or data["version"] != VERSION:
            raise ValueError("of another version")
        return data["project"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProjectError("The session cannot be restored because its file is damaged or of another version; open a project.") from error


def _read(folder: Path) -> Recoverable | None:
    """What a folder holds; None for nothing that could be restored, as when its program ended before it wrote anything."""
    path = folder / FILE
    try:
        content_of(path)
        data = json.loads(path.read_text("utf-8"))
        origin = None if data["origin"] is None else Path(data["origin"])
        saved_s = float(data["saved_s"])
        if not 0 <= saved_s < _LATEST_S:
            raise ValueError("no time")
        return Recoverable(folder, saved_s, str(data["what"]), origin)
    except (PreviewError, OSError, ValueError, KeyError, TypeError, OverflowError):
        return None


def _what(content: Project) -> str:
    """A session in a few words."""
    sound, sides = content.sound, content.sides.values()
    parts = []
    if sound is not None:
        words = " ".join(sound.text.split())
        parts.append(f"“{words[:40]}{'…' if len(words) > 40 else ''}”" if words else "a recording")
    if any(side.tuning != Tuning() for side in sides):
        parts.append("tuned")
    if sound is not None and sound.heard is not None:
        parts.append("words moved")
    edits = sum(len(side.edits) for side in sides)
    if edits:
        parts.append(f"{edits} curve edit{'s' if edits > 1 else ''}")
    layers = sum(len(side.layers) for side in sides)
    if layers:
        parts.append(f"{layers} layer{'s' if layers > 1 else ''}")
    notes = len(content.review.notes)
    if notes:
        parts.append(f"{notes} note{'s' if notes > 1 else ''}")
    if content.emotion != EmotionSettings():
        parts.append("with emotions")
    return ", ".join(parts) or "settings"
