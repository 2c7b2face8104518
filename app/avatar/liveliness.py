"""Idle life: blinks, gaze, small head motion and breathing, as a pure function of time and a seed.

It is never mixed into a track or an export unless asked for; see the session. Figures: adults blink 10 to 20 times a minute, lids
close in about 0.1 s and open more slowly; saccades last 21 ms + 2.2 ms per degree (the main sequence); resting breath takes 4 s.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX

#: seconds
BLINK_CLOSING, BLINK_SHUT, BLINK_OPENING = 0.1, 0.03, 0.15
BLINK_GAP = (2.0, 6.0)
DOUBLE_BLINK_SHARE, DOUBLE_BLINK_GAP = 0.12, 0.38
FIXATION = (0.7, 3.2)
BREATH = 4.0
BREATH_IN_SHARE = 0.42

#: degrees
GAZE_SPREAD = (2.2, 1.3)
GLANCE_SPREAD = (8.0, 3.0)
GLANCE_SHARE = 0.18
#: how far an eyeLook weight of 1 turns the eye, sideways and up or down; common to ARKit rigs
EYE_REACH = (30.0, 25.0)
#: sway of the head: pitch, yaw, roll
HEAD_SWAY = (0.9, 1.3, 0.7)
#: periods of sway in seconds: with irrational ratios it never visibly repeats
_SWAY_PERIODS = (11.9, 7.3, 4.7)
_SWAY_SHARES = (0.55, 0.3, 0.15)
#: share of a gaze change that the head follows, and how long it takes
HEAD_FOLLOWS, HEAD_FOLLOW_S = 0.18, 0.6

_BLINK = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]
_SQUINT = [ARKIT_INDEX["eyeSquintLeft"], ARKIT_INDEX["eyeSquintRight"]]
_LOOK_LEFT = [ARKIT_INDEX["eyeLookOutLeft"], ARKIT_INDEX["eyeLookInRight"]]
_LOOK_RIGHT = [ARKIT_INDEX["eyeLookInLeft"], ARKIT_INDEX["eyeLookOutRight"]]
_LOOK_UP = [ARKIT_INDEX["eyeLookUpLeft"], ARKIT_INDEX["eyeLookUpRight"]]
_LOOK_DOWN = [ARKIT_INDEX["eyeLookDownLeft"], ARKIT_INDEX["eyeLookDownRight"]]


@dataclass(frozen=True)
class LivelinessSettings:
    """How lively.

    Attributes:
        enabled: the master switch.
        blinks: 0 to 2, factor on how often lids close.
        gaze: 0 to 2, factor on how far the eyes wander.
        head: 0 to 2, factor on head motion.
        breathing: 0 to 2, factor on the chest's motion.
    """

    enabled: bool = True
    blinks: float = 1.0
    gaze: float = 1.0
    head: float = 1.0
    breathing: float = 1.0


@dataclass(frozen=True)
class LifePose:
    """Life at one moment.

    Attributes:
        arkit: (52,) float32 weights to add to a source's.
        head_rotation: (3,) float64 radians: pitch, yaw, roll as AvatarRig.set_head_rotation takes them.
        chest_lift: 0 breathed out, 1 breathed in (more where the setting is above 1).
    """

    arkit: np.ndarray
    head_rotation: np.ndarray
    chest_lift: float

    def added_to(self, weights: np.ndarray) -> np.ndarray:
        """A source's (52,) weights with life on top: lids take whichever is more closed, the rest adds up to 1."""
        mixed: np.ndarray = np.minimum(weights + self.arkit, np.maximum(weights, 1.0)).astype(np.float32)
        mixed[_BLINK] = np.maximum(weights[_BLINK], self.arkit[_BLINK])
        return mixed


def still() -> LifePose:
    """No life at all."""
    return LifePose(np.zeros(len(ARKIT_CHANNELS), np.float32), np.zeros(3), 0.0)


@dataclass
class _Blinks:
    """Start times of blinks, drawn as far as they have been asked for, always in the same order."""

    rng: np.random.Generator
    rate: float
    starts: list[float] = field(default_factory=list)
    depths: list[float] = field(default_factory=list)

    def closure(self, t: float) -> float:
        """How far the lids are closed, 0 to 1."""
        if self.rate <= 0:
            return 0.0
        while not self.starts or self.starts[-1] <= t:
            self._draw()
        last = bisect_right(self.starts, t) - 1
        return 0.0 if last < 0 else self.depths[last] * blink_profile(t - self.starts[last])

    def _draw(self) -> None:
        last = self.starts[-1] if self.starts else 0.0
        low, high = BLINK_GAP
        # skewed towards short gaps, as people's are
        gap = low + (high - low) * float(self.rng.beta(1.6, 2.4))
        self.starts.append(last + gap / self.rate)
        self.depths.append(1.0)
        if self.rng.random() < DOUBLE_BLINK_SHARE:
            self.starts.append(self.starts[-1] + DOUBLE_BLINK_GAP)
            self.depths.append(float(self.rng.uniform(0.75, 1.0)))


def blink_profile(since_s: float) -> float:
    """Lid closure after a blink began: a fast smooth close, a moment shut, a slower opening.

    Args:
        since_s: seconds since it began.

    Returns:
        0 open to 1 shut.
    """
    if since_s < 0:
        return 0.0
    if since_s < BLINK_CLOSING:
        return _smooth(since_s / BLINK_CLOSING)
    if since_s < BLINK_CLOSING + BLINK_SHUT:
        return 1.0
    return 1.0 - _smooth((since_s - BLINK_CLOSING - BLINK_SHUT) / BLINK_OPENING)


def _smooth(x: float) -> float:
    """Smoothstep, held outside [0, 1]."""
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)


@dataclass
class _Gaze:
    """Fixations: where the eyes rest and from when on, in degrees to the avatar's left and up."""

    rng: np.random.Generator
    starts: list[float] = field(default_factory=lambda: [0.0])
    targets: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])

    def at(self, t: float) -> tuple[np.ndarray, np.ndarray]:
        """Eye direction now, and the slower direction that the head follows; (2,) degrees each."""
        while self.starts[-1] <= t:
            self._draw()
        last = bisect_right(self.starts, t) - 1
        target, since = np.array(self.targets[last]), t - self.starts[last]
        before = np.array(self.targets[max(last - 1, 0)])
        duration = 0.021 + 0.0022 * float(np.linalg.norm(target - before))
        eyes = before + (target - before) * _smooth(since / duration)
        head = before + (target - before) * _smooth(since / HEAD_FOLLOW_S)
        return eyes, head

    def _draw(self) -> None:
        low, high = FIXATION
        self.starts.append(self.starts[-1] + low + (high - low) * float(self.rng.beta(1.3, 2.6)))
        spread = GLANCE_SPREAD if self.rng.random() < GLANCE_SHARE else GAZE_SPREAD
        aside, up = self.rng.normal(0, spread).tolist()
        limit_aside, limit_up = 1.8 * GLANCE_SPREAD[0], 1.8 * GLANCE_SPREAD[1]
        self.targets.append((min(max(aside, -limit_aside), limit_aside), min(max(up, -limit_up), limit_up)))


class Liveliness:
    """Idle life from a seed: the same seed, settings and time always give the same pose, whatever was asked before.

    Args:
        seed: any integer.
        settings: switches and strengths.
    """

    def __init__(self, seed: int = 0, settings: LivelinessSettings | None = None) -> None:
        self.settings = settings or LivelinessSettings()
        blinks, gaze, sway = (np.random.default_rng([abs(seed), stream]) for stream in range(3))
        self._blinks = _Blinks(blinks, self.settings.blinks)
        self._gaze = _Gaze(gaze)
        self._phases = sway.uniform(0, 2 * np.pi, (3, len(_SWAY_PERIODS)))
        self._breath_phase = float(sway.uniform(0, BREATH))

    def at(self, t: float, source_owns_eyes: bool = False) -> LifePose:
        """Life at a time.

        Args:
            t: seconds; before 0 is as at 0.
            source_owns_eyes: True when the source itself moves lids or gaze: then those stay its own.

        Returns:
            What to add; all zero when switched off.
        """
        if not self.settings.enabled:
            return still()
        t = max(0.0, t)
        eyes, follow = self._gaze.at(t)
        arkit = np.zeros(len(ARKIT_CHANNELS), np.float32)
        if not source_owns_eyes:
            self._write_eyes(arkit, eyes * self.settings.gaze, self._blinks.closure(t))
        rotation = self._sway(t)
        if not source_owns_eyes:
            rotation += np.array([-follow[1], follow[0], 0.0]) * HEAD_FOLLOWS * self.settings.gaze
        return LifePose(arkit, np.radians(rotation) * self.settings.head, self._breath(t) * self.settings.breathing)

    def _write_eyes(self, arkit: np.ndarray, eyes: np.ndarray, closure: float) -> None:
        aside, up = float(eyes[0]) / EYE_REACH[0], float(eyes[1]) / EYE_REACH[1]
        arkit[_LOOK_LEFT if aside > 0 else _LOOK_RIGHT] = abs(aside)
        arkit[_LOOK_UP if up > 0 else _LOOK_DOWN] = abs(up)
        arkit[_BLINK] = closure
        # the lower lid rises a little with a blink
        arkit[_SQUINT] = 0.12 * closure

    def _sway(self, t: float) -> np.ndarray:
        """(3,) degrees of pitch, yaw, roll."""
        waves = np.sin(2 * np.pi * t / np.array(_SWAY_PERIODS) + self._phases)
        made: np.ndarray = (waves * _SWAY_SHARES).sum(1) * HEAD_SWAY
        return made

    def _breath(self, t: float) -> float:
        """0 breathed out to 1 breathed in; breathing out takes longer."""
        x = ((t + self._breath_phase) / BREATH) % 1.0
        if x < BREATH_IN_SHARE:
            return _smooth(x / BREATH_IN_SHARE)
        return 1.0 - _smooth((x - BREATH_IN_SHARE) / (1 - BREATH_IN_SHARE))
