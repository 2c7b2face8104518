"""JSON of takes: parsing that refuses in one sentence, numbers that may be text, and frame rates under any of their names."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.core.errors import TrackError
from app.core.foreign import parsed_json
from app.formats.track_file import decode_text

_RATE_KEYS = ("exportFps", "fps", "frameRate", "frame_rate", "framerate", "framesPerSecond", "frames_per_second", "FPS", "Fps")
#: where files keep what is not motion
_ASIDE = ("metadata", "meta", "info", "header", "settings")


def is_json(data: bytes) -> bool:
    """Whether bytes begin like a JSON document."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def parsed(data: bytes, name: str) -> Any:
    """The document; a list where there is one per line.

    Raises:
        TrackError: it is no valid JSON.
    """
    text = decode_text(data, name)
    try:
        return parsed_json(text)
    except (ValueError, RecursionError) as error:
        rows = _lines(text)
        if rows is None:
            raise TrackError(f"{name} is not valid JSON; export it again.") from error
        return rows


def _lines(text: str) -> list[Any] | None:
    """JSON with a document per line, as logs and Amazon Polly's speech marks have it, or None."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return [parsed_json(line) for line in lines] if len(lines) > 1 else None
    except (ValueError, RecursionError):
        return None


def as_number(value: Any) -> float | None:
    """A number, also one written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < 3e38 else None


def said_rate(document: Any) -> tuple[str, float] | None:
    """The key and value of a frame rate that a document states, or None."""
    if not isinstance(document, dict):
        return None
    for place in (document, *(document.get(key) for key in _ASIDE)):
        if isinstance(place, dict):
            for key in _RATE_KEYS:
                fps = as_number(place.get(key))
                if fps is not None:
                    return key, fps
    return None


def matrix(rows: Any, width: int, name: str, key: str) -> np.ndarray:
    """(n, width) float64 from lists of numbers.

    Args:
        rows: of the document.
        width: numbers per row.
        name: of the file, for messages.
        key: where the rows stand, for messages.

    Raises:
        TrackError: other lengths, or something that is no finite number.
    """
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == width for row in rows):
        raise TrackError(f"{name}: {key} must hold one list of {width} numbers per frame.")
    try:
        values = np.array(rows, np.float64).reshape(len(rows), width)
    except (TypeError, ValueError, OverflowError) as error:
        raise TrackError(f"{name}: {key} holds something that is not a number.") from error
    if not (np.abs(values) < 3e38).all():
        raise TrackError(f"{name}: {key} holds a value that is not a finite number.")
    return values


def number_json(value: float) -> str:
    """A float32 with as few digits as give it back exactly."""
    return f"{value:.9g}"


def row_text(values: np.ndarray) -> str:
    """(n,) float32 as a JSON list that comes back exactly."""
    return "[" + ",".join([f"{value:.9g}" for value in values.tolist()]) + "]"


def matrix_text(rows: np.ndarray) -> str:
    """(n, m) float32 as JSON lists that come back exactly."""
    return "[" + ",\n".join([row_text(row) for row in rows]) + "]"


def time_json(time_s: float) -> str:
    """Seconds with nanoseconds, so that the rate between two of them is found again."""
    return f"{time_s:.9f}".rstrip("0").rstrip(".") or "0"
