"""How far the lips are apart, from ARKit weights alone, and where they touch."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.core.speech import Phone
from app.core.track import BlendshapeTrack
from app.core.visemes import BILABIALS

#: change of the gap between the inner lips per weight, in units of jawOpen's, measured on one fixed reference head
#: (ICT-FaceKit); paired channels are per side. Rigs differ, but not in the signs.
OPENING = MappingProxyType({
    "jawOpen": 1.0, "jawForward": 0.038, "mouthClose": -1.286, "mouthFunnel": 0.375, "mouthPucker": -0.045,
    "mouthRollLower": -0.085, "mouthRollUpper": 0.055, "mouthShrugLower": -0.221, "mouthShrugUpper": 0.158,
    "mouthPressLeft": -0.038, "mouthPressRight": -0.038, "mouthLowerDownLeft": 0.101, "mouthLowerDownRight": 0.101,
    "mouthUpperUpLeft": 0.121, "mouthUpperUpRight": 0.121, "mouthDimpleLeft": -0.027, "mouthDimpleRight": -0.027,
    "noseSneerLeft": 0.109, "noseSneerRight": 0.109,
})  # fmt: skip
_COEFFICIENTS = np.zeros(len(ARKIT_CHANNELS), np.float32)
for _name, _value in OPENING.items():
    _COEFFICIENTS[ARKIT_INDEX[_name]] = _value

#: share of the clip's wide-open mouth below which lips count as touching
CONTACT_SHARE = 0.10


def lip_opening(weights: np.ndarray) -> np.ndarray:
    """The gap between the lips.

    Args:
        weights: (n, 52) or (52,).

    Returns:
        (n,) or scalar, in units of jawOpen = 1, 0 or more.
    """
    return np.maximum(weights @ _COEFFICIENTS, 0.0)


def wide_open(track: BlendshapeTrack) -> float:
    """The clip's own measure of an open mouth: the 95th percentile of the opening, never 0."""
    return max(float(np.percentile(lip_opening(track.weights), 95)), 1e-3) if len(track) else 1e-3


def closure_rate(track: BlendshapeTrack, phones: Iterable[Phone]) -> float | None:
    """The share of P, B and M on which the lips touch.

    Args:
        track: the 52 channels.
        phones: timed phones on the same time line.

    Returns:
        0-1, or None when there is no such phone or no frame.
    """
    if not len(track):
        return None
    relative = lip_opening(track.weights) / wide_open(track)
    touched = []
    for phone in phones:
        if phone.base in BILABIALS and phone.end_s > phone.start_s:
            first = max(int((phone.start_s - 0.025 - track.start_s) * track.fps), 0)
            end = int(np.ceil((phone.end_s + 0.025 - track.start_s) * track.fps)) + 1
            if end > 0 and first < len(relative):
                touched.append(relative[first:end].min() <= CONTACT_SHARE)
    return float(np.mean(touched)) if touched else None
