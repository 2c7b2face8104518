"""What is shown, as a value that any thread may look at for any moment."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from app.avatar.liveliness import LifePose, Liveliness, LivelinessSettings
from app.core.arkit import ARKIT_CHANNELS, MOUTH_CHANNELS
from app.core.head import ANGLES, angles_of_turn
from app.core.sampling import sampled
from app.core.track import BlendshapeTrack
from app.session.base.media_place import MediaPlace
from app.session.pose.live_layers import LiveOver

_IS_MOUTH = np.array([name in MOUTH_CHANNELS for name in ARKIT_CHANNELS])


@dataclass(frozen=True, eq=False)
class ShownMotion:
    """A side's motion, and how much of it is shown.

    Attributes:
        track: what moves its shapes.
        angles: (n_frames, 9) float32 radians in the order of ``core.head.ANGLES``, None where none are followed.
        share: 0 to 1.
    """

    track: BlendshapeTrack
    angles: np.ndarray | None
    share: float


@dataclass(frozen=True, eq=False)
class ShownLife:
    """Idle life on top of it.

    Attributes:
        settings: its strengths.
        owns_eyes: the source itself moves lids or gaze.
        own_s: its own seconds at ``noted_s`` of the place, None where it follows the clip's time.
        fixed: the pose itself, for what follows a conversation rather than a clock.
        owns_head: the head's way was made for what is said, and needs no sway.
    """

    settings: LivelinessSettings
    owns_eyes: bool
    own_s: float | None = None
    fixed: LifePose | None = None
    owns_head: bool = False


@dataclass(frozen=True, eq=False)
class ShownFace:
    """The face on show and how it goes on.

    Attributes:
        place: where playback is.
        motions: of the sides that move it, usually one; their shares add up to 1 or less.
        mouth_share: how much of the mouth is shown, below 1 once somebody stopped to speak.
        rest_share: the same of all else.
        live: (52,) weights and (9,) angles or None of a live face, which is shown instead of motion.
        happened_s: when the live face was at the camera or microphone, by ``time.perf_counter``; None without one.
        life: idle life, None without it.
        over: live layers over the motions, None without.
    """

    place: MediaPlace = field(default_factory=MediaPlace)
    motions: tuple[ShownMotion, ...] = ()
    mouth_share: float = 1.0
    rest_share: float = 1.0
    live: tuple[np.ndarray, np.ndarray | None] | None = None
    happened_s: float | None = None
    life: ShownLife | None = None
    over: LiveOver | None = None

    def at(self, now_s: float, liveliness: Liveliness | None = None) -> tuple[np.ndarray, np.ndarray | None]:
        """(52,) float32 weights, and (9,) float32 radians or None where no angle is known.

        Args:
            now_s: moment by ``time.perf_counter``.
            liveliness: idle life of the thread that asks, made with the settings of ``life``; None leaves life out.
        """
        t = self.place.at(now_s)
        weights, angles = self.live if self.live is not None else self._moved(t)
        if self.life is None or liveliness is None:
            return weights, angles
        own_s = t if self.life.own_s is None else self.life.own_s + now_s - self.place.noted_s
        pose = self.life.fixed or liveliness.at(own_s, self.life.owns_eyes, self.life.owns_head)
        sway = angles_of_turn(np.asarray(pose.head_rotation))
        return pose.added_to(weights), sway if angles is None else angles + sway

    def _moved(self, t: float) -> tuple[np.ndarray, np.ndarray | None]:
        """What the sides' motion makes of the face at a time of the clip."""
        weights = np.zeros(len(ARKIT_CHANNELS), np.float32)
        angles: np.ndarray | None = None
        for motion in self.motions:
            weights += np.float32(motion.share) * motion.track.sample(t)
            if motion.angles is not None and len(motion.angles):
                turn = sampled(motion.angles, (t - motion.track.start_s) * motion.track.fps) * np.float32(motion.share * self.rest_share)
                angles = turn if angles is None else angles + turn
        if self.mouth_share < 1.0 or self.rest_share < 1.0:
            weights = (weights * np.where(_IS_MOUTH, self.mouth_share, self.rest_share)).astype(np.float32)
        if self.over is not None:
            weights, angles = self.over.laid(weights, angles)
        assert angles is None or angles.shape == (len(ANGLES),)
        return weights, angles
