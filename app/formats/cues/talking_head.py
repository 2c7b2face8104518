"""TalkingHead's lists of viseme names, times and durations, and of words with theirs, in milliseconds."""

from __future__ import annotations

import json
from typing import Any

from app.core.mouths.alphabets import OCULUS, shown
from app.core.speech import Phone, Word
from app.formats.cues.json_cues import read_cues
from app.formats.cues.made_motion import LAST_S, MOST_CUES, Cues
from app.formats.cues.spoken import spoken_cues
from app.formats.cues.words import words_of
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.track_file import TrackFile
from app.formats.tracks.json_text import as_number, is_json

NAME = "TalkingHead visemes"
KIND = "mouth cues (TalkingHead)"


def looks_like(data: bytes) -> bool:
    """Whether it is JSON with ``vtimes``."""
    return is_json(data) and b'"vtimes"' in data


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Make motion of the visemes; see ``made_motion``.

    Raises:
        TrackError: it holds none.
    """
    otherwise = "has no lists visemes and vtimes of one length with names and milliseconds; export it again."
    return read_cues(data, name, fps, cues_of_json, otherwise)


def cues_of_json(document: Any) -> Cues | None:
    """The visemes of a document, wherever its first level holds them; None when it has none."""
    places = [document, *(document.values() if isinstance(document, dict) else ())]
    found = next((place for place in places if _has_visemes(place)), None)
    if found is None or len(found["visemes"]) > MOST_CUES or not all(isinstance(value, str) for value in found["visemes"]):
        return None
    spans = _spans(found, "vtimes", "vdurations", len(found["visemes"]))
    symbols = shown(found["visemes"])
    if symbols is None or spans is None:
        return None
    texts = found.get("words")
    texts = texts if isinstance(texts, list) and all(isinstance(text, str) for text in texts) else []
    word_spans = _spans(found, "wtimes", "wdurations", len(texts)) or []
    words = tuple(Word(text.strip(), start, end) for text, (start, end) in zip(texts, word_spans, strict=bool(word_spans)) if text.strip())
    phones = tuple(Phone(symbol, start, end) for symbol, (start, end) in zip(symbols, spans, strict=True))
    return Cues(KIND, phones, len(phones), OCULUS.name, words)


def _has_visemes(place: Any) -> bool:
    return isinstance(place, dict) and all(isinstance(place.get(key), list) for key in ("visemes", "vtimes"))


def _spans(document: dict[str, Any], times: str, durations: str, count: int) -> list[tuple[float, float]] | None:
    """Starts and ends in seconds, or None where the document has not one time for each."""
    said, lasting = document.get(times), document.get(durations)
    found = [as_number(t) for t in said] if isinstance(said, list) else []
    if len(found) != count or any(t is None or t < 0 for t in found):
        return None
    starts = [t / 1e3 for t in found if t is not None]
    lengths = [as_number(d) for d in lasting] if isinstance(lasting, list) and len(lasting) == count else [None] * count
    nexts = [*starts[1:], starts[-1] + LAST_S] if starts else []
    ends = [following if d is None else start + d / 1e3 for start, following, d in zip(starts, nexts, lengths, strict=True)]
    return [(start, max(start, end)) for start, end in zip(starts, ends, strict=True)]


def write(performance: Performance, options: WriteOptions) -> Written:
    """Visemes without their silences (TalkingHead rests where nothing is said), and the words where they are known."""
    spoken = spoken_cues(performance, OCULUS)
    cues = [cue for cue in spoken.cues if cue.shape != OCULUS.rest] or list(spoken.cues[:1])
    words = words_of(performance)
    document = {
        "visemes": [cue.shape for cue in cues], "vtimes": [_ms(cue.start_s) for cue in cues],
        "vdurations": [_ms(cue.end_s - cue.start_s) for cue in cues], "words": [word.text for word in words],
        "wtimes": [_ms(word.start_s) for word in words], "wdurations": [_ms(word.end_s - word.start_s) for word in words],
    }  # fmt: skip
    return Written((json.dumps(document, ensure_ascii=False) + "\n").encode(), (spoken.note(NAME),))


def _ms(time_s: float) -> float:
    return round(time_s * 1e3, 3)
