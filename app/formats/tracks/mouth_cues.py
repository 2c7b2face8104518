"""Lists of mouth shapes with times (Rhubarb, Azure's viseme events, TalkingHead), made into motion by the viseme model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from app.core.arkit import VISEMES
from app.core.coarticulation import MouthMotion
from app.core.errors import TrackError
from app.core.speech import Phone, VisemeEvent
from app.core.track import BlendshapeTrack
from app.core.visemes import phones_from_events
from app.formats.track_file import MAX_DURATION_S, TrackFile, check_rate
from app.formats.tracks.json_text import as_number
from app.formats.tracks.rate import number_text

#: frames per second that are made where the user does not state a rate
MADE_FPS = 60.0
#: how long the last cue is shown when the file does not say
_LAST_S = 0.15
#: the most cues that an hour of speech can have
_MOST = 200_000

#: cue -> a phone that is shown the same way
_RHUBARB = MappingProxyType({
    "A": "M", "B": "S", "C": "EH1", "D": "AA1", "E": "AO1", "F": "UW1", "G": "F", "H": "L", "X": "sil",
})  # fmt: skip
_PRESTON_BLAIR = MappingProxyType({
    "ai": "AA1", "e": "EH1", "etc": "T", "fv": "F", "l": "L", "mbp": "M", "o": "OW1", "u": "UW1", "wq": "W", "rest": "sil",
})  # fmt: skip
_OCULUS = MappingProxyType(dict(zip(
    (name.lower() for name in VISEMES),
    ("sil", "P", "F", "TH", "D", "K", "CH", "S", "N", "R", "AA1", "EH1", "IH1", "OW1", "UW1"),
    strict=True,
)))  # fmt: skip
#: Amazon Polly's visemes; capitals count
_POLLY = MappingProxyType({
    "p": "P", "t": "T", "S": "SH", "T": "TH", "f": "F", "k": "K", "i": "IY1", "r": "R", "s": "S", "u": "UW1", "@": "AH0", "a": "AA1",
    "e": "EY1", "E": "EH1", "o": "OW1", "O": "AO1", "sil": "sil",
})  # fmt: skip
_ID_KEYS = ("VisemeId", "viseme_id", "visemeId", "visemeID", "id")
_OFFSET_KEYS = ("AudioOffset", "audio_offset", "audioOffset", "audio_offset_ms", "audioOffsetMs", "offset", "offset_ms", "time")
_TICKS_PER_S = 1e7
_MOUTH_CUE = re.compile(r'<mouthCue\s+start="([\d.]+)"\s+end="([\d.]+)"\s*>\s*(\w+)\s*</mouthCue>')
_TSV_LINE = re.compile(r"\s*(\d+(?:\.\d+)?)\t\s*([A-HX])\s*")


@dataclass(frozen=True)
class Cues:
    """A list of mouth shapes.

    Attributes:
        kind: what wrote it, as shown.
        phones: that are shown in the same way, in order.
        count: how many cues the file holds.
    """

    kind: str
    phones: tuple[Phone, ...]
    count: int


def track_of_cues(cues: Cues, name: str, fps: float | None = None) -> TrackFile:
    """Motion through mouth shapes.

    Args:
        cues: in order.
        name: of the file, for messages.
        fps: frames per second wanted; None makes 60.

    Raises:
        TrackError: no cues, or more than an hour.
    """
    if not cues.phones:
        raise TrackError(f"{name} holds no mouth cues; export it again.")
    rate = fps or MADE_FPS
    end_s = max(phone.end_s for phone in cues.phones)
    if not end_s <= MAX_DURATION_S:
        raise TrackError(f"{name} is longer than an hour; split it into shorter takes.")
    n = max(int(np.ceil(end_s * rate - 1e-6)), 1)
    check_rate(rate, n, name)
    weights, _ = MouthMotion(cues.phones, frame_s=1 / rate).frames(np.arange(n) / rate)
    first_s = cues.phones[0].start_s
    warning = f"The file holds {cues.count:,} {cues.kind} from {first_s:.2f} s on, not weights: the motion between them is made here."
    evidence = f"{number_text(rate)} fps, made from {cues.count:,} {cues.kind}"
    return TrackFile(BlendshapeTrack(weights, rate), cues.kind, fps_from="made", evidence=evidence, warnings=(warning,))


def cues_of_json(document: Any) -> Cues | None:
    """The cues of a JSON document, or None when it holds none."""
    if isinstance(document, dict):
        if isinstance(document.get("mouthCues"), list):
            return _spans(document["mouthCues"], "mouth cues (Rhubarb)")
        if isinstance(document.get("visemes"), list) and isinstance(document.get("vtimes"), list):
            return _talking_head(document)
        lists: Sequence[Any] = [value for value in document.values() if isinstance(value, list)]
    else:
        lists = [document] if isinstance(document, list) else []
    for rows in lists:
        if rows and len(rows) <= _MOST and all(isinstance(row, dict) for row in rows):
            found = _events(rows) or _spans(rows, "mouth cues")
            if found is not None:
                return found
    return None


def cues_of_text(text: str) -> Cues | None:
    """The cues of Rhubarb's XML or of its lines ``0.25<TAB>D``, or None."""
    rows: list[tuple[float, float, str]]
    if "<rhubarbResult" in text[:2000]:
        rows = [(float(m[1]), float(m[2]), m[3]) for m in _MOUTH_CUE.finditer(text)]
    else:
        matches = [_TSV_LINE.fullmatch(line) for line in text.splitlines() if line.strip()]
        if len(matches) < 2 or any(match is None for match in matches):
            return None
        starts = [(float(m[1]), m[2]) for m in matches if m is not None]
        ends = [start for start, _ in starts[1:]] + [starts[-1][0] + _LAST_S]
        rows = [(start, end, value) for (start, value), end in zip(starts, ends, strict=True)]
    phones = tuple(Phone(_RHUBARB.get(value.upper(), "sil"), start, max(start, end)) for start, end, value in rows)
    return Cues("mouth cues (Rhubarb)", phones, len(rows))


def _table(values: Sequence[str]) -> Mapping[str, str] | None:
    """The alphabet that mouth shapes are written in, or None; its keys are as ``_spelt`` gives them."""
    if set(values) <= set(_RHUBARB):
        return _RHUBARB
    lower = {_spelt(value) for value in values}
    return next((table for table in (_OCULUS, _PRESTON_BLAIR) if lower <= set(table)), None)


def _spelt(value: str) -> str:
    return value.lower().removeprefix("viseme_")


def _shown(values: Sequence[str]) -> list[str] | None:
    """The phones that mouth shapes are shown as, or None when they are in no known alphabet."""
    if set(values) <= set(_POLLY) and not set(values) <= {"E", "o", "O", "u", "sil"}:
        return [_POLLY[value] for value in values]
    table = _table(values)
    return None if table is None else [table[value if table is _RHUBARB else _spelt(value)] for value in values]


def _spans(rows: list[Any], kind: str) -> Cues | None:
    """Objects with a start, perhaps an end, and a shape."""
    cells = []
    if any(row.get("type") == "viseme" for row in rows if isinstance(row, dict)):
        rows = [row for row in rows if isinstance(row, dict) and row.get("type") == "viseme"]
    for row in rows:
        if not isinstance(row, dict):
            return None
        value = next((row[key] for key in ("value", "viseme", "shape", "name") if isinstance(row.get(key), str)), None)
        start = next((t for key in ("start", "start_s", "time", "t") if (t := as_number(row.get(key))) is not None), None)
        if value is None or start is None or not start >= 0:
            return None
        cells.append((start, as_number(row.get("end", row.get("end_s"))), value))
    symbols = _shown([value for _, _, value in cells])
    if symbols is None:
        return None
    step = float(np.median(np.abs(np.diff([start for start, _, _ in cells])))) if len(cells) > 1 else 0.0
    unit = 1e3 if step >= 5 else 1.0
    cells = [(start / unit, None if end is None else end / unit, value) for start, end, value in cells]
    starts = [start for start, _, _ in cells]
    nexts = [*starts[1:], starts[-1] + _LAST_S] if starts else []
    phones = tuple(
        Phone(symbol, start, max(start, following if end is None else end))
        for symbol, (start, end, _), following in zip(symbols, cells, nexts, strict=True)
    )
    return Cues(kind, phones, len(cells))


def _talking_head(document: dict[str, Any]) -> Cues | None:
    """TalkingHead's lists of viseme names, times and durations, in milliseconds."""
    values, times = document["visemes"], [as_number(t) for t in document["vtimes"]]
    if len(values) != len(times) or not all(isinstance(v, str) for v in values) or any(t is None or t < 0 for t in times):
        return None
    symbols = _shown(values)
    if symbols is None:
        return None
    said = document.get("vdurations")
    lengths = [as_number(d) for d in said] if isinstance(said, list) and len(said) == len(times) else [None] * len(times)
    starts = [t / 1e3 for t in times if t is not None]
    nexts = [*starts[1:], starts[-1] + _LAST_S] if starts else []
    ends = [following if d is None else start + d / 1e3 for start, following, d in zip(starts, nexts, lengths, strict=True)]
    phones = tuple(Phone(s, start, max(start, end)) for s, start, end in zip(symbols, starts, ends, strict=True))
    return Cues("mouth cues (TalkingHead)", phones, len(phones))


def _events(rows: list[dict[str, Any]]) -> Cues | None:
    """Azure's viseme events; their offsets are ticks of 100 ns, milliseconds or seconds."""
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
    end_s = float(times.max()) / unit + _LAST_S
    return Cues("viseme events (Azure)", phones_from_events(events, end_s), len(events))
