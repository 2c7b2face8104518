"""Frames of a server at the rate and length that the preview wants."""

from __future__ import annotations

import numpy as np

from app.core.sampling import StreamResampler

#: the way back to a neutral face when a stream breaks off, in seconds
EASE_S = 0.3


class Retimer:
    """Takes timed frames as they come, gives frames of a constant rate, linear between them.

    Args:
        fps: frames per second of what goes out.
        total: how many frames go out in the end; of a sound that is still arriving, many until that is known.
    """

    def __init__(self, fps: float, total: int) -> None:
        self._fps, self.total = fps, total
        self._stream = StreamResampler()
        self.made = 0

    @property
    def missing(self) -> int:
        """Frames still to go out."""
        return self.total - self.made

    def push(self, rows: np.ndarray, times_s: np.ndarray) -> np.ndarray:
        """Take frames, give what is certain now.

        Args:
            rows: (k, 52) weights.
            times_s: (k,) rising, after those of the last call.

        Returns:
            (m, 52) float32.
        """
        return self._counted(self._stream.push(rows, times_s * self._fps))

    def finish(self) -> np.ndarray:
        """No frames follow: hold the last one for at most two, then ease to rest, to the full length."""
        held = self._counted(self._stream.hold(self.made + 2))
        last = held[-1] if len(held) else np.zeros(52, np.float32)
        eased = ease_to_rest(last, self._fps, self.missing)
        self.made += len(eased)
        return np.concatenate([held, eased])

    def _counted(self, out: np.ndarray) -> np.ndarray:
        """What may still go out of these frames."""
        out = out[: self.missing]
        self.made += len(out)
        return out


def ease_to_rest(last: np.ndarray, fps: float, count: int) -> np.ndarray:
    """(count, 52) frames from ``last`` to zero in 0.3 s (cubic, as VisemeSync's client), then rest."""
    part = np.clip(np.arange(1, count + 1) / (fps * EASE_S), 0, 1)
    eased: np.ndarray = ((1 - part)[:, None] ** 3 * last).astype(np.float32)
    return eased
