"""Lips brought together on P, B and M where a source left them open."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from app.core.arkit import ARKIT_INDEX, VISEME_INDEX
from app.core.lips import OPENING, lip_opening
from app.core.smoothing import smooth_step
from app.core.speech import Phone
from app.core.track import BlendshapeTrack
from app.core.visemes import BILABIALS

#: lips come together and part within this time around the phone; speakers take 40 to 80 ms
RAMP_S = 0.05
#: the least time that a contact is held, so that a frame falls into it at 30 fps
LEAST_S = 0.036
_JAW_OPEN, _MOUTH_CLOSE = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthClose"]
#: shapes other than the jaw that hold the lips apart
_OPENERS = np.array([ARKIT_INDEX[name] for name, value in OPENING.items() if value > 0.09 and name != "jawOpen"])


def contact_envelope(track: BlendshapeTrack, phones: Iterable[Phone]) -> np.ndarray:
    """How much the lips belong together at every frame.

    Args:
        track: for its frame times.
        phones: on the same time line.

    Returns:
        (n,) float32: 1 on P, B and M, 0 away from them.
    """
    envelope = np.zeros(len(track))
    times_s = track.times_s
    for phone in phones:
        if phone.base not in BILABIALS or phone.end_s <= phone.start_s:
            continue
        middle, half = (phone.start_s + phone.end_s) / 2, max(phone.end_s - phone.start_s, LEAST_S) / 2
        first, last = np.searchsorted(times_s, (middle - half - RAMP_S, middle + half + RAMP_S))
        away = np.abs(times_s[first:last] - middle) - half
        np.maximum(envelope[first:last], smooth_step(1.0 - away / RAMP_S), out=envelope[first:last])
    return envelope.astype(np.float32)


def with_closed_lips(weights: np.ndarray, envelope: np.ndarray, strength: float) -> np.ndarray:
    """Close the lips as far as an envelope says.

    Shapes that part the lips give way first; mouthClose then closes what the jaw leaves open, never beyond jawOpen.

    Args:
        weights: (n, 52).
        envelope: (n,) from ``contact_envelope``.
        strength: 0 leaves everything, 1 closes fully.

    Returns:
        (n, 52) float32; the input itself where there is nothing to do.
    """
    share = envelope * np.float32(strength)
    if not share.any():
        return weights
    out = weights.copy()
    out[:, _OPENERS] *= (1.0 - share)[:, None]
    needed = lip_opening(out) / np.float32(-OPENING["mouthClose"]) * share
    most = np.maximum(out[:, _JAW_OPEN], out[:, _MOUTH_CLOSE])
    out[:, _MOUTH_CLOSE] = np.minimum(out[:, _MOUTH_CLOSE] + needed, most)
    # what a small jaw leaves apart is closed by the jaw itself
    out[:, _JAW_OPEN] -= np.minimum(lip_opening(out) * share, out[:, _JAW_OPEN] - np.minimum(out[:, _MOUTH_CLOSE], out[:, _JAW_OPEN]))
    return out


def with_closed_visemes(weights: np.ndarray, envelope: np.ndarray, strength: float) -> np.ndarray:
    """The same for viseme weights: PP takes over from the others.

    Args:
        weights: (n, 15) in VISEME_CHANNELS order.
        envelope: (n,).
        strength: 0 to 1.
    """
    pp = VISEME_INDEX["PP"]
    missing = np.maximum(envelope * np.float32(strength) - weights[:, pp], 0.0)
    if not missing.any():
        return weights
    out: np.ndarray = weights * (1.0 - missing / np.maximum(1.0 - weights[:, pp], 1e-6))[:, None]
    out[:, pp] = weights[:, pp] + missing
    return out
