"""Log-mels in torch, for training on a card: the same numbers as ``models.features``, without a stream's memory."""

from __future__ import annotations

import torch
from torch import nn

from models.features import FALL, FIRST_PEAK, FLOOR, HOP, LOWEST_PEAK, PLACE, WINDOW, mel_filters


class TorchLogMel(nn.Module):
    """Whole clips in, levelled log-mels out; frame m is centred on sample 160 m."""

    window: torch.Tensor
    filters: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)
        self.register_buffer("filters", torch.from_numpy(mel_filters()), persistent=False)

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        """(b, n) float32 at 16 kHz -> (b, k, 80) the frames that are complete."""
        sound = torch.cat([samples.new_zeros(len(samples), WINDOW // 2), samples], 1)
        frames = sound.unfold(1, WINDOW, HOP) * self.window
        power = torch.view_as_real(torch.fft.rfft(frames)).square().sum(-1)
        log = (power @ self.filters).clamp_min(1e-10).log10()
        fall = FALL * torch.arange(1, log.shape[1] + 1, device=log.device)
        peak = ((log.amax(2) + fall).cummax(1).values.clamp_min(FIRST_PEAK) - fall).clamp_min(LOWEST_PEAK)
        return ((log - peak[..., None]).clamp_min(FLOOR) + PLACE + 4) / 4
