"""Trains the networks: ``python -m models.train.fit CORPUS RUN --minutes 60``; starts again where it stopped."""

from __future__ import annotations

import argparse
import json
import logging
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from models.features import HOP
from models.network import LightNet, QualityNet, make_network
from models.rig import PARAMETER_INDEX, PARAMETERS, SMOOTH
from models.train.dataset import Examples
from models.train.log_mel import TorchLogMel
from models.train.whisper import load_encoder

log = logging.getLogger("fit")
#: importance of each smooth parameter: what opens and rounds the mouth first
WEIGHTS = torch.tensor([6.0, 2.0, 4.0, 3.0, 3.0, 2.0, 1.0, 1.0, 0.6])
_CLOSURE, _TUCK, _ACTIVE = (PARAMETER_INDEX[n] for n in ("closure", "tuck", "active"))
Network = LightNet | QualityNet


def mel_pairs(log_mel: TorchLogMel, samples: torch.Tensor) -> torch.Tensor:
    """(b, n) samples -> (b, 2 t, 80) frames 2s - 1 and 2s of every step, as a stream would get them."""
    padded = torch.cat([samples, samples.new_zeros(len(samples), HOP + 40)], 1)
    mels = log_mel(padded)[:, : samples.shape[1] // HOP]
    mels = torch.cat([mels.new_full((len(mels), 1, mels.shape[2]), SILENT_MEL), mels], 1)
    return mels[:, : mels.shape[1] // 2 * 2]


#: what stands for the frame before the first sample
SILENT_MEL = -0.675


def masked(mels: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """SpecAugment: blank some mel bands and short times (Park et al. 2019)."""
    mels = mels.clone()
    for row in mels:
        for _ in range(rng.integers(0, 3)):
            width, low = int(rng.integers(2, 12)), int(rng.integers(0, 70))
            row[:, low : low + width] = row[:, low : low + width].mean()
        if rng.random() < 0.3:
            place, length = int(rng.integers(0, max(len(row) - 8, 1))), int(rng.integers(2, 8))
            row[place : place + length] = row.mean()
    return mels


def warped(mels: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Longer and shorter vocal tracts at the same pace: stretch the mel axis by up to 20 % (Jaitly and Hinton 2013)."""
    bands = torch.arange(mels.shape[2], dtype=torch.float32)
    rows = []
    for row in mels:
        place = (bands * float(np.exp(np.clip(rng.normal(0, 0.07), -0.18, 0.18)))).clamp(max=mels.shape[2] - 1)
        low = place.long().clamp(max=mels.shape[2] - 2)
        rows.append(torch.lerp(row[:, low], row[:, low + 1], place - low))
    return torch.stack(rows)


def loss_of(logits: torch.Tensor, curves: torch.Tensor, phones: torch.Tensor, delay: int) -> tuple[torch.Tensor, dict[str, float]]:
    """How far a network is from the teacher.

    Args:
        logits: (b, t, 52) of steps s - delay.
        curves: (b, t, 12) the teacher's.
        phones: (b, t) indices.
        delay: of the network.

    Returns:
        The loss and its parts.
    """
    keep = slice(10, min(logits.shape[1], curves.shape[1]) - delay)
    out = logits[:, delay:][:, keep]
    curves, phones = curves[:, keep], phones[:, keep]
    values = out[..., : len(PARAMETERS)]
    smooth, wanted = values[..., :SMOOTH].sigmoid(), curves[..., :SMOOTH]
    place = ((smooth - wanted) ** 2 * WEIGHTS).mean()
    speed = ((smooth.diff(dim=1) - wanted.diff(dim=1)) ** 2 * WEIGHTS).mean()
    gates = torch.stack([
        F.binary_cross_entropy_with_logits(values[..., k], curves[..., k], pos_weight=torch.tensor(w))
        for k, w in ((_CLOSURE, 2.0), (_TUCK, 2.0), (_ACTIVE, 1.0))
    ])  # fmt: skip
    spoken = F.cross_entropy(out[..., len(PARAMETERS) :].transpose(1, 2), phones, label_smoothing=0.05)
    total = 12 * place + 20 * speed + 2.0 * gates[0] + 1.2 * gates[1] + 0.7 * gates[2] + 0.35 * spoken
    parts = {"place": place, "speed": speed, "closure": gates[0], "tuck": gates[1], "active": gates[2], "phone": spoken}
    right = (out[..., len(PARAMETERS) :].argmax(-1) == phones).float().mean()
    return total, {k: float(v.detach()) for k, v in parts.items()} | {"right": float(right)}


def forward(network: Network, mels: torch.Tensor, start: int) -> torch.Tensor:
    """Run either network from nothing."""
    logits: torch.Tensor = network(mels, None, start) if isinstance(network, QualityNet) else network(mels)
    return logits


class Trainer:
    """One network, its optimiser and its average.

    Args:
        mode: of the network.
        args: of the command line.
    """

    def __init__(self, mode: str, args: argparse.Namespace) -> None:
        torch.manual_seed(1)
        self.args, self.path = args, args.run / f"{mode}.pt"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.network: Network = make_network(mode)
        if isinstance(self.network, QualityNet):
            if args.whisper:
                load_encoder(self.network.encoder, args.whisper)
            groups: list[dict[str, Any]] = list(self.network.groups(args.encoder_rate, args.rate))
        else:
            groups = [{"params": list(self.network.parameters()), "lr": 1.5 * args.rate}]
        self.optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.01)
        self.rates = [g["lr"] for g in groups]
        self.average = {k: v.clone() for k, v in self.network.state_dict().items()}
        self.step, self.spent_s = 0, 0.0
        self.network.train()
        if self.path.exists():
            self._resume()

    def _resume(self) -> None:
        saved = torch.load(self.path, weights_only=True)
        self.network.load_state_dict(saved["network"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.average, self.step, self.spent_s = saved["average"], saved["step"], saved["spent_s"]
        log.info("%s resumed at step %d", self.network.mode, self.step)

    def save(self) -> None:
        """Write the checkpoint beside and rename it."""
        state = {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict(), "average": self.average, "step": self.step,
                 "spent_s": self.spent_s}  # fmt: skip
        beside = self.path.with_suffix(".part")
        torch.save(state, beside)
        beside.rename(self.path)

    def _schedule(self) -> None:
        """Warm up over 100 steps, then fall along a cosine over the minutes given."""
        done = min(self.spent_s / (self.args.minutes * 60), 1.0)
        factor = min((self.step + 1) / 100, 1.0) * (0.04 + 0.96 * 0.5 * (1 + np.cos(np.pi * done)))
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = float(rate * factor)

    def learn(self, mels: torch.Tensor, curves: torch.Tensor, phones: torch.Tensor, start: int) -> dict[str, float]:
        """One step of the optimiser."""
        self._schedule()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.args.bf16):
            logits = forward(self.network, mels, start)
        loss, parts = loss_of(logits.float(), curves, phones, self.network.delay)
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        keep = min(0.995, 1 - 1 / (1 + self.step / 10))
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1 - keep)
            else:
                self.average[name].copy_(value)
        return parts

    def judge(self, batches: list[list[torch.Tensor]]) -> dict[str, float]:
        """Losses of the averaged network on held-out voices; batches hold mels, curves and phones."""
        trained = {k: v.clone() for k, v in self.network.state_dict().items()}
        self.network.load_state_dict(self.average)
        self.network.train(False)
        with torch.no_grad():
            found = [loss_of(forward(self.network, b[0], 0), b[1], b[2], self.network.delay)[1] for b in batches]
        self.network.load_state_dict(trained)
        self.network.train()
        return {k: round(float(np.mean([f[k] for f in found])), 4) for k in found[0]}


def train(args: argparse.Namespace) -> None:
    """Train all networks on the same sounds until the minutes are used up; a line every 50 steps, a checkpoint every 3 minutes."""
    trainers = [Trainer(mode, args) for mode in args.modes]
    log_mel, step = TorchLogMel(), trainers[0].step
    rng = np.random.default_rng(100 + step)
    data = iter(DataLoader(Examples(args.corpus, seed=1000 + step), args.batch, num_workers=1, prefetch_factor=4))
    check = iter(DataLoader(Examples(args.corpus, seed=7, held_out=True), 8))
    held_out = [[mel_pairs(log_mel, samples), curves, phones] for samples, curves, phones in (next(check) for _ in range(3))]
    seen: dict[str, list[dict[str, float]]] = {t.network.mode: [] for t in trainers}
    last = mark = time.monotonic()
    while trainers[0].spent_s < args.minutes * 60:
        samples, curves, phones = next(data)
        mels, start = masked(warped(mel_pairs(log_mel, samples), rng), rng), int(rng.integers(0, 100000))
        for trainer in trainers:
            seen[trainer.network.mode].append(trainer.learn(mels, curves, phones, start))
        now = time.monotonic()
        for trainer in trainers:
            trainer.spent_s += now - last
        last = now
        if trainers[0].step % 50 == 0:
            for mode, parts in seen.items():
                means = {k: round(float(np.mean([p[k] for p in parts])), 4) for k in parts[0]}
                log.info("%s step %d %.1f min %s", mode, trainers[0].step, trainers[0].spent_s / 60, json.dumps(means))
                parts.clear()
        if last - mark > 180:
            for trainer in trainers:
                trainer.save()
                log.info("%s held out %s", trainer.network.mode, json.dumps(trainer.judge(held_out)))
            mark = last = time.monotonic()
    for trainer in trainers:
        trainer.save()
        log.info("%s finished after %d steps of %d examples", trainer.network.mode, trainer.step, args.batch)


def main() -> None:
    """Command line of the training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--modes", choices=("light", "quality"), nargs="+", default=["quality", "light"])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--encoder-rate", type=float, default=2.5e-4)
    parser.add_argument("--whisper", type=Path, help="model.bin of Whisper tiny.en in CTranslate2's format")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action="store_true", help="matrix products in bfloat16; pays on CPUs that have it")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    train(args)


if __name__ == "__main__":
    main()
