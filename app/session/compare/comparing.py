"""Two or three sources on one sound: who is on which side, how they are laid out, and how they differ in numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand

from app.core.compare import Comparison, compare
from app.core.difference import heat_of
from app.session.base.workers import Job, Workers
from app.session.compare.side_rigs import HEAT, Bodies

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig
    from app.core.track import Animation
    from app.session.session import Session

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
        session: whose slots are compared.

    Attributes:
        layout: ``one`` shows one side at a time, ``split`` all beside one another, ``wipe`` two in one picture with an
            edge, ``overlay`` one translucent over the other, ``difference`` side A with its distance from another as heat.
        blinking: while it lasts, the other side is shown where one is.
        linked: one camera for all sides.
        bodies: what the other sides are shown with.
        numbers_by: side -> how it differs from A.
    """

    #: layout, blinking, pair, cameras' link or a body changed
    changed = Signal()
    #: the numbers changed
    measured = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.layout: Layout = "one"
        self.blinking = False
        self.linked = True
        self.numbers_by: dict[str, Comparison] = {}
        self._pair = "B"
        self._before_solo: Layout | None = None
        self._session = session
        self._workers = Workers(self)
        self.bodies = Bodies(session)
        self.bodies.changed.connect(self._prepare)
        self.bodies.changed.connect(self.changed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._measure)
        session.avatar_loaded.connect(self._avatar_changed)
        session.animation_grew.connect(lambda _: self._timer.start())

    # -- what there is

    @property
    def others(self) -> tuple[str, ...]:
        """The sides beside A, in order."""
        return tuple(name for name in SIDES[1:] if name in self._session.slots)

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
    def shown_slot(self) -> str:
        """The side that a single picture shows."""
        shown = self._session.shown
        if self.blinking and self.possible:
            return self.pair if shown == "A" else "A"
        return shown

    @property
    def sides(self) -> tuple[str, ...]:
        """The sides that need a picture of their own now and have a body for it."""
        if self._session.live.active or not self.possible:
            return ()
        wanted = {"split": self.others, "wipe": (self.pair,), "overlay": (self.pair,)}.get(self.layout, ())
        if self.layout == "one" and self.bodies.is_own(self.shown_slot):
            wanted = (self.shown_slot,)
        return tuple(name for name in wanted if self.bodies.of(name) is not None)

    @property
    def both(self) -> bool:
        """Whether more than one side is on the picture now."""
        if self.layout == "one" or self._session.live.active or not self.possible:
            return False
        return bool(self.sides) or (self.layout == "difference" and self._heat_body() is not None)

    @property
    def main_slot(self) -> str:
        """The side that moves the session's own body."""
        if self.layout == "difference" and self.both:
            return self.pair if self.blinking else "A"
        return "A" if self.both or self.bodies.is_own(self.shown_slot) else self.shown_slot

    @property
    def soloed(self) -> str:
        """The side that is shown alone for a while, or ""."""
        return self._session.shown if self.layout == "one" and self._before_solo is not None else ""

    # -- what the user does

    def add(self, spec: str) -> str:
        """Put one more source against A.

        Returns:
            Its side; "" when all three are taken.
        """
        free = [name for name in SIDES if name not in self._session.slots]
        if free:
            self.set_source(free[0], spec)
        return free[0] if free else ""

    def set_source(self, side: str, spec: str) -> None:
        """Let a source move a side other than A; "" gives the side up."""
        session = self._session
        if spec and side in session.slots:
            session.set_source(side, spec)
        elif spec:
            first = not self.possible
            session.add_slot(side, spec)
            self._pair = side
            if first:
                self._before_solo = None
                self.set_layout("split")
            self._prepare()
            self.changed.emit()
        elif side in session.slots and side != "A":
            self._give_up(side)

    def _give_up(self, side: str) -> None:
        session = self._session
        session.workers.cancel(session.slots[side].task)
        self._cool()
        del session.slots[side]
        self.bodies.drop(side)
        self.numbers_by.pop(side, None)
        self._prepare()
        if not self.possible:
            self.layout, self._before_solo = "one", None
            self.bodies.drop(HEAT)
        if session.shown == side:
            session.show("A")
        session.source_changed.emit("A", session.slots["A"].spec)
        self.changed.emit()
        self.measured.emit()
        self._timer.start()

    def swap(self) -> None:
        """Let A and the pair's other side change places, with source, tuning and avatar."""
        if self.pair:
            self._session.undo.push(SwapStep(self._exchange, self.pair))

    def _exchange(self, other: str) -> None:
        session = self._session
        if other not in session.slots:
            return
        a, b = session.slots["A"], session.slots[other]
        at_work = [slot for slot in (a, b) if session.workers.running(slot.task)]
        for slot in at_work:
            session.workers.cancel(slot.task)
        self.bodies.exchange(other)
        a.name, b.name = other, "A"
        a.avatar, b.avatar = b.avatar, None
        session.slots["A"], session.slots[other] = b, a
        session.tunings.swap("A", other)
        for name in ("A", other):
            session.source_changed.emit(name, session.slots[name].spec)
            session.animation_grew.emit(name)
        for slot in at_work:
            slot.restart()
            session.motion.animate(slot)

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
        if side not in self._session.slots or not self.possible:
            return
        if self.soloed == side and before is not None:
            self.set_layout(before)
            return
        self._session.show(side)
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

    # -- what is shown

    def pose_others(self, t: float) -> None:
        """Move the other sides' bodies to a time in seconds."""
        for name in self.sides:
            slot = self._session.slots[name]
            _pose(self.bodies.of(name), slot.tuned, t, self._session.links.resting.share(slot, t))
        if self.layout == "difference" and self.both:
            _pose(self._heat_body(), self._session.slots[self.pair].tuned, t)

    def show_heat(self) -> None:
        """Colour side A's body by its distance from the other side's motion; both are posed."""
        rig, other = self._session.rig, self._heat_body()
        if rig is None or other is None or self.layout != "difference" or not self.both or self.blinking:
            return
        for a, b in zip(rig.parts, other.parts, strict=True):
            if a.source.targets is not None:
                a.set_heat(heat_of(a.positions, b.positions))

    def close(self) -> None:
        """End the worker threads."""
        self._timer.stop()
        self._workers.close()
        self.bodies.close()

    # -- inside

    def _cool(self) -> None:
        """Draw side A's body as it is."""
        rig = self._session.rig
        for part in () if rig is None else rig.parts:
            part.set_heat(None)

    def _heat_body(self) -> AvatarRig | None:
        """The pair's motion on side A's avatar, so that the same vertices are compared."""
        pair = self.pair
        return self.bodies.of(HEAT if self.bodies.is_own(pair) else pair) if pair else None

    def _avatar_changed(self, _rig: object) -> None:
        self._prepare()
        self.changed.emit()

    def _prepare(self) -> None:
        """Make the bodies that the layout needs."""
        if not self.possible:
            return
        pair = self.pair
        needed = {"one": (), "split": self.others, "difference": (HEAT if self.bodies.is_own(pair) else pair,)}.get(self.layout, (pair,))
        self.bodies.need({*needed, *(name for name in self.others if self.bodies.is_own(name))})

    def _measure(self) -> None:
        session = self._session
        a = session.slots["A"].tuned
        tracks = {name: made.arkit for name in self.others if (made := session.slots[name].tuned) is not None and len(made.arkit)}
        if a is None or not len(a.arkit) or not tracks:
            self._show_numbers({})
            return
        phones = () if session.speech is None else session.speech.phones

        def work(job: Job) -> None:
            job.post(self._show_numbers, {name: compare(a.arkit, track, phones) for name, track in tracks.items()})

        self._workers.start("numbers", work)

    def _show_numbers(self, numbers: dict[str, Comparison]) -> None:
        self.numbers_by = numbers
        self.measured.emit()


def _pose(rig: AvatarRig | None, made: Animation | None, t: float, share: float = 1.0) -> None:
    """Pose a body by an animation, of which a share is shown."""
    if rig is not None:
        weights = np.zeros(52, np.float32) if made is None else np.float32(share) * made.arkit.sample(t)
        rig.pose(weights, None if made is None or made.visemes is None else made.visemes.sample(t))
