"""This program's own JSON of a track (``docs/track-schema.json``): all that belongs to a motion, and back exactly as it was."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.errors import TrackError
from app.core.side import SideChannels
from app.core.speech import Phone, Word
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.track_file import MAX_DURATION_S, TrackFile, check_rate, checked_track
from app.formats.tracks.json_text import as_number, is_json, matrix, matrix_text, parsed
from app.formats.tracks.rate import number_text

NAME = "VisemeSync track JSON"
FORMAT = "visemesync.track"
#: what is written; a file of a later version is refused, fields that this one does not know are ignored
VERSION = 1


def looks_like(data: bytes) -> bool:
    """Whether it is JSON that names the format."""
    return is_json(data) and f'"{FORMAT}"'.encode() in data


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Read a track with all that belongs to it.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second that the user states; None takes the file's.

    Raises:
        TrackError: another format or version, or a part that does not fit; the sentence names it.
    """
    document = parsed(data, name)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TrackError(f"{name} names {FORMAT}, but is no such file; export it again.")
    version = document.get("version")
    if version != VERSION:
        raise TrackError(f"{name} is version {str(version)[:20]} of {FORMAT}, and {VERSION} is known; update the program.")
    said, start_s = as_number(document.get("fps")), as_number(document.get("start_s", 0.0))
    if said is None or start_s is None or abs(start_s) > MAX_DURATION_S:
        raise TrackError(f"{name}: fps and start_s must be numbers.")
    rate = said if fps is None else fps
    names, weights = _part(document.get("arkit"), "arkit", "weights", name)
    check_rate(rate, len(weights), name)
    if sorted(names) != sorted(ARKIT_CHANNELS):
        raise TrackError(f"{name}: arkit must name each of the 52 shapes once.")
    side = None
    if document.get("side") is not None:
        titles, values = _part(document["side"], "side", "values", name)
        side = SideChannels(tuple(titles), _as_long(values, len(weights), "side", name))
    visemes = None
    if document.get("visemes") is not None:
        titles, values = _part(document["visemes"], "visemes", "weights", name)
        if sorted(titles) != sorted(VISEME_CHANNELS):
            raise TrackError(f"{name}: visemes must name each of the 15 once.")
        ordered = _as_long(values, len(weights), "visemes", name)[:, [titles.index(title) for title in VISEME_CHANNELS]]
        visemes = BlendshapeTrack(ordered, rate, start_s, VISEME_CHANNELS)
    track = BlendshapeTrack(weights[:, [names.index(channel) for channel in ARKIT_CHANNELS]], rate, start_s, side=side)
    return TrackFile(
        track, NAME, fps_from="header" if fps is None else "stated",
        evidence=f"{number_text(rate)} fps from fps" if fps is None else f"{number_text(rate)} fps as stated",
        visemes=visemes, phones=_phones(document.get("phones"), name), words=_words(document.get("words"), name),
        sound=_text(document.get("sound")), duration_s=max(as_number(document.get("duration_s")) or 0.0, 0.0),
    )  # fmt: skip


def _part(part: Any, key: str, rows_key: str, name: str) -> tuple[list[str], np.ndarray]:
    """Names and (n, len(names)) float32 of a block of columns."""
    names = part.get("names") if isinstance(part, dict) else None
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names) or len(set(names)) < len(names):
        raise TrackError(f"{name}: {key} must have names, each once.")
    rows = matrix(part.get(rows_key), len(names), name, f"{rows_key} of {key}")
    return names, rows.astype(np.float32)


def _as_long(values: np.ndarray, count: int, key: str, name: str) -> np.ndarray:
    if len(values) != count:
        raise TrackError(f"{name}: {key} has {len(values)} frames, and arkit {count}; export it again.")
    return values


def _text(value: Any) -> str:
    return value[:1000] if isinstance(value, str) else ""


def _spans(rows: Any, key: str, title: str, name: str) -> list[tuple[str, float, float, dict[str, Any]]]:
    """What lasts: its text, start and end in seconds, and the row."""
    found = []
    for row in rows if isinstance(rows, list) else []:
        start_s, end_s = (as_number(row.get("start_s")), as_number(row.get("end_s"))) if isinstance(row, dict) else (None, None)
        if start_s is None or end_s is None or end_s < start_s or not isinstance(row.get(title), str):
            raise TrackError(f"{name}: every one of {key} must have {title}, start_s and end_s.")
        found.append((str(row[title]), start_s, end_s, row))
    return found


def _phones(rows: Any, name: str) -> tuple[Phone, ...]:
    return tuple(Phone(symbol, start, end, _text(row.get("word"))) for symbol, start, end, row in _spans(rows, "phones", "symbol", name))


def _words(rows: Any, name: str) -> tuple[Word, ...]:
    return tuple(Word(text, start, end) for text, start, end, _ in _spans(rows, "words", "text", name))


def write(performance: Performance, options: WriteOptions) -> Written:
    """The file's bytes: nothing is left out.

    Raises:
        TrackError: other channels than the 52.
    """
    track, visemes = checked_track(performance.arkit), performance.visemes
    head = {
        "format": FORMAT, "version": VERSION, "fps": track.fps, "start_s": track.start_s, "sound": performance.sound,
        "duration_s": performance.duration_s,
        "phones": [{"symbol": p.symbol, "start_s": p.start_s, "end_s": p.end_s, "word": p.word} for p in performance.phones],
        "words": [{"text": w.text, "start_s": w.start_s, "end_s": w.end_s} for w in performance.words],
    }  # fmt: skip
    blocks = [_block("arkit", track.channels, "weights", track.weights)]
    if visemes is not None and len(visemes) == len(track):
        blocks.append(_block("visemes", visemes.channels, "weights", visemes.weights))
    if track.side is not None:
        blocks.append(_block("side", track.side.names, "values", track.side.values))
    return Written((json.dumps(head)[:-1] + ",\n" + ",\n".join(blocks) + "}").encode())


def _block(key: str, names: tuple[str, ...], rows_key: str, rows: np.ndarray) -> str:
    return f'"{key}": {{"names": {json.dumps(names)}, "{rows_key}": {matrix_text(rows)}}}'
