"""How near a source's lips are to those of the person who spoke the same sound: the shared scorer, where it lies beside the checkout."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

from app.audio.clips import read_clip, resample
from app.core.arkit import ARKIT_CHANNELS
from app.core.speech import Phone, Speech

#: what the recordings are called in the table
GROUP = "lips of a person, 41 sentences"
#: what the table shows: name -> (the scorer's name, unit)
SHOWN = {
    "gap r": ("r0", "r"), "width r": ("rw0", "r"), "shut F1": ("closed_F", ""), "P B M": ("pbm_ours", ""), "lag ms": ("lag_pooled", "ms"),
    "misalign": ("mtm", "ms"), "gap size": ("amp", ""), "width size": ("amp_w", ""), "opens ms": ("early", "ms"),
}  # fmt: skip
#: gap r: correlation of the opening without shift; width r: of the mouth's width; shut F1: frames with the lips together; sizes: the
#: track's standard deviation over the person's; opens: how long before the voice


def _scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_human", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class HumanLips:
    """Recorded people, and what their lips did.

    Args:
        shared: the folder that holds ``bench/score_human.py`` and ``data/human_lips``.
    """

    def __init__(self, shared: Path) -> None:
        self._scorer = _scorer(shared / "bench" / "score_human.py")
        features = json.loads((shared / "bench" / "lip_features.json").read_text("utf-8"))
        self._per_weight = np.array([features["per_weight"].get(name, [0.0] * 5) for name in ARKIT_CHANNELS])
        self._neutral = np.array(features["neutral"])
        self._folder = shared / "data" / "human_lips"
        self._clips = json.loads((self._folder / "human_lips.json").read_text("utf-8"))["clips"]

    @staticmethod
    def lie_in(shared: Path) -> bool:
        """Whether the scorer and the clips are there."""
        return (shared / "bench" / "score_human.py").is_file() and (shared / "data" / "human_lips" / "human_lips.json").is_file()

    def measures(self, weights_of: Callable[[Speech], np.ndarray], fps: float) -> dict[str, float]:
        """SHOWN -> value of one source.

        Args:
            weights_of: makes (n, 52) of a speech with its phones.
            fps: of the weights.
        """
        found = {}
        for clip in self._clips:
            phones = tuple(Phone("sil" if p[0] in self._scorer.SILENT else p[0], p[1], p[2]) for p in clip["phones"])
            sound = resample(read_clip(self._folder / f"{clip['id']}.flac"), 16000)
            weights = weights_of(Speech(sound, phones=phones))
            gap, width = (self._neutral + weights @ self._per_weight)[:, :2].T / self._neutral[1]
            above = np.maximum(gap - self._neutral[0] / self._neutral[1], 0.0)
            found[clip["id"]] = self._scorer.score_clip(clip, np.arange(len(weights)) / fps, above, width)
        summary = self._scorer.summary(found)
        return {name: summary[key] for name, (key, _) in SHOWN.items()}
