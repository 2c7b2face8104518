"""How eyes and lids move, whoever moves them: idle life and acting draw on the same figures.

A saccade lasts 21 ms + 2.2 ms per degree (the main sequence: Bahill, Clark & Stark 1975, *The main sequence, a tool for studying human eye
movements*, Math. Biosci. 24). Lids close in about 0.1 s and open more slowly (Evinger, Manning & Sibony 1991, *Eyelid movements*,
Invest. Ophthalmol. Vis. Sci. 32; VanderWerf et al. 2003, *Eyelid movements: behavioral studies of blinking in humans under different
stimulus conditions*, J. Neurophysiol. 89).
"""

from __future__ import annotations

import numpy as np

from app.core.arkit import ARKIT_INDEX

#: seconds
BLINK_CLOSING, BLINK_SHUT, BLINK_OPENING = 0.1, 0.03, 0.15
BLINK_LASTS = BLINK_CLOSING + BLINK_SHUT + BLINK_OPENING
BLINK_GAP = (2.0, 6.0)
DOUBLE_BLINK_SHARE, DOUBLE_BLINK_GAP = 0.12, 0.38
FIXATION = (0.7, 3.2)
#: the lower lid rises a little with a blink
SQUINTS = 0.12

#: degrees
GAZE_SPREAD = (2.2, 1.3)
GLANCE_SPREAD = (8.0, 3.0)
GLANCE_SHARE = 0.18
#: share of a gaze change that the head follows, and how long it takes
HEAD_FOLLOWS, HEAD_FOLLOW_S = 0.18, 0.6

#: sway of a head at rest in degrees: pitch, yaw, roll
HEAD_SWAY = (0.9, 1.3, 0.7)
#: periods of sway in seconds: with irrational ratios it never visibly repeats
SWAY_PERIODS = (11.9, 7.3, 4.7)
_SWAY_SHARES = (0.55, 0.3, 0.15)

BLINKS = [ARKIT_INDEX[f"eyeBlink{side}"] for side in ("Left", "Right")]
SQUINT = [ARKIT_INDEX[f"eyeSquint{side}"] for side in ("Left", "Right")]


def smooth(x: np.ndarray | float) -> np.ndarray:
    """Smoothstep, held outside [0, 1]."""
    held = np.clip(np.asarray(x, np.float64), 0.0, 1.0)
    made: np.ndarray = held * held * (3 - 2 * held)
    return made


def blink_profile(since_s: np.ndarray | float) -> np.ndarray:
    """Lid closure after a blink began: a fast smooth close, a moment shut, a slower opening.

    Args:
        since_s: seconds since it began, of any shape.

    Returns:
        0 open to 1 shut, of the same shape.
    """
    since = np.asarray(since_s, np.float64)
    made: np.ndarray = np.minimum(smooth(since / BLINK_CLOSING), 1.0 - smooth((since - BLINK_CLOSING - BLINK_SHUT) / BLINK_OPENING))
    return made


def saccade_s(degrees: float) -> float:
    """How long a saccade lasts, in seconds."""
    return 0.021 + 0.0022 * degrees


def sway(times_s: np.ndarray | float, phases: np.ndarray) -> np.ndarray:
    """Where a head at rest is.

    Args:
        times_s: (…) seconds.
        phases: (3, 3) radians.

    Returns:
        (…, 3) degrees of pitch, yaw, roll.
    """
    angles = 2 * np.pi * np.asarray(times_s)[..., None, None] / np.array(SWAY_PERIODS) + phases
    made: np.ndarray = (np.sin(angles) * _SWAY_SHARES).sum(-1) * HEAD_SWAY
    return made


def blink_gap_s(rng: np.random.Generator) -> float:
    """Seconds to the next blink at rest; skewed towards short gaps, as people's are."""
    low, high = BLINK_GAP
    return low + (high - low) * float(rng.beta(1.6, 2.4))


def fixation_s(rng: np.random.Generator) -> float:
    """How long eyes at rest stay where they are."""
    low, high = FIXATION
    return low + (high - low) * float(rng.beta(1.3, 2.6))


def resting_gaze(rng: np.random.Generator) -> tuple[float, float]:
    """Where eyes at rest go next, in degrees to the own left and up: near, and seldom further away."""
    spread = GLANCE_SPREAD if rng.random() < GLANCE_SHARE else GAZE_SPREAD
    aside, up = rng.normal(0, spread).tolist()
    limit_aside, limit_up = 1.8 * GLANCE_SPREAD[0], 1.8 * GLANCE_SPREAD[1]
    return min(max(aside, -limit_aside), limit_aside), min(max(up, -limit_up), limit_up)
