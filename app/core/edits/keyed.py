"""A curve through keys: cubic pieces, of which those without slopes of the user's own overshoot nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

#: automatic slopes are at most so many times that of the flatter chord beside them; with it every piece is monotone
#: (Fritsch and Carlson 1980, SIAM J. Numer. Anal. 17, 238-246; the square within their region, de Boor and Swartz 1977)
_STEEPEST = 3.0


@dataclass(frozen=True)
class CurveKey:
    """One key of a curve.

    Attributes:
        time_s: where it stands, on the track's own time line.
        value: the weight there.
        before: slope of the curve that arrives, per second; None for the smooth one that overshoots nothing.
        after: slope of the curve that leaves, per second; None as well.
    """

    time_s: float
    value: float
    before: float | None = None
    after: float | None = None


Curve = tuple[CurveKey, ...]
Tangent = Literal["auto", "flat", "linear"]


def automatic_slopes(keys: Sequence[CurveKey]) -> np.ndarray:
    """The slopes at keys whose user has none of their own: flat at the ends and where the curve turns, else between the chords.

    Moving a key changes no slope but its own and those of its two neighbours.

    Args:
        keys: in order of time, no two at the same.

    Returns:
        (n,) float64 per second.
    """
    return monotone_slopes(np.array([key.time_s for key in keys]), np.array([key.value for key in keys]))


def monotone_slopes(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(n,) slopes through points, per second; see automatic_slopes.

    Args:
        times: (n,) seconds, rising.
        values: (n,) weights there.
    """
    slopes = np.zeros(len(times))
    if len(times) < 3:
        return slopes
    steps = np.diff(times)
    chords = np.diff(values) / steps
    before, after = chords[:-1], chords[1:]
    # the slope of the parabola through three keys
    parabola = (steps[1:] * before + steps[:-1] * after) / (steps[1:] + steps[:-1])
    most = _STEEPEST * np.minimum(np.abs(before), np.abs(after))
    slopes[1:-1] = np.where(before * after > 0, np.clip(parabola, -most, most), 0.0)
    return slopes


def slopes_of(keys: Sequence[CurveKey]) -> tuple[np.ndarray, np.ndarray]:
    """The slopes that arrive at and leave all keys, the user's own where there are any.

    Args:
        keys: in order of time, no two at the same.

    Returns:
        Two (n,) float64, per second.
    """
    before = automatic_slopes(keys)
    after = before.copy()
    for i, key in enumerate(keys):
        if key.before is not None:
            before[i] = key.before
        if key.after is not None:
            after[i] = key.after
    return before, after


def curve_values(keys: Sequence[CurveKey], times_s: np.ndarray) -> np.ndarray:
    """The curve at some times; before the first and after the last key it holds their value.

    Args:
        keys: in order of time, no two at the same; at least one.
        times_s: (n,) seconds.

    Returns:
        (n,) float64 weights.
    """
    times, values = np.array([key.time_s for key in keys]), np.array([key.value for key in keys])
    if len(keys) == 1:
        return np.full(len(times_s), values[0])
    return hermite(times, values, slopes_of(keys), times_s)


def hermite(times: np.ndarray, values: np.ndarray, slopes: tuple[np.ndarray, np.ndarray], times_s: np.ndarray) -> np.ndarray:
    """Cubic pieces with given values and slopes at their ends, held before the first and after the last.

    Args:
        times: (n,) seconds, rising; n at least 2.
        values: (n,) weights there.
        slopes: two (n,), that of the piece which ends there and of the one which begins there, per second.
        times_s: (m,) seconds wanted.

    Returns:
        (m,) float64 weights.
    """
    before, after = slopes
    t = np.clip(times_s, times[0], times[-1])
    piece = np.clip(np.searchsorted(times, t, side="right") - 1, 0, len(times) - 2)
    length = times[piece + 1] - times[piece]
    x = (t - times[piece]) / length
    rise = values[piece + 1] - values[piece]
    a, b = after[piece] * length, before[piece + 1] * length
    made: np.ndarray = values[piece] + x * (a + x * (3 * rise - 2 * a - b + x * (a + b - 2 * rise)))
    # through the last one too, to the bit
    return np.where(x == 1.0, values[piece + 1], made)


def with_key(keys: Curve, key: CurveKey, apart_s: float) -> Curve:
    """The keys with one more; it takes the place of what stands nearer to it than two keys may.

    Args:
        keys: in order of time.
        key: the new one.
        apart_s: keys stand at least so far from one another.
    """
    kept = [each for each in keys if abs(each.time_s - key.time_s) >= apart_s - 1e-9]
    return tuple(sorted([*kept, key], key=lambda each: each.time_s))


def room_s(keys: Curve, places: frozenset[int], apart_s: float) -> tuple[float, float]:
    """How much earlier (0 or less) and how much later some keys can be moved together before one meets a neighbour.

    Args:
        keys: in order of time.
        places: which ones move.
        apart_s: keys stand at least so far from one another; those that stand closer already have no room there.
    """
    least, most = -np.inf, np.inf
    for i in places:
        if i and i - 1 not in places:
            least = max(least, keys[i - 1].time_s + apart_s - keys[i].time_s)
        if i + 1 < len(keys) and i + 1 not in places:
            most = min(most, keys[i + 1].time_s - apart_s - keys[i].time_s)
    return float(min(least, 0.0)), float(max(most, 0.0))


def moved_keys(keys: Curve, places: frozenset[int], by_s: float, by_value: float) -> Curve:
    """The keys with some of them moved together.

    Args:
        keys: in order of time.
        places: which ones move.
        by_s: how much later; see room_s.
        by_value: how much higher; each value stays between 0 and 1, or where it was beyond.
    """

    def moved(key: CurveKey) -> CurveKey:
        value = float(np.clip(key.value + by_value, min(key.value, 0.0), max(key.value, 1.0)))
        return replace(key, time_s=key.time_s + by_s, value=value)

    return tuple(moved(key) if i in places else key for i, key in enumerate(keys))


def shaped_key(keys: Curve, place: int, how: Tangent) -> CurveKey:
    """One of the keys with other slopes.

    Args:
        keys: in order of time.
        place: which one.
        how: ``auto`` overshoots nothing, ``flat`` stands still there, ``linear`` points straight at both neighbours.
    """
    key = keys[place]
    if how != "linear":
        slope = None if how == "auto" else 0.0
        return replace(key, before=slope, after=slope)
    before, after = (
        (other.value - key.value) / (other.time_s - key.time_s) if 0 <= i < len(keys) and (other := keys[i]) else 0.0
        for i in (place - 1, place + 1)
    )
    return replace(key, before=before, after=after)
