"""Edits of the curves by hand: a list per slot that belongs to one sound, undone and redone, and laid over whatever is made anew."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand

from app.core.curve_edits import SHORTEST_S, CurveEdit
from app.core.speech import AudioClip

if TYPE_CHECKING:
    from app.session.session import Session

#: changes of one number within this time are one step back
MERGE_S = 1.0
#: so much sound tells one clip from another
_TELLING_S = 0.2
Edits = tuple[CurveEdit, ...]


def clip_key(clip: AudioClip | None) -> int:
    """What identifies a sound, also while it still grows at its end.

    Args:
        clip: the sound, or None.

    Returns:
        A checksum of the first 0.2 s that are not silent; 0 for none.
    """
    if clip is None:
        return 0
    sounding = np.flatnonzero(clip.samples)
    start = int(sounding[0]) if len(sounding) else 0
    part = clip.samples[start : start + round(_TELLING_S * clip.rate)]
    return zlib.crc32(part.tobytes(), clip.rate) or 1


class EditStep(QUndoCommand):
    """One step of the user; further changes of the same number join it.

    Args:
        put: puts a list in force.
        before: the list until now.
        after: the list from now on.
        text: what was changed, for the menu.
        control: what did it, "" for a step of its own.
    """

    def __init__(self, put: Callable[[Edits], None], before: Edits, after: Edits, text: str, control: str) -> None:
        super().__init__(text)
        self.after, self.control, self.when_s = after, control, time.monotonic()
        self._put, self._before = put, before

    def redo(self) -> None:
        """Put the new list in force."""
        self._put(self.after)

    def undo(self) -> None:
        """Put the former list in force."""
        self._put(self._before)

    def id(self) -> int:
        """Changes of one kind may join."""
        return 7003 if self.control else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Join a later change of the same number."""
        if not isinstance(other, EditStep) or other.control != self.control or other.when_s - self.when_s > MERGE_S:
            return False
        self.after, self.when_s = other.after, other.when_s
        return True


class CurveEdits(QObject):
    """The lists of all slots.

    Args:
        session: whose slots hold them; its undo stack takes the steps.
    """

    #: a list changed, or another sound brought other lists
    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._clip = 0
        self._parked: dict[int, dict[str, Edits]] = {}
        session.speech_changed.connect(self._speech_changed)

    def of(self, slot: str) -> Edits:
        """The edits of a slot, in the order in which they were made."""
        return self._session.slots[slot].edits

    def add(self, slot: str, edit: CurveEdit) -> bool:
        """Edit a stretch.

        Args:
            slot: whose motion.
            edit: what is done; its times are on the source's own time line, without the A/V offset.

        Returns:
            Whether it was added: a stretch shorter than two frames is not.
        """
        if edit.end_s - edit.start_s < SHORTEST_S:
            return False
        self._push(slot, (*self.of(slot), edit), f"{edit.kind.capitalize()} curves", "")
        return True

    def change(self, slot: str, index: int, control: str, **numbers: float) -> None:
        """Change numbers of an edit.

        Args:
            slot: whose.
            index: its place in the list.
            control: changes of the same control in quick succession are one step.
            **numbers: fields of CurveEdit.
        """
        edits = self.of(slot)
        changed = replace(edits[index], **numbers)  # type: ignore[arg-type]
        text = f"{changed.kind.capitalize()} curves"
        self._push(slot, (*edits[:index], changed, *edits[index + 1 :]), text, f"{slot} {index} {control}")

    def remove(self, slot: str, index: int) -> None:
        """Take one edit out."""
        edits = self.of(slot)
        self._push(slot, (*edits[:index], *edits[index + 1 :]), "Remove edit of curves", "")

    def clear(self, slot: str) -> None:
        """Take all edits of a slot out."""
        self._push(slot, (), "Remove edits of curves", "")

    def restore(self, slot: str, edits: Iterable[CurveEdit]) -> None:
        """Put a slot's edits of the present sound in force, as a project does; not a step."""
        self._clip = clip_key(None if self._session.speech is None else self._session.speech.audio)
        self._put(self._clip, slot, tuple(edits))

    def _push(self, slot: str, after: Edits, text: str, control: str) -> None:
        if after == self.of(slot):
            return
        self._session.tunings.keep_ghosts(f"edit {control}" if control else "")
        # the sides may have changed places when the step is taken back
        clip, held = self._clip, self._session.slots[slot]
        self._session.undo.push(EditStep(lambda edits: self._put(clip, held.name, edits), self.of(slot), after, text, control))

    def _put(self, clip: int, slot: str, edits: Edits) -> None:
        """Put a list in force, now or when its sound is there again."""
        held = self._session.slots.get(slot)
        if clip != self._clip or held is None:
            self._parked.setdefault(clip, {})[slot] = edits
            return
        held.edits = edits
        self._session.tunings.apply(slot)
        self.changed.emit()

    def _speech_changed(self, _speech: object) -> None:
        """Edits belong to one sound; they are there again when it is."""
        speech = self._session.speech
        clip = clip_key(None if speech is None else speech.audio)
        if clip == self._clip:
            return
        self._parked[self._clip] = {name: slot.edits for name, slot in self._session.slots.items() if slot.edits}
        self._clip = clip
        there = self._parked.get(clip, {})
        for name, slot in self._session.slots.items():
            slot.edits = there.get(name, ())
        self.changed.emit()
