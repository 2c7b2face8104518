"""Motion at another frame rate, with the error that this makes: where, when and how large."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, MOUTH_CHANNELS
from app.core.lips import CONTACT_SHARE, lip_opening, wide_open
from app.core.sampling import sampled
from app.core.track import BlendshapeTrack

#: from this ratio on a new frame is the mean of the old ones that it stands for
_AVERAGED_FROM = 2.0
_MOUTH = np.array(sorted(ARKIT_INDEX[name] for name in MOUTH_CHANNELS))


@dataclass(frozen=True)
class Resampled:
    """A track at another rate.

    Attributes:
        track: the new frames, side channels too.
        error: the largest difference that sampling it at the old frames shows.
        channel: where that is, "" without an error.
        time_s: when that is.
        kept_closures: how often lips met for so short a time that the mean would have parted them; there the mouth is as it was when they
            met.
    """

    track: BlendshapeTrack
    error: float = 0.0
    channel: str = ""
    time_s: float = 0.0
    kept_closures: int = 0

    @property
    def sentence(self) -> str:
        """What the change cost, "" where it cost nothing."""
        if not self.error:
            return ""
        text = f"At {self.track.fps:.5g} fps the motion is off by at most {self.error:.3f} ({self.channel} at {self.time_s:.2f} s)"
        if self.kept_closures:
            text += f"; lips that meet for less than a frame were kept together {self.kept_closures:,} times"
        return text + "."


def at_rate(track: BlendshapeTrack, fps: float, on_grid: bool = False) -> Resampled:
    """The same motion at another frame rate.

    Linear between frames; going down to half the rate or less, a new frame is the mean of what it stands for, except that lips which
    meet in it stay together.

    Args:
        track: any track.
        fps: frames per second wanted.
        on_grid: the new frames are at whole multiples of 1 / fps on the time line, not counted from the track's start.
    """
    first = track.start_s * fps
    skew = (math.ceil(first - 1e-6) - first) / fps if on_grid else 0.0
    if (abs(fps / track.fps - 1) < 1e-9 and abs(skew) * fps < 1e-6) or not len(track):
        return Resampled(replace(track, fps=fps))
    count = max(math.ceil((track.duration_s - skew) * fps - 1e-6), 1)
    places = skew * track.fps + np.arange(count) * (track.fps / fps)
    side = None if track.side is None else track.side.sampled(places)
    ratio = track.fps / fps
    if ratio >= _AVERAGED_FROM - 1e-9:
        weights, kept = _averaged(track, places, ratio)
    else:
        weights, kept = sampled(track.weights, places), 0
    start_s = track.start_s + skew
    other = replace(track, weights=weights, fps=fps, start_s=round(start_s * fps) / fps if on_grid else start_s, side=side)
    return _measured(track, other, kept)


def _averaged(track: BlendshapeTrack, places: np.ndarray, ratio: float) -> tuple[np.ndarray, int]:
    """Means over the new frames, and in how many of them the lips were kept together."""
    parts = math.ceil(ratio)
    offsets = ((np.arange(parts) + 0.5) / parts - 0.5) * ratio
    mean = np.zeros((len(places), track.weights.shape[1]))
    for offset in offsets:
        mean += sampled(track.weights, places + offset)
    weights = (mean / parts).astype(np.float32)
    kept = _with_closures(track, places, weights) if track.channels == ARKIT_CHANNELS else 0
    return weights, kept


def _with_closures(track: BlendshapeTrack, places: np.ndarray, weights: np.ndarray) -> int:
    """Give back, in place, the closures that the means have lost; returns how many there were."""
    opening, limit, kept = lip_opening(track.weights), CONTACT_SHARE * wide_open(track), 0
    is_closed = np.concatenate([[False], opening <= limit, [False]])
    first = np.flatnonzero(~is_closed[:-1] & is_closed[1:])
    end = np.flatnonzero(is_closed[:-1] & ~is_closed[1:])
    still_closed = lip_opening(weights) <= limit
    step = places[1] - places[0] if len(places) > 1 else 1.0
    for low, high in zip(first, end, strict=True):
        meeting = low + int(np.argmin(opening[low:high]))
        near = min(max(int(np.rint((meeting - places[0]) / step)), 0), len(places) - 1)
        about = slice(*np.searchsorted(places, (low - step / 2, high - 1 + step / 2)))
        if not still_closed[about].any() and not still_closed[near]:
            weights[near, _MOUTH] = track.weights[meeting, _MOUTH]
            kept += 1
    return kept


def _measured(track: BlendshapeTrack, other: BlendshapeTrack, kept: int) -> Resampled:
    off = np.abs(other.sample(track.times_s) - track.weights)
    frame, channel = np.unravel_index(int(np.argmax(off)), off.shape)
    error = float(off[frame, channel])
    if error == 0.0:
        return Resampled(other, kept_closures=kept)
    return Resampled(other, error, track.channels[int(channel)], float(track.times_s[frame]), kept)
