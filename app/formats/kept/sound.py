"""The sound of a project: its words, phones and what came with it, as they are and as they were heard, as rows of a JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.core.arriving import in_order
from app.core.foreign import is_number
from app.core.speech import FACIAL_FPS, MAX_CLIP_S, FacialFrames, Heard, Phone, VisemeEvent, Word
from app.formats.kept.said import said_data, said_of
from app.formats.project_files import Places
from app.formats.project_values import ProjectSound

_KEYS = ("file", "text", "phones", "visemes", "parts_s", "words", "facial", "heard", "at")


# -- writing


def sound_data(sound: ProjectSound, file: str | None) -> dict[str, Any]:
    """A sound as plain values; what was heard only where a hand has moved it, for an older version reads the rest.

    Args:
        sound: of the project.
        file: its path as the project writes it.
    """
    heard = sound.heard
    moved = {} if heard is None else {"heard": {**_known(heard), "knots": [list(knot) for knot in heard.knots]}}
    said = {} if sound.said is None else {"at": said_data(sound.said)}
    return {**sound.unknown, "file": file, "text": sound.text, **_known(sound), "parts_s": list(sound.parts_s), **moved, **said}


def _known(of: ProjectSound | Heard) -> dict[str, Any]:
    return {
        "phones": [[p.symbol, p.start_s, p.end_s, p.word] for p in of.phones],
        "visemes": [[v.viseme_id, v.offset_s] for v in of.visemes],
        "words": [[w.text, w.start_s, w.end_s] for w in of.words],
        "facial": [[f.first, np.round(f.values.astype(np.float64), 4).tolist()] for f in of.facial],
    }


# -- reading


def sound_of(data: Any, places: Places) -> ProjectSound | None:
    """A sound from what ``sound_data`` made, checked value by value.

    Raises:
        ValueError: a value is wrong; so are KeyError and TypeError.
        ProjectError: see Places.
    """
    if data is None:
        return None
    parts_s = tuple(_real(value) for value in data["parts_s"])
    if not parts_s or parts_s[0] != 0.0 or list(parts_s) != sorted(set(parts_s)) or not isinstance(data["text"], str):
        raise ValueError("parts out of order")
    file = places.located(data["file"], "the sound", "audio")
    phones, words, events, facial = _rows(data)
    unknown = {str(key): value for key, value in data.items() if key not in _KEYS}
    said, heard = said_of(data.get("at"), data["text"], phones, words), _heard(data.get("heard"))
    return ProjectSound(file, data["text"], phones, events, parts_s, words, facial, unknown, heard, said)


def _heard(data: Any) -> Heard | None:
    """What was heard; of projects whose words nobody moved, None."""
    if data is None:
        return None
    knots = tuple((_real(heard_s), _real(now_s)) for heard_s, now_s in data["knots"])
    for column in zip(*knots, strict=True):
        if list(column) != sorted(set(column)):
            raise ValueError("time turns back")
    return Heard(*_rows(data), knots)


def _rows(
    data: Mapping[str, Any],
) -> tuple[tuple[Phone, ...], tuple[Word, ...], tuple[VisemeEvent, ...], tuple[FacialFrames, ...]]:
    phones, events = tuple(map(_phone, data["phones"])), tuple(map(_event, data["visemes"]))
    # of older projects these say nothing
    words, facial = tuple(map(_word, data.get("words", []))), in_order(tuple(map(_frames, data.get("facial", []))))
    return phones, words, events, facial


def _real(value: Any, low: float = 0.0, high: float = MAX_CLIP_S) -> float:
    if not is_number(value) or not low <= value <= high:
        raise ValueError("not a number in range")
    return float(value)


def _phone(row: Any) -> Phone:
    symbol, start_s, end_s, word = row
    if not isinstance(symbol, str) or not isinstance(word, str) or len(symbol) > 8 or len(word) > 200:
        raise ValueError("not a phone")
    start_s, end_s = _real(start_s), _real(end_s)
    if end_s < start_s:
        raise ValueError("ends before it starts")
    return Phone(symbol, start_s, end_s, word)


def _word(row: Any) -> Word:
    text, start_s, end_s = row
    if not isinstance(text, str) or len(text) > 200:
        raise ValueError("not a word")
    start_s, end_s = _real(start_s), _real(end_s)
    if end_s < start_s:
        raise ValueError("ends before it starts")
    return Word(text, start_s, end_s)


def _frames(row: Any) -> FacialFrames:
    first, rows = row
    if isinstance(first, bool) or not isinstance(first, int) or not 0 <= first <= MAX_CLIP_S * FACIAL_FPS:
        raise ValueError("not a frame")
    values = np.array([[_real(value, -100.0, 100.0) for value in each] for each in rows], np.float32)
    return FacialFrames(values, first)


def _event(row: Any) -> VisemeEvent:
    viseme, offset_s = row
    if isinstance(viseme, bool) or not isinstance(viseme, int) or not 0 <= viseme <= 21:
        raise ValueError("not a viseme")
    return VisemeEvent(viseme, _real(offset_s))
