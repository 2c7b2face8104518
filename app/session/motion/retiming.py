"""The sides follow words and phones that are moved: what is made of them is solved again, what is made from the sound is warped."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.core.errors import PreviewError
from app.core.layers import LIVE
from app.core.source_spec import SourceSpec
from app.core.speech import Speech
from app.core.timing.warped import WarpedMotion
from app.core.track import Animation
from app.lipsync.registry import abilities_of
from app.lipsync.source import LipSyncSource, Mends
from app.session.adjust.timing import Timing
from app.session.base.messages import Messages
from app.session.base.side import Side
from app.session.base.workers import Workers
from app.session.motion.layer_motions import LayerMotions
from app.session.motion.layers import Layers
from app.session.motion.motion import Motion
from app.session.state import State

#: longer stretches are solved by a worker; this much takes a few milliseconds
LONGEST_S = 12.0
Stretches = list[tuple[float, Animation]]


class Retiming(QObject):
    """A stage of the layers, and what lets viseme sides follow.

    Args:
        state: whose sides follow.
        timing: is followed.
        motion: makes all of a side anew, where a stretch is not enough.
        layers: lay the sides' motion over anew; their own motions follow, too.
        layer_motions: make these.
        workers: run the sources.
        messages: told what cannot follow.
        parent: the session.
    """

    def __init__(
        self, state: State, timing: Timing, *, motion: Motion, layers: Layers, layer_motions: LayerMotions, workers: Workers,
        messages: Messages, parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._state, self._timing, self._motion, self._layers = state, timing, motion, layers
        self._layer_motions, self._workers, self._messages = layer_motions, workers, messages
        self._sides: dict[int, WarpedMotion] = {}
        self._sources: dict[SourceSpec, WarpedMotion] = {}
        #: sides that begin anew when their present work is done
        self._late: set[str] = set()
        timing.retimed.connect(self._follow)
        workers.ended.connect(self._go_on)
        state.sound_changed.connect(self._forget)
        state.sides_changed.connect(self._forget)

    def over(self, side: Side, motion: Animation) -> Animation:
        """See Stage: motion from the sound, at the times to which what is said was moved."""
        if not is_warped(side.spec, motion):
            return motion
        return self._sides.setdefault(side.serial, WarpedMotion()).of(motion, self._timing.warp())

    def over_layer(self, source: SourceSpec, motion: Animation) -> Animation:
        """The same for the motion of a layer."""
        if source == LIVE or not is_warped(source, motion):
            return motion
        return self._sources.setdefault(source, WarpedMotion()).of(motion, self._timing.warp())

    # -- inside

    def _follow(self, span_s: tuple[float, float]) -> None:
        for side in tuple(self._state.sides.values()):
            if side.kept:
                self._make_kept(side)
            elif side.abilities.follows_timings:
                self._solve(side, span_s)
        self._layer_motions.mend(lambda source: self._stretches(source, span_s))
        for name in tuple(self._state.sides):
            self._layers.lay_over(name)

    def _make_kept(self, side: Side) -> None:
        """Motion that a take kept is made anew by its source, where that is at hand."""
        if self._layers.is_fixed(side):
            self._messages.fail(
                f"Side {side.name} stays as it was kept in the take, for its source is not at hand; choose another source for it to follow."
            )
        else:
            self._motion.begin_again(side.name)

    def _solve(self, side: Side, span_s: tuple[float, float]) -> None:
        """Make the motion of a side anew where the timings have a hand in it."""
        at_work = self._workers.running(side.task)
        is_complete = side.parts_done >= len(self._state.parts) and side.own is not None and not at_work
        stretches = self._stretches(side.source, span_s) if is_complete and side.source is not None else None
        if stretches is not None:
            for offset_s, stretch in stretches:
                side = side.mended(offset_s, stretch)
            self._state.put(side)
        elif at_work and side.former is not None:
            self._late.add(side.name)
        else:
            self._motion.retune(side.name)

    def _stretches(self, source: LipSyncSource, span_s: tuple[float, float]) -> Stretches | None:
        """A source's motion where timings in a stretch have a hand in it, and where the parts that it is of begin; None for too much."""
        if not isinstance(source, Mends) or span_s[1] - span_s[0] > LONGEST_S:
            return None
        first_s, last_s = source.touched(span_s)
        made: Stretches = []
        for offset_s, part in self._state.parts:
            if not isinstance(part, Speech):
                return None
            if offset_s > last_s or offset_s + part.audio.duration_s < first_s:
                continue
            try:
                stretch = source.glimpse(part, (first_s - offset_s, last_s - offset_s))
            except PreviewError:
                return None  # its maker says so when it begins anew
            if stretch is None:
                return None
            made.append((offset_s, stretch))
        return made

    def _go_on(self, task: str) -> None:
        for name in tuple(self._late):
            side = self._state.sides.get(name)
            if side is None or side.task == task:
                self._late.discard(name)
                if side is not None:
                    self._motion.retune(name)

    def _forget(self) -> None:
        serials = {side.serial for side in self._state.sides.values()}
        self._sides = {serial: made for serial, made in self._sides.items() if serial in serials}
        self._sources.clear()


def is_warped(source: SourceSpec, motion: Animation) -> bool:
    """Whether motion goes along by being warped: what is made from the sound, or was recorded with it."""
    return not motion.is_mock and not abilities_of(source).follows_timings
