"""Sharpens the corpus's phone times: ``python -m models.train.align FOLDER``.

hibari and Kokoro give times on a 25 ms grid with a constant offset; pocketsphinx (BSD) finds the boundaries again from the sound, with
the engine's own phones as the pronunciations, so that no dictionary is involved. A clip where both disagree keeps the engine's times.
"""

from __future__ import annotations

import argparse
import logging
from itertools import groupby
from pathlib import Path

import numpy as np
from pocketsphinx import Decoder

from models.train.corpus import load_clip, save_clip
from models.train.phones import TimedPhone, base

#: pocketsphinx marks phones about this much early against flite's exact times (specs/speech.md, section 5: median -5 ms, +10 on people)
_SHIFT_S = 0.007
#: a clip whose boundaries move by more than this in the median was aligned wrongly
_LIMIT_S = 0.045
log = logging.getLogger("align")


def realigned(samples: np.ndarray, phones: list[TimedPhone]) -> list[TimedPhone] | None:
    """Find the phone boundaries again.

    Args:
        samples: (n,) float32 at 16 kHz.
        phones: as the engine timed them, with word numbers.

    Returns:
        The same phones with better times, or None where the aligner failed or disagrees.
    """
    words = [list(group) for number, group in groupby(phones, key=lambda p: p.word) if number >= 0]
    if not words:
        return None
    decoder = Decoder(lm=None, bestpath=False, loglevel="FATAL")
    for i, word in enumerate(words):
        decoder.add_word(f"w{i}", " ".join(base(p.symbol) for p in word), i == len(words) - 1)
    decoder.set_align_text(" ".join(f"w{i}" for i in range(len(words))))
    raw = (samples * 32767).astype(np.int16).tobytes()
    try:
        for turn in range(2):
            decoder.start_utt()
            decoder.process_raw(raw, full_utt=True)
            decoder.end_utt()
            if turn == 0:
                decoder.set_alignment()
        found = [(p.name, p.start / 100, (p.start + p.duration) / 100) for w in decoder.get_alignment() for p in w]
    except RuntimeError:
        return None
    return _merged(found, [p for word in words for p in word], len(samples) / 16000)


def _merged(found: list[tuple[str, float, float]], spoken: list[TimedPhone], duration_s: float) -> list[TimedPhone] | None:
    """Give the engine's phones the aligner's times; silences are what is left over."""
    timed = [f for f in found if f[0].isalpha() and f[0] != "SIL"]
    if [f[0] for f in timed] != [base(p.symbol) for p in spoken]:
        return None
    moved = np.array([f[1] + _SHIFT_S - p.start_s for f, p in zip(timed, spoken, strict=True)])
    if np.median(np.abs(moved)) > _LIMIT_S or np.max(np.abs(moved)) > 0.35:
        return None
    out: list[TimedPhone] = []
    clock = 0.0
    for (_, raw_start, raw_end), phone in zip(timed, spoken, strict=True):
        start, end = raw_start + _SHIFT_S, raw_end + _SHIFT_S
        if start - clock > 0.03:
            out.append(TimedPhone("sil", clock, start))
        elif out:
            out[-1] = out[-1]._replace(end_s=start)
        out.append(TimedPhone(phone.symbol, start, end, phone.word))
        clock = end
    if duration_s > clock:
        out.append(TimedPhone("sil", clock, duration_s))
    return out


def main() -> None:
    """Align every clip of a folder once; aligned clips are renamed from ``.npz`` to ``.al.npz``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="one voice of the corpus")
    folder = parser.parse_args().folder
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    kept = [0, 0]
    shifts: list[float] = []
    for path in sorted(folder.glob("?????.npz")):
        target = path.with_suffix(".al.npz")
        if target.exists():
            continue
        samples, phones = load_clip(path)
        better = realigned(samples, phones)
        kept[better is None] += 1
        if better is not None:
            spoken = [p.start_s for p in phones if p.word >= 0]
            shifts.append(float(np.median(np.array([p.start_s for p in better if p.word >= 0]) - spoken)))
        save_clip(target, samples, better or phones)
    log.info("%s: %d aligned, %d kept, median shift %.1f ms", folder.name, *kept, 1000 * float(np.median(shifts or [0.0])))


if __name__ == "__main__":
    main()
