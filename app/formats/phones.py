"""Timed phones from files: JSON lists of aligners, and Praat's TextGrid."""

from __future__ import annotations

from pathlib import Path

from app.core.speech import Phone
from app.formats.timings.alignment import read_alignment


def read_phones(path: Path, speaker: str | None = None) -> tuple[Phone, ...]:
    """The phones of an alignment file, by time, silences as ``sil``; arguments and refusals as of ``read_alignment``."""
    return read_alignment(path, speaker).phones
