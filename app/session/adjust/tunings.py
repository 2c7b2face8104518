"""The user's adjustments of every side: kept, undone, applied at once, copied, and set aside while bypass is held."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.core.curve_edits import CurveEdit
from app.core.presets import neat
from app.core.speech import Phone
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning, tuned_animation
from app.core.tuning_window import tuned_around
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.side import Side
from app.session.base.steps import MERGE_S, Step
from app.session.base.workers import Job, Workers
from app.session.state import State

#: animations up to this many frames are tuned as a whole before the next picture
WHOLE = 600
#: of longer ones this much around the cursor, in seconds; a worker tunes the rest
BEHIND_S, AHEAD_S = 1.0, 2.0


@dataclass(frozen=True)
class SideTunings:
    """What can be undone.

    Attributes:
        by_side: side -> tuning; absent sides are as made.
        together: a change of one side goes to all.
    """

    by_side: Mapping[str, Tuning] = field(default_factory=dict)
    together: bool = False

    def of(self, side: str) -> Tuning:
        """The tuning of a side."""
        return self.by_side.get(side, Tuning())

    def with_tuning(self, tuning: Tuning, *sides: str) -> SideTunings:
        """The same with another tuning of some sides."""
        return replace(self, by_side={**self.by_side, **dict.fromkeys(sides, tuning)})


@dataclass(frozen=True)
class _Rest:
    """A long animation whose rest a worker tunes."""

    side: str
    raw: Animation
    tuning: Tuning
    phones: tuple[Phone, ...]
    edits: tuple[CurveEdit, ...]


class Tunings(QObject):
    """Tuning of all sides.

    Args:
        state: whose sides are tuned.
        playback: long animations are tuned around its cursor first.
        undo: takes the steps.
        messages: told what fails.
        parent: the session.

    Attributes:
        in_force: all tunings as they are now.
        bypassed: the raw motion is shown.
        latched: it is, until it is said otherwise.
        ghosts: side -> the motion as it was before the last step or the last change of source.
    """

    #: tunings, link or bypass changed: show them
    changed = Signal()

    def __init__(self, state: State, playback: Playback, undo: QUndoStack, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.in_force = SideTunings()
        self.bypassed = self.latched = self._held = False
        self.ghosts: dict[str, BlendshapeTrack] = {}
        self._state, self._playback, self._undo = state, playback, undo
        self._workers = Workers(messages.fail_task, self)
        self._last: dict[str, Animation] = {}
        self._ghost_of: tuple[str, float] = ("", 0.0)
        state.source_changed.connect(self._keep_take)
        state.sound_changed.connect(self._forget_takes)

    # -- what is in force

    def of(self, side: str) -> Tuning:
        """The tuning of a side."""
        return self.in_force.of(side)

    def change(self, side: str, tuning: Tuning, text: str, control: str = "") -> None:
        """Let the user change a side's tuning.

        Args:
            side: whose; with ``together`` all sides follow.
            tuning: all of it, with the change.
            text: what it is, for the menu of steps.
            control: changes of the same control in quick succession are one step; "" for a step of its own.
        """
        names = {*self._state.sides, side} if self.in_force.together else {side}
        self._push(self.in_force.with_tuning(neat(tuning), *names), text, control)

    def copy(self, source: str, target: str) -> None:
        """Give one side the tuning of another."""
        self._push(self.in_force.with_tuning(self.of(source), target), f"Copy tuning {source} to {target}", "")

    def exchange(self, one: str, other: str) -> None:
        """Let the tunings of two sides, which have changed places, follow them."""
        self.in_force = self.in_force.with_tuning(self.of(other), one).with_tuning(self.of(one), other)
        for name in (one, other):
            self._last.pop(name, None)
            self.ghosts.pop(name, None)
        self.apply((one, other))
        self.changed.emit()

    def set_together(self, together: bool) -> None:
        """Tune all sides as one (they take over what the shown one has), or each by itself."""
        by_side = self.in_force.by_side
        if together:
            by_side = dict.fromkeys(self._state.sides, self.of(self._state.shown))
        self._push(SideTunings(by_side, together), "Tune together" if together else "Tune apart", "")

    def set_bypassed(self, held: bool) -> None:
        """Show the raw motion while something is held, or the tuned one again; not a step."""
        self._held = held
        self._follow_bypass()

    def latch_bypass(self, on: bool) -> None:
        """Show the raw motion until it is said otherwise; not a step."""
        self.latched = on
        self._follow_bypass()

    def _follow_bypass(self) -> None:
        bypassed = self._held or self.latched
        if bypassed != self.bypassed:
            self.bypassed = bypassed
            self.apply(self._state.sides)
            self.changed.emit()

    # -- what becomes of a motion

    def applied(self, side: Side, raw: Animation) -> Animation:
        """What a source made, tuned; of long animations first the part around the cursor.

        Args:
            side: whose tuning.
            raw: the source's animation.
        """
        name, speech = side.name, self._state.speech
        tuning = Tuning() if self.bypassed else self.of(name)
        phones = () if speech is None else speech.phones
        edits = () if self.bypassed else side.edits
        if tuning.is_neutral and not edits:
            self._workers.cancel(name)
            made = raw
        elif len(raw.arkit) <= WHOLE:
            made = tuned_animation(raw, tuning, phones, edits)
        else:
            now = self._playback.now()
            made = tuned_around(raw, self._last.get(name), tuning, phones, (now - BEHIND_S, now + AHEAD_S), edits=edits)
            rest = _Rest(name, raw, tuning, phones, edits)
            self._workers.start(name, lambda job: self._tune_rest(job, rest))
        self._last[name] = made
        return made

    def _tune_rest(self, job: Job, rest: _Rest) -> None:
        """Tune a long animation as a whole, in a worker thread."""
        job.post(self._rest_ready, rest, tuned_animation(rest.raw, rest.tuning, rest.phones, rest.edits))

    def _rest_ready(self, rest: _Rest, made: Animation) -> None:
        side = self._state.sides.get(rest.side)
        if side is not None and side.raw is rest.raw:
            self._last[rest.side] = made
            self._state.put(replace(side, tuned=made))

    def keep_ghosts(self, control: str = "") -> None:
        """Let the motion as it is now be the last take, unless the same control has just changed it."""
        now_s = time.monotonic()
        if not control or control != self._ghost_of[0] or now_s - self._ghost_of[1] > MERGE_S:
            self.ghosts = {name: side.tuned.arkit for name, side in self._state.sides.items() if side.tuned is not None}
        self._ghost_of = (control, now_s)

    def apply(self, sides: Iterable[str]) -> None:
        """Make the motion of some sides anew."""
        for name in tuple(sides):
            side = self._state.sides.get(name)
            if side is not None and side.raw is not None:
                self._state.put(replace(side, tuned=self.applied(side, side.raw)))

    # -- what is remembered

    def put(self, tunings: SideTunings) -> None:
        """Put remembered tunings in force, or those of a project; not a step."""
        before, self.in_force = self.in_force, tunings
        self.apply(name for name in self._state.sides if before.of(name) != tunings.of(name))
        self.changed.emit()

    def close(self) -> None:
        """End the worker threads."""
        self._workers.close()

    # -- inside

    def _push(self, after: SideTunings, text: str, control: str) -> None:
        if after == self.in_force:
            return
        self.keep_ghosts(control)
        self._undo.push(Step(self.put, self.in_force, after, text, control=f"tuning {control}" if control else "", within_s=MERGE_S))

    def _keep_take(self, side: str, _spec: str) -> None:
        """Another source is coming: what the former one made becomes the ghost."""
        last = self._last.pop(side, None)
        if last is not None:
            self.ghosts[side] = last.arkit

    def _forget_takes(self) -> None:
        """Ghosts belong to one sound."""
        self.ghosts.clear()
        self._last.clear()
