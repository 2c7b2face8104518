"""The user's adjustments of every slot: kept, undone, applied at once, copied, and set aside while bypass is held."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand

from app.core.curve_edits import CurveEdit
from app.core.errors import PresetError
from app.core.presets import neat, tuning_data, tuning_of
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning, tuned_animation
from app.core.tuning_window import tuned_around
from app.session.base.workers import Job, Workers

if TYPE_CHECKING:
    from app.session.session import Session

#: animations up to this many frames are tuned as a whole before the next picture
WHOLE = 600
#: of longer ones this much around the cursor, in seconds; a worker tunes the rest
BEHIND_S, AHEAD_S = 1.0, 2.0
#: changes of one control within this time are one step back
MERGE_S = 1.0


@dataclass(frozen=True)
class TuningState:
    """What can be undone.

    Attributes:
        by_slot: slot name -> tuning; absent slots are as made.
        together: a change of one slot goes to all.
    """

    by_slot: dict[str, Tuning] = field(default_factory=dict)
    together: bool = False


class TuningStep(QUndoCommand):
    """One step of the user; further changes of the same control join it.

    Args:
        apply: puts a state in force.
        before: state until now.
        after: state from now on.
        text: what was changed, for the menu.
        control: which control did it, "" for a step of its own.
    """

    def __init__(self, apply: Callable[[TuningState], None], before: TuningState, after: TuningState, text: str, control: str) -> None:
        super().__init__(text)
        self.after, self.control, self.when_s = after, control, time.monotonic()
        self._apply, self._before = apply, before

    def redo(self) -> None:
        """Put the new state in force."""
        self._apply(self.after)

    def undo(self) -> None:
        """Put the former state in force."""
        self._apply(self._before)

    def id(self) -> int:
        """Changes of one kind may join."""
        return 7002 if self.control else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Join a later change of the same control."""
        if not isinstance(other, TuningStep) or other.control != self.control or other.when_s - self.when_s > MERGE_S:
            return False
        self.after, self.when_s = other.after, other.when_s
        return True


class Tunings(QObject):
    """Tuning of all slots.

    Args:
        session: whose slots are tuned; its undo stack takes the steps.

    Attributes:
        state: tunings in force.
        bypassed: the raw motion is shown.
        ghosts: slot -> the motion as it was before the last step or the last change of source.
    """

    #: tunings, link or bypass changed: show them
    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.state = TuningState()
        self.bypassed = False
        self.ghosts: dict[str, BlendshapeTrack] = {}
        self._session = session
        self._workers = Workers(self)
        self._last: dict[str, Animation] = {}
        self._ghost_of: tuple[str, float] = ("", 0.0)
        session.source_changed.connect(self._keep_take)
        session.speech_changed.connect(self._forget_takes)
        self._speech_name: object = None

    # -- what is in force

    def of(self, slot: str) -> Tuning:
        """The tuning of a slot."""
        return self.state.by_slot.get(slot, Tuning())

    def change(self, slot: str, tuning: Tuning, text: str, control: str = "") -> None:
        """Let the user change a slot's tuning.

        Args:
            slot: whose; with ``together`` all slots follow.
            tuning: all of it, with the change.
            text: what it is, for the menu of steps.
            control: changes of the same control in quick succession are one step; "" for a step of its own.
        """
        tuning = neat(tuning)
        names = set(self._session.slots) | {slot} if self.state.together else {slot}
        self._push(replace(self.state, by_slot={**self.state.by_slot, **dict.fromkeys(names, tuning)}), text, control)

    def copy(self, source: str, target: str) -> None:
        """Give one slot the tuning of another."""
        by_slot = {**self.state.by_slot, target: self.of(source)}
        self._push(replace(self.state, by_slot=by_slot), f"Copy tuning {source} to {target}", "")

    def swap(self, one: str, other: str) -> None:
        """Let the tunings of two slots change places."""
        by_slot = {**self.state.by_slot, one: self.of(other), other: self.of(one)}
        self._last.clear()
        self._put(replace(self.state, by_slot=by_slot))

    def set_together(self, together: bool) -> None:
        """Tune all slots as one (they take over what the shown one has), or each by itself."""
        by_slot = self.state.by_slot
        if together:
            by_slot = dict.fromkeys(self._session.slots, self.of(self._session.shown))
        self._push(TuningState(by_slot, together), "Tune together" if together else "Tune apart", "")

    def set_bypassed(self, bypassed: bool) -> None:
        """Show the raw motion, or the tuned one again; not a step."""
        if bypassed != self.bypassed:
            self.bypassed = bypassed
            self.apply()
            self.changed.emit()

    # -- what becomes of a motion

    def applied(self, slot: str, raw: Animation) -> Animation:
        """What a source made, tuned; of long animations first the part around the cursor.

        Args:
            slot: whose tuning.
            raw: the source's animation.
        """
        tuning = Tuning() if self.bypassed else self.of(slot)
        phones = () if self._session.speech is None else self._session.speech.phones
        edits = () if self.bypassed else self._session.slots[slot].edits
        if tuning.is_neutral and not edits:
            self._workers.cancel(slot)
            made = raw
        elif len(raw.arkit) <= WHOLE:
            made = tuned_animation(raw, tuning, phones, edits)
        else:
            now = self._session.playback.now()
            made = tuned_around(raw, self._last.get(slot), tuning, phones, (now - BEHIND_S, now + AHEAD_S), edits=edits)
            self._workers.start(slot, lambda job: self._tune_rest(job, slot, raw, tuning, edits))
        self._last[slot] = made
        return made

    def _tune_rest(self, job: Job, slot: str, raw: Animation, tuning: Tuning, edits: tuple[CurveEdit, ...]) -> None:
        """Tune a long animation as a whole, in a worker thread."""
        phones = () if self._session.speech is None else self._session.speech.phones
        job.post(self._rest_ready, slot, raw, tuned_animation(raw, tuning, phones, edits))

    def _rest_ready(self, slot_name: str, raw: Animation, made: Animation) -> None:
        slot = self._session.slots.get(slot_name)
        if slot is not None and slot.raw is raw:
            self._last[slot_name] = slot.tuned = made
            self._session.animation_grew.emit(slot_name)

    def keep_ghosts(self, control: str = "") -> None:
        """Let the motion as it is now be the last take, unless the same control has just changed it."""
        now_s = time.monotonic()
        if not control or control != self._ghost_of[0] or now_s - self._ghost_of[1] > MERGE_S:
            self.ghosts = {name: slot.tuned.arkit for name, slot in self._session.slots.items() if slot.tuned is not None}
        self._ghost_of = (control, now_s)

    def apply(self, *slots: str) -> None:
        """Make the motion of some slots anew; of all when none is named."""
        for name in slots or tuple(self._session.slots):
            slot = self._session.slots.get(name)
            if slot is not None and slot.raw is not None:
                slot.tuned = self.applied(slot.name, slot.raw)
                self._session.animation_grew.emit(slot.name)

    # -- what is remembered

    def to_json(self) -> str:
        """All tunings as text."""
        return json.dumps({"together": self.state.together, "slots": {name: tuning_data(t) for name, t in self.state.by_slot.items()}})

    def restore(self, text: str) -> None:
        """Put remembered tunings in force; not a step.

        Raises:
            PresetError: the text is damaged.
        """
        try:
            data = json.loads(text)
            slots = {str(name): tuning_of(tuning) for name, tuning in data["slots"].items()}
            self._put(TuningState(slots, data["together"] is True))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PresetError("The remembered tuning is damaged; it starts as made.") from error

    def close(self) -> None:
        """End the worker threads."""
        self._workers.close()

    # -- inside

    def _push(self, after: TuningState, text: str, control: str) -> None:
        if after == self.state:
            return
        self.keep_ghosts(control)
        self._session.undo.push(TuningStep(self._put, self.state, after, text, control))

    def _put(self, state: TuningState) -> None:
        self.state = state
        self.apply()
        self.changed.emit()

    def _keep_take(self, slot: str, _spec: str) -> None:
        """Another source is coming: what the former one made becomes the ghost."""
        last = self._last.pop(slot, None)
        if last is not None:
            self.ghosts[slot] = last.arkit

    def _forget_takes(self, _speech: object) -> None:
        """Ghosts belong to one sound."""
        speech = self._session.speech
        name = None if speech is None else speech.audio.name
        if name != self._speech_name:
            self._speech_name = name
            self.ghosts.clear()
            self._last.clear()
