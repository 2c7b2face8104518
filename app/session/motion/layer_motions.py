"""The motions of layers: each is made once, by its own source over the present speech, or read from its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.core.layers import LIVE
from app.core.native import of_family
from app.core.source_spec import SourceSpec
from app.core.track import Animation
from app.lipsync.layered import is_kept_motion, kept_motion, layer_title
from app.lipsync.registry import abilities_of
from app.lipsync.source import LipSyncSource
from app.session.base.emotion import Emotion
from app.session.base.growing import GrowingAnimation
from app.session.base.side import with_stretch
from app.session.base.workers import Job, Workers
from app.session.motion.animating import Estimates, Order, Part, Receivers, animate
from app.session.state import State

#: motions that no layer wants any more, kept for an undo or a second thought
MOST_IDLE = 6


@dataclass(frozen=True)
class MotionKey:
    """What tells one motion from all others of the same speech.

    Attributes:
        source: who makes it.
        parameters: the source's own, by name.
    """

    source: SourceSpec
    parameters: tuple[tuple[str, float], ...] = ()


def motion_key(source: SourceSpec, native: Mapping[str, float]) -> MotionKey:
    """The motion of a source with the parameters of a tuning."""
    return MotionKey(source, tuple(sorted(of_family(native, abilities_of(source).family).items())))


@dataclass(eq=False)
class _Making:
    """How far a motion is.

    Attributes:
        key: which.
        task: name of its job.
        maker: the source, once it exists.
        parts_done: how many parts of the speech it covers.
        growing: what was made so far.
        former: what stands in until as much is made anew; or all of it, of a file.
        fault: why there is no more, "" while nothing is wrong.
    """

    key: MotionKey
    task: str
    maker: LipSyncSource | None = None
    parts_done: int = 0
    growing: GrowingAnimation = field(default_factory=GrowingAnimation)
    former: Animation | None = None
    fault: str = ""

    @property
    def animation(self) -> Animation | None:
        """The motion as far as it is there."""
        made, former = self.growing.animation, self.former
        return former if made is None or (former is not None and len(former.arkit) > len(made.arkit)) else made

    def begin_again(self, stands_in: bool) -> None:
        """Forget what was made; it may stand in until there is as much again."""
        self.former = self.animation if stands_in else None
        self.parts_done, self.growing, self.fault = 0, GrowingAnimation(), ""


class LayerMotions(QObject):
    """Makes what is wanted, gives up what is not, and follows the speech as the sides' own motion does.

    Args:
        state: whose speech is spoken.
        workers: run the sources.
        emotion: what the faces feel.
        parent: the session.
    """

    #: a MotionKey of which there is more, or less
    changed = Signal(object)

    def __init__(self, state: State, workers: Workers, emotion: Emotion, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._workers, self._emotion = state, workers, emotion
        self._made: dict[MotionKey, _Making] = {}
        self._wanted: set[MotionKey] = set()
        self._estimates = Estimates()
        self._count = 0
        state.sides_cleared.connect(self._forget)
        state.parts_changed.connect(self._go_on)
        emotion.settled.connect(self._feel)
        workers.failed.connect(self._failed)
        workers.crashed.connect(lambda task: self._failed(task, "It ended in an error that nobody foresaw."))
        workers.stopped.connect(self._stopped)
        workers.ended.connect(self._job_ended)

    def of(self, key: MotionKey) -> Animation | None:
        """A motion as far as it is there, None before its first frame."""
        making = self._made.get(key)
        return None if making is None else making.animation

    def fault_of(self, key: MotionKey) -> str:
        """Why a motion is not made, in a sentence; "" while nothing is wrong."""
        making = self._made.get(key)
        return "" if making is None else making.fault

    def busy_with(self, key: MotionKey) -> bool:
        """Whether a motion is being made."""
        making = self._made.get(key)
        return making is not None and self._workers.running(making.task)

    def want(self, keys: Iterable[MotionKey]) -> None:
        """Make these motions and no others; what was made to its end is kept for a while, so that it can come back at once."""
        self._wanted = {key for key in keys if key.source != LIVE}
        idle = [key for key in self._made if key not in self._wanted]
        for key in idle:
            unfinished = self._workers.running(self._made[key].task) or self._made[key].animation is None
            if unfinished or len(idle) > MOST_IDLE:
                self._give_up(key)
        for key in sorted(self._wanted - set(self._made), key=lambda each: str(each.source)):
            self._count += 1
            self._made[key] = _Making(key, f"layer {self._count}, {layer_title(key.source)}")
            self._animate(self._made[key])

    def note_missing(self, key: MotionKey, sentence: str) -> None:
        """A motion cannot be made because its file is not there, which somebody else tells the user."""
        self._count += 1
        self._made.setdefault(key, _Making(key, f"layer {self._count}", fault=sentence))

    def mend(self, touched: Callable[[LipSyncSource], list[tuple[float, Animation]] | None]) -> None:
        """Words and phones moved: motions that are made of them are made anew where that has a hand in them.

        Args:
            touched: a source -> its stretches anew, and where the parts that they are of begin; None where all is to be made anew.
        """
        for key, making in tuple(self._made.items()):
            if not abilities_of(key.source).follows_timings:
                continue
            if key not in self._wanted:
                self._give_up(key)
                continue
            whole, maker = making.animation, making.maker
            is_complete = making.parts_done >= len(self._state.parts) and not self._workers.running(making.task)
            stretches = touched(maker) if is_complete and maker is not None else None
            if whole is None or stretches is None:
                self._workers.cancel(making.task)
                making.begin_again(stands_in=True)
                self._animate(making)
                continue
            for offset_s, stretch in stretches:
                whole = with_stretch(whole, offset_s, stretch)
            making.growing, making.former = GrowingAnimation(), whole
            self.changed.emit(key)

    def try_again(self, key: MotionKey) -> None:
        """Let a source that gave up begin again."""
        making = self._made.get(key)
        if making is not None and making.fault:
            making.begin_again(stands_in=True)
            self._animate(making)
            self.changed.emit(key)

    # -- inside

    def _give_up(self, key: MotionKey) -> None:
        self._workers.cancel(self._made.pop(key).task)

    def _animate(self, making: _Making) -> None:
        """Start on what is missing of a motion, unless it is at work, has caught up or has failed."""
        if making.fault or self._workers.running(making.task):
            return
        spec, parts = making.key.source, self._state.parts
        if is_kept_motion(spec):
            if making.former is None:
                self._workers.start(making.task, lambda job: self._read(job, making))
            return
        if making.parts_done >= len(parts):
            return
        part = Part(making.parts_done, *parts[making.parts_done]).for_source(abilities_of(spec))
        if abilities_of(spec).needs_phones and part.lacks_timings:
            return  # they are being searched
        felt = self._emotion
        order = Order(part, felt.settings, dict(making.key.parameters), felt.listener, None, self._estimates, felt.written)

        def nothing(*_: Any) -> None:
            """What a side would do."""

        calls: tuple[Callable[..., None], ...] = (self._source_ready, self._chunk_ready, self._part_ready)
        made, grew, done = (partial(call, making) for call in calls)
        then = Receivers(nothing, made, nothing, nothing, grew, done)
        maker = making.maker or spec
        self._workers.start(making.task, lambda job: animate(job, maker, order, then))

    def _read(self, job: Job, making: _Making) -> None:
        job.post(self._file_ready, making, kept_motion(making.key.source))

    def _file_ready(self, making: _Making, motion: Animation) -> None:
        making.former = motion
        self.changed.emit(making.key)

    def _source_ready(self, making: _Making, source: LipSyncSource) -> None:
        making.maker = source

    def _chunk_ready(self, making: _Making, part: Part, chunk: Animation) -> None:
        making.growing.append(part.offset_s, chunk)
        self.changed.emit(making.key)

    def _part_ready(self, making: _Making, part: Part) -> None:
        making.growing.finish_part(part.offset_s, part.duration_s)
        making.parts_done += 1
        if making.parts_done == len(self._state.parts):
            making.former = None
        self.changed.emit(making.key)

    def _go_on(self) -> None:
        for key in tuple(self._made):
            if key in self._wanted:
                self._animate(self._made[key])

    def _forget(self) -> None:
        """Another speech: what was made of the former one is gone; a file is what it was."""
        for key, making in tuple(self._made.items()):
            if key not in self._wanted:
                self._give_up(key)
            elif not is_kept_motion(key.source):
                self._workers.cancel(making.task)
                making.begin_again(stands_in=False)

    def _feel(self) -> None:
        """Something else is felt: faces that can are made anew."""
        for key, making in tuple(self._made.items()):
            if abilities_of(key.source).feels and key not in self._wanted:
                self._give_up(key)
            elif abilities_of(key.source).feels:
                self._workers.cancel(making.task)
                making.begin_again(stands_in=True)
                self._animate(making)

    # -- what the workers tell

    def _job_ended(self, task: str) -> None:
        making = self._by_task(task)
        if making is not None:
            self._animate(making)
            self.changed.emit(making.key)

    def _by_task(self, task: str) -> _Making | None:
        return next((making for making in self._made.values() if making.task == task), None)

    def _failed(self, task: str, sentence: str) -> None:
        making = self._by_task(task)
        if making is not None and not making.fault:
            making.fault = sentence
            self.changed.emit(making.key)

    def _stopped(self, tasks: Iterable[str]) -> None:
        for task in tasks:
            self._failed(task, "You stopped it; press here to let it begin again.")
