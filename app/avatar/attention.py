"""The face in a conversation: it listens, thinks and speaks, as part of idle life and never of a track.

A function of time and of what was noted with its time. Figures: listeners look at a speaker 75 % of the time and nod at pauses, once or
twice, by 2 to 6 degrees in 0.4 to 0.8 s; who thinks looks away within 0.2 s, up and aside, and a large gaze shift comes with a blink.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.avatar.liveliness import EYE_REACH, LifePose
from app.core.acting.eyes import blink_profile
from app.core.arkit import ARKIT_INDEX, weights_from

Mode = Literal["", "listening", "thinking", "speaking"]
MODES: tuple[Mode, ...] = ("listening", "thinking", "speaking")

#: seconds in which a look comes and goes; who is spoken to looks up at once, and lets go of a thought slowly
COMES_S = {"listening": 0.45, "thinking": 0.28, "speaking": 0.35}
#: share of the wandering gaze that is left: at the camera while listening, away by itself while thinking
WANDERS = {"listening": 0.25, "thinking": 0.2, "speaking": 0.6}
#: degrees of pitch (down is positive), yaw and roll
LEANS = {"listening": (1.2, 0.0, 2.2), "thinking": (0.0, 0.0, -1.2), "speaking": (0.0, 0.0, 0.0)}
_LOOKS = {
    "listening": weights_from({
        "browInnerUp": 0.07, "browOuterUpLeft": 0.05, "browOuterUpRight": 0.05, "eyeWideLeft": 0.04, "eyeWideRight": 0.04,
        "mouthSmileLeft": 0.06, "mouthSmileRight": 0.06,
    }),
    "thinking": weights_from({
        "browInnerUp": 0.16, "browOuterUpLeft": 0.12, "browDownRight": 0.10, "eyeSquintLeft": 0.10, "eyeSquintRight": 0.14,
        "mouthPressLeft": 0.14, "mouthPressRight": 0.14, "mouthLeft": 0.06, "mouthRollLower": 0.06,
    }),
    "speaking": weights_from({}),
}  # fmt: skip

#: after the question a breath of time, then away: seconds
LOOKS_AWAY_AFTER_S = 0.14
#: degrees aside and up of a thought, and how long it lasts in seconds
THOUGHT_ASIDE, THOUGHT_UP, THOUGHT_LASTS = (8.0, 13.0), (5.0, 8.5), (1.1, 2.4)
#: share of a thought's direction that the head turns to, and in how many seconds
HEAD_TURNS, HEAD_TURNS_S = 0.28, 0.7
#: a nod: degrees of the first dip, and seconds of the first and of the smaller second one
NOD_DEG, NOD_S, SECOND_SHARE, SECOND_S = (2.4, 3.8), 0.44, 0.45, 0.36
#: a nod is over after this
NOD_ENDS_S = NOD_S + SECOND_S
_EYES = [i for name, i in ARKIT_INDEX.items() if name.startswith("eyeLook")]
_BLINK = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]
_OWNED = [i for name, i in ARKIT_INDEX.items() if name.startswith(("eye", "brow"))]
#: shifts and nods older than this are forgotten
_REMEMBERED = 12


@dataclass(frozen=True)
class _Share:
    """How much of a mode is on the face: on its way from one value to another since a moment."""

    value: float = 0.0
    target: float = 0.0
    since_s: float = 0.0
    lasts_s: float = 1.0

    def at(self, t: float) -> float:
        return self.value + (self.target - self.value) * _smooth((t - self.since_s) / self.lasts_s)


@dataclass(frozen=True)
class _Nod:
    at_s: float
    depth: float

    def pitch(self, t: float) -> float:
        since = t - self.at_s
        first = _dip(since / NOD_S)
        return self.depth * (first + SECOND_SHARE * _dip((since - NOD_S) / SECOND_S))


def _smooth(x: float) -> float:
    x = min(1.0, max(0.0, x))
    return x * x * x * (x * (6 * x - 15) + 10)


def _dip(x: float) -> float:
    """Down and up again over x from 0 to 1, at rest at both ends."""
    return float(np.sin(np.pi * x) ** 2) if 0.0 < x < 1.0 else 0.0


class Attention:
    """Whom the face attends to. Times are those of the life that it is added to.

    Args:
        seed: of the directions and depths.
    """

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng([abs(seed), 7])
        self._shares = dict.fromkeys(MODES, _Share())
        self._nods: list[_Nod] = []
        #: when the eyes go where while thinking: start, degrees aside, degrees up
        self._thoughts: list[tuple[float, float, float]] = []
        self.mode: Mode = ""

    def attend(self, mode: Mode, t: float) -> None:
        """Listen, think, speak, or "" for none of these, from a time on."""
        if mode == self.mode:
            return
        self.mode = mode
        for name, share in self._shares.items():
            target = float(name == mode)
            if share.target != target:
                self._shares[name] = _Share(share.at(t), target, t, COMES_S[mode or name])
        if mode == "thinking":
            self._thoughts = [(t + LOOKS_AWAY_AFTER_S, *self._direction(1 if self._rng.random() < 0.5 else -1))]

    def nod(self, t: float) -> None:
        """Nod once, and a little once more."""
        if not self._nods or t - self._nods[-1].at_s > NOD_ENDS_S:
            self._nods = [*self._nods[-_REMEMBERED:], _Nod(t, float(self._rng.uniform(*NOD_DEG)))]

    def stirs(self, t: float) -> bool:
        """Whether the face is on its way somewhere, so that it wants more pictures than mere breathing."""
        moving = any(t < share.since_s + share.lasts_s for share in self._shares.values() if share.value != share.target)
        nodding = bool(self._nods) and t < self._nods[-1].at_s + NOD_ENDS_S
        return moving or nodding or (self.mode == "thinking" and bool(self._thoughts))

    def added_to(self, life: LifePose, t: float, source_owns_eyes: bool = False) -> LifePose:
        """Life with the attention on top.

        Args:
            life: at that time.
            t: seconds.
            source_owns_eyes: eyes, lids and brows are moved by the track and stay its own.
        """
        shares = {name: share.at(t) for name, share in self._shares.items()}
        if not any(shares.values()):
            return life
        arkit = life.arkit.copy()
        arkit[_EYES] *= 1.0 - sum(share * (1.0 - WANDERS[name]) for name, share in shares.items())
        for name, share in shares.items():
            arkit += share * _LOOKS[name]
        head = sum((share * np.array(LEANS[name]) for name, share in shares.items()), np.zeros(3))
        pitch = sum(nod.pitch(t) for nod in self._nods) * max(shares["listening"], 0.35 * shares["speaking"])
        eyes, turn, blink = self._thought(t)
        eyes, turn = eyes * shares["thinking"], turn * shares["thinking"]
        head += np.array([pitch - turn[1], turn[0], 0.0])
        if source_owns_eyes:
            arkit[_OWNED] = life.arkit[_OWNED]
        else:
            # who is looked at stays in the eye while the head nods and leans
            _look(arkit, float(eyes[0]), float(eyes[1]) + pitch + shares["listening"] * LEANS["listening"][0])
            arkit[_BLINK] = np.maximum(arkit[_BLINK], blink * shares["thinking"])
        return replace(life, arkit=np.clip(arkit, 0.0, 1.0).astype(np.float32), head_rotation=life.head_rotation + np.radians(head))

    def _direction(self, side: int) -> tuple[float, float]:
        return side * float(self._rng.uniform(*THOUGHT_ASIDE)), float(self._rng.uniform(*THOUGHT_UP))

    def _thought(self, t: float) -> tuple[np.ndarray, np.ndarray, float]:
        """Where the eyes go and where the head turns, (2,) degrees to the avatar's left and up, and how far the lids are closed."""
        while self._thoughts and self.mode == "thinking" and self._thoughts[-1][0] + THOUGHT_LASTS[0] <= t:
            self._think_on()
        eyes, turn, blink, before = np.zeros(2), np.zeros(2), 0.0, np.zeros(2)
        for start, aside, up in self._thoughts:
            to, since = np.array([aside, up]), t - start
            lasts = 0.021 + 0.0022 * float(np.linalg.norm(to - before))
            eyes += (to - before) * _smooth(since / lasts)
            turn += HEAD_TURNS * (to - before) * _smooth(since / HEAD_TURNS_S)
            if np.linalg.norm(to - before) > THOUGHT_ASIDE[0]:
                blink = max(blink, 0.85 * float(blink_profile(since + 0.06)))
            before = to
        return eyes, turn, blink

    def _think_on(self) -> None:
        """The next place that the eyes go to: near the last one, seldom on the other side."""
        last, aside, _up = self._thoughts[-1]
        start = last + float(self._rng.uniform(*THOUGHT_LASTS))
        side = float(np.sign(aside)) * (-1 if self._rng.random() < 0.3 else 1)
        self._thoughts.append((start, *self._direction(int(side))))


def _look(arkit: np.ndarray, aside: float, up: float) -> None:
    """Turn both eyes by degrees to the avatar's left and up, on top of where they look."""
    for deg, reach, more, less in (
        (aside, EYE_REACH[0], ("eyeLookOutLeft", "eyeLookInRight"), ("eyeLookInLeft", "eyeLookOutRight")),
        (up, EYE_REACH[1], ("eyeLookUpLeft", "eyeLookUpRight"), ("eyeLookDownLeft", "eyeLookDownRight")),
    ):
        for one, other in zip(more, less, strict=True):
            i, j = ARKIT_INDEX[one], ARKIT_INDEX[other]
            both = float(arkit[i] - arkit[j]) + deg / reach
            arkit[i], arkit[j] = max(both, 0.0), max(-both, 0.0)
