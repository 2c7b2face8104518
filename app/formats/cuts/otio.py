"""OpenTimelineIO (``.otio``): one clip with its notes as markers, and the way back.

The JSON is OpenTimelineIO's own (its schemas Timeline.1, Stack.1, Track.1, Clip.1 and Marker.2, which every version since 0.13 reads);
tests read it with that package. A note travels whole in its marker's metadata, under ``visemesync``.
"""

from __future__ import annotations

import json
from typing import Any

from app.formats.cuts.cut import Cut, digest, named, wordy
from app.formats.notes import Note
from app.formats.plain import plain

NAME, ENDING = "OpenTimelineIO", ".otio"
#: under which our own words stand in metadata
OURS = "visemesync"


def write(cut: Cut) -> str:
    """A time line.

    Args:
        cut: the clip and its notes.
    """
    tracks = [_track(cut, "Video", "picture"), _track(cut, "Audio", "sound")]
    # of two clips for picture and sound one has the notes, so that none comes twice
    tracks[0]["children"][0]["markers"] = [_marker(cut, note) for note in cut.notes]
    stack = _item("Stack.1", "tracks") | {"children": tracks}
    timeline = {
        "OTIO_SCHEMA": "Timeline.1", "name": cut.line, "global_start_time": _moment(cut, cut.count.start), "tracks": stack,
        "metadata": {OURS: {"take": cut.take, "drop_frame": cut.count.count.drop}},
    }  # fmt: skip
    return json.dumps(timeline, indent=2, ensure_ascii=False) + "\n"


def _item(schema: str, name: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"metadata": {}, "effects": [], "markers": [], "enabled": True, "source_range": None}
    return {"OTIO_SCHEMA": schema, "name": name, **empty}


def _track(cut: Cut, kind: str, name: str) -> dict[str, Any]:
    whole = _range(cut, cut.count.start, cut.frames)
    missing = {"OTIO_SCHEMA": "MissingReference.1", "name": cut.line, "available_range": whole, "metadata": {}}
    film = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": cut.film, "available_range": whole, "metadata": {}}
    clip = _item("Clip.1", cut.line) | {
        "source_range": whole, "media_reference": film if cut.film else missing,
        "metadata": {OURS: {"take": cut.take, "start": cut.count.start}},
    }  # fmt: skip
    return _item("Track.1", name) | {"kind": kind, "children": [clip]}


def _marker(cut: Cut, note: Note) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "name": named(note),
        "color": note.colour.upper(),
        "comment": wordy(note),
        "marked_range": _range(cut, cut.count.start + cut.first(note), cut.length(note)),
        "metadata": {OURS: {"take": cut.take, "note": plain(note), "status": note.status, "text": note.text, "check": digest(note)}},
    }


def _range(cut: Cut, first: int, length: int) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _moment(cut, first), "duration": _moment(cut, length)}


def _moment(cut: Cut, frame: int) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(cut.rate), "value": float(frame)}
