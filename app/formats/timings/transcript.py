"""What is said in a recording, from a text, from subtitles, or from an alignment that has its phones too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from app.core.errors import SpeechError
from app.core.speech import Word
from app.formats.cues import papagayo
from app.formats.timings import subtitles, text_grid
from app.formats.timings.alignment import Alignment, alignment_of, alignment_text


def read_transcript(path: Path) -> Alignment:
    """The words of a recording.

    Args:
        path: plain text; SubRip or WebVTT, whose text counts and whose times do not; or a TextGrid, a list of phones or a Papagayo
            project. ``exact_phones`` of the result need no aligning.

    Raises:
        SpeechError: it cannot be read, or holds no words.
    """
    text = alignment_text(path, f"The transcript {path.name} cannot be read as UTF-8 text; check the path.")
    if not _is_timed(text):
        if not text.strip():
            raise SpeechError(f"The transcript {path.name} is empty; write what is said into it, or leave it out.")
        return Alignment((), lines=(Word(text.strip(), 0.0, 0.0),))
    found = alignment_of(text, path.name)
    if not found.text:
        if found.exact_phones:
            return found
        raise SpeechError(f"{path.name} holds no words; give a text of what is said, or subtitles.")
    if found.exact_phones:
        return found
    times = "lines" if found.lines and not found.words else "words"
    note = f"{path.name} says when {times} are spoken, not when sounds are: its text is aligned to the recording anew."
    return replace(found, phones=(), notes=(*found.notes, note) if not found.phones_stand_for else (note,))


def _is_timed(text: str) -> bool:
    """Whether a text is more than words that are spoken."""
    if text_grid.looks_like(text) or subtitles.looks_like(text) or papagayo.looks_like(text[:200].encode()):
        return True
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
