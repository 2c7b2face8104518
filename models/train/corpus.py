"""Builds the training corpus: ``python -m models.train.corpus FOLDER --engine hibari --minutes 60``."""

from __future__ import annotations

import argparse
import logging
import subprocess
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from models.train.phones import TimedPhone
from models.train.sentences import SentenceMaker
from models.train.voices import RATE, HibariVoice, KokoroVoices, Spoken, speak_flite

#: voices that are never trained on: constants are chosen and progress is judged on them
HELD_OUT = frozenset({"awb", "am_michael", "bf_emma"})
log = logging.getLogger("corpus")


def save_clip(path: Path, samples: np.ndarray, phones: list[TimedPhone]) -> None:
    """Write one clip: 16 kHz int16 audio, symbols, times and word numbers.

    Args:
        path: an ``.npz`` file; written beside and renamed, so that an interrupted run leaves no half file.
        samples: (n,) float32.
        phones: of the clip.
    """
    scale = 0.7 / max(float(np.abs(samples).max()), 1e-4)
    audio = (samples * scale * 32767).astype(np.int16)
    beside = path.with_suffix(".part.npz")
    times = np.array([(p.start_s, p.end_s) for p in phones], np.float32)
    words = np.array([p.word for p in phones], np.int16)
    np.savez(beside, audio=audio, symbols=np.array([p.symbol for p in phones]), times=times, words=words)
    beside.rename(path)


def load_clip(path: Path) -> tuple[np.ndarray, list[TimedPhone]]:
    """Read what save_clip wrote: (n,) float32 samples and the phones."""
    with np.load(path) as data:
        phones = [
            TimedPhone(str(s), float(a), float(b), int(w))
            for s, (a, b), w in zip(data["symbols"], data["times"], data["words"], strict=True)
        ]
        return data["audio"].astype(np.float32) / 32768, phones


def fill(folder: Path, voice: str, minutes: float, speak: Callable[[str, np.random.Generator], Spoken], words: Path | None) -> None:
    """Speak new sentences until a voice has enough; finished clips of an earlier run are kept.

    Args:
        folder: of the corpus; the voice gets a folder inside.
        voice: its name.
        minutes: how much audio it should have.
        speak: text and random stream -> samples and phones.
        words: a cmudict for rare words.
    """
    target = folder / voice
    target.mkdir(parents=True, exist_ok=True)
    number, seconds = 0, 0.0
    seed = zlib.crc32(voice.encode())
    maker = SentenceMaker(seed, words)
    while seconds < minutes * 60:
        text = maker()
        path = target / f"{number:05d}.npz"
        number += 1
        if path.exists():
            seconds += len(load_clip(path)[0]) / RATE
            continue
        try:
            samples, phones = speak(text, np.random.default_rng(seed + number))
        except (IndexError, subprocess.CalledProcessError) as error:
            log.info("%s: skipped %r (%s)", voice, text, error)
            continue
        if len(phones) < 4 or len(samples) < RATE // 2:
            continue
        save_clip(path, samples, phones)
        seconds += len(samples) / RATE
    log.info("%s: %d clips, %.1f min", voice, number, seconds / 60)


def _kokoro(args: argparse.Namespace) -> None:
    """Give every style an equal share, in rounds, so that an early stop still has all voices."""
    engine = KokoroVoices(args.kokoro_model, args.kokoro_styles, args.threads)
    names = list(engine.styles)
    rng = np.random.default_rng(5)
    for turn in range(1, args.rounds + 1):
        share = args.minutes * turn / args.rounds / (len(names) * 1.5)
        for name in names:
            fill(args.folder, name, share, partial(engine.speak, voice=name), args.words)
        trained = [n for n in names if n not in HELD_OUT]
        for _ in range(len(names) // 2):
            pair = "+".join(sorted(rng.choice(trained, 2, replace=False)))
            fill(args.folder, pair, share, partial(engine.speak, voice=pair), args.words)


def main() -> None:
    """Command line of the corpus builder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", choices=("hibari", "flite", "kokoro"), required=True)
    parser.add_argument("--minutes", type=float, default=30.0, help="per voice; for kokoro of all voices together")
    parser.add_argument("--words", type=Path, help="cmudict-en-us.dict of pocketsphinx, for rare words")
    parser.add_argument("--kokoro-model", type=Path)
    parser.add_argument("--kokoro-styles", type=Path)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if args.engine == "hibari":
        fill(args.folder, "hibari", args.minutes, HibariVoice().speak, args.words)
    elif args.engine == "flite":
        for voice, part in (("slt", 1.0), ("rms", 1.0), ("awb", 0.15), ("kal16", 0.3)):
            fill(args.folder, voice, args.minutes * part, partial(speak_flite, voice=voice), args.words)
    else:
        _kokoro(args)


if __name__ == "__main__":
    main()
