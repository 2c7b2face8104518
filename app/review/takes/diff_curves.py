"""How the motion of two takes differs, region by region, and when."""

from __future__ import annotations

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.compare import COMPARE_FPS
from app.core.regions import PARTS
from app.core.track import Animation, BlendshapeTrack
from app.review.takes.change import Change

#: weights that differ by less look the same on any face; the same motion made on two machines differs by less
LEAST = 1e-3
#: what differs by this much is seen; the stretches that are named are those
SEEN = 0.02
#: stretches closer together are one, in seconds
NEAR_S = 0.15
#: stretches that a sentence names
MOST_STRETCHES = 3
#: angles of head and eyes in a file's own units, usually radians
LEAST_ANGLE = 1e-3


def curve_changes(side: str, a: Animation, b: Animation) -> list[Change]:
    """Changes of one side's motion.

    Args:
        side: its letter, "" for plain tracks.
        a: of the first take.
        b: of the second one.
    """
    changes = _length(side, a.arkit, b.arkit)
    for region, channels in PARTS.items():
        columns = [ARKIT_CHANNELS.index(name) for name in channels]
        changes += _region(side, region, _pair(a.arkit, b.arkit, columns), channels)
    if a.visemes is not None and b.visemes is not None:
        changes += _region(side, "visemes", _pair(a.visemes, b.visemes, list(range(len(VISEME_CHANNELS)))), VISEME_CHANNELS)
    elif (a.visemes is None) != (b.visemes is None):
        which = "second" if a.visemes is None else "first"
        changes.append(Change("curves", f"{_of(side)}: only the {which} has viseme weights beside its shapes.", side, "visemes"))
    return changes + _angles(side, a.arkit, b.arkit)


def same_motion(a: Animation, b: Animation) -> bool:
    """Whether two animations would look the same on any face."""
    return not curve_changes("", a, b)


def _of(side: str) -> str:
    return f"Side {side}" if side else "The motion"


def _length(side: str, a: BlendshapeTrack, b: BlendshapeTrack) -> list[Change]:
    changes = []
    if abs(a.fps - b.fps) > 1e-6:
        changes.append(Change("curves", f"{_of(side)} has {b.fps:g} frames per second instead of {a.fps:g}.", side, "rate", a.fps, b.fps))
    if abs(a.end_s - b.end_s) > 0.5 / max(a.fps, b.fps):
        words = f"{_of(side)} moves until {b.end_s:.2f} s instead of {a.end_s:.2f} s."
        changes.append(Change("curves", words, side, "end", round(a.end_s, 4), round(b.end_s, 4)))
    if abs(a.start_s - b.start_s) > 1e-4:
        words = f"{_of(side)} begins at {b.start_s:.3f} s instead of {a.start_s:.3f} s."
        changes.append(Change("curves", words, side, "start", round(a.start_s, 4), round(b.start_s, 4)))
    return changes


class _Pair:
    """The same columns of two tracks at the same times, where both exist."""

    def __init__(self, times_s: np.ndarray, apart: np.ndarray) -> None:
        #: (n,) seconds, and (n, m) second minus first
        self.times_s, self.apart = times_s, apart


def _times(a: BlendshapeTrack, b: BlendshapeTrack) -> np.ndarray | None:
    """Times at which two tracks are compared, None where frame meets frame."""
    if a.fps == b.fps and a.start_s == b.start_s:
        return None
    start_s, end_s = max(a.start_s, b.start_s), min(a.end_s, b.end_s)
    return start_s + np.arange(max(int((end_s - start_s) * COMPARE_FPS + 1e-6), 0)) / COMPARE_FPS


def _pair(a: BlendshapeTrack, b: BlendshapeTrack, columns: list[int]) -> _Pair:
    times_s = _times(a, b)
    if times_s is None:
        n = min(len(a), len(b))
        return _Pair(a.times_s[:n], b.weights[:n, columns].astype(np.float64) - a.weights[:n, columns])
    return _Pair(times_s, b.sample(times_s)[:, columns].astype(np.float64) - a.sample(times_s)[:, columns])


def _region(side: str, region: str, pair: _Pair, channels: tuple[str, ...]) -> list[Change]:
    size = np.abs(pair.apart)
    if not size.size or size.max() < LEAST:
        return []
    frame, column = np.unravel_index(int(size.argmax()), size.shape)
    at_s, largest, rms = float(pair.times_s[frame]), float(size.max()), float(np.sqrt(np.mean(pair.apart**2)))
    stretches = _stretches(pair.times_s, size.max(axis=1) >= min(SEEN, largest))
    told = ", ".join(f"{start:.2f}–{end:.2f} s" for start, end in stretches[:MOST_STRETCHES])
    more = f" and {len(stretches) - MOST_STRETCHES} more" if len(stretches) > MOST_STRETCHES else ""
    words = f"{_of(side)}, {region}: up to {largest:.3f} apart ({channels[column]} at {at_s:.2f} s), {rms:.4f} rms, seen at {told}{more}."
    if largest < SEEN:
        words = f"{_of(side)}, {region}: up to {largest:.4f} apart ({channels[column]} at {at_s:.2f} s), hardly to be seen."
    figures = {
        "largest": round(largest, 6), "rms": round(rms, 6), "channel": channels[column], "at_s": round(at_s, 4),
        "stretches_s": [[round(start, 4), round(end, 4)] for start, end in stretches],
    }  # fmt: skip
    return [Change("curves", words, side, region, start_s=stretches[0][0], end_s=stretches[-1][1], figures=figures)]


def _stretches(times_s: np.ndarray, differs: np.ndarray) -> list[tuple[float, float]]:
    """Where something differs, with small gaps closed."""
    made: list[tuple[float, float]] = []
    for t in times_s[differs].tolist():
        if made and t - made[-1][1] <= NEAR_S:
            made[-1] = (made[-1][0], t)
        else:
            made.append((t, t))
    return made


def _angles(side: str, a: BlendshapeTrack, b: BlendshapeTrack) -> list[Change]:
    """Angles of head and eyes, and what else travels beside the shapes."""
    changes = []
    names = dict.fromkeys((*(() if a.side is None else a.side.names), *(() if b.side is None else b.side.names)))
    for name in names:
        x, y = (None if track.side is None else track.side.find(name) for track in (a, b))
        if x is None or y is None:
            which = "second" if x is None else "first"
            changes.append(Change("curves", f"{_of(side)}: only the {which} has {name} beside its shapes.", side, name))
            continue
        n = min(len(x), len(y)) if _times(a, b) is None else 0
        apart = float(np.abs(x[:n] - y[:n]).max(initial=0.0))
        if apart > LEAST_ANGLE:
            words = f"{_of(side)}: {name} differs by up to {apart:.3f}."
            changes.append(Change("curves", words, side, name, figures={"largest": round(apart, 6)}))
    return changes
