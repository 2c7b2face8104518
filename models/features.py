"""Log-mels of 16 kHz sound at 100 Hz, levelled by a slow automatic gain that never looks ahead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RATE = 16000
HOP = 160
WINDOW = 400
MELS = 80
#: what stands for the frame before the first sample
SILENT_MEL = -0.675
#: where the tracked peak starts (log10 power): 20 dB below a normal recording, so that the first sound sets it at once
FIRST_PEAK = -0.8
#: recordings more than 35 dB quieter than usual are not turned up further: silence must stay silence
LOWEST_PEAK = -2.3
#: the tracked peak falls by 2 dB per second (in log10 power per 10 ms step)
FALL = 0.002
#: so few frames are gathered by number, which begins five times as quickly as a view of windows
_FEW = 8
#: frames that go through every step together: more would leave the processor's cache between two of them
_AT_ONCE = 64
#: OpenBLAS shares larger products with other cores, which then wait busily for the next one: several times the work of the product
_ONE_CORE = 16
#: Whisper's scaling: 80 dB below the peak is the floor, then (x + 4) / 4 with the peak at its usual place
FLOOR = -8.0
PLACE = 1.3


def mel_filters() -> np.ndarray:
    """Slaney's mel filters from 0 to 8 kHz, area-normalised (the ones of librosa and of Whisper).

    Returns:
        (201, 80) float32.
    """

    def to_mel(hz: np.ndarray) -> np.ndarray:
        return np.where(hz < 1000, hz * 3 / 200, 15 + np.log(np.maximum(hz, 1e-9) / 1000) / (np.log(6.4) / 27))

    def to_hz(mel: np.ndarray) -> np.ndarray:
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))

    edges = to_hz(np.linspace(0, to_mel(np.array(RATE / 2)), MELS + 2))
    bins = np.linspace(0, RATE / 2, WINDOW // 2 + 1)[:, None]
    rise = (bins - edges[:-2]) / np.diff(edges)[:-1]
    fall = (edges[2:] - bins) / np.diff(edges)[1:]
    bands: np.ndarray = (np.maximum(0, np.minimum(rise, fall)) * 2 / (edges[2:] - edges[:-2])).astype(np.float32)
    return bands


@dataclass
class MelState:
    """What streams remember: samples not used up, and the tracked peaks.

    Attributes:
        waiting: (b, n) float32.
        peak: (b,) float64.
    """

    waiting: np.ndarray
    peak: np.ndarray


class LogMel:
    """Samples in, levelled log-mels out; frame m is centred on sample 160 m and needs 200 samples after it."""

    def __init__(self) -> None:
        self._window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
        self._filters = mel_filters()
        self._places = np.arange(_FEW)[:, None] * HOP + np.arange(WINDOW)

    def start(self, batch: int) -> MelState:
        """The state before the first sample."""
        return MelState(np.zeros((batch, WINDOW // 2), np.float32), np.full(batch, FIRST_PEAK))

    def push(self, samples: np.ndarray, state: MelState) -> np.ndarray:
        """Take the next samples; the state is moved on in place.

        Args:
            samples: (b, n) float32 at 16 kHz.
            state: of these streams.

        Returns:
            (b, k, 80) float32: the frames that are complete now, k may be 0; values about -0.7 ... 1.3.
        """
        log = self.unlevelled(samples, state)
        return self._levelled(log, state) if log.shape[1] else log

    def unlevelled(self, samples: np.ndarray, state: MelState) -> np.ndarray:
        """As push, (b, k, 80) log10 of the power in every mel; the tracked peak stays."""
        sound = np.concatenate([state.waiting, samples], 1)
        count = max((sound.shape[1] - WINDOW) // HOP + 1, 0)
        if count == 0:
            state.waiting = sound
            return np.zeros((len(sound), 0, MELS), np.float32)
        state.waiting = sound[:, count * HOP :]
        if count <= _FEW:
            frames = sound[:, self._places[:count]]
        else:
            frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW, axis=1)[:, ::HOP][:, :count]
        parts = [self._log(frames[:, i : i + _AT_ONCE]) for i in range(0, count, _AT_ONCE)]
        return np.concatenate(parts, 1) if len(parts) > 1 else parts[0]

    def _log(self, frames: np.ndarray) -> np.ndarray:
        """(b, k, 400) samples -> (b, k, 80) log10 of the power in every mel."""
        spectrum = np.fft.rfft(frames * self._window)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        bands = np.concatenate([self._bands(power[:, i : i + _ONE_CORE]) for i in range(0, frames.shape[1], _ONE_CORE)], 1)
        log: np.ndarray = np.log10(np.maximum(bands, np.float32(1e-10)))
        return log

    def _bands(self, power: np.ndarray) -> np.ndarray:
        """(b, k, 201) -> (b, k, 80); a single row would be summed in another order, and 8 bits can make much of the last bit of a sum."""
        bands: np.ndarray = power @ self._filters if power.shape[1] > 1 else (power.repeat(2, 1) @ self._filters)[:, :1]
        return bands

    @staticmethod
    def _levelled(log: np.ndarray, state: MelState) -> np.ndarray:
        """Scale by the loudest mel so far, which falls slowly; frame after frame, so that any chunking gives the same to the last bit."""
        loudest, now, rows = log.max(2).astype(np.float64).T, state.peak, []
        if len(now) == 1:  # numbers of Python's are quicker than arrays of one
            last = float(now[0])
            for loud in loudest[:, 0].tolist():
                last = max(loud, last - FALL, LOWEST_PEAK)
                rows.append(last)
            peak, now = np.array([rows]), np.array([last])
        else:
            for loud in loudest:
                now = np.maximum(np.maximum(loud, now - FALL), LOWEST_PEAK)
                rows.append(now)
            peak = np.stack(rows, 1)
        state.peak, peak = now, peak.astype(np.float32)
        levelled: np.ndarray = (np.maximum(log - peak[..., None], np.float32(FLOOR)) + np.float32(PLACE + 4)) / np.float32(4)
        return levelled
