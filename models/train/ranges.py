"""Measures what goes into every product of the networks, so that they can run in 8 bits: ``python -m models.train.ranges``.

The speech is that of the embedded voice, in rooms, over telephones and beside noise; the range of a product's input is what a share of
all half seconds stays within, because one loud click must not coarsen everything else.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from models.engines.onnx_engine import OnnxEngine
from models.features import HOP, SILENT_MEL, LogMel
from models.train.augment import spoiled
from models.train.sentences import SentenceMaker
from models.train.voices import HibariVoice
from models.weights_file import WEIGHTS, read_tensors

#: share of the half seconds that stay within a range
SHARE = 0.995
_STEPS = 25


def speech(count: int, seed: int) -> list[np.ndarray]:
    """Sentences of the embedded voice, half of them as they are heard elsewhere."""
    voice, make, rng = HibariVoice(), SentenceMaker(seed), np.random.default_rng(seed)
    clips = [voice.speak(make(), rng)[0] for _ in range(count)]
    return [spoiled(clip, None, rng) if i % 2 else clip for i, clip in enumerate(clips)]


def measured(mode: str, clips: list[np.ndarray]) -> dict[str, tuple[float, float]]:
    """The ranges of a network's products over clips."""
    engine, mel = OnnxEngine(mode, read_tensors(mode), probes=True), LogMel()
    found: dict[str, list[float]] = defaultdict(list)
    for clip in clips:
        memory = engine.memory(1)
        mels = mel.push(np.pad(clip, (0, HOP))[None], mel.start(1))
        mels = np.concatenate([np.full_like(mels[:, :1], SILENT_MEL), mels], 1)
        for first in range(0, mels.shape[1] - 2 * _STEPS, 2 * _STEPS):
            memory.step(mels[:, first : first + 2 * _STEPS])
            for name, value in memory.probed.items():
                found[name].append(float(value))
    names = sorted(name[4:] for name in found if name.startswith("low_"))
    return {name: (-_reach(-np.array(found[f"low_{name}"])), _reach(np.array(found[f"high_{name}"]))) for name in names}


def _reach(extremes: np.ndarray) -> float:
    return float(np.quantile(extremes, SHARE))


def main() -> None:
    """Write ``ranges.json`` beside the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="sentences")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", type=Path, default=WEIGHTS / "ranges.json")
    args = parser.parse_args()
    clips = speech(args.count, args.seed)
    found = {mode: measured(mode, clips) for mode in ("light", "quality")}
    ranges = {mode: {name: [round(low, 4), round(high, 4)] for name, (low, high) in rows.items()} for mode, rows in found.items()}
    args.out.write_text(json.dumps(ranges, indent=1) + "\n", "utf-8")
    sys.stdout.write(f"{args.out}: {sum(map(len, clips)) / 16000:.0f} s of speech\n")


if __name__ == "__main__":
    main()
