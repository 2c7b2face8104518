"""Which viseme a mouth shows: the strongest of viseme weights, and visemes judged from the 52 weights where there are none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS, VISEME_INDEX, VISEMES
from app.core.coarticulation import shape_as_said
from app.core.lips import lip_opening
from app.core.track import BlendshapeTrack
from app.core.visemes import projection_matrix

#: a viseme gives way to one that is stronger by this much, so that two equal ones do not alternate
_HYSTERESIS = 0.04
#: frames of the analysis; a viseme lasts two of them
_RATE, _LEAST_FRAMES = 60.0, 2

#: how a mouth is looked at beside the gap between its lips; ``*`` is the mean of both sides
_LOOK = (
    "mouthPucker", "mouthFunnel", "mouthStretch*", "mouthSmile*", "mouthPress*", "mouthRollLower", "mouthRollUpper", "mouthLowerDown*",
    "mouthUpperUp*", "tongueOut", "jawForward",
)  # fmt: skip
#: squared distance at which a viseme is e times less likely than the nearest one
_SHARP = 0.02
#: a mouth on its way to or from a rounded shape passes r, which therefore has to fit this much better
_PASSED = 0.05
#: lips that meet for a shorter time while somebody speaks do so for p, b or m; longer, they rest
_CONTACT_S = 0.2


def seen_visemes(track: BlendshapeTrack) -> BlendshapeTrack:
    """Visemes judged from the 52 weights: each by how near the mouth is to this program's own pose of it, drawn or as it is said.

    What counts is the gap between the lips (the jaw's opening less what closes it), how far the lips are pushed forward, spread,
    pressed, rolled in and parted, the tongue and the jaw's advance.

    Args:
        track: (n, 52).

    Returns:
        (n, 15) track of the same frames; rows sum to 1.
    """
    drawn, seen = projection_matrix(), _looks(track.weights)
    said = drawn.copy()
    shape_as_said(said)
    far = np.min([((seen[:, None] - _looks(poses)[None]) ** 2).sum(axis=2) for poses in (drawn, said)], axis=0)
    far[:, VISEME_INDEX["RR"]] += _PASSED
    like = np.exp(-(far - far.min(axis=1, keepdims=True)) / _SHARP)
    like /= like.sum(axis=1, keepdims=True)
    _contacts(like, _CONTACT_S * track.fps)
    return BlendshapeTrack(like.astype(np.float32), track.fps, track.start_s, VISEME_CHANNELS)


def _looks(weights: np.ndarray) -> np.ndarray:
    """(n, features) of (n, 52)."""
    columns = [lip_opening(weights)]
    for name in _LOOK:
        sides = [name.removesuffix("*") + side for side in (("Left", "Right") if name.endswith("*") else ("",))]
        columns.append(np.mean([weights[:, ARKIT_INDEX[side]] for side in sides], axis=0))
    return np.stack(columns, axis=1).astype(np.float64)


def _contacts(like: np.ndarray, most_frames: float) -> None:
    """Give short silences inside speech to p, b and m, in place."""
    silent = like.argmax(axis=1) == VISEME_INDEX["sil"]
    for first, end in _runs(silent):
        if silent[first] and first > 0 and end < len(silent) and end - first < most_frames:
            like[first:end, VISEME_INDEX["PP"]] += like[first:end, VISEME_INDEX["sil"]]
            like[first:end, VISEME_INDEX["sil"]] = 0.0


def _runs(values: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and end of every stretch of equal values."""
    bounds = [0, *(int(edge) + 1 for edge in np.flatnonzero(np.diff(values))), len(values)]
    return pairwise(bounds)


def viseme_runs(track: BlendshapeTrack) -> Iterator[tuple[int, str, float, float]]:
    """What a viseme track shows, one after the other.

    Args:
        track: (n, 15) of VISEME_CHANNELS.

    Yields:
        Index and name of the viseme, and its start and end in seconds; without gaps from the first frame to the last.
    """
    count = max(int(np.ceil(track.duration_s * _RATE - 1e-6)), 1)
    dense = track.fps >= _RATE - 1
    times_s = track.times_s if dense else track.start_s + np.arange(count) / _RATE
    weights = track.weights if dense else track.sample(times_s)
    fps = track.fps if dense else _RATE
    shown = _lasting(_strongest(weights.astype(np.float64)), weights)
    for first, end in _runs(shown):
        start_s = track.start_s + max(first - 0.5, 0.0) / fps
        end_s = track.start_s + (end - 0.5) / fps if end < len(shown) else track.end_s
        yield int(shown[first]), VISEMES[int(shown[first])], start_s, end_s


def _strongest(weights: np.ndarray) -> np.ndarray:
    """(n,) index of the viseme on show."""
    best = weights.argmax(axis=1)
    shown: np.ndarray = best.copy()
    for i in range(1, len(shown)):
        held = shown[i - 1]
        shown[i] = best[i] if weights[i, best[i]] > weights[i, held] + _HYSTERESIS else held
    return shown


def _lasting(shown: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Visemes of fewer than two frames are given to the stronger neighbour."""
    out: np.ndarray = shown.copy()
    for first, end in _runs(shown):
        if end - first < min(_LEAST_FRAMES, len(out)):
            beside = [out[i] for i in (first - 1, end) if 0 <= i < len(out)]
            out[first:end] = max(beside, key=lambda viseme: float(weights[first:end, viseme].sum()))
    return out
