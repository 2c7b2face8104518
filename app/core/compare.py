"""Two animations of the same sound, in numbers per region."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.core.arkit import ARKIT_INDEX
from app.core.lips import closure_rate
from app.core.regions import REGIONS
from app.core.speech import Phone
from app.core.track import BlendshapeTrack

#: comparisons are made at this rate, whatever the tracks' own
COMPARE_FPS = 60.0
MAX_LAG_S = 0.2
LAG_STEP_S = 0.005
#: two movements that fit less than this at their best shift have no common lag
LEAST_FIT = 0.3


@dataclass(frozen=True)
class RegionDifference:
    """How two tracks differ in one region.

    Attributes:
        region: name in core.regions.REGIONS.
        rms: root mean square of the difference of weights.
        correlation: Pearson's r over all channels and frames at no lag, None when one side does not move.
        lag_ms: by how much B comes after A (negative: before), None when one side does not move or they have nothing in common.
        jitter_a: median size of the third difference at 60 fps against the 95th percentile of the movement; lower is calmer.
        jitter_b: the same for B.
    """

    region: str
    rms: float
    correlation: float | None
    lag_ms: float | None
    jitter_a: float
    jitter_b: float


@dataclass(frozen=True)
class Comparison:
    """Two tracks in numbers.

    Attributes:
        regions: one entry per region.
        closure_a: share of P, B, M on which A's lips touch, None without such phones.
        closure_b: the same for B.
    """

    regions: tuple[RegionDifference, ...]
    closure_a: float | None
    closure_b: float | None


def _at(track: BlendshapeTrack, times_s: np.ndarray, columns: list[int]) -> np.ndarray:
    """(n, columns) float64, linear between frames and held at the ends."""
    return track.sample(times_s)[:, columns].astype(np.float64)


def pearson(x: np.ndarray, y: np.ndarray) -> float | None:
    """Correlation of two arrays of one shape after removing each column's mean; None when one of them is constant."""
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    size = np.sqrt((x * x).sum() * (y * y).sum())
    return float((x * y).sum() / size) if size > 1e-12 else None


def jitter(values: np.ndarray) -> float:
    """Restlessness of columns sampled at COMPARE_FPS: median |third difference| against how far they move; 0 is still."""
    if len(values) < 4:
        return 0.0
    moved = np.percentile(np.abs(values - values.min(axis=0)), 95, axis=0)
    moving = moved > 1e-3
    if not moving.any():
        return 0.0
    return float(np.median(np.abs(np.diff(values[:, moving], 3, axis=0)) / moved[moving]))


def _lag(a: BlendshapeTrack, b: BlendshapeTrack, columns: list[int], times_s: np.ndarray) -> float | None:
    """Seconds by which B trails A, where shifting it back fits best; None where nothing fits."""
    inner = times_s[(times_s >= times_s[0] + MAX_LAG_S) & (times_s <= times_s[-1] - MAX_LAG_S)]
    if len(inner) < 10:
        return None
    wanted = _at(a, inner, columns)
    fits = []
    for lag_s in np.arange(-MAX_LAG_S, MAX_LAG_S + LAG_STEP_S / 2, LAG_STEP_S):
        fit = pearson(wanted, _at(b, inner + lag_s, columns))
        if fit is None:
            return None
        fits.append((round(fit, 9), -abs(lag_s), float(lag_s)))
    best = max(fits)
    return best[2] if best[0] >= LEAST_FIT else None


def compare(a: BlendshapeTrack, b: BlendshapeTrack, phones: Iterable[Phone] = ()) -> Comparison:
    """Compare two tracks where both exist.

    Args:
        a: the 52 channels.
        b: the 52 channels, any frame rate and start.
        phones: for the closure rates.
    """
    phones = tuple(phones)
    start_s, end_s = max(a.start_s, b.start_s), min(a.end_s, b.end_s)
    times_s = start_s + np.arange(max(int((end_s - start_s) * COMPARE_FPS + 1e-6), 0)) / COMPARE_FPS
    rows = []
    for region, channels in REGIONS.items():
        columns = [ARKIT_INDEX[name] for name in channels]
        x, y = _at(a, times_s, columns), _at(b, times_s, columns)
        fit = pearson(x, y) if len(times_s) else None
        lag_s = _lag(a, b, columns, times_s) if fit is not None else None
        rms = float(np.sqrt(np.mean((x - y) ** 2))) if len(times_s) else 0.0
        rows.append(RegionDifference(region, rms, fit, None if lag_s is None else round(1e3 * lag_s, 6), jitter(x), jitter(y)))
    return Comparison(tuple(rows), closure_rate(a, phones), closure_rate(b, phones))
