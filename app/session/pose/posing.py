"""What is seen at a time: every body posed by its side's motion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from app.core.arkit import ARKIT_INDEX, MOUTH_CHANNELS
from app.core.difference import heat_of
from app.core.head import angles_of, head_rotations, with_gaze, with_gaze_of_angles
from app.core.sampling import sampled
from app.core.track import Animation, BlendshapeTrack
from app.session.base.media_place import MediaPlace
from app.session.compare.comparing import Comparing
from app.session.compare.dual import Dual
from app.session.link.rest_easing import RestEasing
from app.session.live.live import Live
from app.session.pose.hush import Hush
from app.session.pose.life import Life
from app.session.pose.live_layers import LiveLayers
from app.session.pose.shown import ShownFace, ShownMotion
from app.session.state import State

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig


_MOUTH = [ARKIT_INDEX[name] for name in sorted(MOUTH_CHANNELS)]


class Posing:
    """From a time to the bodies. A side's weights are a pure function of (track, t); easing to rest and life come after it.

    Args:
        state: what is shown.
        live: while it is active, its newest face is shown.
        comparing: which sides have bodies.
        easing: how much of its motion a side shows.
        life: of side A's avatar.
        hush: lets go of the tracks when somebody stopped to speak.
        dual: lets one face go over between two sides.

    Attributes:
        live_layers: parts of the faces that come in from outside.
        tried: side -> motion that is tried on: bodies show it, and nobody else.
    """

    def __init__(self, state: State, live: Live, comparing: Comparing, easing: RestEasing, life: Life, *, hush: Hush, dual: Dual) -> None:
        self._state, self._live, self._comparing, self._easing, self._life = state, live, comparing, easing, life
        self._hush, self._dual = hush, dual
        self.live_layers = LiveLayers(state)
        self.tried: Mapping[str, Animation] = {}
        self._tried: Mapping[str, float] | None = None
        self.follows_head = False
        #: by side: the track, the same with its eye angles in its shapes, (n, 3) head rotations, and (n, 9) angles as they travel
        self._turned: dict[str, tuple[BlendshapeTrack, BlendshapeTrack, np.ndarray, np.ndarray | None]] = {}

    def follow_head(self, on: bool) -> None:
        """Let the angles of head and eyes that travel with a track turn the avatar's, or leave both to life.

        Args:
            on: whether they do.
        """
        self.follows_head = on
        self._turned.clear()

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
        live = self._live_weights()
        return live if live is not None else self._weights_of(self._state.shown, t)

    def _live_weights(self) -> np.ndarray | None:
        """(52,) of the live face, looking where its eye angles say when those are followed; None while there is none."""
        weights, angles = self._live.weights, self._live.angles if self.follows_head else None
        return weights if weights is None or angles is None else with_gaze(weights, angles)

    def shown_face(self, place: MediaPlace) -> ShownFace:
        """What is shown from now on, for other threads.

        Args:
            place: where playback is now.
        """
        state, live, weights = self._state, self._live, self._live_weights()
        shown = state.shown_side.tuned
        if weights is not None:
            angles = live.angles if self.follows_head else None
            return ShownFace(place, live=(weights, angles), happened_s=live.happened_s, life=self._life.shown_life(live.owns_eyes))
        share = self._dual.share
        parts = {"A": 1.0 - share, "B": share} if self._dual.blends else {state.shown: 1.0}
        motions = tuple(motion for name, part in parts.items() if part > 0 and (motion := self._motion_of(name, place.t_s, part)))
        owns_eyes = shown is not None and shown.owns_eyes and self._hush.rest_share > 0.0
        life = self._life.shown_life(owns_eyes or self.live_layers.moves_eyes(state.shown), self._owns_head(state.shown))
        over = None if self._dual.blends else self.live_layers.over(state.shown)
        return ShownFace(place, motions, self._hush.mouth_share, self._hush.rest_share, life=life, over=over)

    def _motion_of(self, name: str, t: float, part: float) -> ShownMotion | None:
        """What moves a side, and how much of it is shown where it is ``part`` of the face."""
        track, known = self._track_of(name), self._turned.get(name)
        if track is None:
            return None
        angles = known[3] if known is not None and known[1] is track else None
        return ShownMotion(track, angles, part * self._easing.share(self._state.sides[name], t))

    def pose(self, t: float) -> None:
        """Move all bodies to a time in seconds; none moves while targets are tried on."""
        if self._tried is not None:
            return
        main, live = self._comparing.main_side, self._live_weights()
        shown = self._state.sides[main].tuned
        for side in self._comparing.sides:
            _pose(self._comparing.side_rigs.of(side), self._weights_of(side, t), self._visemes_of(side, t), self._turn_at(side, t))
        if live is not None:
            self._life.pose(live, None, t, self._live.owns_eyes, self._live.turn if self.follows_head else None)
        else:
            owns_eyes = shown is not None and shown.owns_eyes and self._hush.rest_share > 0.0
            owns_eyes = owns_eyes or self.live_layers.moves_eyes(main)
            weights, visemes, by_visemes = (
                self._mixed(t) if self._dual.blends else (self._weights_of(main, t), self._visemes_of(main, t), 1.0)
            )
            self._life.pose(
                weights, visemes, t, owns_eyes, self._turn_at(main, t), by_visemes=by_visemes, owns_head=self._owns_head(main)
            )  # fmt: skip
        self._show_heat(t)

    def _owns_head(self, name: str) -> bool:
        """Whether a side's head follows a way that was made for what is said."""
        shown = self._state.sides[name].tuned
        return self.follows_head and shown is not None and shown.owns_head and self._hush.rest_share > 0.0

    def _mixed(self, t: float) -> tuple[np.ndarray, np.ndarray | None, float]:
        """Weights, visemes and their share of the mouth of a face that goes over between sides A and B."""
        share, rig = self._dual.share, self._state.rig
        if share >= 1.0:
            return self._weights_of("B", t), self._visemes_of("B", t), 1.0
        a, visemes = self._weights_of("A", t), self._visemes_of("A", t)
        if share <= 0.0:
            return a, visemes, 1.0
        b = self._weights_of("B", t)
        mixed = ((1.0 - share) * a + share * b).astype(np.float32)
        if visemes is not None and rig is not None and rig.has_visemes:
            mixed[_MOUTH] = b[_MOUTH]
        return mixed, visemes, 1.0 - share

    def _weights_of(self, name: str, t: float) -> np.ndarray:
        track, share = self._track_of(name), self._easing.share(self._state.sides[name], t)
        if track is None:
            return np.zeros(52, np.float32)
        weights = self._hush.applied(track.sample(t))
        return self.live_layers.weights(name, weights if share >= 1.0 else (share * weights).astype(np.float32))

    def _visemes_of(self, name: str, t: float) -> np.ndarray | None:
        side, made = self._state.sides[name], self._moved_by(name)
        if made is None or made.visemes is None or self.live_layers.moves_mouth(name):
            return None
        share, visemes = self._easing.share(side, t) * self._hush.mouth_share, made.visemes.sample(t)
        return visemes if share >= 1.0 else (share * visemes).astype(np.float32)

    def _moved_by(self, name: str) -> Animation | None:
        return self.tried.get(name) or self._state.sides[name].tuned

    def _track_of(self, name: str) -> BlendshapeTrack | None:
        """What moves a side's shapes: its track, with the eye angles beside it where they are followed."""
        made = self._moved_by(name)
        if made is None or not self.follows_head or made.arkit.side is None:
            return None if made is None else made.arkit
        known = self._turned.get(name)
        if known is None or known[0] is not made.arkit:
            known = self._turned[name] = (
                made.arkit, with_gaze_of_angles(made.arkit), head_rotations(made.arkit), angles_of(made.arkit),
            )  # fmt: skip
        return known[1]

    def _turn_at(self, name: str, t: float) -> np.ndarray | None:
        """(3,) the head's rotation by a side's track at a time, or None where it has none or it is not followed."""
        track = self._track_of(name)
        known = self._turned.get(name)
        if track is None or known is None or known[1] is not track or not len(track):
            return self.live_layers.turn(name, None)
        turn: np.ndarray = sampled(known[2], (t - track.start_s) * track.fps)
        return self.live_layers.turn(name, turn * (self._easing.share(self._state.sides[name], t) * self._hush.rest_share))

    def _show_heat(self, t: float) -> None:
        """Colour side A's body by its distance from the other side's motion."""
        comparing, rig, other = self._comparing, self._state.rig, self._comparing.heat_rig
        if comparing.layout != "difference" or not comparing.both:
            return
        pair = comparing.pair
        _pose(other, self._weights_of(pair, t), self._visemes_of(pair, t), self._turn_at(pair, t))
        if rig is None or other is None or comparing.blinking:
            return
        for a, b in zip(rig.parts, other.parts, strict=True):
            if a.source.targets is not None:
                a.set_heat(heat_of(a.positions, b.positions))


def _pose(rig: AvatarRig | None, weights: np.ndarray, visemes: np.ndarray | None, turn: np.ndarray | None) -> None:
    """Pose a body, and its head by the (3,) rotation ``turn``."""
    if rig is not None:
        rig.set_head_rotation(np.zeros(3) if turn is None else turn)
        rig.pose(weights, visemes)
