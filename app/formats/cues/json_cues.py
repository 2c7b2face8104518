"""What all dialects of mouth cues in JSON have in common: they are known by their keys, and read by finding their lists in a document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.core.errors import TrackError
from app.formats.cues.made_motion import MOST_CUES, Cues, track_of_cues
from app.formats.track_file import TrackFile
from app.formats.tracks.json_text import is_json, parsed

#: finds the cues of a document; None where it has none
FindCues = Callable[[Any], Cues | None]


def holds_cues(data: bytes, find: FindCues, *keys: Sequence[str]) -> bool:
    """Whether it is JSON in which cues are found.

    Args:
        data: the file's bytes.
        find: of the dialect.
        keys: groups of names; one of each stands in every such file, so that others need not be parsed.
    """
    if not is_json(data) or not all(any(f'"{key}"'.encode() in data for key in group) for group in keys):
        return False
    try:
        return find(parsed(data, "")) is not None
    except TrackError:
        return False


def read_cues(data: bytes, name: str, fps: float | None, find: FindCues, otherwise: str) -> TrackFile:
    """Make motion of the cues; see ``made_motion``.

    Args:
        data: the file's bytes.
        name: for messages.
        fps: frames per second wanted; None makes 60.
        find: of the dialect.
        otherwise: what is said of the file when it holds none, after its name.

    Raises:
        TrackError: it holds none.
    """
    cues = find(parsed(data, name))
    if cues is None:
        raise TrackError(f"{name} {otherwise}")
    return track_of_cues(cues, name, fps)


def row_lists(document: Any) -> list[list[dict[str, Any]]]:
    """The lists of objects in a document: itself, or those that it holds by name."""
    lists = list(document.values()) if isinstance(document, dict) else [document]
    return [rows for rows in lists if isinstance(rows, list) and 0 < len(rows) <= MOST_CUES and all(isinstance(row, dict) for row in rows)]
