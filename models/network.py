"""The two networks: a small one on log-mels, and one on a streaming Whisper encoder.

Everything is strictly causal; the look-ahead is a delay: at step s (20 ms each) the network says what the face does at step s - delay.
So a stream is just the same modules with their past kept, and chunks of any size give the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional as F

from models.dimensions import CHANNELS, DELAYS, DILATIONS, HEADS, LAYERS, PHONE_COUNT, SPAN, STILL_ABOVE, STILL_AT, WIDTH
from models.features import MELS
from models.rig import PARAMETERS

State = dict[str, torch.Tensor]


def _with_past(x: torch.Tensor, state: State | None, key: str, length: int) -> torch.Tensor:
    """Put the last ``length`` steps of (b, c, t) before it and remember the new ones; zeros before the first."""
    past = x.new_zeros(x.shape[0], x.shape[1], length) if state is None or key not in state else state[key]
    joined = torch.cat([past, x], 2)
    if state is not None:
        state[key] = joined[:, :, joined.shape[2] - length :]
    return joined


def _product(conv: nn.Conv1d, x: torch.Tensor) -> torch.Tensor:
    """A convolution as one matrix product, (b, c, t) -> (b, t', c'): quicker on few steps, and CUDA keeps it in full float32."""
    seen = x.unfold(2, conv.kernel_size[0], conv.stride[0]).transpose(1, 2)
    return F.linear(seen.flatten(2), conv.weight.flatten(1), conv.bias)


class TemporalBlock(nn.Module):
    """A causal dilated convolution, a pointwise one and a way around both.

    Args:
        channels: width.
        dilation: steps between the three taps.
        dropout: while training.
    """

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.reach = 2 * dilation
        self.wide = nn.Conv1d(channels, channels, 3, dilation=dilation)
        self.norm = nn.BatchNorm1d(channels)
        self.drop = nn.Dropout(dropout)
        self.point = nn.Conv1d(channels, channels, 1)
        self._fast: tuple[torch.Tensor, ...] | None = None

    def fuse(self) -> None:
        """Fold the norm into the taps and keep plain matrices: ten times faster than conv1d on the one or two steps of a live chunk."""
        norm = self.norm
        assert norm.running_mean is not None and norm.running_var is not None and self.wide.bias is not None and self.point.bias is not None
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        taps = (self.wide.weight * scale[:, None, None]).permute(0, 2, 1).flatten(1)
        offset = (self.wide.bias - norm.running_mean) * scale + norm.bias
        self._fast = tuple(w.detach().contiguous() for w in (taps, offset[:, None], self.point.weight[..., 0], self.point.bias[:, None]))

    def forward(self, x: torch.Tensor, state: State | None, key: str) -> torch.Tensor:
        """(b, c, t) -> (b, c, t)."""
        past = _with_past(x, state, key, self.reach)
        if self._fast is None:
            mixed: torch.Tensor = x + self.point(self.drop(F.relu(self.norm(self.wide(past)))))
            return mixed
        taps, offset, point, bias = self._fast
        count, step = x.shape[2], self.reach // 2
        seen = torch.cat([past[:, :, k * step : k * step + count] for k in range(3)], 1)
        if len(x) * count > 1:  # one product of plain rows; anything else would read the weights once per stream, or once per step
            flat = seen.transpose(1, 2).reshape(-1, seen.shape[1])
            rows = F.linear(F.linear(flat, taps, offset[:, 0]).relu_(), point, bias[:, 0])
            return x + rows.view(len(x), count, -1).transpose(1, 2)
        return x + (point @ (taps @ seen + offset).relu_() + bias)


class Temporal(nn.Module):
    """Input projection, temporal blocks, output projection to parameters and phones.

    Args:
        inputs: width of the features.
        channels: width inside.
        dilations: one per block.
        dropout: while training.
    """

    def __init__(self, inputs: int, channels: int, dilations: tuple[int, ...], dropout: float = 0.1) -> None:
        super().__init__()
        self.enter = nn.Conv1d(inputs, channels, 1)
        self.blocks = nn.ModuleList(TemporalBlock(channels, d, dropout) for d in dilations)
        self.leave = nn.Conv1d(channels, len(PARAMETERS) + PHONE_COUNT, 1)

    def fuse(self) -> None:
        """Prepare for running; training goes on only without it."""
        for block in self.blocks:
            cast(TemporalBlock, block).fuse()

    def heard(self, x: torch.Tensor, state: State | None, key: str) -> torch.Tensor:
        """(b, t, inputs) -> (b, t, channels): what is known before it is put into parameters and phones."""
        y = F.linear(x, self.enter.weight[..., 0], self.enter.bias).transpose(1, 2)
        for i, block in enumerate(self.blocks):
            y = block(y, state, f"{key}.{i}")
        return F.relu(y).transpose(1, 2).contiguous()

    def forward(self, x: torch.Tensor, state: State | None, key: str) -> torch.Tensor:
        """(b, t, inputs) -> (b, t, 12 + 40) logits."""
        return F.linear(self.heard(x, state, key), self.leave.weight[..., 0], self.leave.bias)


class LightNet(nn.Module):
    """Log-mels only: about 1.4 million weights, runs far above 100 times real time on one core."""

    mode = "light"
    delay = DELAYS[mode]

    def __init__(self) -> None:
        super().__init__()
        self.temporal = Temporal(2 * MELS, CHANNELS[self.mode], DILATIONS[self.mode])

    def forward(self, mels: torch.Tensor, state: State | None = None) -> torch.Tensor:
        """Two mel frames per step in, logits out.

        Args:
            mels: (b, 2 t, 80): frames 2s - 1 and 2s of every step s.
            state: of the stream, or None to start from nothing (training).

        Returns:
            (b, t, 52) logits: 12 parameters, 40 phones; of step s - delay.
        """
        logits: torch.Tensor = self.temporal(mels.reshape(len(mels), -1, 2 * MELS), state, "t")
        return logits


class Attention(nn.Module):
    """Causal multi-head attention over the last ``span`` steps (Whisper's weights: no bias on keys).

    Args:
        width: of the encoder.
        heads: of the attention.
        span: steps that a query sees, itself included.
    """

    def __init__(self, width: int, heads: int, span: int) -> None:
        super().__init__()
        self.heads, self.span = heads, span
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: torch.Tensor, state: State | None, key: str) -> torch.Tensor:
        """(b, t, width) -> (b, t, width)."""
        b, t, width = x.shape
        q, k, v = (part.view(b, t, self.heads, -1).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        past = 0
        if state is not None:
            if f"{key}.k" in state:
                k, v = torch.cat([state[f"{key}.k"], k], 2), torch.cat([state[f"{key}.v"], v], 2)
                past = k.shape[2] - t
            keep = max(k.shape[2] - self.span + 1, 0)
            state[f"{key}.k"], state[f"{key}.v"] = k[:, :, keep:], v[:, :, keep:]
        distance = torch.arange(past, past + t, device=x.device)[:, None] - torch.arange(past + t, device=x.device)
        mask = (distance >= 0) & (distance < self.span)
        if state is not None and "seen" in state:  # streams of different age in one batch: what they have not heard yet is no key
            mask = mask & (torch.arange(past + t, device=x.device) >= past - state["seen"][:, None, None, None])
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        out: torch.Tensor = self.out(mixed.transpose(1, 2).reshape(b, t, width))
        return out


class EncoderLayer(nn.Module):
    """One transformer layer of Whisper, made causal."""

    def __init__(self, width: int, heads: int, span: int) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = Attention(width, heads, span)
        self.mlp_norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor, state: State | None, key: str) -> torch.Tensor:
        """(b, t, width) -> (b, t, width)."""
        x = x + self.attention(self.attention_norm(x), state, key)
        out: torch.Tensor = x + self.narrow(F.gelu(self.widen(self.mlp_norm(x))))
        return out


class StreamingEncoder(nn.Module):
    """Whisper-tiny's encoder (Radford et al. 2022, MIT) for endless streams.

    Attention sees the last 1.28 s of each layer. Positions: the fast sinusoids run on for ever; the slow ones, which would tell how late
    in a 30 s window a step is, stand still. The weights were fine-tuned to both.
    """

    width, heads, layers, span = WIDTH, HEADS, LAYERS, SPAN
    rates: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(MELS, self.width, 3)
        self.second = nn.Conv1d(self.width, self.width, 3, stride=2)
        self.stack = nn.ModuleList(EncoderLayer(self.width, self.heads, self.span) for _ in range(self.layers))
        self.norm = nn.LayerNorm(self.width)
        half = self.width // 2
        rates = torch.exp(-math.log(10000.0) / (half - 1) * torch.arange(half, dtype=torch.float64))
        self.register_buffer("rates", rates, persistent=False)

    def positions(self, start: int | torch.Tensor, count: int) -> torch.Tensor:
        """(count, 384) sinusoids of steps from ``start`` on; (b, count, 384) for (b,) starts."""
        first = torch.as_tensor(start, dtype=torch.float64, device=self.rates.device)[..., None]
        steps = (first + torch.arange(count, dtype=torch.float64, device=self.rates.device))[..., None]
        still = 2 * math.pi / self.rates > STILL_ABOVE
        phase = torch.where(still, STILL_AT * self.rates, torch.remainder(steps * self.rates, 2 * math.pi)).float()
        return torch.cat([phase.sin(), phase.cos()], -1)

    def forward(self, mels: torch.Tensor, state: State | None, start: int | torch.Tensor) -> torch.Tensor:
        """(b, 2 t, 80) -> (b, t, 384): at step s the encoding of step s - 1, because the convolutions look 20 ms ahead."""
        y = F.gelu(_product(self.first, _with_past(mels.transpose(1, 2), state, "first", 2)))
        x = F.gelu(_product(self.second, _with_past(y.transpose(1, 2), state, "second", 1)))
        x = x + self.positions(start, x.shape[1])
        for i, layer in enumerate(self.stack):
            x = layer(x, state, f"layer.{i}")
        out: torch.Tensor = self.norm(x)
        return out


class QualityNet(nn.Module):
    """The streaming encoder beside the log-mels, read by temporal blocks."""

    mode = "quality"
    delay = DELAYS[mode]

    def __init__(self) -> None:
        super().__init__()
        self.encoder = StreamingEncoder()
        self.temporal = Temporal(self.encoder.width + 2 * MELS, CHANNELS[self.mode], DILATIONS[self.mode])

    def forward(self, mels: torch.Tensor, state: State | None = None, start: int = 0) -> torch.Tensor:
        """As LightNet.forward; ``start`` is the step number for training, streams count for themselves.

        Args:
            mels: (b, 2 t, 80).
            state: of the stream or None.
            start: number of the first step when there is no state.

        Returns:
            (b, t, 52) logits of step s - delay.
        """
        begun: int | torch.Tensor = start
        if state is not None:
            begun = state.get("steps", torch.zeros((), dtype=torch.int64))
            state["steps"] = begun + mels.shape[1] // 2
        heard = self.encoder(mels, state, begun)
        logits: torch.Tensor = self.temporal(torch.cat([heard, mels.reshape(len(mels), -1, 2 * MELS)], 2), state, "t")
        return logits

    def groups(self, encoder_rate: float, head_rate: float) -> Iterator[dict[str, Any]]:
        """Parameter groups for the optimiser: the pretrained part learns more slowly."""
        yield {"params": list(self.encoder.parameters()), "lr": encoder_rate}
        yield {"params": list(self.temporal.parameters()), "lr": head_rate}


def make_network(mode: str) -> LightNet | QualityNet:
    """The network of a mode.

    Args:
        mode: "light" or "quality".

    Raises:
        ValueError: another mode.
    """
    if mode == "light":
        return LightNet()
    if mode == "quality":
        return QualityNet()
    raise ValueError(f"mode must be 'light' or 'quality', not {mode!r}")
