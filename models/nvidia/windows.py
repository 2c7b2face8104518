"""Which samples each frame sees, and the growing sound that they are cut from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from models.nvidia.errors import BundleError

#: NTSC rates have the denominator 1001; nothing finer exists
MAX_DENOMINATOR = 1001


def exact_rate(fps: float | Fraction) -> Fraction:
    """A frame rate as the fraction that is meant (29.97 -> 30000/1001 for NTSC rates).

    Raises:
        BundleError: not between 1 and 1000.
    """
    if not 1 <= fps <= 1000:
        raise BundleError(f"The frame rate must lie between 1 and 1000, not {float(fps):g}.")
    if isinstance(fps, Fraction):
        return fps
    ntsc = Fraction(round(fps) * 1000, 1001)
    return ntsc if abs(float(ntsc) - fps) < 0.006 and not float(fps).is_integer() else Fraction(fps).limit_denominator(MAX_DENOMINATOR)


@dataclass(frozen=True)
class FrameGrid:
    """Frame numbers and samples (SDK source: audio accumulator and regression executor).

    Attributes:
        samplerate: samples per second.
        fps: frames per second.
        length: samples of a window.
        centre: samples from a window's start to the time it stands for.
    """

    samplerate: int
    fps: Fraction
    length: int
    centre: int

    def timestamp(self, k: int) -> int:
        """The sample that frame k stands for: floor(k * rate / fps); 0, 533, 1066, 1600 at 16 kHz and 30 fps."""
        return k * self.samplerate * self.fps.denominator // self.fps.numerator

    def start(self, k: int) -> int:
        """First sample of frame k's window; negative ones are zeros."""
        return self.timestamp(k) - self.centre

    def end(self, k: int) -> int:
        """The sample behind frame k's window."""
        return self.start(k) + self.length

    def count(self, samples: int) -> int:
        """Frames of a finished clip: all whose timestamp lies in it."""
        return math.ceil(samples * self.fps / self.samplerate)

    def ready(self, received: int) -> int:
        """Frames whose windows are complete while more may come (``end <= received``)."""
        limit = received - self.length + self.centre
        return 0 if limit < 0 else math.ceil((limit + 1) * self.fps / self.samplerate)


class AudioBuffer:
    """Sound that grows at its end; reading outside gives zeros.

    Gain is applied when samples come in, so padding stays zero.
    """

    def __init__(self, gain: float = 1.0):
        self._gain = gain
        self._blocks = np.zeros(0, np.float32)
        self._offset = 0
        self.received = 0
        self.closed = False

    def append(self, samples: np.ndarray) -> None:
        """Add mono samples in -1..1; values that are not numbers become silence."""
        if self.closed:
            raise ValueError("the sound was closed")
        block = np.nan_to_num(np.asarray(samples, np.float32).reshape(-1), nan=0.0, posinf=1.0, neginf=-1.0)
        self._blocks = np.concatenate([self._blocks, block * np.float32(self._gain)])
        self.received += len(block)

    def close(self) -> None:
        """No more samples will come."""
        self.closed = True

    def discard_before(self, sample: int) -> None:
        """Free what nobody will read again."""
        drop = min(max(sample - self._offset, 0), len(self._blocks))
        if drop > 65536:
            self._blocks = self._blocks[drop:].copy()
            self._offset += drop

    def window(self, start: int, length: int) -> np.ndarray:
        """(length,) float32 from ``start``; zeros before the first and behind the last sample."""
        out = np.zeros(length, np.float32)
        first, last = max(start, self._offset), min(start + length, self.received)
        if last > first:
            out[first - start : last - start] = self._blocks[first - self._offset : last - self._offset]
        return out


def peak_gain(samples: np.ndarray, input_strength: float = 1.0) -> float:
    """Gain that brings a recording's peak to 1 after the bundle's own input strength.

    The networks were trained on sound divided by its peak (and the divisor dropped at export), so quiet recordings lose
    articulation. Near-silence (peak at most 0.01) is left alone, as in training.
    """
    peak = float(np.abs(samples).max(initial=0.0))
    if not math.isfinite(peak) or peak <= 0.01 or input_strength <= 0:
        return 1.0
    return 1.0 / (peak * input_strength)
