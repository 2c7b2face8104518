"""Motion that a take kept: shown without its source, given up with its sound, and made again when that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject

from app.core.layers import Layer
from app.core.source_spec import KEPT, SourceSpec
from app.formats.project import ProjectSide
from app.formats.takes.take import Lane
from app.lipsync.registry import abilities_of
from app.remote.link.trust import without_fingerprint
from app.session.base.side import Side
from app.session.keep.project_reading import LoadedProject
from app.session.motion.motion import Motion
from app.session.state import State

#: what plays on a side whose server the user did not want
WITHOUT_SERVER = "visemes"


class KeptMotion(QObject):
    """Puts kept motion in force with the sound that it belongs to.

    Args:
        state: whose sides show it.
        motion: makes it again.
        allows: asked in the GUI thread before the sound is sent to servers.
        parent: the session's projects.
    """

    def __init__(self, state: State, motion: Motion, allows: Callable[[tuple[str, ...]], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._motion, self._allows = state, motion, allows
        self._expected: Mapping[str, Lane] = {}
        state.sides_cleared.connect(self._hold)

    def sources(self, loaded: LoadedProject) -> dict[str, ProjectSide]:
        """The sides of a project with sources that may be asked: a side whose motion was kept needs no server, bundle or file.

        Args:
            loaded: what was opened; the servers of its other sides are asked about.
        """
        sides, kept = {name: _trusting_nobody(side) for name, side in loaded.project.sides.items()}, loaded.lanes
        linked = {name for name, side in sides.items() if abilities_of(side.source).is_linked}
        asked = [sides[name].source for name in sides if name in linked and name not in kept]
        far = [layer for name in sides if name not in kept for layer in sides[name].layers if abilities_of(layer.source).is_linked]
        addresses = tuple(dict.fromkeys([*asked, *(str(layer.source) for layer in far)]))
        allowed = not addresses or self._allows(addresses)

        def source(name: str) -> str:
            words = sides[name].source
            if name in kept and (name in linked or name in loaded.lost_sources):
                return f"{KEPT}:{words}"
            return WITHOUT_SERVER if name in linked and not allowed else words

        def layers(side: ProjectSide) -> tuple[Layer, ...]:
            return side.layers if allowed else tuple(replace(layer, on=layer.on and layer not in far) for layer in side.layers)

        return {name: replace(side, source=source(name), layers=layers(side)) for name, side in sides.items()}

    def expect(self, lanes: Mapping[str, Lane]) -> None:
        """The sound that is put in force next has this motion."""
        self._expected = lanes

    def make_again(self, name: str) -> None:
        """Let the source of a side make its motion anew; until it has, the kept one is shown."""
        side = self._state.sides[name]
        if side.spec.kind != KEPT:
            self._motion.begin_again(name)
            return
        source = SourceSpec.parse(side.spec.argument)
        if abilities_of(source).is_linked and not self._allows((str(source),)):
            return
        self._state.set_source(name, source)
        self._state.put(replace(self._state.sides[name], former=side.raw, own=side.raw, raw=side.raw, tuned=side.tuned))
        self._motion.animate(name)

    def _hold(self) -> None:
        """Another sound: the kept motion that belongs to it is put in force; that of the former sound is gone with it."""
        lanes, self._expected = self._expected, {}
        for name, side in tuple(self._state.sides.items()):
            lane = lanes.get(name)
            if lane is not None:
                self._state.put(side.holding(lane.raw, lane.tuned, max(len(self._state.parts), 1)))
            elif side.spec.kind == KEPT:
                self._state.set_source(name, SourceSpec.parse(WITHOUT_SERVER))


def _trusting_nobody(side: ProjectSide) -> ProjectSide:
    """A file may come from somebody else: the certificates that it names are not trusted for that."""
    layers = (replace(each, source=SourceSpec.parse(without_fingerprint(str(each.source)))) for each in side.layers)
    return replace(side, source=without_fingerprint(side.source), layers=tuple(layers))


def source_of(side: Side) -> str:
    """A side's source as a file names it: who made the motion, where that was kept."""
    return side.spec.argument if side.spec.kind == KEPT else str(side.spec)
