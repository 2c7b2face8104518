"""Frames that come at the wanted rate already: given on as they are, to the wanted length."""

from __future__ import annotations

import numpy as np

from app.remote.link.retiming import ease_to_rest


class Fitter:
    """The same interface as Retimer for a stream that was asked for the wanted rate: nothing is computed between frames.

    Args:
        fps: frames per second.
        total: how many frames go out in the end; of a sound that is still arriving, many until that is known.
    """

    def __init__(self, fps: float, total: int) -> None:
        self._fps, self.total = fps, total
        self._last: np.ndarray | None = None
        self.made = 0

    @property
    def missing(self) -> int:
        """Frames still to go out."""
        return self.total - self.made

    def push(self, rows: np.ndarray, times_s: np.ndarray) -> np.ndarray:
        """Take (k, 52) frames, give those that fit; they are on the grid already, so their times say nothing new."""
        out = rows[: self.missing]
        if len(out):
            self._last = out[-1]
        self.made += len(out)
        return out

    def finish(self) -> np.ndarray:
        """No frames follow: hold the last one for at most two, then ease to rest, to the full length."""
        last = np.zeros(52, np.float32) if self._last is None else self._last
        held = np.repeat(last[None], min(self.missing, 2 if self._last is not None else 0), axis=0)
        eased = ease_to_rest(last, self._fps, self.missing - len(held))
        self.made = self.total
        return np.concatenate([held, eased])
