"""Curves of any length as few points: no peak and no dip is lost, and of an hour no frame is looked at twice."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from app.core.track import BlendshapeTrack

#: frames whose lowest and highest weights are kept
BLOCK = 64
#: tracks that they are kept of
_MOST_KEPT = 6


@dataclass
class _Extremes:
    """Of a track's whole blocks so far; rows of a track never change, a growing one only gains some."""

    owner: weakref.ref[np.ndarray]
    lows: np.ndarray
    highs: np.ndarray


_kept: OrderedDict[tuple[int, int], _Extremes] = OrderedDict()


def _extremes(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n // BLOCK, channels) lowest and highest weights of each block; of a track that grew only the new ones are looked for."""
    owner = weights.base if isinstance(weights.base, np.ndarray) else weights
    key = (id(owner), int(weights.__array_interface__["data"][0]))
    known = _kept.pop(key, None)
    if known is None or known.owner() is not owner or known.lows.shape[1] != weights.shape[1]:
        empty = np.zeros((0, weights.shape[1]), np.float32)
        known = _Extremes(weakref.ref(owner), empty, empty)
    n, done = len(weights) // BLOCK, len(known.lows)
    if n > done:
        new = weights[done * BLOCK : n * BLOCK].reshape(n - done, BLOCK, -1)
        known.lows, known.highs = np.concatenate([known.lows, new.min(axis=1)]), np.concatenate([known.highs, new.max(axis=1)])
    _kept[key] = known
    while len(_kept) > _MOST_KEPT:
        _kept.popitem(last=False)
    return known.lows[:n], known.highs[:n]


def envelope(track: BlendshapeTrack, start_s: float, end_s: float, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The frames of a range, thinned so that no peak and no dip is lost.

    Args:
        track: any track.
        start_s: left edge.
        end_s: right edge.
        width: pixels across.

    Returns:
        (n,) float64 times and (n, n_channels) float32 weights; n is at most about four times ``width``.
    """
    first = max(int(np.floor((start_s - track.start_s) * track.fps)) - 1, 0)
    last = min(int(np.ceil((end_s - track.start_s) * track.fps)) + 2, len(track))
    if last <= first:
        return np.zeros(0), np.zeros((0, len(track.channels)), np.float32)
    step = (last - first) // max(2 * width, 1)
    if step < 2:
        return track.start_s + np.arange(first, last) / track.fps, track.weights[first:last]
    if step >= 2 * BLOCK:
        return _of_blocks(track, first, last, -(-step // BLOCK))
    edges = np.arange(0, last - first, step)
    weights = track.weights[first:last]
    return _pairs(track, edges + first, np.minimum.reduceat(weights, edges), np.maximum.reduceat(weights, edges))


def _of_blocks(track: BlendshapeTrack, first: int, last: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """The same, of whole blocks, ``step`` of them at a time, and of the frames behind the last whole one."""
    lows, highs = _extremes(track.weights)
    begin, end = first // BLOCK, min(-(-last // BLOCK), len(lows))
    edges = np.arange(0, end - begin, step)
    low, high = np.minimum.reduceat(lows[begin:end], edges), np.maximum.reduceat(highs[begin:end], edges)
    frames = (edges + begin) * BLOCK
    rest = track.weights[end * BLOCK : last]
    if len(rest):
        low, high = np.concatenate([low, rest.min(axis=0)[None]]), np.concatenate([high, rest.max(axis=0)[None]])
        frames = np.append(frames, end * BLOCK)
    return _pairs(track, frames, low, high)


def _pairs(track: BlendshapeTrack, frames: np.ndarray, lows: np.ndarray, highs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each stretch as its lowest and its highest point, both where it begins."""
    both = np.empty((2 * len(frames), lows.shape[1]), np.float32)
    both[0::2], both[1::2] = lows, highs
    return np.repeat(track.start_s + frames / track.fps, 2), both
