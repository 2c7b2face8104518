"""Two or three sources on one sound: who is on which side, how they are laid out, and how they differ in numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.core.compare import Comparison, compare
from app.core.source_spec import SourceSpec
from app.session.adjust.tunings import Tunings
from app.session.base.messages import Messages
from app.session.base.side import task_of
from app.session.base.workers import Job, Workers
from app.session.compare.side_rigs import HEAT, SideRigs
from app.session.live.live import Live
from app.session.motion.motion import Motion
from app.session.motion.sources import Sources
from app.session.state import State

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig

Layout = Literal["one", "split", "wipe", "overlay", "difference"]
LAYOUTS: tuple[Layout, ...] = ("one", "split", "wipe", "overlay", "difference")
SIDES = ("A", "B", "C")
#: numbers are computed when changes pause for so long
SETTLE_MS = 250


class SwapStep(QUndoCommand):
    """Two sides changed places; what was tuned before and after is undone on the right ones.

    Args:
        exchange: lets side A and another change places; called again, they are where they were.
        other: the other side.
    """

    def __init__(self, exchange: Callable[[str], None], other: str) -> None:
        super().__init__(f"Swap A and {other}")
        self._exchange, self._other = exchange, other

    def redo(self) -> None:
        """Let them change places."""
        self._exchange(self._other)

    def undo(self) -> None:
        """And back."""
        self._exchange(self._other)


class Comparing(QObject):
    """The sides beside A.

    Args:
        state: whose sides are compared.
        workers: run the sources.
        sources: asked for a side's source.
        motion: goes on when sides have changed places.
        tunings: follow the sides.
        live: while it is active, one face is shown.
        undo: takes an exchange.
        messages: told what fails.
        parent: the session.

    Attributes:
        layout: ``one`` shows one side at a time, ``split`` all beside one another, ``wipe`` two in one picture with an
            edge, ``overlay`` one translucent over the other, ``difference`` side A with its distance from another as heat.
        blinking: while it lasts, the other side is shown where one is.
        linked: one camera for all sides.
        side_rigs: what the other sides are shown with.
        numbers_by: side -> how it differs from A.
    """

    #: layout, blinking, pair, cameras' link or a body changed
    changed = Signal()
    #: the numbers changed
    measured = Signal()

    def __init__(
        self, state: State, workers: Workers, *, sources: Sources, motion: Motion, tunings: Tunings, live: Live, undo: QUndoStack,
        messages: Messages, parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.layout: Layout = "one"
        self.blinking = False
        self.linked = True
        self.numbers_by: dict[str, Comparison] = {}
        self._pair = "B"
        self._before_solo: Layout | None = None
        self._state, self._jobs, self._sources, self._motion = state, workers, sources, motion
        self._tunings, self._live, self._undo = tunings, live, undo
        self._workers = Workers(messages.fail_task, self)
        self.side_rigs = SideRigs(state, messages, self)
        self.side_rigs.changed.connect(self._prepare)
        self.side_rigs.changed.connect(self.changed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._measure)
        state.avatar_changed.connect(self._avatar_changed)
        state.motion_changed.connect(lambda _: self._timer.start())

    # -- what there is

    @property
    def others(self) -> tuple[str, ...]:
        """The sides beside A, in order."""
        return tuple(name for name in SIDES[1:] if name in self._state.sides)

    @property
    def possible(self) -> bool:
        """Whether there is a second side."""
        return bool(self.others)

    @property
    def pair(self) -> str:
        """The side that wipe, overlay, heat and swap set against A; "" without any."""
        others = self.others
        return self._pair if self._pair in others else others[0] if others else ""

    @property
    def numbers(self) -> Comparison | None:
        """How the pair differs, None while one side is not there."""
        return self.numbers_by.get(self.pair)

    @property
    def pictured_side(self) -> str:
        """The side that a single picture shows."""
        shown = self._state.shown
        if self.blinking and self.possible:
            return self.pair if shown == "A" else "A"
        return shown

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides that need a picture of their own now and have a body for it."""
        if self._live.active or not self.possible:
            return ()
        wanted = {"split": self.others, "wipe": (self.pair,), "overlay": (self.pair,)}.get(self.layout, ())
        if self.layout == "one" and self.side_rigs.is_own(self.pictured_side):
            wanted = (self.pictured_side,)
        return tuple(name for name in wanted if self.side_rigs.of(name) is not None)

    @property
    def both(self) -> bool:
        """Whether more than one side is on the picture now."""
        if self.layout == "one" or self._live.active or not self.possible:
            return False
        return bool(self.sides) or (self.layout == "difference" and self.heat_rig is not None)

    @property
    def main_side(self) -> str:
        """The side that moves the session's own body."""
        if self.layout == "difference" and self.both:
            return self.pair if self.blinking else "A"
        return "A" if self.both or self.side_rigs.is_own(self.pictured_side) else self.pictured_side

    @property
    def heat_rig(self) -> AvatarRig | None:
        """The pair's motion on side A's avatar, so that the same vertices are compared."""
        pair = self.pair
        return self.side_rigs.of(HEAT if self.side_rigs.is_own(pair) else pair) if pair else None

    @property
    def soloed(self) -> str:
        """The side that is shown alone for a while, or ""."""
        return self._state.shown if self.layout == "one" and self._before_solo is not None else ""

    # -- what the user does

    def add(self, spec: SourceSpec | str) -> str:
        """Put one more source against A.

        Returns:
            Its side; "" when all three are taken.
        """
        free = [name for name in SIDES if name not in self._state.sides]
        if free:
            self.set_source(free[0], spec)
        return free[0] if free else ""

    def set_source(self, side: str, spec: SourceSpec | str) -> None:
        """Let a source move a side other than A; "" gives the side up."""
        if spec and side in self._state.sides:
            self._sources.choose(side, spec)
        elif spec:
            first = not self.possible
            self._sources.choose(side, spec)
            self._pair = side
            if first:
                self._before_solo = None
                self.set_layout("split")
            self._prepare()
            self.changed.emit()
        elif side in self._state.sides and side != "A":
            self._give_up(side)

    def set_lanes(self, specs: Sequence[SourceSpec]) -> None:
        """Set up to three sources beside one another; sides that they do not need are given up."""
        for side, spec in zip(SIDES, specs, strict=False):
            if side == "A" and self._state.sides["A"].spec != spec:
                self._sources.choose("A", spec)
            elif side not in self._state.sides or self._state.sides[side].spec != spec:
                self.set_source(side, spec)
        for side in SIDES[len(specs) :]:
            self.set_source(side, "")
        self.set_layout("split" if len(specs) > 1 else "one")

    def _give_up(self, side: str) -> None:
        self._jobs.cancel(task_of(side))
        self._cool()
        self.side_rigs.drop(side)
        self.numbers_by.pop(side, None)
        self._state.remove(side)
        self._prepare()
        if not self.possible:
            self.layout, self._before_solo = "one", None
            self.side_rigs.drop(HEAT)
        self.changed.emit()
        self.measured.emit()
        self._timer.start()

    def swap(self) -> None:
        """Let A and the pair's other side change places, with source, tuning and avatar."""
        if self.pair:
            self._undo.push(SwapStep(self._exchange, self.pair))

    def _exchange(self, other: str) -> None:
        if other not in self._state.sides:
            return
        at_work = [name for name in ("A", other) if self._jobs.running(task_of(name))]
        for name in at_work:
            self._jobs.cancel(task_of(name))
        self._state.exchange(other, self.side_rigs.lend(other))
        self._tunings.exchange("A", other)
        for name in at_work:
            self._motion.begin_again({"A": other}.get(name, "A"))

    def set_layout(self, layout: Layout) -> None:
        """Show one side or several."""
        self._before_solo = None
        if layout == self.layout:
            return
        self.layout = layout
        if layout != "difference":
            self._cool()
        self._prepare()
        self.changed.emit()

    def set_pair(self, side: str) -> None:
        """Choose who stands against A where only two are shown."""
        if side in self.others and side != self.pair:
            self._pair = side
            self._prepare()
            self.changed.emit()
            self.measured.emit()

    def solo(self, side: str) -> None:
        """Show a side alone; asked again for the same side, what was before."""
        before, layout = self._before_solo, self.layout
        if side not in self._state.sides or not self.possible:
            return
        if self.soloed == side and before is not None:
            self.set_layout(before)
            return
        self._state.show(side)
        self.set_layout("one")
        self._before_solo = before or (layout if layout != "one" else "split")
        self.changed.emit()

    def set_linked(self, linked: bool) -> None:
        """Look at all sides through one camera, or at each through its own."""
        if linked != self.linked:
            self.linked = linked
            self.changed.emit()

    def set_blinking(self, blinking: bool) -> None:
        """Show the other side, or this one again."""
        if blinking != self.blinking:
            self.blinking = blinking
            if blinking and self.layout == "difference":
                self._cool()
            self.changed.emit()

    def close(self) -> None:
        """End the worker threads."""
        self._timer.stop()
        self._workers.close()
        self.side_rigs.close()

    # -- inside

    def _cool(self) -> None:
        """Draw side A's body as it is."""
        rig = self._state.rig
        for part in () if rig is None else rig.parts:
            part.set_heat(None)

    def _avatar_changed(self, _rig: object) -> None:
        self._prepare()
        self.changed.emit()

    def _prepare(self) -> None:
        """Make the bodies that the layout needs."""
        if not self.possible:
            return
        pair = self.pair
        needed = {"one": (), "split": self.others, "difference": (HEAT if self.side_rigs.is_own(pair) else pair,)}.get(self.layout, (pair,))
        self.side_rigs.need({*needed, *(name for name in self.others if self.side_rigs.is_own(name))})

    def _measure(self) -> None:
        sides, speech = self._state.sides, self._state.speech
        a = sides["A"].tuned
        tracks = {name: made.arkit for name in self.others if (made := sides[name].tuned) is not None and len(made.arkit)}
        if a is None or not len(a.arkit) or not tracks:
            self._show_numbers({})
            return
        phones = () if speech is None else speech.phones

        def work(job: Job) -> None:
            job.post(self._show_numbers, {name: compare(a.arkit, track, phones) for name, track in tracks.items()})

        self._workers.start("numbers", work)

    def _show_numbers(self, numbers: dict[str, Comparison]) -> None:
        self.numbers_by = numbers
        self.measured.emit()
