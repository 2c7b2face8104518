"""One clip on its way through NVIDIA's network, animator and solver, at the network's rate and at the animation's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from app.core.arkit import ARKIT_CHANNELS

if TYPE_CHECKING:
    from models.nvidia.face import FaceSolver
    from models.nvidia.streams import RawFrames, Stream


class NetworkRun:
    """One clip on its way through network and solver."""

    def __init__(self, stream: Stream, solver: FaceSolver, fps: float, key: tuple[object, ...]) -> None:
        from models.nvidia.names import SKIN_POSES

        self.stream, self.solver, self.fps, self.key = stream, solver, fps, key
        self._columns = [SKIN_POSES.index(name) for name in ARKIT_CHANNELS]

    def weights(self, raw: RawFrames) -> np.ndarray:
        """(frames, 52) float32 in ARKit's order, kept in 0..1 (NVIDIA's own weights may leave it)."""
        return np.clip(self.solver.process(raw).arkit[:, self._columns], 0.0, 1.0).astype(np.float32)


def at_rate(frames: np.ndarray, first: int, fps: float, times_s: np.ndarray) -> np.ndarray:
    """Frames at any times, linear between and held outside, exactly as Pace gives them.

    Args:
        frames: (n, channels) float32.
        first: number of the first one.
        fps: their rate.
        times_s: (m,) seconds.

    Returns:
        (m, channels) float32.
    """
    at = np.clip(times_s * fps - first, 0, len(frames) - 1)
    before = np.floor(at + 1e-9).astype(np.int64)
    share = np.clip(at - before, 0, 1).astype(np.float32)[:, None]
    return frames[before] + (frames[np.minimum(before + 1, len(frames) - 1)] - frames[before]) * share


class Pace:
    """Frames at one rate to frames at another, linear between, as they come.

    Attributes:
        given: how many frames were handed out.
    """

    def __init__(self, have: float, want: float) -> None:
        self._step = 1.0 if math.isclose(have, want) else have / want
        self._frames = np.zeros((0, len(ARKIT_CHANNELS)), np.float32)
        self._first = 0
        self.given = 0

    def push(self, frames: np.ndarray) -> np.ndarray:
        """Take the next frames; gives those that lie before the last one."""
        self._frames = np.concatenate([self._frames, frames])
        last = self._first + len(self._frames) - 1
        count = max(math.floor(last / self._step + 1e-9) + 1 - self.given, 0)
        return self._hand_out(count)

    def finish(self, count: int) -> np.ndarray:
        """``count`` more frames, holding the last one."""
        return self._hand_out(max(count, 0))

    def _hand_out(self, count: int) -> np.ndarray:
        if not count or not len(self._frames):
            return np.zeros((0, len(ARKIT_CHANNELS)), np.float32)
        at = np.clip((self.given + np.arange(count)) * self._step - self._first, 0, len(self._frames) - 1)
        before = np.floor(at + 1e-9).astype(np.int64)
        share = np.clip(at - before, 0, 1).astype(np.float32)[:, None]
        after = np.minimum(before + 1, len(self._frames) - 1)
        out = self._frames[before] + (self._frames[after] - self._frames[before]) * share
        self.given += count
        drop = max(math.floor(self.given * self._step) - 1 - self._first, 0)
        drop = min(drop, len(self._frames) - 1)
        self._frames, self._first = self._frames[drop:], self._first + drop
        return out
