"""Azure's viseme events: an ID and when it begins, in ticks of 100 ns, milliseconds or seconds; and the same as Voice Live sends it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from app.core.errors import TrackError
from app.core.mouths.seen_shapes import seen_visemes, viseme_runs
from app.core.speech import Phone, VisemeEvent
from app.core.visemes import azure_id, phones_from_events
from app.formats.cues.json_cues import holds_cues, read_cues, row_lists
from app.formats.cues.made_motion import LAST_S, Cues
from app.formats.cues.spoken import spoken_phones, told
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.track_file import TrackFile
from app.formats.tracks.json_text import as_number

NAME, LIVE_NAME = "Azure viseme events", "Voice Live viseme events"
KIND = "viseme events (Azure)"
_ID_KEYS = ("VisemeId", "viseme_id", "visemeId", "visemeID", "id")
_OFFSET_KEYS = ("AudioOffset", "audio_offset", "audioOffset", "audio_offset_ms", "audioOffsetMs", "offset", "offset_ms", "time")
_TICKS_PER_S = 1e7
#: what stands for each of the 15 visemes
_IDS = (0, 21, 18, 17, 19, 20, 16, 15, 19, 13, 2, 4, 6, 8, 7)


def looks_like(data: bytes) -> bool:
    """Whether it is JSON with a list of IDs and offsets."""
    return holds_cues(data, cues_of_json, _ID_KEYS)


def read(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Make motion of the events; see ``json_cues``."""
    return read_cues(data, name, fps, cues_of_json, "holds no viseme events; give objects with VisemeId and AudioOffset.")


def cues_of_json(document: Any) -> Cues | None:
    """The first list of events of a document, or None."""
    return next((cues for rows in row_lists(document) if (cues := _events(rows)) is not None), None)


def _events(rows: list[dict[str, Any]]) -> Cues | None:
    """Events; their offsets are ticks of 100 ns, milliseconds or seconds."""
    typed = [row for row in rows if row.get("type") == "response.animation_viseme.delta"]
    rows = typed or rows
    ids = next((key for key in _ID_KEYS if all(as_number(row.get(key)) is not None for row in rows)), None)
    offsets = next((key for key in _OFFSET_KEYS if all(as_number(row.get(key)) is not None for row in rows)), None)
    if ids is None or offsets is None or (ids == "id" and offsets == "time"):
        return None
    times = np.array([as_number(row[offsets]) for row in rows], np.float64)
    if any(not 0 <= (as_number(row[ids]) or 0) <= 21 for row in rows) or times.min() < 0:
        return None
    step = float(np.median(np.abs(np.diff(times)))) if len(times) > 1 else float(times[0])
    in_ms = offsets.lower().replace("_", "").endswith("ms") or 5 <= step < 5e4
    unit = 1e3 if in_ms else _TICKS_PER_S if step >= 5e4 else 1.0
    events = [VisemeEvent(int(as_number(row[ids]) or 0), float(t) / unit) for row, t in zip(rows, times, strict=True)]
    last = max(events, key=lambda event: event.offset_s)
    end_s = last.offset_s + (LAST_S if last.viseme_id or len(events) == 1 else 0.0)
    phones = phones_from_events(events, end_s)
    # the silence that closes a list lasts no time of its own, and is said nevertheless
    closing = (Phone("sil", last.offset_s, last.offset_s),) if phones and last.viseme_id == 0 and len(events) > 1 else ()
    return Cues(KIND, (*phones, *closing), len(events), "Azure viseme IDs")


def write(performance: Performance, options: WriteOptions) -> Written:
    """The list that the Speech SDK's events make: ``audio_offset`` in ticks of 100 ns, ``viseme_id`` 0 to 21."""
    events, note = _spoken_events(performance, NAME)
    rows = [json.dumps({"audio_offset": round(event.offset_s * _TICKS_PER_S), "viseme_id": event.viseme_id}) for event in events]
    return Written(("[\n" + ",\n".join(rows) + "\n]\n").encode(), (note,))


def write_live(performance: Performance, options: WriteOptions) -> Written:
    """A line per ``response.animation_viseme.delta``, as Voice Live sends it: whole milliseconds."""
    events, note = _spoken_events(performance, LIVE_NAME)
    rows = [
        json.dumps({
            "type": "response.animation_viseme.delta", "audio_offset_ms": round(event.offset_s * 1e3), "viseme_id": event.viseme_id,
        }) for event in events
    ]  # fmt: skip
    return Written(("\n".join(rows) + "\n").encode(), (note,))


def _spoken_events(performance: Performance, format_name: str) -> tuple[list[VisemeEvent], str]:
    """The events of a performance, closed by a silence."""
    phones, made_from = spoken_phones(performance)
    if phones is not None:
        events = events_of(phones)
    else:
        track = performance.visemes if performance.visemes is not None else seen_visemes(performance.arkit)
        runs = list(viseme_runs(track))
        events = _closed([VisemeEvent(_IDS[viseme], max(start_s, 0.0)) for viseme, _, start_s, end_s in runs if end_s > 0], runs[-1][3])
    if not events:
        raise TrackError("The motion ends before the sound begins, so it has no viseme events; move it to a later start.")
    return events, f"{told(len(events), 'event')} made from {made_from}; {format_name}: no room for weights, brows, eyes and head."


def events_of(phones: tuple[Phone, ...]) -> list[VisemeEvent]:
    """An event for every phone and for every gap between two; silences in a row are one."""
    events: list[VisemeEvent] = []
    end_s = phones[0].start_s if phones[0].is_silence else 0.0
    for phone in phones:
        if phone.start_s > end_s + 1e-6 and (not events or events[-1].viseme_id):
            events.append(VisemeEvent(0, end_s))
        if not phone.is_silence or not events or events[-1].viseme_id:
            events.append(VisemeEvent(azure_id(phone), phone.start_s))
        end_s = max(end_s, phone.end_s)
    return _closed(events, end_s)


def _closed(events: list[VisemeEvent], end_s: float) -> list[VisemeEvent]:
    return events if events and not events[-1].viseme_id else [*events, VisemeEvent(0, end_s)]
