"""Spoken notes as small files: Opus where libsndfile has it, else FLAC."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.core.beside import written_beside
from app.core.errors import AudioError

#: one of Opus's own rates, and what a voice needs
RATE = 24000


def spoken_ending() -> str:
    """How the files of spoken notes end here: ``.ogg`` for Opus, or ``.flac``."""
    import soundfile

    return ".ogg" if "OPUS" in soundfile.available_subtypes("OGG") else ".flac"


def write_spoken(path: Path, samples: np.ndarray) -> None:
    """Write a spoken note.

    Args:
        path: with the ending that ``spoken_ending`` says.
        samples: (n,) float32 at RATE.

    Raises:
        AudioError: the folder cannot be written.
    """
    import soundfile

    form, subtype = ("OGG", "OPUS") if path.suffix == ".ogg" else ("FLAC", "PCM_16")
    try:
        with written_beside(path) as beside:
            soundfile.write(str(beside), samples, RATE, format=form, subtype=subtype)
    except (OSError, RuntimeError) as error:
        raise AudioError(f"The spoken note cannot be written in {path.parent}; make room there.") from error
