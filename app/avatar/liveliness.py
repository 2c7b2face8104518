"""Idle life: blinks, gaze, small head motion and breathing, as a pure function of time and a seed.

It is never mixed into a track or an export unless asked for; see the session. Figures: adults blink 10 to 20 times a minute, lids
close in about 0.1 s and open more slowly; saccades last 21 ms + 2.2 ms per degree (the main sequence); resting breath takes 4 s.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.core.acting.eyes import (
    BLINKS,
    DOUBLE_BLINK_GAP,
    DOUBLE_BLINK_SHARE,
    HEAD_FOLLOW_S,
    HEAD_FOLLOWS,
    SQUINT,
    SQUINTS,
    SWAY_PERIODS,
    blink_gap_s,
    blink_profile,
    fixation_s,
    resting_gaze,
    saccade_s,
    smooth,
    sway,
)
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX

#: seconds
BREATH = 4.0
BREATH_IN_SHARE = 0.42

#: how far an eyeLook weight of 1 turns the eye, sideways and up or down, in degrees; common to ARKit rigs
EYE_REACH = (30.0, 25.0)

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

    @classmethod
    def from_data(cls, data: Any) -> LivelinessSettings:
        """Settings from a file: a switch, and strengths from 0 to 2.

        Raises:
            ValueError, TypeError, AttributeError: they are damaged.
        """
        rest = {name: float(value) for name, value in data.items() if name != "enabled"}
        if not isinstance(data.get("enabled", True), bool) or not all(0.0 <= value <= 2.0 for value in rest.values()):
            raise ValueError("no settings of idle life")
        return cls(enabled=data.get("enabled", True), **rest)


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
        mixed[BLINKS] = np.maximum(weights[BLINKS], self.arkit[BLINKS])
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
        return 0.0 if last < 0 else self.depths[last] * float(blink_profile(t - self.starts[last]))

    def _draw(self) -> None:
        last = self.starts[-1] if self.starts else 0.0
        self.starts.append(last + blink_gap_s(self.rng) / self.rate)
        self.depths.append(1.0)
        if self.rng.random() < DOUBLE_BLINK_SHARE:
            self.starts.append(self.starts[-1] + DOUBLE_BLINK_GAP)
            self.depths.append(float(self.rng.uniform(0.75, 1.0)))


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
        eyes = before + (target - before) * smooth(since / saccade_s(float(np.linalg.norm(target - before))))
        head = before + (target - before) * smooth(since / HEAD_FOLLOW_S)
        return eyes, head

    def _draw(self) -> None:
        self.starts.append(self.starts[-1] + fixation_s(self.rng))
        self.targets.append(resting_gaze(self.rng))


class Liveliness:
    """Idle life from a seed: the same seed, settings and time always give the same pose, whatever was asked before.

    Args:
        seed: any integer.
        settings: switches and strengths.
    """

    def __init__(self, seed: int = 0, settings: LivelinessSettings | None = None) -> None:
        self.settings = settings or LivelinessSettings()
        blinks, gaze, drift = (np.random.default_rng([abs(seed), stream]) for stream in range(3))
        self._blinks = _Blinks(blinks, self.settings.blinks)
        self._gaze = _Gaze(gaze)
        self._phases = drift.uniform(0, 2 * np.pi, (3, len(SWAY_PERIODS)))
        self._breath_phase = float(drift.uniform(0, BREATH))

    def at(self, t: float, source_owns_eyes: bool = False, source_owns_head: bool = False) -> LifePose:
        """Life at a time.

        Args:
            t: seconds; before 0 is as at 0.
            source_owns_eyes: True when the source itself moves lids or gaze: then those stay its own.
            source_owns_head: True when the source's head is never still, so that it needs no sway.

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
        rotation = np.zeros(3) if source_owns_head else sway(t, self._phases)
        if not source_owns_eyes and not source_owns_head:
            rotation += np.array([-follow[1], follow[0], 0.0]) * HEAD_FOLLOWS * self.settings.gaze
        return LifePose(arkit, np.radians(rotation) * self.settings.head, self._breath(t) * self.settings.breathing)

    def _write_eyes(self, arkit: np.ndarray, eyes: np.ndarray, closure: float) -> None:
        aside, up = float(eyes[0]) / EYE_REACH[0], float(eyes[1]) / EYE_REACH[1]
        arkit[_LOOK_LEFT if aside > 0 else _LOOK_RIGHT] = abs(aside)
        arkit[_LOOK_UP if up > 0 else _LOOK_DOWN] = abs(up)
        arkit[BLINKS] = closure
        arkit[SQUINT] = SQUINTS * closure

    def _breath(self, t: float) -> float:
        """0 breathed out to 1 breathed in; breathing out takes longer."""
        x = ((t + self._breath_phase) / BREATH) % 1.0
        if x < BREATH_IN_SHARE:
            return float(smooth(x / BREATH_IN_SHARE))
        return 1.0 - float(smooth((x - BREATH_IN_SHARE) / (1 - BREATH_IN_SHARE)))
