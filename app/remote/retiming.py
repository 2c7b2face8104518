"""Frames of a server at the rate and length that the preview wants."""

from __future__ import annotations

import numpy as np

#: the way back to a neutral face when a stream breaks off, in seconds
EASE_S = 0.3


class Retimer:
    """Takes frames of one rate as they come, gives frames of another, linear between them.

    Args:
        given_fps: of the frames that come.
        fps: of the frames that go out.
        total: how many go out in the end.
    """

    def __init__(self, given_fps: float, fps: float, total: int) -> None:
        self._given_fps, self._fps, self._total = given_fps, fps, total
        self._rows = np.zeros((0, 52), np.float32)
        self._first = 0
        self.made = 0

    @property
    def missing(self) -> int:
        """Frames still to go out."""
        return self._total - self.made

    def push(self, rows: np.ndarray) -> np.ndarray:
        """Take (k, 52) rows; returns the (m, 52) that are certain now."""
        self._rows = np.concatenate([self._rows, rows])
        if self._given_fps == self._fps:
            return self._give(len(self._rows) + self._first)
        last = self._first + len(self._rows) - 1
        return self._give(int(last * self._fps / self._given_fps + 1e-9) + 1 if last >= 0 else 0)

    def finish(self) -> np.ndarray:
        """No rows follow: hold the last one for at most two frames, then ease to rest, to the full length."""
        held = self._give(self.made + 2) if len(self._rows) else np.zeros((0, 52), np.float32)
        last = held[-1] if len(held) else np.zeros(52, np.float32)
        eased = ease_to_rest(last, self._fps, self.missing)
        self.made += len(eased)
        return np.concatenate([held, eased])

    def _give(self, stop: int) -> np.ndarray:
        stop = max(min(stop, self._total), self.made)
        at = np.arange(self.made, stop) * (self._given_fps / self._fps) - self._first
        low = np.clip(np.floor(at + 1e-9).astype(int), 0, max(len(self._rows) - 1, 0))
        high = np.clip(low + 1, 0, max(len(self._rows) - 1, 0))
        part = np.clip(at - low, 0, 1)[:, None].astype(np.float32)
        out = self._rows[low] * (1 - part) + self._rows[high] * part
        self.made = stop
        keep = int(low[-1]) if len(low) else 0
        self._rows, self._first = self._rows[keep:], self._first + keep
        return out


def ease_to_rest(last: np.ndarray, fps: float, count: int) -> np.ndarray:
    """(count, 52) frames from ``last`` to zero in 0.3 s (cubic, as VisemeSync's client), then rest."""
    part = np.clip(np.arange(1, count + 1) / (fps * EASE_S), 0, 1)
    return ((1 - part)[:, None] ** 3 * last).astype(np.float32)
