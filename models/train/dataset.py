"""Training examples: clips of the corpus strung together with pauses, spoiled, with the teacher's curves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import IterableDataset

from models.dimensions import STEP_HZ
from models.rig import PARAMETERS
from models.train import augment
from models.train.corpus import HELD_OUT, load_clip
from models.train.teacher import RATE_HZ, articulate, phone_numbers

RATE = 16000
#: how often each engine speaks: Kokoro has the many voices, hibari is one of them
_SHARES = {"hibari": 0.2, "slt": 0.12, "rms": 0.12, "awb": 0.1, "kal16": 0.03}
_KOKORO_SHARE = 0.53


@dataclass
class CorpusClip:
    """A clip of the corpus; curves are made when it is first used."""

    path: Path
    samples: np.ndarray | None = None
    curves: np.ndarray | None = None
    phones: np.ndarray | None = None

    def load(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Samples (n,), curves (k, 12) and phone numbers (k,) at RATE_HZ."""
        if self.samples is None or self.curves is None or self.phones is None:
            samples, phones = load_clip(self.path)
            self.curves = articulate(phones, samples).astype(np.float16)
            self.phones = phone_numbers(phones, len(self.curves))
            self.samples = (samples * 32767).astype(np.int16)
        return self.samples.astype(np.float32) / 32767, self.curves.astype(np.float32), self.phones


def corpus_clips(folder: Path, held_out: bool) -> dict[str, list[CorpusClip]]:
    """The clips of every voice; aligned times are preferred.

    Args:
        folder: of the corpus.
        held_out: the validation voices, or all others.
    """
    out = {}
    for voice in sorted(p for p in folder.iterdir() if p.is_dir()):
        if bool(set(voice.name.split("+")) & HELD_OUT) != held_out:
            continue
        names = {p.name.split(".")[0]: p for p in sorted(voice.glob("?????.npz")) + sorted(voice.glob("?????.al.npz"))}
        if names:
            out[voice.name] = [CorpusClip(p) for p in names.values()]
    return out


class Examples(IterableDataset[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]):
    """Endless examples of equal length: (samples, curves at 50 Hz, phone numbers at 50 Hz).

    Args:
        folder: of the corpus; looked through again now and then, so that a corpus may still grow.
        seconds: length of one example.
        seed: of the random stream.
        held_out: draw from the validation voices.
    """

    def __init__(self, folder: Path, seconds: float = 6.0, seed: int = 0, held_out: bool = False) -> None:
        self.folder, self.seconds, self.seed, self.held_out = folder, seconds, seed, held_out
        self._clips: dict[str, list[CorpusClip]] = {}

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        rng = np.random.default_rng(self.seed)
        number = 0
        while True:
            if number % 3000 == 0:
                self._look()
            number += 1
            samples, curves, phones = self.example(rng)
            yield torch.from_numpy(samples), torch.from_numpy(curves), torch.from_numpy(phones)

    def _look(self) -> None:
        """Find new clips, keep what is loaded."""
        known = {clip.path: clip for clips in self._clips.values() for clip in clips}
        self._clips = {v: [known.get(c.path, c) for c in clips] for v, clips in corpus_clips(self.folder, self.held_out).items()}
        lengths = {v: len(c) for v, c in self._clips.items()}
        kokoro = sum(np.sqrt(n) for v, n in lengths.items() if v not in _SHARES)
        weights = np.array([_SHARES.get(v, _KOKORO_SHARE * np.sqrt(n) / max(kokoro, 1)) for v, n in lengths.items()])
        self._voices, self._weights = list(lengths), weights / weights.sum()

    def _voice(self, rng: np.random.Generator) -> str:
        return self._voices[int(rng.choice(len(self._voices), p=self._weights))]

    def _said(self, voice: str, pace: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One clip, resampled along a wavering pace: pace, pitch and formants move together, and its curves at 50 Hz move with them."""
        samples, curves, phones = self._clips[voice][int(rng.integers(len(self._clips[voice])))].load()
        count = int(len(samples) / pace)
        place = augment.wavering(count, rng) * (len(samples) / count)
        sound = np.interp(place, np.arange(len(samples)), samples).astype(np.float32) * augment.swelling(count, rng)
        steps = place[:: RATE // STEP_HZ][: count * STEP_HZ // RATE] / RATE * RATE_HZ
        steps = np.minimum(steps, len(curves) - 1)
        low = steps.astype(int)
        part = (steps - low)[:, None]
        mixed = curves[low] * (1 - part) + curves[np.minimum(low + 1, len(curves) - 1)] * part
        return sound, mixed.astype(np.float32), phones[np.round(steps).astype(int)]

    def example(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Clips of mostly one voice with pauses between them, spoiled; one in twenty holds no speech at all."""
        total = int(self.seconds * RATE)
        steps = int(self.seconds * STEP_HZ)
        sound, curves = np.zeros(total, np.float32), np.zeros((steps, len(PARAMETERS)), np.float32)
        phones = np.zeros(steps, np.int64)
        voice, pace = self._voice(rng), float(np.exp(rng.normal(0, 0.09)))
        place = int(rng.uniform(-1.5, 0.8) * STEP_HZ) if rng.random() < 0.9 else int(rng.uniform(0.5, 2.5) * STEP_HZ)
        silent = rng.random() < 0.05
        while place < steps and not silent:
            said, curve, symbols = self._said(voice, pace, rng)
            said = said * 10 ** (rng.normal(0, 2) / 20)
            skip = max(-place, 0)
            take = min(len(curve) - skip, steps - max(place, 0))
            if take > 0:
                here = max(place, 0)
                curves[here : here + take], phones[here : here + take] = curve[skip : skip + take], symbols[skip : skip + take]
                piece = said[skip * 320 : (skip + take) * 320]
                sound[here * 320 : here * 320 + len(piece)] += piece
            place += len(curve) + (int(rng.exponential(0.5) * STEP_HZ) if rng.random() < 0.5 else 0)
            if rng.random() < 0.2:
                voice = self._voice(rng)
        self._sprinkle(sound, curves[:, -1], rng)
        babble = None
        if rng.random() < 0.2 and not silent:
            babble = np.sum([np.resize(self._said(self._voice(rng), 1.0, rng)[0], total) for _ in range(4)], axis=0)
            babble = babble / (babble.std() + 1e-6)
        if silent and rng.random() < 0.5:
            sound += (0.3 * augment.melody(total, rng)).astype(np.float32)
        return augment.spoiled(sound, babble, rng), curves, phones

    @staticmethod
    def _sprinkle(sound: np.ndarray, active: np.ndarray, rng: np.random.Generator) -> None:
        """Put breaths and knocks into pauses: the mouth stays shut."""
        quiet = np.flatnonzero(active < 0.05)
        for _ in range(rng.integers(0, 4) if len(quiet) > 30 else 0):
            start = int(quiet[int(rng.integers(len(quiet)))])
            length = int(rng.uniform(8, 45))
            stop = start + length
            if stop < len(active) and active[start:stop].max() < 0.05:
                made = augment.breath(length * 320, rng) if rng.random() < 0.7 else augment.noise(length * 320, rng) * 0.2
                sound[start * 320 : stop * 320] += (made * 10 ** (-rng.uniform(8, 34) / 20)).astype(np.float32)
