"""The motion after every stage, from the source to the mesh, and why a shape does not move."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.arkit import ARKIT_INDEX
from app.core.curve_edits import CurveEdit
from app.core.speech import Phone
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning, tuning_stages
from app.session.base.side import Side
from app.session.base.workers import Job, Workers

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig

#: in the order in which the motion passes them
STAGES = {
    "raw": "As the source made it",
    "drawn": "Drawn with the mouths of a chart",
    "gain": "After gains and strengths",
    "smooth": "After smoothing",
    "edited": "After edits by hand, held as film",
    "tuned": "Tuned: with ends and A/V offset",
    "sent": "Sent to the mesh",
}
#: a shape that moves less than this does not move
STILL = 0.005
#: stages of motions up to this many frames are made at once: they take about 3 ms; a worker makes those of longer ones
AT_ONCE = 600
_STILL_AFTER = {
    "drawn": "The chart of mouths does not use it.",
    "gain": "Its gain, a mute or solo, or a strength of the tuning holds it still.",
    "smooth": "The smoothing of the tuning holds it still.",
    "edited": "An edit by hand holds it still.",
    "tuned": "The ease at the ends of the clip holds it still.",
}


class _Order(NamedTuple):
    """What stages are made of."""

    raw: Animation
    tuning: Tuning
    phones: tuple[Phone, ...]
    edits: tuple[CurveEdit, ...]

    def made(self) -> dict[str, BlendshapeTrack]:
        """The stages; may take a tenth of a second for minutes of motion."""
        return tuning_stages(self.raw.arkit, self.tuning, self.phones, self.edits, self.raw.visemes)

    def is_like(self, other: _Order | None) -> bool:
        """Whether the same would come of both."""
        if other is None or self.raw is not other.raw or self.phones is not other.phones:
            return False
        return self.tuning == other.tuning and self.edits == other.edits


_NOTHING: tuple[None, dict[str, BlendshapeTrack]] = (None, {})


class StageTracks(QObject):
    """The stages of every side's motion, each made once: nothing is made again while nothing changes.

    Args:
        tuning_of: tells the tuning in force of a side.
        phones: tells the phones of the speech.
        rig_of: tells the body that a side moves.
        on_failure: told the task and a sentence when stages cannot be made.
        parent: Qt's.
    """

    #: side: its stages were made in the background and are there now
    made = Signal(str)

    def __init__(
        self,
        tuning_of: Callable[[str], Tuning],
        phones: Callable[[], tuple[Phone, ...]],
        rig_of: Callable[[str], AvatarRig | None],
        on_failure: Callable[[str, str], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tuning_of, self._phones, self._rig_of = tuning_of, phones, rig_of
        self._made: dict[str, tuple[_Order, dict[str, BlendshapeTrack]]] = {}
        self._coming: dict[str, _Order] = {}
        self._sent: dict[str, tuple[Animation, object, BlendshapeTrack]] = {}
        self._workers = Workers(on_failure, self)

    def of(self, side: Side, stage: str) -> BlendshapeTrack | None:
        """A side's motion after a stage; of a long one that has just changed what it was before, until ``made`` tells of it.

        Args:
            side: whose motion.
            stage: key of STAGES.

        Returns:
            The 52 channels, None while there is no motion.
        """
        if side.tuned is None or side.raw is None or stage == "tuned":
            return None if side.tuned is None else side.tuned.arkit
        if stage == "raw":
            return side.raw.arkit
        if stage == "sent":
            return self._sent_of(side, side.tuned)
        return self._stages(side, side.raw).get(stage, side.raw.arkit)

    def reasons(self, side: Side, channels: Iterable[str]) -> dict[str, str]:
        """Why shapes move less, or not at all, on the face.

        Args:
            side: whose motion.
            channels: some of the 52.

        Returns:
            One sentence for each, "" for those whose motion arrives.
        """
        channels = tuple(channels)
        rig, by_visemes = self._rig_of(side.name), side.tuned is not None and side.tuned.visemes is not None
        found = {c: "" if rig is None or c not in ARKIT_INDEX else rig.held_back(c, by_visemes) for c in channels}
        channels = tuple(channel for channel in channels if channel in ARKIT_INDEX)
        if side.raw is None or side.tuned is None or not channels:
            return found
        stages = self._stages(side, side.raw)
        for channel in channels:
            still = [stage for stage, track in stages.items() if float(np.abs(track.column(channel)).max(initial=0.0)) < STILL]
            if still and still[0] == "raw":
                found[channel] = found[channel] or "The source does not move it."
            elif still:
                found[channel] = _STILL_AFTER[still[0]]
        return found

    def forget_sent(self) -> None:
        """The rig was corrected: what reaches the mesh is another motion."""
        self._sent.clear()

    def close(self) -> None:
        """End the worker threads."""
        self._workers.close()
        self._made.clear()
        self._sent.clear()

    # -- inside

    def _sent_of(self, side: Side, tuned: Animation) -> BlendshapeTrack:
        rig, known = self._rig_of(side.name), self._sent.get(side.name)
        if rig is None:
            return tuned.arkit
        if known is None or known[0] is not tuned or known[1] is not rig:
            visemes = None if tuned.visemes is None else tuned.visemes.weights
            known = self._sent[side.name] = (tuned, rig, tuned.arkit.with_weights(rig.sent(tuned.arkit.weights, visemes)))
        return known[2]

    def _stages(self, side: Side, raw: Animation) -> dict[str, BlendshapeTrack]:
        """All stages of a side's motion, or those of its former state while a worker makes them."""
        name, order = side.name, _Order(raw, self._tuning_of(side.name), self._phones(), side.edits)
        known, stages = self._made.get(name, _NOTHING)
        if order.is_like(known):
            return stages
        if len(raw.arkit) <= AT_ONCE:
            self._workers.cancel(name)
            stages = order.made()
            self._made[name] = (order, stages)
        elif not order.is_like(self._coming.get(name)):
            self._coming[name] = order
            self._workers.start(name, partial(self._make, name, order))
        return stages if len(stages.get("raw", ())) == len(raw.arkit) else {}

    def _make(self, name: str, order: _Order, job: Job) -> None:
        """Make stages in a worker thread, of values that nobody changes."""
        job.post(self._take, name, order, order.made())

    def _take(self, name: str, order: _Order, stages: dict[str, BlendshapeTrack]) -> None:
        self._made[name] = (order, stages)
        self._coming.pop(name, None)
        self.made.emit(name)
