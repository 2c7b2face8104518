"""Rhubarb's three outputs: lines of a time and a shape, XML, and JSON; A to F, and G, H and X where there is art for them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape, unescape

from app.core.errors import TrackError
from app.core.mouths.alphabets import RHUBARB, RHUBARB_PHONES
from app.core.mouths.cues import MouthCue
from app.core.speech import Phone
from app.formats.cues.json_cues import read_cues
from app.formats.cues.made_motion import LAST_S, Cues, track_of_cues
from app.formats.cues.spans import cues_of_spans
from app.formats.cues.spoken import SpokenCues, spoken_cues
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.track_file import TrackFile, decode_text
from app.formats.tracks.json_text import is_json

TSV_NAME, XML_NAME, JSON_NAME = "Rhubarb TSV", "Rhubarb XML", "Rhubarb JSON"
KIND = "mouth cues (Rhubarb)"
_MOUTH_CUE = re.compile(r"<mouthCue\s+([^>]*)>\s*(\w+)\s*</mouthCue>")
_TIME = r"\b{}\s*=\s*[\"']\s*([\d.]+)\s*[\"']"
_START, _END = (re.compile(_TIME.format(name)) for name in ("start", "end"))
_TSV_LINE = re.compile(r"\s*(\d+(?:\.\d+)?)\t\s*([A-HX])\s*")
_SOUND = re.compile(r"<soundFile>([^<]*)</soundFile>")
#: what a file ends with that only says where it ends
_RESTS = ("X", "A")


# -- reading


def looks_like_xml(data: bytes) -> bool:
    """Whether it is Rhubarb's XML."""
    return b"<rhubarbResult" in data[:2000]


def looks_like_tsv(data: bytes) -> bool:
    """Whether it is lines of a time and one of Rhubarb's letters."""
    return b"\t" in data[:64] and _lines(data[:1_000_000].decode("utf-8-sig", "ignore")) is not None


def looks_like_json(data: bytes) -> bool:
    """Whether it is JSON with ``mouthCues``."""
    return is_json(data) and b'"mouthCues"' in data


def read_xml(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Make motion of the cues; see ``made_motion``.

    Raises:
        TrackError: it holds none, or one without times.
    """
    rows = []
    text = decode_text(data, name)
    for match in _MOUTH_CUE.finditer(text):
        start, end = _START.search(match[1]), _END.search(match[1])
        if start is None or end is None:
            raise TrackError(f"{name}: the mouth cue {unescape(match[2])} has no start or end; export it again.")
        rows.append((_number(start[1], name), _number(end[1], name), match[2]))
    sound = _SOUND.search(text)
    return track_of_cues(replace(_cues(rows), sound=unescape(sound[1].strip()) if sound else ""), name, fps)


def read_tsv(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Make motion of the cues; see ``made_motion``.

    Raises:
        TrackError: it holds none.
    """
    starts = _lines(decode_text(data, name))
    if starts is None:
        raise TrackError(f"{name} holds no mouth cues; export it again.")
    last_s, last = starts[-1]
    ends = [start for start, _ in starts[1:]] + [last_s if last in _RESTS else last_s + LAST_S]
    return track_of_cues(_cues([(start, end, shape) for (start, shape), end in zip(starts, ends, strict=True)]), name, fps)


def read_json(data: bytes, name: str, fps: float | None = None) -> TrackFile:
    """Make motion of the cues; see ``made_motion``.

    Raises:
        TrackError: it holds none, or others than lists of mouth shapes have.
    """
    return read_cues(data, name, fps, cues_of_json, "has a list mouthCues without start, end and value; export it again.")


def cues_of_json(document: Any) -> Cues | None:
    """The cues of Rhubarb's JSON, or of one that is built like it with another alphabet; None for anything else."""
    rows = document.get("mouthCues") if isinstance(document, dict) else None
    cues = cues_of_spans(rows, KIND) if isinstance(rows, list) else None
    aside = document.get("metadata") if cues is not None else None
    sound = aside.get("soundFile") if isinstance(aside, dict) else None
    return replace(cues, sound=sound) if cues is not None and isinstance(sound, str) else cues


def _lines(text: str) -> list[tuple[float, str]] | None:
    matches = [_TSV_LINE.fullmatch(line) for line in text.splitlines() if line.strip()]
    if len(matches) < 2 or any(match is None for match in matches):
        return None
    return [(float(match[1]), match[2]) for match in matches if match is not None]


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise TrackError(f"{name}: {text[:20]!r} is no time in seconds; export it again.") from None


def _cues(rows: Sequence[tuple[float, float, str]]) -> Cues:
    phones = tuple(Phone(RHUBARB_PHONES.get(shape.upper(), "sil"), start, max(start, end)) for start, end, shape in rows)
    return Cues(KIND, phones, len(rows), RHUBARB.name)


# -- writing


def write_tsv(performance: Performance, options: WriteOptions) -> Written:
    """Lines of a start and a shape, and the rest shape at the end."""
    spoken, cues = _spoken(performance, options)
    rest = RHUBARB.rest if options.extended else RHUBARB.basic[RHUBARB.rest]
    text = "".join(f"{cue.start_s:.2f}\t{cue.shape}\n" for cue in cues) + f"{cues[-1].end_s:.2f}\t{rest}\n"
    return Written(text.encode(), (spoken.note(TSV_NAME),))


def write_xml(performance: Performance, options: WriteOptions) -> Written:
    """Every cue with its start and end, and what Rhubarb says about the sound."""
    spoken, cues = _spoken(performance, options)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>', "<rhubarbResult>", "  <metadata>",
        f"    <soundFile>{escape(performance.sound)}</soundFile>", f"    <duration>{cues[-1].end_s:.2f}</duration>", "  </metadata>",
        "  <mouthCues>",
        *(f'    <mouthCue start="{cue.start_s:.2f}" end="{cue.end_s:.2f}">{cue.shape}</mouthCue>' for cue in cues),
        "  </mouthCues>", "</rhubarbResult>",
    ]  # fmt: skip
    return Written(("\n".join(lines) + "\n").encode(), (spoken.note(XML_NAME),))


def write_json(performance: Performance, options: WriteOptions) -> Written:
    """The same as JSON."""
    spoken, cues = _spoken(performance, options)
    rows = ",\n".join(f'    {{ "start": {cue.start_s:.2f}, "end": {cue.end_s:.2f}, "value": "{cue.shape}" }}' for cue in cues)
    sound = json.dumps(performance.sound, ensure_ascii=False)
    head = f'  "metadata": {{\n    "soundFile": {sound},\n    "duration": {cues[-1].end_s:.2f}\n  }},\n'
    return Written(f'{{\n{head}  "mouthCues": [\n{rows}\n  ]\n}}\n'.encode(), (spoken.note(JSON_NAME),))


def _spoken(performance: Performance, options: WriteOptions) -> tuple[SpokenCues, tuple[MouthCue, ...]]:
    """The cues on hundredths of a second, those that are shorter left out."""
    spoken = spoken_cues(performance, RHUBARB, options.extended)
    return spoken, on_grid(spoken, 100)


def on_grid(spoken: SpokenCues, per_s: int) -> tuple[MouthCue, ...]:
    """Cues whose times are whole steps.

    Args:
        spoken: at least one cue.
        per_s: steps in a second.

    Returns:
        Cues without gaps, each at least one step long, neighbours of different shapes.
    """
    kept: list[tuple[int, str]] = []
    end = max(round(spoken.end_s * per_s), 1)
    for cue in spoken.cues:
        start, until = round(cue.start_s * per_s), min(round(cue.end_s * per_s), end)
        if until > start and (not kept or kept[-1][1] != cue.shape):
            kept.append((start, cue.shape))
    kept = kept or [(0, spoken.cues[0].shape)]
    ends = [start for start, _ in kept[1:]] + [end]
    return tuple(MouthCue(shape, start / per_s, until / per_s) for (start, shape), until in zip(kept, ends, strict=True))
