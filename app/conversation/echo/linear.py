"""A linear echo canceller that goes on learning while both speak, and takes nothing of the user's voice."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

#: samples of a block: 10 ms at 16 kHz
BLOCK = 160
#: blocks of echo that are modelled: 380 ms, which covers 30 ms of lead, a device's untold latency and the room
_PARTS = 38
#: the echo path's expected change per block (Enzner and Vary 2006): near 1 it is steady, lower it follows a moving head and clocks that
#: run apart; 0.999 lost least over a steady room, 50 ppm of drift and a clipped loudspeaker
_STEADY = 0.999
#: edges of the bands in which voices are looked for, in bins of 50 Hz: 250 to 7500 Hz, narrower where voices have their formants
_EDGES = np.array([5, 9, 13, 18, 24, 32, 44, 60, 77, 110, 150])
BANDS = len(_EDGES) - 1
#: those in which voices are strong: up to 3800 Hz
STRONG = slice(0, 8)


class Cancelled(NamedTuple):
    """A block without its echo.

    Attributes:
        samples: (BLOCK,) float32 what is left.
        left: (BANDS,) power of that in each band.
        echo: (BANDS,) power of the echo that was taken away.
    """

    samples: np.ndarray
    left: np.ndarray
    echo: np.ndarray


class LinearCanceller:
    """A Kalman filter over the partitions of the echo path, in the frequency domain.

    What is left counts as the observation's noise, so the filter slows down by itself while the user speaks: it needs no detector of
    double talk (G. Enzner, P. Vary: Frequency-domain adaptive Kalman filter for acoustic echo control, 2006; partitioned as by F. Kuech
    et al., 2014). For one thread.
    """

    def __init__(self) -> None:
        bins = BLOCK + 1
        self._heard = np.zeros((_PARTS, bins), np.complex128)
        self._path = np.zeros((_PARTS, bins), np.complex128)
        #: a priori an echo is no louder than its cause, and the late parts of a room are weak
        self._unsure = 0.05 * np.ones((_PARTS, bins)) * np.exp(-np.arange(_PARTS) / 13)[:, None]
        self._noise = np.full(bins, 1e-3)
        self._far = np.zeros(2 * BLOCK)
        self._padded = np.zeros(2 * BLOCK)

    def process(self, near: np.ndarray, far: np.ndarray) -> Cancelled:
        """Take the echo out of a block.

        Args:
            near: (BLOCK,) float32 of the microphone.
            far: (BLOCK,) float32 of the reference.
        """
        self._far[:BLOCK] = self._far[BLOCK:]
        self._far[BLOCK:] = far
        self._heard[1:] = self._heard[:-1]
        self._heard[0] = np.fft.rfft(self._far)
        echo = np.fft.irfft((self._heard * self._path).sum(0))[BLOCK:]
        left = near - echo
        error, echo_bins = self._bins(left), self._bins(echo)
        self._learn(error)
        return Cancelled(left.astype(np.float32), _powers(error), _powers(echo_bins))

    def _bins(self, samples: np.ndarray) -> np.ndarray:
        self._padded[BLOCK:] = samples
        return np.fft.rfft(self._padded)

    def _learn(self, error: np.ndarray) -> None:
        strength = np.abs(self._heard) ** 2
        self._noise += 0.15 * (np.abs(error) ** 2 - self._noise)
        pace = self._unsure / (0.5 * (strength * self._unsure).sum(0) + self._noise + 1e-6)
        step = np.fft.irfft(pace * self._heard.conj() * error, axis=1)
        step[:, BLOCK:] = 0.0
        self._path += np.fft.rfft(step, axis=1)
        self._unsure *= 1.0 - 0.5 * pace * strength
        self._unsure *= _STEADY**2
        self._unsure += (1.0 - _STEADY**2) * (np.abs(self._path) ** 2 + 1e-7)
        self._path *= _STEADY


def _powers(bins: np.ndarray) -> np.ndarray:
    """Mean square in each band, as if of the block's samples."""
    powers: np.ndarray = np.add.reduceat(np.abs(bins[: _EDGES[-1]]) ** 2, _EDGES[:-1]) * (2.0 / (2 * BLOCK * BLOCK))
    return powers
