"""Two sources on one sound: who is on which side, how they are laid out, and how they differ in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.core.compare import Comparison, compare
from app.core.difference import heat_of
from app.core.track import Animation
from app.session import opening
from app.session.workers import Job, Workers

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig
    from app.session.session import Session

Layout = Literal["one", "split", "wipe", "difference"]
LAYOUTS: tuple[Layout, ...] = ("one", "split", "wipe", "difference")
#: numbers are computed when changes pause for so long
SETTLE_MS = 250


class Comparing(QObject):
    """The second side.

    Args:
        session: whose slots A and B are compared.

    Attributes:
        layout: ``one`` shows one side at a time, ``split`` both beside one another, ``wipe`` both in one picture,
            ``difference`` side A with its distance from side B as heat.
        blinking: while it lasts, the other side is shown where one is.
        rig_b: a second body of the same avatar, for side B; None until both sides are shown.
        numbers: how the sides differ, None while one of them is not there.
    """

    #: layout, blinking or the second rig changed
    changed = Signal()
    #: the numbers changed
    measured = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.layout: Layout = "one"
        self.blinking = False
        self.rig_b: AvatarRig | None = None
        self.numbers: Comparison | None = None
        self._session = session
        self._workers = Workers(self)
        self._workers.failed.connect(lambda _task, sentence: session.failed.emit(sentence))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._measure)
        session.avatar_loaded.connect(self._avatar_changed)
        session.animation_grew.connect(lambda _: self._timer.start())

    @property
    def possible(self) -> bool:
        """Whether there is a second side."""
        return "B" in self._session.slots

    @property
    def both(self) -> bool:
        """Whether both sides are on the picture now."""
        return self.layout != "one" and self.rig_b is not None and self.possible and not self._session.live.active

    @property
    def shown_slot(self) -> str:
        """The slot that the one picture shows."""
        shown = self._session.shown
        if self.blinking and self.possible:
            return "B" if shown == "A" else "A"
        return shown

    # -- what the user does

    def set_source_b(self, spec: str) -> None:
        """Let a source move side B; "" gives side B up."""
        session = self._session
        if spec and self.possible:
            session.set_source("B", spec)
        elif spec:
            session.add_slot("B", spec)
            self.set_layout("split")
        elif self.possible:
            session.workers.cancel(session.slots["B"].task)
            self._cool()
            del session.slots["B"]
            self.layout, self.rig_b, self.numbers = "one", None, None
            session.show("A")
            session.source_changed.emit("A", session.slots["A"].spec)
            self.changed.emit()
            self.measured.emit()

    def swap(self) -> None:
        """Let the sides change places, with source and tuning."""
        session = self._session
        if not self.possible:
            return
        a, b = session.slots["A"], session.slots["B"]
        if session.workers.running(a.task, b.task):
            session.notice.emit("The sides can change places when both are animated.")
            return
        a.name, b.name = "B", "A"
        session.slots["A"], session.slots["B"] = b, a
        session.tunings.swap()
        for name in ("A", "B"):
            session.source_changed.emit(name, session.slots[name].spec)
            session.animation_grew.emit(name)

    def set_layout(self, layout: Layout) -> None:
        """Show one side or both."""
        if layout == self.layout:
            return
        self.layout = layout
        if layout != "difference":
            self._cool()
        self._prepare()
        self.changed.emit()

    def set_blinking(self, blinking: bool) -> None:
        """Show the other side, or this one again."""
        if blinking != self.blinking:
            self.blinking = blinking
            self.changed.emit()

    # -- what is shown

    def pose_b(self, t: float) -> None:
        """Move the second body to a time in seconds."""
        if self.rig_b is None or not self.possible:
            return
        made = self._session.slots["B"].tuned
        self.rig_b.pose(_weights(made, t), None if made is None or made.visemes is None else made.visemes.sample(t))

    def show_heat(self) -> None:
        """Colour side A's body by its distance from side B's; both are posed."""
        rig = self._session.rig
        if rig is None or self.rig_b is None or self.layout != "difference":
            return
        for a, b in zip(rig.parts, self.rig_b.parts, strict=True):
            if a.source.targets is not None:
                a.set_heat(heat_of(a.positions, b.positions))

    def _cool(self) -> None:
        """Draw side A's body as it is."""
        rig = self._session.rig
        for part in () if rig is None else rig.parts:
            part.set_heat(None)

    def close(self) -> None:
        """End the worker threads."""
        self._timer.stop()
        self._workers.close()

    # -- inside

    def _avatar_changed(self, _rig: object) -> None:
        self.rig_b = None
        self._prepare()
        self.changed.emit()

    def _prepare(self) -> None:
        """Make the second body off the GUI thread; the avatar's file is not read again."""
        rig = self._session.rig
        if self.layout == "one" or self.rig_b is not None or rig is None:
            return
        self._workers.start("second body", lambda job: job.post(self._body_ready, rig, opening.second_rig(rig)))

    def _body_ready(self, first: AvatarRig, second: AvatarRig) -> None:
        if self._session.rig is first:
            self.rig_b = second
            self.changed.emit()

    def _measure(self) -> None:
        session = self._session
        a = session.slots["A"].tuned
        b = session.slots["B"].tuned if self.possible else None
        if a is None or b is None or not len(a.arkit) or not len(b.arkit):
            self._show_numbers(None)
            return
        phones = () if session.speech is None else session.speech.phones

        def work(job: Job) -> None:
            job.post(self._show_numbers, compare(a.arkit, b.arkit, phones))

        self._workers.start("numbers", work)

    def _show_numbers(self, numbers: Comparison | None) -> None:
        self.numbers = numbers
        self.measured.emit()


def _weights(made: Animation | None, t: float) -> np.ndarray:
    return np.zeros(52, np.float32) if made is None else made.arkit.sample(t)
