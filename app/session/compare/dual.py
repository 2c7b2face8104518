"""Two movers of one face: visemes that are always there, and Audio2Face over them for as long as it has motion."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.core.smoothing import smooth_step
from app.core.source_spec import SourceSpec
from app.lipsync.feeling import default_source
from app.lipsync.registry import abilities_of
from app.session.base.playback import Playback
from app.session.base.side import Side
from app.session.compare.comparing import Comparing
from app.session.link.links import Links
from app.session.link.rest_easing import RestEasing
from app.session.motion.sources import Sources
from app.session.state import State

Mode = Literal["off", "dual", "alone"]
#: the way from one mover to the other
EASE_S = 0.25
#: the face goes over to visemes when so much motion is left, and back when there is so much again, in seconds
LEAVE_S, RETURN_S = EASE_S + 0.1, 0.5
#: how far the motion is, is looked at so often
LOOK_MS = 30
VISEMES = SourceSpec("visemes")
_VISEME_KINDS = ("visemes", "azure-visemes")


class Dual(QObject):
    """A stage after the tracks: side A is the fallback, side B the upgrade, and one face goes over between them, eased.

    The face is never without motion while the upgrade is lost, and what moves it is said; when the upgrade has motion again it takes over
    by itself. What is wanted can be changed while the line is spoken, as by showing side A or B.

    Args:
        state: whose sides they are.
        playback: what is heard, the motion must have reached.
        links: know whether a server is lost, and which were used.
        easing: a face that comes back from rest is waited for.
        comparing: gives the sides.
        sources: give side A its source.
        parent: the session.
        clock_s: see below.

    Attributes:
        mode: ``off`` where sides are compared, ``dual`` for visemes behind Audio2Face, ``alone`` for Audio2Face without them.
        wants_upgrade: in ``dual``, whether side B is wanted.
        reason: why side A moves the face although side B is wanted, "" while it does not.
        clock_s: seconds that rise evenly, by which the face goes over.
    """

    #: mode, wish or reason
    changed = Signal()

    def __init__(
        self, state: State, playback: Playback, *, links: Links, easing: RestEasing, comparing: Comparing, sources: Sources,
        parent: QObject | None = None, clock_s: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._state, self._playback, self._links, self._easing = state, playback, links, easing
        self._comparing, self._sources, self.clock_s = comparing, sources, clock_s
        self.mode: Mode = "off"
        self.wants_upgrade = True
        self.reason = ""
        self._shows_upgrade = True
        self._since_s, self._from = 0.0, 1.0
        self._switching = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        state.shown_changed.connect(self._shown)
        state.sides_changed.connect(self._sides_changed)
        links.changed.connect(lambda _: self.look())

    # -- what the user does

    def set_mode(self, mode: Mode) -> None:
        """Go over to another arrangement; it may be while a line is spoken."""
        if mode == self.mode:
            return
        upgrade = self._upgrade()
        self._timer.stop()
        self.mode, self.reason = "off", ""
        if mode == "dual":
            self._begin(upgrade)
        elif mode == "alone":
            self._give_up_visemes(upgrade)
        self.mode = mode
        if mode == "dual":
            self._timer.start()
            self.look()
        self.changed.emit()

    def prefer(self, upgrade: bool) -> None:
        """Let Audio2Face move the face where it can, or visemes in any case."""
        if self.mode == "dual" and upgrade != self.wants_upgrade:
            self.wants_upgrade = upgrade
            self.look()
            self.changed.emit()

    # -- what is shown

    @property
    def blends(self) -> bool:
        """Whether the face on show is moved by both sides, each by its share."""
        comparing = self._comparing
        return self.mode == "dual" and comparing.layout == "one" and not comparing.blinking and not comparing.side_rigs.is_own("B")

    @property
    def share(self) -> float:
        """How much of the face is the upgrade's, 0 to 1; eased."""
        part = min(max((self.clock_s() - self._since_s) / EASE_S, 0.0), 1.0)
        return self._from + (float(self._shows_upgrade) - self._from) * float(smooth_step(np.array(part)))

    def words(self, side: str) -> str:
        """What has to be said of a side beside its name, "" for nothing."""
        return self.reason if side == "A" and self.mode == "dual" else ""

    def look(self) -> None:
        """See how far the upgrade's motion is, and go over where that is due."""
        side = self._state.sides.get("B")
        if self.mode != "dual" or side is None:
            return
        can = self._stays(side) if self._shows_upgrade else self._returns(side)
        reason = "" if can or not self.wants_upgrade else self._why(side)
        if reason != self.reason:
            self.reason = reason
            self.changed.emit()
        self._go_over(can and self.wants_upgrade)

    # -- inside

    def _upgrade(self) -> SourceSpec:
        """The server that moves a side, else the side's own network, else the server that was used last, else the network here."""
        specs = [side.spec for side in self._state.sides.values()]
        linked = [spec for spec in specs if abilities_of(spec).is_linked]
        networks = [spec for spec in specs if abilities_of(spec).is_own_network]
        known = [SourceSpec.parse(spec) for spec in self._links.servers.known]
        return next(iter([*linked, *networks, *known]), default_source())

    def _begin(self, upgrade: SourceSpec) -> None:
        sides, comparing = self._state.sides, self._comparing
        if "C" in sides:
            comparing.set_source("C", "")
        if sides["A"].spec == upgrade and "B" in sides and sides["B"].spec.kind in _VISEME_KINDS:
            comparing.swap()
        elif sides["A"].spec == upgrade:
            comparing.set_source("B", VISEMES)
            comparing.swap()
        if self._state.sides["A"].spec.kind not in _VISEME_KINDS:
            self._sources.choose("A", VISEMES)
        if "B" not in self._state.sides or self._state.sides["B"].spec != upgrade:
            comparing.set_source("B", upgrade)
        comparing.set_layout("one")
        self.wants_upgrade = self._shows_upgrade = True
        self._from = 1.0
        self._show("B")

    def _give_up_visemes(self, upgrade: SourceSpec) -> None:
        """Full replacement: the upgrade moves side A, with the motion that it has made."""
        comparing, sides = self._comparing, self._state.sides
        if "B" in sides and sides["B"].spec == upgrade:
            comparing.set_pair("B")
            comparing.swap()
        elif sides["A"].spec != upgrade:
            self._sources.choose("A", upgrade)
        for name in comparing.others:
            comparing.set_source(name, "")

    def _stays(self, side: Side) -> bool:
        """Whether the upgrade goes on moving the face."""
        if self._state.speech is None:
            return True
        if side.failed:
            return False
        if self._is_done(side):
            return True
        if side.raw is None:
            return not self._playback.playing and not self._links.away("B")
        return not self._playback.playing or side.raw.arkit.end_s >= self._playback.heard() + LEAVE_S

    def _returns(self, side: Side) -> bool:
        """Whether the upgrade may take over again."""
        if self._state.speech is None or (self._is_done(side) and not side.failed):
            return True
        t = self._playback.heard()
        there = side.raw is not None and side.raw.arkit.end_s >= t + RETURN_S
        return there and not side.failed and self._easing.share(side, t) >= 1.0

    def _is_done(self, side: Side) -> bool:
        return side.raw is not None and side.parts_done >= len(self._state.parts) > 0

    def _why(self, side: Side) -> str:
        if self._links.away("B") or (side.failed and side.abilities.is_linked):
            return "server lost"
        return "Audio2Face failed" if side.failed else "Audio2Face is late"

    def _go_over(self, upgrade: bool) -> None:
        if upgrade == self._shows_upgrade:
            return
        share, self._shows_upgrade = self.share, upgrade
        self._since_s, self._from = self.clock_s(), share if self._playback.playing else float(upgrade)
        self._show("B" if upgrade else "A")
        self.changed.emit()

    def _show(self, name: str) -> None:
        self._switching = True
        self._state.show(name)
        self._switching = False

    def _shown(self, name: str) -> None:
        """Somebody chose a side to look at."""
        if self.mode == "dual" and not self._switching and name in ("A", "B"):
            self.prefer(name == "B")
            if self._shows_upgrade != (name == "B"):
                self._show("B" if self._shows_upgrade else "A")

    def _sides_changed(self) -> None:
        wanted = {"dual": "B" in self._state.sides, "alone": len(self._state.sides) == 1}
        if not wanted.get(self.mode, True):
            self.set_mode("off")

    def close(self) -> None:
        """Look at nothing any more."""
        self._timer.stop()
