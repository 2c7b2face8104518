"""Lets the sides' sources work through the parts of the speech, each in its own job."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.core.emotion import EmotionTimeline
from app.core.native import of_family
from app.core.track import Animation
from app.lipsync.source import LipSyncSource
from app.session.adjust.tunings import Tunings
from app.session.base.emotion import Emotion
from app.session.base.playback import Playback
from app.session.base.side import Side
from app.session.base.workers import Workers
from app.session.link.links import Links
from app.session.motion.animating import Estimates, Order, Part, Receivers, animate
from app.session.motion.layers import Layers
from app.session.state import State

#: what is made first when parameters change: so much before and after the cursor, in seconds
BEHIND_S, AHEAD_S = 0.3, 1.2


class Motion(QObject):
    """What is to be animated, and how far the sides are.

    Args:
        state: whose sides are served.
        workers: run the sources.
        playback: what is around its cursor is made first.
        emotion: what the face feels.
        tunings: what was made is shown as they say.
        layers: are laid over what was made.
        links: follow what comes over a wire.
        parent: the session.
    """

    #: side: something new of its motion is there
    made = Signal(str)
    #: side: its source is there
    source_made = Signal(str)

    def __init__(
        self, state: State, workers: Workers, *, playback: Playback, emotion: Emotion, tunings: Tunings,
        layers: Layers, links: Links, parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._state, self._workers, self._playback = state, workers, playback
        self._emotion, self._tunings, self._layers, self._links = emotion, tunings, layers, links
        layers.make_again = self.begin_again
        self._estimates = Estimates()
        state.sides_cleared.connect(self._cancel_all)
        state.parts_changed.connect(self.animate_all)
        workers.failed.connect(lambda task, _: self._give_up([task]))
        workers.crashed.connect(lambda task: self._give_up([task]))
        workers.stopped.connect(self._give_up)
        workers.ended.connect(self._job_ended)
        emotion.settled.connect(self.remake)

    def parameters_of(self, name: str) -> dict[str, float]:
        """The parameters of its own that a side's source is to take."""
        return of_family(self._tunings.of(name).native, self._state.sides[name].abilities.family)

    def animate(self, name: str, look_ahead: bool = False) -> None:
        """Start on a side's next part, unless it is at work, has caught up or has failed.

        Args:
            name: whose.
            look_ahead: first show what is around the cursor, where that is quick.
        """
        side, parts = self._state.sides[name], self._state.parts
        if side.failed or self._workers.running(side.task) or side.parts_done >= len(parts):
            return
        part = Part(side.parts_done, *parts[side.parts_done]).for_source(side.abilities)
        if side.abilities.needs_phones and part.lacks_timings:
            return  # they are being searched
        side = replace(side, parameters=self.parameters_of(name))
        self._state.put(side)
        ahead = self._looked_at(side) if look_ahead else None
        felt = self._emotion
        order = Order(part, felt.settings, side.parameters, felt.listener, ahead, self._estimates, felt.written)
        calls = (self._source_ready, self._part_felt, self._glimpsed, self._chunk_ready, self._part_ready)
        then = Receivers(self._links.watcher(side, part.number, part.offset_s), *(partial(call, name) for call in calls))
        maker = side.source or side.spec
        self._workers.start(side.task, lambda job: animate(job, maker, order, then))

    def _looked_at(self, side: Side) -> tuple[Part, tuple[float, float]] | None:
        """The part at the cursor, and a stretch of it that is or will soon be seen."""
        now = self._playback.now()
        found = [Part(i, *each) for i, each in enumerate(self._state.parts) if each[0] <= now + AHEAD_S]
        if not found:
            return None
        part = found[-1].for_source(side.abilities)
        return part, (now - BEHIND_S - part.offset_s, now + AHEAD_S - part.offset_s)

    def animate_all(self) -> None:
        """Let every side work on what it has not done yet."""
        for name in tuple(self._state.sides):
            self.animate(name)

    def remake(self) -> None:
        """Animate anew what feels something else now; the former motion is shown until the new one is there."""
        for side in tuple(self._state.sides.values()):
            if side.abilities.feels:
                self.retune(side.name)

    def retune(self, name: str) -> None:
        """Animate a side anew with its source's present parameters; what is around the cursor first."""
        side = self._state.sides[name]
        self._workers.cancel(side.task)
        self._state.put(side.restarted())
        self.animate(name, look_ahead=True)

    def try_again(self, name: str) -> None:
        """Let a source that gave up begin again."""
        side = self._state.sides.get(name)
        if side is not None and side.failed:
            self.begin_again(name)

    def begin_again(self, name: str) -> None:
        """Animate a side from the first part on; the former motion is shown until the new one is there."""
        self._state.put(self._state.sides[name].restarted())
        self.animate(name)

    # -- what the sources tell

    def _source_ready(self, name: str, source: LipSyncSource) -> None:
        self._state.put(replace(self._state.sides[name], source=source))
        self.source_made.emit(name)

    def _part_felt(self, name: str, part: Part, line: EmotionTimeline) -> None:
        if name == self._state.shown or not self._state.shown_side.abilities.feels:
            self._emotion.add_estimate(part.offset_s, line)

    def _glimpsed(self, name: str, part: Part, stretch: Animation) -> None:
        self._show(self._state.sides[name].patched(part.offset_s, stretch))

    def _chunk_ready(self, name: str, part: Part, chunk: Animation) -> None:
        side = self._state.sides[name]
        side.growing.append(part.offset_s, chunk)
        self._show(side)

    def _part_ready(self, name: str, part: Part) -> None:
        side = self._state.sides[name]
        side.growing.finish_part(part.offset_s, part.duration_s)
        complete = side.parts_done + 1 == len(self._state.parts)
        self._show(replace(side, parts_done=side.parts_done + 1, former=None if complete else side.former))

    def _show(self, side: Side) -> None:
        side = side.grown()
        raw = self._layers.over(side)
        side = replace(side, raw=raw)
        self._state.put(replace(side, tuned=None if raw is None else self._tunings.applied(side, raw)))
        self.made.emit(side.name)

    # -- what the workers tell

    def _cancel_all(self) -> None:
        for side in self._state.sides.values():
            self._workers.cancel(side.task)

    def _give_up(self, tasks: Iterable[str]) -> None:
        for side in tuple(self._state.sides.values()):
            if side.task in tasks and not side.failed:
                self._state.put(replace(side, failed=True))

    def _job_ended(self, task: str) -> None:
        for side in tuple(self._state.sides.values()):
            if task == side.task:
                self.animate(side.name)
