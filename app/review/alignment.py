"""How one mouth lies on another in time: later or earlier, faster or slower, or not at all. Pure numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.core.arkit import ARKIT_INDEX
from app.core.lips import lip_opening
from app.core.track import BlendshapeTrack

#: both mouths are laid on a grid of this step
STEP_S = 0.01
#: a shift is searched so far to both sides
REACH_S = 1.2
#: a speed is searched up to this factor to both sides: half and double speed are the grossest mistakes that are made
_FASTEST = 2.2
#: a track that fits so well as it is can only run slightly wrong: 24, 25 and their NTSC neighbours for one another, or drift
_FITS_WELL, _SLIGHTLY = 0.65, 1.1
#: speeds are told apart by what they move at the end of the clip
_END_STEP_S = 0.03
#: longer clips are searched for gross mistakes at their beginning, and for drift in windows
SCAN_S = 40.0
_WINDOW_S = 20.0
#: weights of gap, rounding and pressing of the lips. Of three mixtures that were tried on 134 lines of the embedded voice, this one
#: times motion made of phones best (-10 to +20 ms), and motion of other lines fits least (99 %: 0.36; the right one at least 0.54)
_MIX = (1.0, 0.6, 0.6)
_ROUND = {"mouthPucker": 1.0, "mouthFunnel": 1.0, "mouthSmileLeft": -0.5, "mouthSmileRight": -0.5, "mouthStretchLeft": -0.5,
          "mouthStretchRight": -0.5}  # fmt: skip
_PRESS = {"mouthClose": 1.0, "mouthPressLeft": 0.5, "mouthPressRight": 0.5, "mouthRollLower": 1.0}


@dataclass(frozen=True)
class Fit:
    """One way to lay a mouth on another.

    Attributes:
        lag_s: how late the mouth is in seconds; negative when it is early.
        correlation: -1 to 1, weighted over gap, rounding and pressing.
    """

    lag_s: float
    correlation: float


def _mixed(weights: np.ndarray, shares: dict[str, float]) -> np.ndarray:
    return sum((share * weights[:, ARKIT_INDEX[name]] for name, share in shares.items()), np.zeros(len(weights)))


def mouth_of(weights: np.ndarray) -> np.ndarray:
    """(3, n) gap, rounding and pressing of the lips.

    Args:
        weights: (n, 52).
    """
    return np.stack([lip_opening(weights).astype(np.float64), _mixed(weights, _ROUND), _mixed(weights, _PRESS)])


def laid_out(track: BlendshapeTrack, start_s: float, n: int, speed: float = 1.0) -> np.ndarray:
    """A track's mouth on the grid.

    Args:
        track: the 52 channels.
        start_s: time of the first point of the grid in seconds.
        n: points.
        speed: the track is played so much faster, from its first frame on.

    Returns:
        (3, n); at rest where the track has no frames.
    """
    times_s = track.start_s + (start_s + np.arange(n) * STEP_S - track.start_s) * speed
    return np.stack([np.interp(times_s, track.times_s, curve, left=0.0, right=0.0) for curve in mouth_of(track.weights)])


def _correlations(curve: np.ndarray, reference: np.ndarray, reach: int) -> np.ndarray:
    """(2 * reach + 1,) correlation of a curve with a reference for every shift; zeros where one of them stands still."""
    n = len(reference)
    padded = np.pad(curve - np.median(curve), reach)
    size = 1 << (2 * n + 2 * reach).bit_length()
    centred = reference - reference.mean()
    products = np.fft.irfft(np.fft.rfft(padded, size) * np.conj(np.fft.rfft(centred, size)), size)[: 2 * reach + 1]
    sums = np.concatenate([[0.0], np.cumsum(padded)])
    squares = np.concatenate([[0.0], np.cumsum(padded * padded)])
    at = np.arange(2 * reach + 1)
    spread = (squares[at + n] - squares[at]) / n - ((sums[at + n] - sums[at]) / n) ** 2
    scale = np.sqrt(np.maximum(spread, 0.0)) * reference.std()
    return np.where(scale > 1e-6, products / n / np.maximum(scale, 1e-6), 0.0)


def correlations(mouth: np.ndarray, reference: np.ndarray, reach_s: float = REACH_S) -> np.ndarray:
    """How well a mouth fits for every shift.

    Args:
        mouth: (3, n) on the grid.
        reference: (3, n) on the same grid.
        reach_s: how far to shift, in seconds.

    Returns:
        (2 * reach + 1,) from early to late.
    """
    reach = round(reach_s / STEP_S)
    shares = [(share, own, other) for share, own, other in zip(_MIX, mouth, reference, strict=True) if other.std() > 1e-6]
    if not shares:
        return np.zeros(2 * reach + 1)
    total = sum(share for share, _own, _other in shares)
    return sum((share * _correlations(own, other, reach) for share, own, other in shares), np.zeros(2 * reach + 1)) / total


def best_of(fits: np.ndarray) -> Fit:
    """The best shift, to a fraction of a step by a parabola through its neighbours.

    Args:
        fits: as ``correlations`` gives them.
    """
    best = int(np.argmax(fits))
    fraction = 0.0
    if 0 < best < len(fits) - 1:
        before, here, after = fits[best - 1 : best + 2]
        bend = before - 2 * here + after
        fraction = float(0.5 * (before - after) / bend) if bend < -1e-12 else 0.0
    return Fit((best - len(fits) // 2 + fraction) * STEP_S, float(fits[best]))


def best_speed(track: BlendshapeTrack, reference: np.ndarray, as_is: Fit) -> tuple[float, Fit]:
    """By how much a track would have to be played faster to fit best.

    Args:
        track: the 52 channels.
        reference: (3, n) mouth on the grid from 0 s on.
        as_is: how it fits at its own speed.

    Returns:
        The factor (1 when it runs as it should) and how the track fits with it.
    """
    n = min(reference.shape[1], round(SCAN_S / STEP_S))
    widest = float(np.log(_SLIGHTLY if as_is.correlation > _FITS_WELL else _FASTEST))
    steps = int(np.ceil(widest / (_END_STEP_S / (n * STEP_S))))
    speeds = np.exp(np.linspace(-widest, widest, 2 * min(steps, 400) + 1))
    found = [best_of(correlations(laid_out(track, 0.0, n, speed), reference[:, :n])) for speed in speeds]
    best = max(range(len(found)), key=lambda i: found[i].correlation)
    finer = speeds[best] * np.exp(np.linspace(-1, 1, 9) * np.log(speeds[1] / speeds[0]))
    again = [(float(s), best_of(correlations(laid_out(track, 0.0, n, s), reference[:, :n]))) for s in finer]
    return max([(float(speeds[best]), found[best]), *again], key=lambda each: each[1].correlation)


def drift_of(mouth: np.ndarray, reference: np.ndarray, least: float) -> float | None:
    """How much later a long track comes with every second.

    Args:
        mouth: (3, n) on the grid.
        reference: (3, n) on the same grid.
        least: windows that fit worse say nothing.

    Returns:
        Seconds per second by the median of all pairs of windows (Theil and Sen), or None when fewer than three windows speak.
    """
    width = round(_WINDOW_S / STEP_S)
    said = []
    for a in range(0, mouth.shape[1] - width + 1, width):
        fit = best_of(correlations(mouth[:, a : a + width], reference[:, a : a + width]))
        if fit.correlation >= least:
            said.append((a * STEP_S, fit.lag_s))
    if len(said) < 3:
        return None
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(said) for b in said[i + 1 :]]
    return float(np.median(slopes))
