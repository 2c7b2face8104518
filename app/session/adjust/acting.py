"""Acting: head, gaze, lids and breath that belong to the line, for all sides alike, over whatever their sources leave alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from app.core.acting.acted import laid_over, moves_of
from app.core.acting.curves import ActedCurves, Frames, carried_out, spliced
from app.core.acting.gestures import Plan
from app.core.acting.planning import heard_around, planned
from app.core.acting.settings import SEEDS, ActingSettings
from app.core.acting.voice import HeardVoice, grown
from app.core.sampling import sampled
from app.core.speech import Speech
from app.core.track import Animation
from app.session.base.messages import Messages
from app.session.base.playback import Playback
from app.session.base.side import Side
from app.session.base.steps import MERGE_S, Step
from app.session.base.workers import Job, Workers
from app.session.state import State

TASK = "acting"
#: of longer sounds what lies around the cursor is acted first, so much of it in seconds
WHOLE_S, BEHIND_S, AHEAD_S = 30.0, 4.0, 10.0
#: motion may be so much longer than its sound
_BEYOND_S = 0.5
#: what frames there are, whatever their number
_Kind = tuple[float, float, bool, bool]


@dataclass(frozen=True, eq=False)
class _Order:
    """What a worker is to act.

    Attributes:
        speech: what is said.
        settings: how.
        voice: what was heard so far of this sound, None for nothing.
        kinds: which frames are wanted.
        now_s: where the cursor is.
        former: curves that are seen until these are there.
    """

    speech: Speech
    settings: ActingSettings
    voice: HeardVoice | None
    kinds: tuple[_Kind, ...]
    now_s: float
    former: dict[_Kind, ActedCurves] = field(default_factory=dict)


class Acting(QObject):
    """One setting for all sides: what is compared on them then is how they move the mouth.

    Args:
        state: whose sides act what it says.
        playback: long sounds are acted around its cursor first.
        undo: takes the steps.
        messages: told what fails.
        parent: the session.

    Attributes:
        lay_over: lays a side's motion anew; given by who builds the session.
        plan: what is done with all of the present sound, None until that is known.
    """

    #: the settings are other ones
    changed = Signal()
    #: whether something is acted from now on
    switched = Signal(bool)
    #: what is done with all of the sound is known, or nothing is any more
    acted = Signal()

    def __init__(self, state: State, playback: Playback, undo: QUndoStack, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = ActingSettings()
        self.lay_over: Callable[[str], None] = lambda _name: None
        self._state, self._playback, self._undo = state, playback, undo
        self._workers = Workers(messages.fail_task, self)
        self._voice: HeardVoice | None = None
        self.plan: Plan | None = None
        self._curves: dict[_Kind, ActedCurves] = {}
        self._wanted: set[_Kind] = set()
        #: serial of a side -> what it was given last, with which curves and settings, and what became of it
        self._last: dict[int, tuple[Animation, ActedCurves, ActingSettings, Animation]] = {}
        self._in_hand = self.settings
        self._late = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._begin)
        state.sound_changed.connect(self._forget)
        state.speech_changed.connect(lambda _: self._want())
        self._workers.ended.connect(self._ended)

    # -- what the user does

    def change(self, text: str, control: str = "", **fields: object) -> None:
        """Change fields of the settings, as a step.

        Args:
            text: what it is, for the menu of steps.
            control: changes of the same control in quick succession are one step; "" for a step of its own.
            **fields: of ActingSettings.
        """
        after = replace(self.settings, **fields)  # type: ignore[arg-type]
        if after != self.settings:
            control = f"acting {control}" if control else ""
            self._undo.push(Step(self.restore, self.settings, after, text, control=control, within_s=MERGE_S))

    def throw_dice(self) -> None:
        """Act by another seed."""
        other = int(np.random.default_rng().integers(SEEDS - 1))
        self.change("Another way to act", seed=other + (other >= self.settings.seed))

    def restore(self, settings: ActingSettings) -> None:
        """Put settings in force, as a project does; not a step."""
        if settings == self.settings:
            return
        before, self.settings = self.settings, settings
        if settings.acts:
            self._want()
        else:
            self._stop()
        if settings.on != before.on:
            self.switched.emit(settings.on)
        self.changed.emit()

    # -- what becomes of a motion

    def over(self, side: Side, motion: Animation) -> Animation:
        """A side's motion with what is acted; the very same while nothing is.

        Args:
            side: whose.
            motion: as its source made it.
        """
        if not self.settings.acts or self._state.speech is None or not len(motion.arkit):
            self._last.pop(side.serial, None)
            return motion
        kind = (motion.arkit.fps, motion.arkit.start_s, *moves_of(motion))
        curves = self._curves.get(kind)
        if curves is None:
            if kind not in self._wanted:
                self._wanted.add(kind)
                self._want()
            return motion
        last = self._last.get(side.serial)
        if last is not None and last[0] is motion and last[1] is curves and last[2] == self._in_hand:
            return last[3]
        made = laid_over(motion, curves, self._in_hand)
        self._last[side.serial] = (motion, curves, self._in_hand, made)
        return made

    def chest_at(self, t: float) -> float | None:
        """How full the chest is at a time, 0 to 1 and more; None where breath is not acted."""
        curves = next(iter(self._curves.values()), None)
        if curves is None or not self.settings.acts or not self.settings.breath:
            return None
        return float(sampled(curves.chest, (t - curves.start_s) * curves.fps))

    def leaves(self, side: Side) -> tuple[bool, bool]:
        """Whether a side's source leaves the head, and eyes and lids, to be acted."""
        return (True, True) if side.own is None else moves_of(side.own)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is being made."""
        return not (self._soon.isActive() or self._late or self._workers.busy)

    def close(self) -> None:
        """End the threads."""
        self._soon.stop()
        self._workers.close()

    # -- inside

    def _want(self) -> None:
        if self.settings.acts and self._wanted:
            self._soon.start()
        elif self.settings.acts:
            self._lay_all()

    def _begin(self) -> None:
        """Let a worker act what is said now; one at a time, so that a slider that is dragged is followed as quickly as can be."""
        speech = self._state.speech
        if speech is None or not self.settings.acts:
            return
        if self._workers.running(TASK):
            self._late = True
            return
        order = _Order(speech, self.settings, self._voice, tuple(self._wanted), self._playback.now(), dict(self._curves))
        self._workers.start(TASK, lambda job: self._act(job, order))

    def _act(self, job: Job, order: _Order) -> None:
        """In the worker's thread: around the cursor where the whole takes long, then the whole."""
        duration_s = order.speech.audio.duration_s
        if duration_s > WHOLE_S:
            span_s = (order.now_s - BEHIND_S, order.now_s + AHEAD_S)
            near = heard_around(order.speech.audio, span_s) if order.voice is None else order.voice.around(span_s)
            made = _carried(order, planned(order.speech, order.settings, near))
            job.post(self._put, order, {kind: spliced(order.former.get(kind), curves, span_s) for kind, curves in made.items()})
        if job.cancel.is_set():
            return
        voice = grown(order.voice, order.speech.audio)
        plan = planned(order.speech, order.settings, voice)
        job.post(self._ready, order, voice, plan, _carried(order, plan))

    def _put(self, order: _Order, made: dict[_Kind, ActedCurves]) -> None:
        self._curves, self._in_hand = made, order.settings
        self._lay_all()

    def _ready(self, order: _Order, voice: HeardVoice, plan: Plan, made: dict[_Kind, ActedCurves]) -> None:
        self._voice, self.plan = voice, plan
        self._put(order, made)
        self.acted.emit()

    def _ended(self, _task: str) -> None:
        if self._late:
            self._late = False
            self._soon.start()
        elif self._wanted - set(self._curves):
            self._soon.start()

    def _forget(self) -> None:
        """Another sound."""
        self._voice = None
        self._let_go()

    def _stop(self) -> None:
        self._let_go()
        self._lay_all()

    def _let_go(self) -> None:
        self._workers.cancel(TASK)
        self._late, self.plan = False, None
        self._curves.clear()
        self._wanted.clear()
        self._last.clear()
        self.acted.emit()

    def _lay_all(self) -> None:
        for name in tuple(self._state.sides):
            self.lay_over(name)


def _carried(order: _Order, plan: Plan) -> dict[_Kind, ActedCurves]:
    """The curves of all frames that are wanted."""
    speech, settings = order.speech, order.settings
    made = {}
    for kind in order.kinds:
        fps, start_s, head, eyes = kind
        count = math.ceil((speech.audio.duration_s + _BEYOND_S - start_s) * fps)
        made[kind] = carried_out(plan, settings, Frames(fps, start_s, max(count, 0), head, eyes), speech.phones)
    return made
