"""Time scale of a stretch of curves: what is in it slowed, quickened or slid, while its neighbours give way and nothing outside moves.

Where what is shown was before is a monotone curve through four places: both ends of the edit, where nothing moves, and both ends of
what is retimed. Between these two it is a straight line, so that all of it goes at one speed; beside them the speed comes back to that
of the rest (cubic Hermite, its slopes limited as Fritsch and Carlson 1980 say, so that time never runs backwards).
"""

from __future__ import annotations

import numpy as np

#: at least so much beside a retimed stretch gives way, in seconds; of a longer way twice the way
LEAST_BESIDE_S = 0.06
_BESIDE = 2.0
#: factors of length that an edit can have
SLOWEST, QUICKEST = 4.0, 0.25
#: what gives way is squeezed into this share of its length at most
_LEAST_LEFT = 0.1
#: ends nearer than this, in seconds, are one
_SAME_S = 1e-6

Span = tuple[float, float]
#: where what is retimed began, where it ended and where it begins now, as shares of the edit's stretch
Shares = tuple[float, float, float]


def around(was_s: Span, now_s: Span) -> Span:
    """The stretch that an edit needs: both places of what is retimed, and what gives way beside them.

    Args:
        was_s: start and end of what is retimed, in seconds.
        now_s: where they are to be.
    """
    before, after = (max(LEAST_BESIDE_S, _BESIDE * abs(now - was)) for was, now in zip(was_s, now_s, strict=True))
    return min(was_s[0], now_s[0]) - before, max(was_s[1], now_s[1]) + after


def shares_of(was_s: Span, now_s: Span, stretch_s: Span) -> Shares:
    """What an edit keeps of a retiming, beside the factor of its length; see ``spans_of``."""
    start_s, length_s = stretch_s[0], stretch_s[1] - stretch_s[0]
    first, last, now = ((t - start_s) / length_s for t in (*was_s, now_s[0]))
    return first, last, now


def spans_of(stretch_s: Span, shares: tuple[float, ...], factor: float) -> tuple[Span, Span]:
    """Where what is retimed was, and where it is now; both within the edit's stretch, in the order of time.

    Args:
        stretch_s: of the edit.
        shares: as ``shares_of`` made them.
        factor: how many times as long it becomes.
    """
    start_s, length_s = stretch_s[0], stretch_s[1] - stretch_s[0]
    first, last, now = shares
    first, last = min(max(first, 0.0), 0.99), min(max(last, 0.01), 1.0)
    last = max(last, first + 1e-3)
    now = min(max(now, _LEAST_LEFT * first), 1.0 - _LEAST_LEFT)
    end = max(min(now + factor * (last - first), 1.0 - _LEAST_LEFT * (1.0 - last)), now + 1e-3)
    places = [start_s + share * length_s for share in (first, last, now, end)]
    return (places[0], places[1]), (places[2], places[3])


def sources_s(times_s: np.ndarray, stretch_s: Span, was_s: Span, now_s: Span) -> np.ndarray:
    """Where what is shown at some times was before.

    Args:
        times_s: (n,) seconds.
        stretch_s: of the edit; outside of it everything is where it was.
        was_s: start and end of what is retimed.
        now_s: where they are.

    Returns:
        (n,) float64 seconds; it grows with ``times_s``.
    """
    speed = (was_s[1] - was_s[0]) / (now_s[1] - now_s[0])
    made = np.where((times_s >= now_s[0]) & (times_s <= now_s[1]), was_s[0] + speed * (times_s - now_s[0]), times_s)
    for shown, came, slopes in (
        ((stretch_s[0], now_s[0]), (stretch_s[0], was_s[0]), (1.0, speed)),
        ((now_s[1], stretch_s[1]), (was_s[1], stretch_s[1]), (speed, 1.0)),
    ):
        length_s = shown[1] - shown[0]
        if length_s > _SAME_S:
            inside = (times_s > shown[0]) & (times_s < shown[1])
            made[inside] = _hermite((times_s[inside] - shown[0]) / length_s, came, slopes, length_s)
    return made


def _hermite(x: np.ndarray, values: Span, slopes: Span, length_s: float) -> np.ndarray:
    """A cubic from one value to another; where its slopes would turn it back they are less."""
    most = 3.0 * max(values[1] - values[0], 0.0)
    first, last = (min(slope * length_s, most) for slope in slopes)
    back = 1.0 - x
    made: np.ndarray = (
        values[0] * back * back * (1.0 + 2.0 * x) + values[1] * x * x * (3.0 - 2.0 * x) + first * x * back * back - last * x * x * back
    )
    return made


def resampled(weights: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Columns between their frames: cubic, so that peaks stay as high as they were, and never beyond what the columns reach.

    Args:
        weights: (n, k) float32.
        places: (m,) fractional frames; those before the first and after the last hold these.

    Returns:
        (m, k) float32.
    """
    last = len(weights) - 1
    places = np.clip(places, 0.0, last)
    whole = np.minimum(places.astype(np.int64), max(last - 1, 0))
    x = (places - whole)[:, None]
    before, start, end, after = (weights[np.clip(whole + step, 0, last)].astype(np.float64) for step in (-1, 0, 1, 2))
    # Catmull and Rom 1974
    made = start + 0.5 * x * (
        end - before + x * (2.0 * before - 5.0 * start + 4.0 * end - after + x * (3.0 * (start - end) + after - before))
    )
    held: np.ndarray = np.clip(made, weights.min(axis=0), weights.max(axis=0)).astype(np.float32)
    return held
