"""What is seen at a time: every body posed by its side's motion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from app.core.difference import heat_of
from app.core.track import Animation
from app.session.compare.comparing import Comparing
from app.session.link.rest_easing import RestEasing
from app.session.live.live import Live
from app.session.pose.life import Life
from app.session.state import State

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig


class Posing:
    """From a time to the bodies. A side's weights are a pure function of (track, t); easing to rest and life come after it.

    Args:
        state: what is shown.
        live: while it is active, its newest face is shown.
        comparing: which sides have bodies.
        easing: how much of its motion a side shows.
        life: of side A's avatar.
    """

    def __init__(self, state: State, live: Live, comparing: Comparing, easing: RestEasing, life: Life) -> None:
        self._state, self._live, self._comparing, self._easing, self._life = state, live, comparing, easing, life
        self._tried: Mapping[str, float] | None = None

    def try_on(self, targets: Mapping[str, float] | None) -> None:
        """Show single targets of the avatar on show and nothing else, until None lets its face go on.

        Args:
            targets: target's name as written in the file -> weight.
        """
        self._tried = targets
        rig = self._state.rig
        if rig is None:
            return
        if targets is None:
            rig.reset()
        else:
            rig.preview(targets)

    def weights_at(self, t: float) -> np.ndarray:
        """(52,) float32 weights shown at a time, or now while live; zeros while there is no animation."""
        return self._live.weights if self._live.weights is not None else self._weights_of(self._state.shown, t)

    def pose(self, t: float) -> None:
        """Move all bodies to a time in seconds; none moves while targets are tried on."""
        if self._tried is not None:
            return
        main, live = self._comparing.main_side, self._live.weights
        shown = self._state.sides[main].tuned
        for side in self._comparing.sides:
            _pose(self._comparing.side_rigs.of(side), self._state.sides[side].tuned, t, self._easing.share(self._state.sides[side], t))
        if live is not None:
            self._life.pose(live, None, t, self._live.owns_eyes)
        else:
            visemes = None if shown is None or shown.visemes is None else shown.visemes.sample(t)
            self._life.pose(self._weights_of(main, t), visemes, t, shown is not None and shown.owns_eyes)
        self._show_heat(t)

    def _weights_of(self, name: str, t: float) -> np.ndarray:
        side = self._state.sides[name]
        if side.tuned is None:
            return np.zeros(52, np.float32)
        weights, share = side.tuned.arkit.sample(t), self._easing.share(side, t)
        return weights if share >= 1.0 else (share * weights).astype(np.float32)

    def _show_heat(self, t: float) -> None:
        """Colour side A's body by its distance from the other side's motion."""
        comparing, rig, other = self._comparing, self._state.rig, self._comparing.heat_rig
        if comparing.layout != "difference" or not comparing.both:
            return
        _pose(other, self._state.sides[comparing.pair].tuned, t)
        if rig is None or other is None or comparing.blinking:
            return
        for a, b in zip(rig.parts, other.parts, strict=True):
            if a.source.targets is not None:
                a.set_heat(heat_of(a.positions, b.positions))


def _pose(rig: AvatarRig | None, made: Animation | None, t: float, share: float = 1.0) -> None:
    """Pose a body by an animation, of which a share is shown."""
    if rig is not None:
        weights = np.zeros(52, np.float32) if made is None else np.float32(share) * made.arkit.sample(t)
        rig.pose(weights, None if made is None or made.visemes is None else made.visemes.sample(t))
