"""What broadcasters say about sound and picture that are apart, and how an output's delay is found by tapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """How far sound and picture may be apart.

    Attributes:
        name: of the recommendation.
        lead_ms: the sound may be so early.
        lag_ms: the sound may be so late.
    """

    name: str
    lead_ms: float
    lag_ms: float


#: from the strictest to what nobody accepts any more (specs: ATSC IS-191, EBU R37, ITU-R BT.1359-1)
TOLERANCES = (
    Tolerance("EBU R37, production", 5.0, 15.0),
    Tolerance("ATSC IS-191", 15.0, 45.0),
    Tolerance("EBU R37, distribution", 40.0, 60.0),
    Tolerance("ITU-R BT.1359, not detected", 45.0, 125.0),
    Tolerance("ITU-R BT.1359, accepted", 90.0, 185.0),
)
#: fewer taps than this say little
LEAST_TAPS = 6


def verdict(sound_late_ms: float) -> str:
    """A judgement in words.

    Args:
        sound_late_ms: by how much the sound comes after the picture; negative when it is early.

    Returns:
        The strictest recommendation that is met, or that none is.
    """
    size, side = abs(sound_late_ms), "late" if sound_late_ms > 0 else "early"
    for tolerance in TOLERANCES:
        if size <= (tolerance.lag_ms if sound_late_ms > 0 else tolerance.lead_ms):
            return f"Sound {size:.0f} ms {side}: within {tolerance.name}"
    return f"Sound {size:.0f} ms {side}: beyond every recommendation, viewers will notice"


def tapped_delay_ms(taps_s: Sequence[float], beats_s: Sequence[float]) -> tuple[float, float] | None:
    """How late something was felt to be.

    Args:
        taps_s: when keys were pressed, in seconds on the beats' clock.
        beats_s: when the program meant the beats to be.

    Returns:
        Median delay of the taps after their nearest beats and its standard error, both in milliseconds; None for too few
        taps, or taps without a rhythm.
    """
    if len(taps_s) < LEAST_TAPS or len(beats_s) < 2:
        return None
    beats = np.asarray(beats_s, float)
    taps = np.asarray(taps_s, float)
    late = taps - beats[np.abs(taps[:, None] - beats[None, :]).argmin(axis=1)]
    late = late[np.abs(late - np.median(late)) < 0.15]
    if len(late) < LEAST_TAPS:
        return None
    # 1.2533: standard error of a median against that of a mean, for a normal distribution
    return 1e3 * float(np.median(late)), 1e3 * 1.2533 * float(late.std(ddof=1)) / np.sqrt(len(late))


def output_delay_ms(to_sound: tuple[float, float], to_picture: tuple[float, float]) -> tuple[float, float]:
    """The delay of the sound against the picture from two rounds of tapping; what a person's hand adds drops out.

    Args:
        to_sound: from ``tapped_delay_ms``, tapping to clicks.
        to_picture: the same, tapping to flashes.

    Returns:
        Milliseconds by which the sound is late, and its standard error.
    """
    return to_sound[0] - to_picture[0], float(np.hypot(to_sound[1], to_picture[1]))
