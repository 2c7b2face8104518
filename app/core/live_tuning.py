"""Tuning of a face that is only just being made: frame by frame, from the past alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.core.regions import PARTS
from app.core.smoothing import attack_release, filter_kernel
from app.core.track import BlendshapeTrack
from app.core.tuning import Tuning, apply_tuning, with_contacts_kept

#: what needs the future or the clip: closing lips by phones, easing its ends, moving it against the sound, drawing it as film
_AT_ONCE = {
    "smoothing_ms": {}, "attack_ms": 0.0, "release_ms": 0.0, "ease_in_ms": 0.0, "ease_out_ms": 0.0, "offset_ms": 0.0, "close_lips": 0.0,
    "chart": "", "held": 0,
}  # fmt: skip


class LiveTuner:
    """Gives for every new frame what live smoothing of the whole track so far would give for its last frame.

    Args:
        fps: frames per second.
        tuning: gains, strengths, smoothing, attack and release of it act; the kind of smoothing is always ``live``.
    """

    def __init__(self, fps: float, tuning: Tuning) -> None:
        self._fps = fps
        self._raw = np.zeros((0, len(ARKIT_CHANNELS)), np.float32)
        self._followed: np.ndarray | None = None
        self.set_tuning(tuning)

    @property
    def delay_ms(self) -> float:
        """How late the most smoothed part comes out, in milliseconds."""
        return max(self.tuning.live_delay_ms(self._fps).values(), default=0.0)

    def set_tuning(self, tuning: Tuning) -> None:
        """Tune otherwise from the next frame on; the frames so far count as if they had been tuned so."""
        self.tuning = tuning
        self._gains: Tuning = replace(tuning, **_AT_ONCE)  # type: ignore[arg-type]
        # newest frame first, as the past is convolved
        self._kernels = {part: filter_kernel(ms / 1e3, self._fps, "live")[::-1] for part, ms in tuning.smoothing_ms.items() if ms > 0}
        self._columns = {part: [ARKIT_INDEX[name] for name in PARTS[part]] for part in self._kernels}
        self._past = self._gained(self._raw)

    def push(self, frames: np.ndarray) -> np.ndarray:
        """Tune the next frames.

        Args:
            frames: (n, 52) float32, in order.

        Returns:
            (n, 52) float32.
        """
        if self.tuning == Tuning():
            self._remember(frames)
            return frames
        gained = self._gained(frames)
        out = np.stack([self._frame(row) for row in gained]) if len(frames) else gained
        self._remember(frames)
        return out

    def _gained(self, frames: np.ndarray) -> np.ndarray:
        """Frames after what acts on each of them by itself."""
        return apply_tuning(BlendshapeTrack(frames, self._fps), self._gains).weights

    def _frame(self, gained: np.ndarray) -> np.ndarray:
        """(52,): one frame smoothed over those before it, which hold their first one before the beginning."""
        self._past = np.concatenate([self._past, gained[None]])
        out = gained.copy()
        for part, kernel in self._kernels.items():
            columns, n = self._columns[part], min(len(kernel), len(self._past))
            known = kernel[-n:] @ self._past[-n:, columns].astype(np.float64)
            out[columns] = known + kernel[: len(kernel) - n].sum() * self._past[0, columns]
        before = out if self._followed is None else self._followed
        self._followed = attack_release(np.stack([before, out]), self._fps, self.tuning.attack_ms / 1e3, self.tuning.release_ms / 1e3)[1]
        return with_contacts_kept(self._followed[None].copy(), gained[None])[0] if self.tuning.keep_contacts else self._followed

    def _remember(self, frames: np.ndarray) -> None:
        """Keep as much of the past as the longest filter looks at; the oldest frame stands for all before it."""
        most = round(2.0 * self._fps)
        self._raw = np.concatenate([self._raw, frames])[-most:]
        self._past = self._past[-most:]
