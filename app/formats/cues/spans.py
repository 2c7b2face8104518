"""JSON lists of mouth shapes, each with a start and perhaps an end, in any of the known alphabets; Amazon Polly's speech marks too."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from app.core.mouths.alphabets import OCULUS, shown
from app.core.speech import Phone
from app.formats.cues.json_cues import holds_cues, read_cues, row_lists
from app.formats.cues.made_motion import LAST_S, Cues
from app.formats.cues.spoken import spoken_cues
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.track_file import TrackFile
from app.formats.tracks.json_text import as_number

NAME = "Viseme list (JSON)"
KIND = "mouth cues"
_VALUE_KEYS, _START_KEYS = ("value", "viseme", "shape", "name"), ("start", "start_s", "time", "t")


def looks_like(data: bytes) -> bool:
    """Whether it is JSON with a list of mouth shapes and times."""
    return holds_cues(data, cues_of_json, _VALUE_KEYS, _START_KEYS)


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Make motion of the cues; see ``json_cues``."""
    return read_cues(data, name, fps, cues_of_json, "holds no list of mouth shapes; give objects with viseme, start and end.")


def write(performance: Performance, options: WriteOptions) -> Written:
    """A list of the 15 Oculus visemes: ``{"viseme": "aa", "start": 0.25, "end": 0.4}``, in seconds."""
    spoken = spoken_cues(performance, OCULUS)
    rows = [json.dumps({"viseme": cue.shape, "start": round(cue.start_s, 6), "end": round(cue.end_s, 6)}) for cue in spoken.cues]
    return Written(("[\n" + ",\n".join(rows) + "\n]\n").encode(), (spoken.note(NAME),))


def cues_of_json(document: Any) -> Cues | None:
    """The first list of mouth shapes of a document, or None."""
    return next((cues for rows in row_lists(document) if (cues := cues_of_spans(rows, KIND)) is not None), None)


def cues_of_spans(rows: list[Any], kind: str) -> Cues | None:
    """Objects with a start, perhaps an end, and a shape.

    Args:
        rows: of the document.
        kind: what they are called.

    Returns:
        None when they are something else.
    """
    cells = []
    if any(row.get("type") == "viseme" for row in rows if isinstance(row, dict)):
        rows = [row for row in rows if isinstance(row, dict) and row.get("type") == "viseme"]
    for row in rows:
        if not isinstance(row, dict):
            return None
        value = next((row[key] for key in _VALUE_KEYS if isinstance(row.get(key), str)), None)
        start = next((t for key in _START_KEYS if (t := as_number(row.get(key))) is not None), None)
        if value is None or start is None or not start >= 0:
            return None
        cells.append((start, as_number(row.get("end", row.get("end_s"))), value))
    symbols = shown([value for _, _, value in cells])
    if symbols is None:
        return None
    step = float(np.median(np.abs(np.diff([start for start, _, _ in cells])))) if len(cells) > 1 else 0.0
    unit = 1e3 if step >= 5 else 1.0
    cells = [(start / unit, None if end is None else end / unit, value) for start, end, value in cells]
    starts = [start for start, _, _ in cells]
    nexts = [*starts[1:], starts[-1] + LAST_S] if starts else []
    phones = tuple(
        Phone(symbol, start, max(start, following if end is None else end))
        for symbol, (start, end, _), following in zip(symbols, cells, nexts, strict=True)
    )
    return Cues(kind, phones, len(cells), "mouth cues")
