"""Scores a network: ``python -m models.train.evaluate --scorer lipsync_score.py --clips DATA``, or ``--corpus`` for held-out voices."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import soundfile
import soxr
import torch

from models.checkpoint import load_network
from models.engines.torch_engine import TorchNet
from models.features import RATE
from models.network import LightNet, QualityNet, make_network
from models.rig import ARKIT
from models.runtime import FaceNet
from models.train.corpus import HELD_OUT, load_clip
from models.train.phones import base

FPS = 60
Timed = list[tuple[str, str, float, float]]


@dataclass(frozen=True)
class Spoken:
    """A clip to judge: its folder and name, sound at 16 kHz and phones as the scorer writes them."""

    name: str
    samples: np.ndarray
    phones: Timed


class Scorer:
    """The shared scorer as a library.

    Args:
        path: lipsync_score.py; lip_features.json lies beside it.
    """

    def __init__(self, path: Path) -> None:
        spec = importlib.util.spec_from_file_location("lipsync_score", path)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(path)
        self.module: ModuleType = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)
        features = json.loads((path.parent / "lip_features.json").read_text("utf-8"))
        self._per_weight = np.array([features["per_weight"].get(name, [0.0] * 5) for name in ARKIT])
        self._neutral = np.array(features["neutral"])

    def phones(self, path: Path) -> Timed:
        """Read an alignment file."""
        found: Timed = self.module.read_phones(str(path))
        return found

    def score(self, weights: np.ndarray, phones: Timed, fps: float = FPS) -> dict[str, float]:
        """Score (n, 52) weights."""
        times = np.arange(len(weights)) / fps
        result: dict[str, float] = self.module.score(times, self._neutral + weights @ self._per_weight, phones, self._neutral[0])
        return result


def recorded_clips(data: Path, scorer: Scorer) -> Iterator[Spoken]:
    """The shared recordings that have alignments."""
    for alignment in sorted((data / "alignments").glob("*.json")):
        for sound in sorted((data / "speech").glob(f"*/{alignment.stem}.wav")):
            samples, rate = soundfile.read(sound, dtype="float32", always_2d=True)
            yield Spoken(f"{sound.parent.name}/{alignment.stem}", soxr.resample(samples.mean(1), rate, RATE), scorer.phones(alignment))


def held_out_clips(corpus: Path, count: int) -> Iterator[Spoken]:
    """The first clips of every held-out voice."""
    for voice in sorted(HELD_OUT):
        for path in sorted((corpus / voice).glob("?????.npz"))[:count]:
            better = path.with_suffix(".al.npz")
            samples, phones = load_clip(better if better.exists() else path)
            timed = [
                ("SIL" if p.symbol == "sil" else base(p.symbol), p.symbol[-1] if p.symbol[-1].isdigit() else "", p.start_s, p.end_s)
                for p in phones
            ]
            yield Spoken(f"{voice}/{path.stem}", samples, timed)


def trained_network(mode: str, run: Path | None) -> FaceNet:
    """The shipped network, or the averaged one of a run."""
    if run is None:
        return FaceNet(TorchNet(load_network(mode), torch.device("cpu")))
    network: LightNet | QualityNet = make_network(mode)
    network.load_state_dict(torch.load(run / f"{mode}.pt", weights_only=True)["average"])
    return FaceNet(TorchNet(network.train(False), torch.device("cpu")))


COLUMNS = ("score", "closure", "labiodental", "open_vowel", "rounding", "rest", "spurious", "correlation", "lag_ms", "jitter")


def report(rows: list[tuple[str, dict[str, float]]]) -> str:
    """A table of scores with the mean."""
    lines = [f"{'clip':30}" + "".join(f"{c[:9]:>11}" for c in COLUMNS)]
    for name, row in rows:
        lines.append(f"{name[:30]:30}" + "".join(f"{row[c]:11.3f}" if row.get(c) is not None else f"{'-':>11}" for c in COLUMNS))
    mean = {c: float(np.mean([r[c] for _, r in rows if r.get(c) is not None])) for c in COLUMNS}
    return "\n".join([*lines, f"{'mean':30}" + "".join(f"{mean[c]:11.3f}" for c in COLUMNS)])


def main() -> None:
    """Command line of the evaluation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scorer", type=Path, required=True)
    parser.add_argument("--clips", type=Path, help="folder with alignments/ and speech/")
    parser.add_argument("--corpus", type=Path, help="score held-out voices of this corpus")
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--mode", choices=("light", "quality"), default="light")
    parser.add_argument("--run", type=Path, help="a training run instead of the shipped weights")
    args = parser.parse_args()
    torch.set_num_threads(1)
    scorer, net = Scorer(args.scorer), trained_network(args.mode, args.run)
    clips = list(recorded_clips(args.clips, scorer)) if args.clips else []
    clips += list(held_out_clips(args.corpus, args.count)) if args.corpus else []
    rows = [(c.name, scorer.score(net.infer(c.samples), c.phones)) for c in clips]
    sys.stdout.write(report(rows) + "\n")


if __name__ == "__main__":
    main()
