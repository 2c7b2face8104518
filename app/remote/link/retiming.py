"""Frames of a server at the rate and length that the preview wants."""

from __future__ import annotations

import numpy as np

#: the way back to a neutral face when a stream breaks off, in seconds
EASE_S = 0.3


class Retimer:
    """Takes timed frames as they come, gives frames of a constant rate, linear between them.

    Args:
        fps: frames per second of what goes out.
        total: how many frames go out in the end.
    """

    def __init__(self, fps: float, total: int) -> None:
        self._fps, self._total = fps, total
        self._times_s = np.zeros(0)
        self._rows = np.zeros((0, 52), np.float32)
        self.made = 0

    @property
    def missing(self) -> int:
        """Frames still to go out."""
        return self._total - self.made

    def push(self, rows: np.ndarray, times_s: np.ndarray) -> np.ndarray:
        """Take frames, give what is certain now.

        Args:
            rows: (k, 52) weights.
            times_s: (k,) rising, after those of the last call.

        Returns:
            (m, 52) float32.
        """
        self._rows = np.concatenate([self._rows, rows])
        self._times_s = np.concatenate([self._times_s, times_s])
        return self._give(int(self._times_s[-1] * self._fps + 1e-6) + 1) if len(self._times_s) else rows

    def finish(self) -> np.ndarray:
        """No frames follow: hold the last one for at most two, then ease to rest, to the full length."""
        held = self._give(self.made + 2) if len(self._rows) else np.zeros((0, 52), np.float32)
        last = held[-1] if len(held) else np.zeros(52, np.float32)
        eased = ease_to_rest(last, self._fps, self.missing)
        self.made += len(eased)
        return np.concatenate([held, eased])

    def _give(self, stop: int) -> np.ndarray:
        stop = max(min(stop, self._total), self.made)
        at_s = np.arange(self.made, stop) / self._fps
        low = np.clip(np.searchsorted(self._times_s, at_s + 1e-9, "right") - 1, 0, None)
        high = np.minimum(low + 1, len(self._rows) - 1)
        span_s = np.maximum(self._times_s[high] - self._times_s[low], 1e-9)
        part = np.clip((at_s - self._times_s[low]) / span_s, 0, 1)[:, None].astype(np.float32)
        out = self._rows[low] * (1 - part) + self._rows[high] * part
        self.made = stop
        keep = int(low[-1]) if len(low) else 0
        self._rows, self._times_s = self._rows[keep:], self._times_s[keep:]
        return out


def ease_to_rest(last: np.ndarray, fps: float, count: int) -> np.ndarray:
    """(count, 52) frames from ``last`` to zero in 0.3 s (cubic, as VisemeSync's client), then rest."""
    part = np.clip(np.arange(1, count + 1) / (fps * EASE_S), 0, 1)
    eased: np.ndarray = ((1 - part)[:, None] ** 3 * last).astype(np.float32)
    return eased
