"""Review notes of what is open: added, changed, answered and removed as steps that can be taken back; a list per sound."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.formats.notes import Note, Reply, merged, new_id, now_text
from app.session.base.steps import MERGE_S, Step
from app.session.per_sound import OfSound, PerSound
from app.session.review.note_media import NoteMedia
from app.session.state import State

Notes = tuple[Note, ...]


def system_user() -> str:
    """The name of who is at this machine, "" where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


class ReviewNotes(QObject):
    """The notes of the sound that is open; those of another are there again when it is.

    Args:
        state: has the sound.
        undo: takes the steps.
        media: the notes' files.
        parent: the session.

    Attributes:
        author: who writes here.
        media: the notes' files.
    """

    #: a note changed, came or went, or another sound brought other notes
    changed = Signal()

    def __init__(self, state: State, undo: QUndoStack, media: NoteMedia | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.author = system_user()
        self.media = NoteMedia() if media is None else media
        self._undo = undo
        self._lists: PerSound[Notes] = PerSound(state, (), parent=self)
        self._lists.moved.connect(self.changed)

    # -- what there is

    @property
    def all(self) -> Notes:
        """The notes by time."""
        return self._lists.here.value

    @property
    def everything(self) -> tuple[Notes, ...]:
        """Those of all sounds of the session: what would be lost with it."""
        return tuple(self._lists)

    def of(self, note_id: str) -> Note | None:
        """A note by its id, None when it is gone."""
        return next((note for note in self.all if note.id == note_id), None)

    # -- what the user does

    def add(self, note: Note, text: str = "Add note") -> str:
        """Put in a note; who wrote it and when is filled in.

        Args:
            note: without an id for a new one.
            text: what was done, for the menu.

        Returns:
            Its id.
        """
        now = now_text()
        made = replace(note, id=note.id or new_id(), author=note.author or self.author, written=note.written or now, changed=now)
        self._push((*self.all, made), text)
        return made.id

    def change(self, note_id: str, text: str, /, control: str = "", **values: Any) -> None:
        """Change fields of a note.

        Args:
            note_id: which.
            text: what was done, for the menu.
            control: changes of the same control in quick succession are one step.
            **values: fields of Note.
        """
        note = self.of(note_id)
        if note is None or all(getattr(note, name) == value for name, value in values.items()):
            return
        made = replace(note, changed=now_text(), **values)
        self._push(tuple(made if each.id == note_id else each for each in self.all), text, f"{note_id} {control}" if control else "")

    def remove(self, note_id: str) -> None:
        """Take a note out."""
        self._push(tuple(each for each in self.all if each.id != note_id), "Delete note")

    def reply(self, note_id: str, text: str) -> None:
        """Write under a note; a blank text is no reply."""
        note = self.of(note_id)
        if note is not None and text.strip():
            answer = Reply(new_id(), self.author, now_text(), text.strip())
            self.change(note_id, "Reply to note", replies=[*note.replies, answer])

    def merge(self, theirs: Iterable[Note], files: Mapping[str, Path] = MappingProxyType({})) -> int:
        """Take in notes that came back from a review, without doubles, as one step.

        Args:
            theirs: of the other copy.
            files: their media by name.

        Returns:
            How many notes are new or changed.
        """
        before = {note.id: note for note in self.all}
        after = merged(self.all, theirs)
        self.media.learn(files)
        self._push(after, "Import notes")
        return sum(before.get(note.id) != note for note in after)

    def restore(self, notes: Iterable[Note], files: Mapping[str, Path] = MappingProxyType({})) -> None:
        """Put the notes of a project in force; not a step. Those of other sounds belonged to what was open before.

        Args:
            notes: all of the project's.
            files: their media by name.
        """
        self._lists.forget_others()
        self.media.learn(files)
        self._put(self._lists.here, _in_order(notes))

    def put_for(self, key: str, notes: Iterable[Note]) -> None:
        """Put the notes of a sound in force, now or when it is there again; not a step.

        Args:
            key: digest of the sound.
            notes: all of it.
        """
        self._put(self._lists.of(key), _in_order(notes))

    # -- inside

    def _push(self, after: Iterable[Note], text: str, control: str = "") -> None:
        made = _in_order(after)
        if made == self.all:
            return
        held = self._lists.here
        control = f"note {control}" if control else ""
        self._undo.push(Step(lambda notes: self._put(held, notes), self.all, made, text, control=control, within_s=MERGE_S))

    def _put(self, held: OfSound[Notes], notes: Notes) -> None:
        held.value = notes
        if held is self._lists.here:
            self.changed.emit()


def _in_order(notes: Iterable[Note]) -> Notes:
    return tuple(sorted(notes, key=lambda note: note.start_s))
