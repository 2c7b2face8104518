"""Notes that come back in an OpenTimelineIO time line, from whatever program wrote it last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, get_args

from app.core.errors import ProjectError, TimecodeError
from app.core.foreign import is_number
from app.core.speech import MAX_CLIP_S
from app.core.timecode import exact_rate
from app.formats.cuts.cut import Cut, Listed, digest, id_for, wordy
from app.formats.cuts.otio import OURS
from app.formats.notes import Note, NoteColour, NoteStatus, notes_of
from app.formats.strict_json import content_of_json

_COLOURS: tuple[NoteColour, ...] = get_args(NoteColour)
_STATUSES: tuple[NoteStatus, ...] = get_args(NoteStatus)
_OTHER_COLOURS: dict[str, NoteColour] = {"pink": "red", "magenta": "purple", "black": "white"}
#: nested sequences in one another
_DEEPEST = 12
_Data = Mapping[str, Any]


@dataclass(frozen=True)
class _Found:
    """A marker and where it stands.

    Attributes:
        marker: as written.
        start_s: in seconds of the take.
        length_s: of its stretch.
    """

    marker: _Data
    start_s: Fraction
    length_s: Fraction


@dataclass(frozen=True)
class _Placed:
    """Our clip in a time line.

    Attributes:
        clip: as written.
        at_s: where it begins in the time line.
        source_s: which moment of the take stands there.
        length_s: how much of it is shown.
    """

    clip: _Data
    at_s: Fraction
    source_s: Fraction
    length_s: Fraction


def read(text: str, cut: Cut) -> tuple[Listed, ...]:
    """The notes of a time line.

    Args:
        text: of the file.
        cut: the take's clip, whose markers are looked for: by its id, or the only clip that there is.

    Raises:
        ProjectError: it is no time line, or holds nothing of this take.
    """
    try:
        data = content_of_json(text)
    except (ValueError, RecursionError) as error:
        raise ProjectError("The file is no OpenTimelineIO time line; export it again as .otio.") from error
    if not isinstance(data, Mapping) or not isinstance(data.get("OTIO_SCHEMA"), str):
        raise ProjectError("The file is no OpenTimelineIO time line; export it again as .otio.")
    root = _of(data, "tracks") if data["OTIO_SCHEMA"].startswith("Timeline.") else data
    clips = list(_placed(root, Fraction(0), cut, 0))
    mine = [each for each in clips if _ours(each.clip).get("take") == cut.take]
    if not mine and any(_ours(each.clip).get("take") for each in clips):
        raise ProjectError("These notes are about another take; open that one, then import them.")
    mine = mine or (clips if len({str(each.clip.get("name")) for each in clips}) == 1 else [])
    if not mine:
        raise ProjectError("The time line holds no clip of this take; export it with the clip that the take was written as.")
    listed: dict[str, Listed] = {}
    for found in _markers(root, mine):
        each = _listed(found, cut)
        listed.setdefault(each.note.id, each)
    return tuple(listed.values())


# -- the tree


def _of(data: _Data, name: str) -> _Data:
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}


def _list(data: _Data, name: str) -> list[_Data]:
    value = data.get(name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _ours(data: _Data) -> _Data:
    return _of(_of(data, "metadata"), OURS)


def _seconds(data: _Data) -> Fraction | None:
    """A time in seconds, None where there is none."""
    value, rate = data.get("value"), data.get("rate")
    if not (is_number(value) and is_number(rate) and rate > 0):
        return None
    try:
        return Fraction(value).limit_denominator(10**6) / exact_rate(float(rate))
    except (OverflowError, TimecodeError, ZeroDivisionError):
        return None


def _span(data: _Data) -> tuple[Fraction, Fraction] | None:
    """Start and length of a range in seconds."""
    start_s, length_s = _seconds(_of(data, "start_time")), _seconds(_of(data, "duration"))
    return None if start_s is None or length_s is None else (start_s, length_s)


def _available(clip: _Data) -> tuple[Fraction, Fraction] | None:
    """What a clip's media has, in the older and the newer schema."""
    references = _of(clip, "media_references")
    key = clip.get("active_media_reference_key")
    chosen = _of(references, key) if isinstance(key, str) else {}
    return _span(_of(chosen or _of(clip, "media_reference"), "available_range"))


def _length(item: _Data, depth: int = 0) -> Fraction:
    """How long an item is on its track, in seconds."""
    span = _span(_of(item, "source_range")) or _available(item)
    if span is not None or depth > _DEEPEST:
        return Fraction(0) if span is None else span[1]
    lengths = [_length(child, depth + 1) for child in _list(item, "children") if not _schema(child).startswith("Transition.")]
    return sum(lengths, Fraction(0)) if _schema(item).startswith("Track.") else max(lengths, default=Fraction(0))


def _schema(item: _Data) -> str:
    return str(item.get("OTIO_SCHEMA", ""))


def _placed(item: _Data, at_s: Fraction, cut: Cut, depth: int) -> Iterator[_Placed]:
    """Every clip under an item, with where it stands in the whole."""
    if depth > _DEEPEST:
        return
    if _schema(item).startswith("Clip."):
        span, media = _span(_of(item, "source_range")), _available(item)
        start = _ours(item).get("start")
        own_s = Fraction(start) / cut.rate if isinstance(start, int) else media[0] if media else Fraction(cut.count.start) / cut.rate
        first_s, length_s = span or media or (own_s, Fraction(0))
        yield _Placed(item, at_s, first_s - own_s, length_s)
        return
    own = _span(_of(item, "source_range"))
    position_s = at_s - (own[0] if own else 0)
    for child in _list(item, "children"):
        yield from _placed(child, position_s, cut, depth + 1)
        if _schema(item).startswith("Track.") and not _schema(child).startswith("Transition."):
            position_s += _length(child)


def _markers(root: _Data, mine: list[_Placed]) -> Iterator[_Found]:
    """Markers on our clips, and those of the whole time line and its tracks that stand over them."""
    for placed in mine:
        span = _span(_of(placed.clip, "source_range")) or _available(placed.clip)
        offset_s = placed.source_s - (span[0] if span else 0)
        for marker in _list(placed.clip, "markers"):
            where = _span(_of(marker, "marked_range"))
            if where is not None:
                yield _Found(marker, where[0] + offset_s, where[1])
    for holder in (root, *_list(root, "children")):
        for marker in _list(holder, "markers"):
            where = _span(_of(marker, "marked_range"))
            over = None if where is None else next((p for p in mine if p.at_s <= where[0] < p.at_s + p.length_s), None)
            if where is not None and over is not None:
                yield _Found(marker, where[0] - over.at_s + over.source_s, where[1])


# -- notes


def _listed(found: _Found, cut: Cut) -> Listed:
    """A marker as a note: ours with what was changed, or a new one."""
    ours = _ours(found.marker)
    notes, _ = notes_of([ours["note"]]) if isinstance(ours.get("note"), Mapping) and _of(ours, "note").get("id") else ((), ())
    first = round(found.start_s * cut.rate)
    length = max(round(found.length_s * cut.rate), 1)
    start_s = min(max(cut.time_of(first), 0.0), MAX_CLIP_S)
    end_s = min(max(cut.time_of(first + length), 0.0), MAX_CLIP_S) if length > 1 else None
    name, comment = str(found.marker.get("name") or ""), str(found.marker.get("comment") or "")
    if not notes:
        text = comment or name
        note = Note(id_for(cut.take, str(first), text), "", "", "", start_s, end_s, text=text, colour=_colour(found.marker, "yellow"))
        return Listed(note, edited=True)
    was = notes[0]
    note = replace(was, colour=_colour(found.marker, was.colour))
    if (first, length) != (cut.first(was), cut.length(was)):
        note = replace(note, start_s=start_s, end_s=end_s)
    if comment and comment != wordy(was):
        note = replace(note, text=comment)
    if isinstance(ours.get("text"), str) and ours["text"] != was.text:
        note = replace(note, text=ours["text"])
    status = next((each for each in _STATUSES if each == ours.get("status")), was.status)
    note = replace(note, status=status)
    return Listed(note, digest(note) != ours.get("check"), was.changed)


def _colour(marker: _Data, otherwise: NoteColour) -> NoteColour:
    word = str(marker.get("color", "")).lower()
    return next((each for each in _COLOURS if each == word), _OTHER_COLOURS.get(word, otherwise))
