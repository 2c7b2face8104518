"""Whether one sound is a part of another, found by how its loudness rises and falls: a recording that was trimmed, or began earlier."""

from __future__ import annotations

import numpy as np

from app.core.outline import FLOOR_DB, LOUDNESS_FPS

#: the correlation of the loudness (in decibels) from which on two sounds are the same recording: another reading of a line by the same
#: voice stays below 0.8 at any one lag, the same one resampled, re-encoded or louder is above 0.98
SURE = 0.95
#: and once one of them is made as loud as the other, both differ by no more than this where they are loud (root mean square)
DIFFERENT_DB = 1.5
#: louder than this below the loudest moment counts for that
LOUD_DB = -40.0
#: two sounds of one length that differ by less than this everywhere they are loud are one, written with fewer bits
SAME_DB = 0.25
#: lags below what loudness can tell, 1.3 ms in trimmed recordings of voices, are none
NONE_S = 0.003
#: shorter common stretches tell nothing
LEAST_S = 0.4
#: both must have this share of the shorter one in common
LEAST_SHARE = 0.6


def lag_between(old: np.ndarray, new: np.ndarray) -> float | None:
    """By how much a moment of the new sound is later in the old one, in seconds; None where they are not the same recording.

    The loudness curves are correlated at every lag, each time over what both have there, by Fourier transforms; the best lag is then
    placed between two samples by the parabola through it and its neighbours.

    Args:
        old: (n,) decibels at LOUDNESS_FPS.
        new: (m,) likewise.
    """
    least = max(round(LEAST_S * LOUDNESS_FPS), round(LEAST_SHARE * min(len(old), len(new))))
    if min(len(old), len(new)) < least or not _varied(old) or not _varied(new):
        return None
    alike, common = _correlations(old - FLOOR_DB, new - FLOOR_DB)
    alike[common < least] = -1.0
    best = int(np.argmax(alike))
    if alike[best] < SURE:
        return None
    between = 0.0
    if 0 < best < len(alike) - 1 and min(alike[best - 1], alike[best + 1]) > 0:
        left, peak, right = alike[best - 1 : best + 2]
        bend = left - 2 * peak + right
        between = float(0.5 * (left - right) / bend) if bend < 0 else 0.0
        between = between if peak < 1 - 1e-6 else 0.0
    lag = best + between - (len(new) - 1)
    lag = 0.0 if abs(lag) < NONE_S * LOUDNESS_FPS else lag
    return float(lag) / LOUDNESS_FPS if _difference_db(old, new, lag) <= DIFFERENT_DB else None


def is_same(old: np.ndarray, new: np.ndarray) -> bool:
    """Whether two sounds are one, but for how finely their samples were written.

    Args:
        old: (n,) decibels at LOUDNESS_FPS.
        new: likewise.
    """
    return abs(len(old) - len(new)) <= 1 and _difference_db(old, new, 0) <= SAME_DB


def _difference_db(old: np.ndarray, new: np.ndarray, lag: float) -> float:
    """By how much two sounds differ where both are loud, at a lag in samples of their loudness."""
    at = np.arange(len(new)) + lag
    inside = (at >= 0) & (at <= len(old) - 1)
    a, b = np.interp(at[inside], np.arange(len(old)), old), new[inside]
    loud = (a > LOUD_DB) & (b > LOUD_DB)
    if loud.any():
        return float(np.std((a - b)[loud]))
    return 0.0 if len(b) and max(a.max(), b.max()) <= LOUD_DB else np.inf


def _varied(loud: np.ndarray) -> bool:
    """Whether there is anything to recognise."""
    return float(np.std(loud)) > 1.0


def _correlations(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pearson's correlation of what both have at each lag, and how much that is.

    Args:
        a: (n,).
        b: (m,).

    Returns:
        (n + m - 1,) each; place ``m - 1`` is no lag, later ones mean that ``b`` begins later in ``a``.
    """
    size = len(a) + len(b) - 1
    padded = 1 << (size - 1).bit_length()
    a, b = a.astype(np.float64), b.astype(np.float64)

    def along(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        made: np.ndarray = np.fft.irfft(np.fft.rfft(x, padded) * np.fft.rfft(y[::-1], padded), padded)[:size]
        return made

    ones_a, ones_b = np.ones(len(a)), np.ones(len(b))
    common = np.maximum(np.round(along(ones_a, ones_b)), 1.0)
    sum_a, sum_b = along(a, ones_b), along(ones_a, b)
    var_a = np.maximum(along(a * a, ones_b) - sum_a**2 / common, 0.0)
    var_b = np.maximum(along(ones_a, b * b) - sum_b**2 / common, 0.0)
    both = along(a, b) - sum_a * sum_b / common
    # where one of them hardly varies there is nothing to compare
    spread = np.sqrt(var_a * var_b)
    return np.where(spread > common, both / np.maximum(spread, 1e-9), -1.0), common
