"""Keys instead of frames: which frames of a curve can be left out, and the frames that keys stand for."""

from __future__ import annotations

import numpy as np


def kept_keys(values: np.ndarray, max_error: float) -> np.ndarray:
    """Frames that have to stay so that straight lines between them are nowhere further off than allowed.

    Args:
        values: (n,) one channel.
        max_error: 0 leaves out only what lies inside a run of one value.

    Returns:
        (k,) rising, with the first and the last frame.
    """
    last = len(values) - 1
    if last < 1:
        return np.arange(len(values))
    if max_error <= 0:
        same = np.concatenate([[False], (values[1:-1] == values[:-2]) & (values[1:-1] == values[2:]), [False]])
        return np.flatnonzero(~same)
    keep = np.zeros(len(values), bool)
    keep[[0, last]] = True
    spans = [(0, last)]
    while spans:
        low, high = spans.pop()
        if high - low < 2:
            continue
        line = np.interp(np.arange(low + 1, high), (low, high), (values[low], values[high]))
        off = np.abs(values[low + 1 : high] - line)
        worst = int(np.argmax(off))
        if off[worst] > max_error:
            middle = low + 1 + worst
            keep[middle] = True
            spans += [(low, middle), (middle, high)]
    return np.flatnonzero(keep)


def frames_of_keys(times_s: np.ndarray, values: np.ndarray, start_s: float, fps: float, count: int) -> np.ndarray:
    """(count,) float64 values at every frame: linear between keys, held outside.

    Args:
        times_s: (k,) rising.
        values: (k,).
        start_s: of frame 0.
        fps: frames per second.
        count: of frames.
    """
    places = (times_s - start_s) * fps
    near = np.rint(places)
    # a key that was meant for a frame lies on it, whatever the last digit of its time says
    places = np.where(np.abs(places - near) < 2e-3, near, places)
    made: np.ndarray = np.interp(np.arange(count), places, values)
    return made
