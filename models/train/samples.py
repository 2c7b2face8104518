"""Makes the bundled evaluation set: ``python -m models.train.samples assets/eval --kokoro-model M --kokoro-styles S``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import soundfile

from models.train.align import realigned
from models.train.phones import base
from models.train.voices import RATE, HibariVoice, KokoroVoices, Spoken, speak_flite

#: sentences that are not in the corpus; the voices after the first are not trained on
_TEXTS = {
    "hibari": "Every morning, my brother Ben makes pancakes with butter and maple syrup; would you like to join us?",
    "am_michael": "The film about five brave whales begins at half past seven, so please be on time.",
    "bf_emma": "Oh, what a marvellous view, you could watch the boats move by for hours.",
    "awb": "We should probably pack both umbrellas, because the weather up there is very changeable.",
}


def _spoken(voice: str, text: str, kokoro: KokoroVoices) -> Spoken:
    rng = np.random.default_rng(11)
    if voice == "hibari":
        return HibariVoice().speak(text, rng)
    return speak_flite(text, rng, voice) if voice == "awb" else kokoro.speak(text, rng, voice)


def main() -> None:
    """Write one FLAC and one JSON of exact phones per voice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kokoro-model", type=Path, required=True)
    parser.add_argument("--kokoro-styles", type=Path, required=True)
    args = parser.parse_args()
    kokoro = KokoroVoices(args.kokoro_model, args.kokoro_styles)
    args.folder.mkdir(parents=True, exist_ok=True)
    for voice, text in _TEXTS.items():
        samples, phones = _spoken(voice, text, kokoro)
        phones = (realigned(samples, phones) if voice != "awb" else None) or phones
        soundfile.write(args.folder / f"{voice}.flac", samples * 0.7 / np.abs(samples).max(), RATE, subtype="PCM_16")
        rows = [{"phone": base(p.symbol), "start": round(p.start_s, 3), "end": round(p.end_s, 3)} for p in phones]
        (args.folder / f"{voice}.json").write_text(json.dumps({"text": text, "phones": rows}, indent=None) + "\n", "utf-8")


if __name__ == "__main__":
    main()
