"""What the shapes under the pointer move lights up on the face."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.avatar.influence import Influence
from app.avatar.rig import AvatarRig
from app.core.arkit import ARKIT_INDEX
from app.session.compare.comparing import Comparing
from app.session.state import State

Channels = tuple[str, ...]


class RegionLight(QObject):
    """Lights up and puts out; while nothing is lit it costs nothing.

    Args:
        state: has the sides.
        comparing: has their bodies.
        redraw: asks for another picture.
        parent: Qt's.

    Attributes:
        on: whether anything is ever lit.
    """

    def __init__(self, state: State, comparing: Comparing, redraw: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.on = True
        self._state, self._comparing, self._redraw = state, comparing, redraw
        self._known: list[tuple[AvatarRig, Influence]] = []
        self._lit: list[AvatarRig] = []
        self._channels: Channels = ()
        state.avatar_changed.connect(self._forget)

    def set_on(self, on: bool) -> None:
        """Light up from now on, or no more."""
        self.on = on
        if not on:
            self.light(())

    def influence(self, rig: AvatarRig) -> Influence:
        """What the shapes of a body move, known from the first time on."""
        self._known = [(known, what) for known, what in self._known if what.is_current]
        for known, what in self._known:
            if known is rig:
                return what
        made = Influence(rig)
        self._known.append((rig, made))
        return made

    def light(self, channels: Channels) -> None:
        """Light up what some shapes move, on every face on show; nothing for none.

        Args:
            channels: of the 52.
        """
        wanted = tuple(name for name in channels if name in ARKIT_INDEX) if self.on else ()
        if wanted == self._channels:
            return
        self._put_out()
        self._channels = wanted
        for rig in self._bodies() if wanted else ():
            for part, lit in zip(rig.parts, self.influence(rig).region(wanted), strict=True):
                part.set_lit(lit)
            self._lit.append(rig)
        self._redraw()

    def _bodies(self) -> list[AvatarRig]:
        rigs = (self._state.rig, *(self._comparing.side_rigs.of(side) for side in self._state.sides))
        return list({id(rig): rig for rig in rigs if rig is not None}.values())

    def _put_out(self) -> None:
        for rig in self._lit:
            for part in rig.parts:
                part.set_lit(None)
        self._lit.clear()

    def _forget(self, *_: object) -> None:
        """Another avatar: what was lit is not there any more."""
        self._put_out()
        self._channels = ()
        self._known.clear()
