"""Motion that was made from the sound, at the times to which a hand moved what is said: only what has changed is sampled again."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from app.core.sampling import sampled
from app.core.side import SideChannels
from app.core.timing.warp import Warp
from app.core.track import Animation, BlendshapeTrack

#: what a motion is called that was warped, behind its own name
WORDS = "time-warped"


@dataclass(frozen=True)
class _Last:
    motion: Animation
    warp: Warp
    made: Animation


class WarpedMotion:
    """A motion and what became of it last, so that a drag costs what it moves, and motion that grows costs what is new."""

    def __init__(self) -> None:
        self._last: _Last | None = None

    def of(self, motion: Animation, warp: Warp) -> Animation:
        """The motion at other times: the same frames, each as it was heard; the very same motion where nothing is moved.

        Args:
            motion: as made from the sound.
            warp: from when things were heard to when they are said.
        """
        last = self._last
        if warp.is_identity:
            self._last = None
            return motion
        if last is not None and last.motion is motion and last.warp == warp:
            return last.made
        base, rows = self._to_do(motion, warp)
        made = _warped(motion, warp, base, rows)
        self._last = _Last(motion, warp, made)
        return made

    def _to_do(self, motion: Animation, warp: Warp) -> tuple[Animation, np.ndarray]:
        """Frames that are there already, perhaps fewer than all, and the numbers of those that are to be sampled."""
        last, n = self._last, len(motion.arkit)
        if last is not None and last.motion is motion:
            differs = warp.differs_in(last.warp)
            return last.made, _rows(motion.arkit, [] if differs is None else [differs])
        if last is not None and last.warp == warp and _goes_on(motion, last.motion):
            known = warp.at(np.array([last.motion.arkit.end_s - 1 / motion.arkit.fps]))[0]
            first = min(max(math.floor((known - motion.arkit.start_s) * motion.arkit.fps), 0), len(last.motion.arkit))
            moved = _rows(motion.arkit, warp.moved_spans())
            return last.made, np.union1d(moved[moved >= first], np.arange(len(last.motion.arkit), n))
        return motion, _rows(motion.arkit, warp.moved_spans())


def _goes_on(motion: Animation, before: Animation) -> bool:
    """Whether a motion is another one with more frames, in the same memory."""
    new, old = motion.arkit, before.arkit
    alike = (motion.visemes is None) == (before.visemes is None) and (new.side is None) == (old.side is None)
    there = [track.weights.__array_interface__["data"][0] for track in (new, old)]
    return alike and len(new) >= len(old) > 0 and there[0] == there[1] and new.fps == old.fps and new.start_s == old.start_s


def _rows(track: BlendshapeTrack, spans_s: list[tuple[float, float]]) -> np.ndarray:
    """The numbers of a track's frames in some stretches."""
    n, found = len(track), []
    for low_s, high_s in spans_s:
        first = 0 if math.isinf(low_s) else min(max(math.ceil((low_s - track.start_s) * track.fps), 0), n)
        end = n if math.isinf(high_s) else min(max(math.floor((high_s - track.start_s) * track.fps) + 1, first), n)
        found.append(np.arange(first, end))
    return np.concatenate([np.zeros(0, np.intp), *found])


def _warped(motion: Animation, warp: Warp, base: Animation, rows: np.ndarray) -> Animation:
    track = motion.arkit
    places = (warp.back(track.start_s + rows / track.fps) - track.start_s) * track.fps
    side = None
    if track.side is not None and base.arkit.side is not None:
        side = SideChannels(track.side.names, _patched(base.arkit.side.values, track.side.values, rows, places))
    arkit = BlendshapeTrack.of_checked(
        _patched(base.arkit.weights, track.weights, rows, places), track.fps, track.start_s, track.channels, side
    )
    visemes = motion.visemes
    if visemes is not None and base.visemes is not None:
        weights = _patched(base.visemes.weights, visemes.weights, rows, places)
        visemes = BlendshapeTrack.of_checked(weights, visemes.fps, visemes.start_s, visemes.channels)
    return replace(motion, arkit=arkit, visemes=visemes, label=f"{motion.label}, {WORDS}" if motion.label else WORDS)


def _patched(base: np.ndarray, heard: np.ndarray, rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(n, k) read-only rows: those of ``base``, but for some that are sampled from what was heard."""
    made = np.empty_like(heard)
    made[: len(base)] = base
    made[rows] = sampled(heard, places)
    made.flags.writeable = False
    return made
