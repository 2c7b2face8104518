"""Edits of the curves by hand: a list per side that belongs to one sound, undone and redone, and laid over whatever is made anew."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.core.curve_edits import SHORTEST_S, CurveEdit
from app.core.outline import Outline
from app.core.placed import placed_edit
from app.core.placing import Places
from app.core.speech import Speech
from app.core.track import Animation
from app.session.adjust.tried import TriedEdits
from app.session.adjust.tunings import Tunings
from app.session.base.steps import MERGE_S, Step
from app.session.per_sound import OfSound, PerSound
from app.session.state import State

Edits = tuple[CurveEdit, ...]
#: side -> edits of a sound while it is not on show; while it is, the sides have them
Parked = Mapping[str, Edits]


@dataclass(frozen=True)
class _Dragged:
    """Where edits were before phones were dragged, and where they went.

    Attributes:
        old: what was said when, at first.
        lists: the edits then.
        now: what was said when, at last.
        made: the edits since.
    """

    old: Outline
    lists: Mapping[str, Edits]
    now: Outline
    made: Mapping[str, Edits]


class CurveEdits(QObject):
    """The lists of all sides.

    Args:
        state: whose sides hold them.
        tunings: motion is made anew there when a list changes.
        undo: takes the steps.
        parent: the session.
    """

    #: a list changed, or another sound brought other lists
    changed = Signal()
    #: side: what is tried on there is another motion, or none any more
    tried = Signal(str)
    #: task, sentence: an edit that was tried on could not be made
    failed = Signal(str, str)

    def __init__(self, state: State, tunings: Tunings, undo: QUndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._tunings, self._undo = state, tunings, undo
        self._sounds: PerSound[Parked] = PerSound(state, {}, self._edited_since, self)
        self._sounds.moved.connect(self._sound_changed)
        self._tried = TriedEdits(state, tunings, self)
        self._tried.changed.connect(self.tried)
        self._tried.failed.connect(self.failed)
        self._base: _Dragged | None = None

    def of(self, side: str) -> Edits:
        """The edits of a side, in the order in which they were made."""
        return self._state.sides[side].edits

    @property
    def parked(self) -> tuple[Parked, ...]:
        """Those of sounds that are not open: what would be lost with the session."""
        return tuple(lists for lists in self._sounds.elsewhere if any(lists.values()))

    def add(self, side: str, edit: CurveEdit) -> bool:
        """Edit a stretch.

        Args:
            side: whose motion.
            edit: what is done; its times are on the source's own time line, without the A/V offset.

        Returns:
            Whether it was added: a stretch shorter than two frames is not.
        """
        if edit.end_s - edit.start_s < SHORTEST_S:
            return False
        self._push(side, (*self.of(side), edit), f"{edit.kind.capitalize()} curves", "")
        return True

    def add_all(self, side: str, edits: Iterable[CurveEdit], text: str) -> None:
        """Make several edits as one step.

        Args:
            side: whose motion.
            edits: laid over those that are there, in this order; too short ones are left out.
            text: what they are, for the menu of steps.
        """
        self._push(side, (*self.of(side), *(edit for edit in edits if edit.end_s - edit.start_s >= SHORTEST_S)), text, "")

    def remove_group(self, side: str, group: str) -> None:
        """Take out what was done together."""
        self._push(side, tuple(edit for edit in self.of(side) if edit.group != group), "Remove edits of curves", "")

    def preview(self, side: str, edits: Iterable[CurveEdit] | None, offset_ms: float = 0.0) -> None:
        """Show on the face and over the curves what edits would do; not a step, and nobody keeps, checks or writes it.

        Args:
            side: whose motion.
            edits: laid over those that are there; None to show the motion as it is again.
            offset_ms: the A/V offset would be so much more.
        """
        self._tried.show(side, None if edits is None else tuple(edits), offset_ms)

    @property
    def previewed(self) -> Mapping[str, Animation]:
        """Side -> the motion that is tried on, of sides on which something is; the same mapping all the time."""
        return self._tried.motions

    def change(self, side: str, index: int, control: str, **numbers: float) -> None:
        """Change numbers of an edit.

        Args:
            side: whose.
            index: its place in the list.
            control: changes of the same control in quick succession are one step.
            **numbers: fields of CurveEdit.
        """
        edits = self.of(side)
        changed = replace(edits[index], **numbers)  # type: ignore[arg-type]
        text = f"{changed.kind.capitalize()} curves"
        self._push(side, (*edits[:index], changed, *edits[index + 1 :]), text, f"{side} {index} {control}")

    def put(self, side: str, edits: Iterable[CurveEdit], text: str, gesture: str = "", patient: bool = True) -> None:
        """Put another list in force.

        Args:
            side: whose.
            edits: all of them.
            text: what was done, for the menu of steps.
            gesture: all changes of one gesture are one step; "" for a step of its own.
            patient: they are however long it takes, as a drag does; else only in quick succession, as of keys.
        """
        self._push(side, tuple(edits), text, gesture, math.inf if patient else MERGE_S)

    def remove(self, side: str, index: int) -> None:
        """Take one edit out."""
        edits = self.of(side)
        self._push(side, (*edits[:index], *edits[index + 1 :]), "Remove edit of curves", "")

    def clear(self, side: str) -> None:
        """Take all edits of a side out."""
        self._push(side, (), "Remove edits of curves", "")

    def restore(self, side: str, edits: Iterable[CurveEdit]) -> None:
        """Put a side's edits of the present sound in force, as a project does; not a step."""
        self._put(self._sounds.here, side, tuple(edits))

    def _push(self, side: str, after: Edits, text: str, control: str, within_s: float = MERGE_S) -> None:
        if after == self.of(side):
            return
        control = f"edit {control}" if control else ""
        self._tunings.keep_ghosts(control)
        # the sides may have changed places when the step is taken back
        sound, serial = self._sounds.here, self._state.sides[side].serial

        def put(edits: Edits) -> None:
            self._put(sound, self._state.named(serial) or side, edits)

        self._undo.push(Step(put, self.of(side), after, text, control=control, within_s=within_s))

    def close(self) -> None:
        """End the worker thread."""
        self._tried.close()

    def _put(self, sound: OfSound[Parked], name: str, edits: Edits) -> None:
        """Put a list in force, now or when its sound is there again."""
        side = self._state.sides.get(name)
        if sound is not self._sounds.here or side is None:
            sound.value = {**sound.value, name: edits}
            return
        self._state.put(replace(side, edits=edits))
        self._tunings.apply([name])
        self.changed.emit()

    # -- as the line goes on in another sound, or with other times

    @property
    def lists(self) -> dict[str, Edits]:
        """Side -> edits of the present sound, of sides that have some."""
        return self._held()

    def put_for(self, key: str, lists: Mapping[str, Edits]) -> None:
        """Put the edits of a sound in force, now or when it is there again; not a step.

        Args:
            key: digest of the sound.
            lists: side -> edits; other sides have none.
        """
        sound = self._sounds.of(key)
        if sound is not self._sounds.here:
            sound.value = dict(lists)
            return
        changed = [name for name, side in self._state.sides.items() if side.edits != lists.get(name, ())]
        for name in changed:
            self._state.put(replace(self._state.sides[name], edits=lists.get(name, ())))
        self._tunings.apply(changed)
        self.changed.emit()

    def retime(self, before: Speech, now: Speech) -> None:
        """Words and phones of the present sound were dragged: edits go along with them; taken back, they are exactly where they were.

        Args:
            before: as it was until now.
            now: as it is.
        """
        lists = self._held()
        if not lists:
            return
        old, new = (Outline(speech.audio.digest, speech.audio.duration_s, (), speech.phones) for speech in (before, now))
        if self._base is None or lists != self._base.made or old.phones != self._base.now.phones:
            self._base = _Dragged(old, lists, old, lists)
        base = self._base
        places = Places.retimed(base.old, new)
        made = {name: tuple(placed_edit(edit, places) or edit for edit in edits) for name, edits in base.lists.items()}
        self._base = replace(base, now=new, made=made)
        if made != lists:
            self.put_for(self._sounds.key, made)

    # -- which sound it is

    def _sound_changed(self, before: OfSound[Parked], now: OfSound[Parked]) -> None:
        """Edits belong to one sound; they are there again when it is."""
        before.value = self._held()
        for name, side in self._state.sides.items():
            self._state.put(replace(side, edits=now.value.get(name, ())))
        self.changed.emit()

    def _edited_since(self, sound: OfSound[Parked]) -> bool:
        """Whether what was edited while a line was made goes on with it as it grows."""
        return any(side.edits != sound.value.get(name, ()) for name, side in self._state.sides.items())

    def _held(self) -> dict[str, Edits]:
        return {name: side.edits for name, side in self._state.sides.items() if side.edits}
