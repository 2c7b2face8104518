"""What the curves show: the chosen stage of the side on show, what lies over it, and the numbers at the cursor."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject

from app.core.arkit import ARKIT_CHANNELS
from app.core.track import BlendshapeTrack
from app.session.adjust.tunings import Tunings
from app.session.base.side import Side
from app.session.compare.comparing import Comparing
from app.session.live.live import Live
from app.session.pose.posing import Posing
from app.session.state import State
from app.ui.curves.curve_layers import CurveLayers
from app.ui.curves.curves import CurvesPanel
from app.ui.curves.lanes import with_angles
from app.ui.curves.overlays import Overlay
from app.ui.curves.stages import StageTracks
from app.ui.kit import theme
from app.ui.kit.sides import SIDE_COLOURS

_RAW, _GHOST, _TRIED = theme.BRIGHT, "#9aa2ab", "#7fd18b"
#: tracks are seen as curves at once: of three sides, the raw one and the last take
_MOST_WIDENED = 5


class CurveContent(QObject):
    """Fills the curves; what has not changed is not made again.

    Args:
        curves: are filled.
        layers: what is wanted.
        stages: the motion after every stage.
        state: whose side on show it is.
        tunings: has the last take.
        comparing: says who stands against whom.
        live: while it is active, the numbers are those of the microphone's face.
        posing: knows the weights shown.
    """

    def __init__(
        self, curves: CurvesPanel, layers: CurveLayers, stages: StageTracks, *, state: State, tunings: Tunings, comparing: Comparing,
        live: Live, posing: Posing,
    ) -> None:  # fmt: skip
        super().__init__(curves)
        self._curves, self._layers, self._stages = curves, layers, stages
        self._state, self._tunings, self._comparing, self._live, self._posing = state, tunings, comparing, live, posing
        #: the shapes that are marked as missing
        self._marked: tuple[object, ...] = ()
        #: tracks, each with the same with its angles behind the shapes
        self._widened: list[tuple[BlendshapeTrack, BlendshapeTrack | None]] = []

    def show(self) -> None:
        """Show the chosen stage of the side on show, and what lies over it."""
        self._curves.set_track(self.track_of(self._state.shown_side))
        self._curves.set_overlays(self.overlays(), self.own_colour)

    def show_side(self, name: str) -> None:
        """A side's motion changed: show it where it is seen, as curves or over them."""
        if name == self._state.shown:
            self._curves.set_track(self.track_of(self._state.shown_side))
        self._curves.set_overlays(self.overlays(), self.own_colour)

    def mark_missing(self, *_: object) -> None:
        """Mark the shapes that the body of the side on show lacks."""
        rig = self._comparing.side_rigs.of(self._state.shown)
        if rig is not None and (rig.arkit_missing, rig.has_visemes) != self._marked:
            self._marked = (rig.arkit_missing, rig.has_visemes)
            self._curves.set_missing(rig.arkit_missing, rig.has_visemes)

    def track_of(self, side: Side) -> BlendshapeTrack | None:
        """What the curves show of a side: the chosen stage, and the angles of head and eyes where it has any."""
        return self._wide(self._stages.of(side, self._layers.stage))

    def _wide(self, track: BlendshapeTrack | None) -> BlendshapeTrack | None:
        """A track with its angles, made once."""
        if track is None or track.side is None:
            return track
        if all(known is not track for known, _ in self._widened):
            self._widened = [*self._widened[-_MOST_WIDENED:], (track, with_angles(track))]
        return next(made for known, made in self._widened if known is track)

    def values_at(self, t: float) -> np.ndarray:
        """Weights at a time as the curves show them, see ``_weights_at``, and the angles of the side on show behind them."""
        weights = self._weights_at(t)
        track = None if self._live.active else self.track_of(self._state.shown_side)
        if track is None or len(track.channels) == len(ARKIT_CHANNELS):
            return weights
        return np.concatenate([weights, track.sample(t)[len(ARKIT_CHANNELS) :]])

    def _weights_at(self, t: float) -> np.ndarray:
        """(52,) weights: of the chosen stage, or what the microphone's face has now."""
        stage, rig = self._layers.stage, self._state.rig
        if stage == "sent" and rig is not None:
            return np.array([rig.applied.get(name, 0.0) for name in ARKIT_CHANNELS], np.float32)
        track = None if stage == "tuned" or self._live.active else self.track_of(self._state.shown_side)
        return self._posing.weights_at(t) if track is None else track.sample(t)[: len(ARKIT_CHANNELS)]

    @property
    def own_colour(self) -> str:
        """The colour of the side on show while the curves set it against another one, else ""."""
        return SIDE_COLOURS[self._state.shown] if self._layers.on["other"] and len(self._state.sides) > 1 else ""

    def overlays(self) -> list[Overlay]:
        """What lies over the curves of the side on show."""
        side, on, found = self._state.shown_side, self._layers.on, []
        if on["other"]:
            found += self._others(side)
        tried = self._posing.tried.get(side.name)
        if tried is not None:
            found.append(Overlay("Tried on", self._wide(tried.arkit) or tried.arkit, _TRIED, dashed=True, wide=True))
        ghost = self._tunings.ghosts.get(side.name)
        if on["ghost"] and ghost is not None:
            found.append(Overlay("Last take", self._wide(ghost) or ghost, _GHOST, dashed=True))
        if on["raw"] and side.raw is not None and self._layers.stage != "raw":
            found.append(Overlay("Raw", self._wide(side.raw.arkit) or side.raw.arkit, _RAW, dashed=True))
        return found

    def _others(self, side: Side) -> list[Overlay]:
        """The other sides; only the one that the side is set against is shaded."""
        against = self._comparing.pair if side.name == "A" else "A"
        made = {name: self.track_of(other) for name, other in self._state.sides.items() if other is not side}
        return [
            Overlay(f"Side {name}", track, SIDE_COLOURS[name], shaded=name == against)
            for name, track in sorted(made.items())
            if track is not None
        ]
