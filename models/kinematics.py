"""How lips move between the networks' steps and the frames: they rest, start, meet and part as masses do; numpy only.

A network's probabilities jump within a step of 20 ms; lips do not. Three things stand between them: slack (lips hold still until a
movement is worth making), kernels with a rounded onset and offset (a decision becomes a gesture of 80 ms), and a limit of speed.
All of them work on streams: what is remembered from call to call is the only state, so that chunks of any size give the same frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from models.rig import GAP

#: steps that a frame needs beside the one before it: one earlier, two later
BEHIND, AHEAD = 1, 2
#: the share of what slack holds back that is caught up in every step: nothing stands exactly still, nothing stays off for ever
_CREEP = 0.1
#: so many curves, or frames, are followed number by number
_FEW = 8
#: the most that the lips' gap changes in a second, in units of jawOpen = 1: captured faces reach 0.22 in 1/60 s
FASTEST_PER_S = 0.22 * 60
#: movements up to half of it are left as they are; what is faster is held back the more, the faster it is
_FREE_PER_S = 0.11 * 60
#: a stream begins at rest and takes this long to follow its sound fully: lips open and pucker within about 80 to 120 ms
ONSET_S = 0.125


def curve_shares(part: np.ndarray) -> np.ndarray:
    """Shares of four steps in a frame between the middle two: a uniform cubic B-spline, whose speed and acceleration are continuous.

    Args:
        part: (m,) places of the frames between the second and the third step, 0 to below 1.

    Returns:
        (m, 4) float32 that sum to 1.
    """
    left = 1 - part
    second, third = (4 + 3 * x * x * (x - 2) for x in (part, left))
    return (np.stack([left**3, second, third, part**3], -1) / 6).astype(np.float32)


def gesture_shares(part: np.ndarray) -> np.ndarray:
    """The same for lips that meet, part or begin to speak: a raised cosine of four steps.

    A decision that falls within one step becomes a movement of 80 ms with a bell-shaped speed: lips close within about 60 to 90 ms and
    open within about 80 to 120 ms, the faster the farther they go. They still move fast when they meet, as if aiming beyond (Löfqvist
    and Gracco, JSLHR 40, 1997): the rig's lips meet at 0.8 of a full closure. The kernel is symmetric: a closure begins earlier instead
    of being cut off.

    Args:
        part: (m,) as for ``curve_shares``.

    Returns:
        (m, 4) float32 that sum to 1.
    """
    away = part[:, None] - np.arange(-BEHIND, AHEAD + 1)
    shares: np.ndarray = (0.25 + 0.25 * np.cos(np.pi / 2 * away)).astype(np.float32)
    return shares


def onset(first: int, count: int, fps: float) -> np.ndarray:
    """How far the frames of a stream follow its sound.

    Args:
        first: number of the first frame.
        count: of frames.
        fps: frames per second.

    Returns:
        (count,) float32: 0 at frame 0, 1 from 0.125 s on, without a jump of speed or acceleration.
    """
    return onset_at(np.arange(first, first + count), fps)


def onset_at(frames: np.ndarray, fps: float | np.ndarray) -> np.ndarray:
    """``onset`` of frames by their numbers, (m,), each of a stream of its own rate where the rates are as many."""
    x = np.clip(frames / (fps * ONSET_S), 0, 1)
    shares: np.ndarray = (x**3 * (x * (6 * x - 15) + 10)).astype(np.float32)
    return shares


def shares(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``curve_shares`` and ``gesture_shares``; those of a few frames, which come again and again in a stream, are remembered."""
    if len(part) > _FEW:
        return curve_shares(part), gesture_shares(part)
    return _remembered_shares(tuple(part.tolist()))


@lru_cache(maxsize=1024)
def _remembered_shares(part: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    places = np.array(part)
    return curve_shares(places), gesture_shares(places)


def follow_slack(steps: np.ndarray, held: np.ndarray, width: np.float32) -> tuple[np.ndarray, np.ndarray]:
    """See Slack.

    Args:
        steps: (b, k, c) float32, wanted.
        held: (b, c) where the lips are.
        width: how far what is followed may waver.

    Returns:
        (b, k, c) what is held, and (b, c) the last of it.
    """
    out = np.empty_like(steps)
    for k in range(steps.shape[1]):
        wanted = steps[:, k]
        held = held + np.float32(_CREEP) * (wanted - held)
        held = np.minimum(np.maximum(held, wanted - width), wanted + width)
        out[:, k] = held
    return out, held


class Slack:
    """Lips hold where they are while what moves them wavers by less than a width; larger movements are followed at that distance.

    People's lips stand nearly still (less than 1 % of their wide opening in 1/25 s) in 9 % of the frames in which their mouths are open
    (41 recorded sentences); a network's uncertainty keeps its curves moving all the time. Play of a mechanism, with a slow creep.

    Args:
        width: how far what is followed may waver.
    """

    def __init__(self, width: float) -> None:
        self._width = np.float32(width)
        self._held: np.ndarray | None = None

    def follow(self, steps: np.ndarray) -> np.ndarray:
        """Take the next steps.

        Args:
            steps: (b, k, c) float32, wanted.

        Returns:
            (b, k, c) what is held.
        """
        held = np.zeros((len(steps), steps.shape[2]), steps.dtype) if self._held is None else self._held
        if held.size <= _FEW and steps.size:
            return self._followed_singly(steps, held)
        out, self._held = follow_slack(steps, held, self._width)
        return out

    def _followed_singly(self, steps: np.ndarray, held: np.ndarray) -> np.ndarray:
        """``follow`` number by number: for one stream that is five times as quick as arrays of four."""
        width, rows = float(self._width), []
        for wanted, start in zip(steps.transpose(0, 2, 1).reshape(-1, steps.shape[1]).tolist(), held.ravel().tolist(), strict=True):
            now, row = start, []
            for x in wanted:
                now += _CREEP * (x - now)
                now = min(max(now, x - width), x + width)
                row.append(now)
            rows.append(row)
        out = np.array(rows, steps.dtype).reshape(len(steps), steps.shape[2], steps.shape[1]).transpose(0, 2, 1)
        self._held = out[:, -1]
        return out


class SpeedLimit:
    """No frame moves the lips faster than lips move, whatever the frames ask for; what is held back is made up for in the next ones.

    Args:
        fps: frames per second.
    """

    def __init__(self, fps: float) -> None:
        self._free, self._most = _FREE_PER_S / fps, FASTEST_PER_S / fps
        self._weights: np.ndarray | None = None
        self._gap = 0.0

    @property
    def gap(self) -> float | None:
        """Of the last frame; None before the first one."""
        return None if self._weights is None else self._gap

    def slow_enough(self, change: float) -> bool:
        """Whether a change of the gap is left as it is."""
        return abs(change) <= self._free

    def passed(self, weights: np.ndarray, gap: float) -> None:
        """Go on from frames that were all slow enough, of which these are the last (52,) weights and their gap."""
        self._weights, self._gap = weights, gap

    def _kept(self, change: float) -> float:
        """The share of a change of the gap that one frame may make; all of a small one, the rest towards the limit."""
        size = abs(change)
        if size <= self._free:
            return 1.0
        room = self._most - self._free
        return float(self._free + room * (1 - np.exp((self._free - size) / room))) / size

    def _too_fast(self, wanted: np.ndarray, first: float) -> Sequence[int]:
        """Numbers of frames before which the gap changes by more than is left as it is."""
        if len(wanted) > _FEW or self._weights is None:
            return np.flatnonzero(np.abs(np.diff(wanted, prepend=first)) > self._free).tolist()
        gaps = wanted.tolist()
        return [i for i, (before, now) in enumerate(zip([first, *gaps], gaps, strict=False)) if abs(now - before) > self._free]

    def follow(self, weights: np.ndarray) -> np.ndarray:
        """Take the next frames.

        Args:
            weights: (m, 52) ARKit weights of one face.

        Returns:
            (m, 52); the frames themselves where they are slow enough.
        """
        if not len(weights):
            return weights
        wanted = weights @ GAP
        first = wanted[0] if self._weights is None else self._gap
        fast = self._too_fast(wanted, first)
        out = weights.copy() if len(fast) else weights
        gap, done = float(first), 0
        for start in fast:
            if start < done:
                continue
            if start > done:
                gap = float(wanted[start - 1])
            done = start
            while done < len(out):
                change = float(wanted[done]) - gap
                share = self._kept(change)
                if share < 1:
                    before = out[done - 1] if done else self._weights
                    out[done] = before + np.float32(share) * (out[done] - before)
                gap += share * change
                done += 1
                if share == 1:
                    break
        self._gap = gap if done == len(out) else float(wanted[-1])
        self._weights = out[-1].copy()
        return out
