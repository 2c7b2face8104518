"""What changed between two takes or two tracks: sound, words, who moves the face and how, curves, notes, status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.curve_edits import CurveEdit
from app.core.layers import Layer
from app.core.presets import RANGES, SHAPE_RANGES, SMOOTHING, STRENGTH, tuning_data
from app.core.track import Animation
from app.core.tuning import Tuning
from app.formats.notes import Note
from app.formats.takes.take import Lane, SavedTake
from app.review.takes.change import Change, TakeDiff, in_areas, told
from app.review.takes.diff_curves import curve_changes, same_motion
from app.review.takes.diff_words import sound_changes, speech_changes

#: fields of a note that say something, as a sentence calls them
_NOTE_FIELDS = {
    "text": "text", "status": "status", "start_s": "start", "end_s": "end", "side": "side", "channel": "shape", "phone": "phone",
    "colour": "colour", "point": "place on the face", "strokes": "drawing", "voice": "spoken part", "reference": "reference",
}  # fmt: skip


def diff_takes(a: SavedTake, b: SavedTake) -> TakeDiff:
    """What is different in a second take.

    Args:
        a: the first take.
        b: the second one.
    """
    changes = _review(a, b) + sound_changes(a.speech.audio, b.speech.audio) + speech_changes(a.speech, b.speech) + _avatars(a, b)
    for side in sorted({*a.project.sides, *b.project.sides}):
        changes += _side(side, a, b)
    changes += _parameters("", "emotion", _flat(a.project.emotion.to_data()), _flat(b.project.emotion.to_data()))
    return in_areas(changes + _notes(a, b))


def diff_tracks(a: Animation, b: Animation) -> TakeDiff:
    """What is different in a second track."""
    return in_areas(curve_changes("", a, b))


def _review(a: SavedTake, b: SavedTake) -> list[Change]:
    """Status, name, and how frames are counted."""
    rows = (
        ("status", a.status, b.status, "The status"), ("line", a.line, b.line, "The line's name"),
        ("start timecode", a.start_timecode, b.start_timecode, "The start timecode"), ("fps", a.fps, b.fps, "The rate of the review"),
    )  # fmt: skip
    return [
        Change("status", f"{words} is {told(after)} instead of {told(before)}.", "", name, before, after)
        for name, before, after, words in rows
        if before != after
    ]


def _avatars(a: SavedTake, b: SavedTake) -> list[Change]:
    before, after = a.avatar, b.avatar
    if before is None and after is None:
        return []
    if before is not None and after is not None:
        known = before.sha256 and after.sha256
        if before.sha256 == after.sha256 if known else before.name == after.name:
            return []
    old, new = ("none" if each is None else each.name for each in (before, after))
    words = f"The avatar is {new} instead of {old}." if old != new else f"The avatar {new} is another file of the same name."
    return [Change("avatar", words, "", "avatar", None if before is None else before.sha256, None if after is None else after.sha256)]


def _side(side: str, a: SavedTake, b: SavedTake) -> list[Change]:
    before, after = a.project.sides.get(side), b.project.sides.get(side)
    if before is None or after is None:
        which, what = ("second", after) if before is None else ("first", before)
        source = "" if what is None else what.source
        return [Change("source", f"Only the {which} has a side {side} ({source}).", side, "side")]
    changes = []
    if before.source != after.source:
        changes.append(
            Change(
                "source", f"Side {side} is moved by {after.source} instead of {before.source}.", side, "source", before.source, after.source
            )
        )
    first, second = a.lanes.get(side), b.lanes.get(side)
    if first is not None and second is not None:
        if first.source != second.source:
            words = f"Side {side} was made by “{second.source}” instead of “{first.source}”."
            changes.append(Change("source", words, side, "made by", first.source, second.source))
        changes += _parameters(side, "parameters", dict(first.parameters), dict(second.parameters))
    changes += _layers(side, before.layers, after.layers)
    changes += _tuning(side, before.tuning, after.tuning) + _edits(side, before.edits, after.edits)
    return changes + _motion(side, first, second)


def _motion(side: str, a: Lane | None, b: Lane | None) -> list[Change]:
    if a is None or b is None:
        which = "second" if a is None else "first"
        return [] if a is b else [Change("curves", f"Only the {which} has the motion of side {side}.", side, "motion")]
    changes = curve_changes(side, a.tuned, b.tuned)
    if changes and same_motion(a.raw, b.raw):
        words = f"Side {side} is the same as it was made; tuning and edits make the difference."
        changes.append(Change("curves", words, side, "as made", figures={"same": True}))
    elif not changes and not same_motion(a.raw, b.raw):
        changes.append(Change("curves", f"Side {side} differs as it was made; after tuning and edits it is the same.", side, "as made"))
    return changes


def _flat(data: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Nested values by their path."""
    made: dict[str, Any] = {}
    for key, value in data.items():
        path = f"{before}.{key}" if before else str(key)
        made |= _flat(value, path) if isinstance(value, Mapping) else {path: value}
    return made


def _default(path: str) -> Any:
    """What a number of a tuning is where the tuning does not say it."""
    group, _, rest = path.partition(".")
    if group == "regions":
        return STRENGTH.default
    if group == "smoothing_ms":
        return SMOOTHING.default
    if group == "shapes":
        known = SHAPE_RANGES.get(rest.rpartition(".")[2])
        return False if known is None else known.default
    return RANGES[group].default if group in RANGES else getattr(Tuning(), group, None) if not rest else None


def _tuning(side: str, a: Tuning, b: Tuning) -> list[Change]:
    before, after = _flat(tuning_data(a)), _flat(tuning_data(b))
    names = dict.fromkeys((*before, *after))
    return _parameters(side, "tuning", {n: before.get(n, _default(n)) for n in names}, {n: after.get(n, _default(n)) for n in names})


def _parameters(side: str, area: Any, a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Change]:
    """Numbers and words by name, before → after."""
    where = f"Side {side}, " if side else ""
    return [
        Change(area, f"{where}{area} {name}: {told(a.get(name))} → {told(b.get(name))}.", side, name, a.get(name), b.get(name))
        for name in dict.fromkeys((*a, *b))
        if a.get(name) != b.get(name)
    ]


def _layers(side: str, a: tuple[Layer, ...], b: tuple[Layer, ...]) -> list[Change]:
    """Layers that came, went or changed, told by the part of the face."""
    before, after = ({layer.title.lower(): layer for layer in layers if layer.on} for layers in (a, b))
    changes = []
    for part in dict.fromkeys((*before, *after)):
        old, new = (_from(layers.get(part)) for layers in (before, after))
        if before.get(part) != after.get(part):
            words = f"Side {side}, {part}: {new} instead of {old}."
            changes.append(Change("source", words, side, f"layer {part}", old, new))
    return changes


def _from(layer: Layer | None) -> str:
    if layer is None:
        return "no layer"
    numbers = [f"gain {layer.gain:g}"] * (layer.gain != 1) + [f"offset {1e3 * layer.offset_s:+.0f} ms"] * (layer.offset_s != 0)
    span = () if layer.span_s is None else (f"{layer.span_s[0]:.2f}-{layer.span_s[1]:.2f} s",)
    return ", ".join((f"a layer from {layer.source}", *numbers, *span))


def _edits(side: str, a: tuple[CurveEdit, ...], b: tuple[CurveEdit, ...]) -> list[Change]:
    rows = [(edit, "removed") for edit in a if edit not in b] + [(edit, "added") for edit in b if edit not in a]
    return [_edit(side, edit, how) for edit, how in rows]


def _edit(side: str, edit: CurveEdit, how: str) -> Change:
    where = f"from {edit.start_s:.2f} to {edit.end_s:.2f} s"
    words = f"Side {side}, edit {how}: {edit.kind} of {_shapes(edit)} by {edit.amount:g} {where}."
    figures = {"kind": edit.kind, "channels": list(edit.channels), "amount": edit.amount}
    return Change("edits", words, side, how, start_s=edit.start_s, end_s=edit.end_s, figures=figures)


def _shapes(edit: CurveEdit) -> str:
    if not edit.channels:
        return "all shapes"
    return edit.channels[0] if len(edit.channels) == 1 else f"{len(edit.channels)} shapes"


def _notes(a: SavedTake, b: SavedTake) -> list[Change]:
    before, after = {note.id: note for note in a.notes}, {note.id: note for note in b.notes}
    changes = [_note(note, "removed") for key, note in before.items() if key not in after]
    changes += [_note(note, "added") for key, note in after.items() if key not in before]
    for key in before.keys() & after.keys():
        changes += _note_changes(before[key], after[key])
    return sorted(changes, key=lambda change: change.start_s or 0.0)


def _note(note: Note, how: str) -> Change:
    words = f"Note {how} at {note.start_s:.2f} s{_by(note.author)}: {_short(note.text)}"
    return Change("notes", words, note.side, note.id, None, note.status, note.start_s, note.end_s, {"how": how, "text": note.text})


def _note_changes(a: Note, b: Note) -> list[Change]:
    changes = []
    for name, words in _NOTE_FIELDS.items():
        old, new = getattr(a, name), getattr(b, name)
        if old != new:
            plain = isinstance(old, str | float | None) and isinstance(new, str | float | None)
            what = f"{words} {told(old)} → {told(new)}" if plain else f"another {words}"
            sentence = f"Note at {a.start_s:.2f} s ({_short(a.text)[:40]}): {what}."
            figures = {"how": "changed", "field": name}
            changes.append(
                Change("notes", sentence, a.side, a.id, old if plain else None, new if plain else None, a.start_s, a.end_s, figures)
            )
    known = {reply.id for reply in a.replies}
    for reply in b.replies:
        if reply.id not in known:
            sentence = f"Reply{_by(reply.author)} to the note at {a.start_s:.2f} s: {_short(reply.text)}"
            changes.append(Change("notes", sentence, a.side, a.id, None, None, a.start_s, a.end_s, {"how": "reply", "text": reply.text}))
    return changes


def _by(author: str) -> str:
    return f" by {author}" if author else ""


def _short(text: str) -> str:
    words = " ".join(text.split())
    return f"“{words[:80]}{'…' if len(words) > 80 else ''}”"
