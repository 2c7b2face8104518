"""Log-mels of 16 kHz sound at 100 Hz, levelled by a slow automatic gain that never looks ahead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

RATE = 16000
HOP = 160
WINDOW = 400
MELS = 80
#: where the tracked peak starts (log10 power): 20 dB below a normal recording, so that the first sound sets it at once
_FIRST_PEAK = -0.8
#: recordings more than 35 dB quieter than usual are not turned up further: silence must stay silence
_LOWEST_PEAK = -2.3
#: the tracked peak falls by 2 dB per second (in log10 power per 10 ms step)
_FALL = 0.002
#: Whisper's scaling: 80 dB below the peak is the floor, then (x + 4) / 4 with the peak at its usual place
_FLOOR = -8.0
_PLACE = 1.3


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
    """What a stream remembers: samples not used up, the tracked peak, and how many frames were made."""

    waiting: torch.Tensor
    peak: torch.Tensor


class LogMel(nn.Module):
    """Samples in, levelled log-mels out; frame m is centred on sample 160 m and needs 200 samples after it."""

    window: torch.Tensor
    filters: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)
        self.register_buffer("filters", torch.from_numpy(mel_filters()), persistent=False)

    def start(self, batch: int) -> MelState:
        """The state before the first sample."""
        device = self.window.device
        return MelState(torch.zeros(batch, WINDOW // 2, device=device), torch.full((batch,), _FIRST_PEAK, device=device))

    def forward(self, samples: torch.Tensor, state: MelState) -> torch.Tensor:
        """Take the next samples; the state is moved on in place.

        Args:
            samples: (b, n) float32 at 16 kHz.
            state: of this stream.

        Returns:
            (b, k, 80) the frames that are complete now, k may be 0; values about -0.7 ... 1.3.
        """
        sound = torch.cat([state.waiting, samples], 1)
        count = max((sound.shape[1] - WINDOW) // HOP + 1, 0)
        if count == 0:
            state.waiting = sound
            return sound.new_zeros(len(sound), 0, MELS)
        state.waiting = sound[:, count * HOP :]
        frames = sound.unfold(1, WINDOW, HOP)[:, :count] * self.window
        power = torch.view_as_real(torch.fft.rfft(frames)).square().sum(-1)
        log = (power @ self.filters).clamp_min(1e-10).log10()
        return self._levelled(log, state)

    @staticmethod
    def _levelled(log: torch.Tensor, state: MelState) -> torch.Tensor:
        """Scale by the loudest mel so far, which falls slowly: a running maximum of a tilted line, so any chunking gives the same."""
        fall = _FALL * torch.arange(1, log.shape[1] + 1, device=log.device)
        loudest = torch.maximum((log.amax(2) + fall).cummax(1).values, state.peak[:, None]) - fall
        peak = loudest.clamp_min(_LOWEST_PEAK)
        state.peak = peak[:, -1]
        return ((log - peak[..., None]).clamp_min(_FLOOR) + _PLACE + 4) / 4
