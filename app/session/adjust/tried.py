"""Edits that are tried on: what they would make of a side is shown, and everything else goes on with the motion as it is."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.core.curve_edits import CurveEdit
from app.core.track import Animation
from app.core.tuning import tuned_animation
from app.session.adjust.tunings import Tunings
from app.session.base.workers import Job, Workers
from app.session.state import State


class TriedEdits(QObject):
    """The motion with edits that are not made yet, by side; made by a worker, so that a long clip stands nothing still.

    Args:
        state: whose sides they are.
        tunings: act before the edits.
        parent: the session's list of edits.

    Attributes:
        motions: side -> what is shown instead of its motion.
    """

    #: side
    changed = Signal(str)
    #: task, sentence: what could not be tried
    failed = Signal(str, str)

    def __init__(self, state: State, tunings: Tunings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.motions: dict[str, Animation] = {}
        self._state, self._tunings = state, tunings
        self._workers = Workers(self.failed.emit, self)
        state.motion_changed.connect(self._drop)
        state.source_changed.connect(lambda side, _spec: self._drop(side))
        state.sound_changed.connect(self._drop_all)

    def show(self, side: str, edits: tuple[CurveEdit, ...] | None, offset_ms: float) -> None:
        """Try edits on a side; arguments as of ``CurveEdits.preview``."""
        held = self._state.sides.get(side)
        self._workers.cancel(side)
        if edits is None or held is None or held.raw is None:
            self._drop(side)
            return
        raw, tuning = held.raw, self._tunings.of(side)
        tuning = replace(tuning, offset_ms=tuning.offset_ms + offset_ms)
        phones = () if self._state.speech is None else self._state.speech.phones
        together = (*held.edits, *edits)

        def work(job: Job) -> None:
            job.post(self._ready, side, tuned_animation(raw, tuning, phones, together))

        self._workers.start(side, work)

    def close(self) -> None:
        """End the thread."""
        self._workers.close()

    def _ready(self, side: str, made: Animation) -> None:
        self.motions[side] = made
        self.changed.emit(side)

    def _drop(self, side: str) -> None:
        """The motion is another one, or nothing is tried on any more."""
        self._workers.cancel(side)
        if self.motions.pop(side, None) is not None:
            self.changed.emit(side)

    def _drop_all(self) -> None:
        for side in tuple(self.motions):
            self._drop(side)
