"""Who holds work of a hand that lies at moments of the sound, and how each piece of it finds its place in another sound of the line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from app.core.curve_edits import CurveEdit, edits_of
from app.core.emotion import SAME_TIME_S, EmotionKey, EmotionSettings, EmotionTimeline
from app.core.errors import PreviewError
from app.core.placed import shifted_edit
from app.core.placing import ENDS_S, Places
from app.formats.kept.conflicts import Conflict, conflict_of
from app.formats.marks import Mark
from app.formats.notes import Note
from app.formats.plain import plain, remembered
from app.review.batch.carrying import carried_edits, carried_notes
from app.session.adjust.conflicts import Conflicts
from app.session.adjust.edits import CurveEdits
from app.session.base.emotion import Emotion
from app.session.motion.layers import Layers
from app.session.review.marks import Marks
from app.session.review.notes import ReviewNotes
from app.session.state import State

Item = TypeVar("Item")
#: what a conflict's data say of the sound that its times belong to
SOUND = "sound"


@dataclass(frozen=True)
class Placed(Generic[Item]):
    """One piece of work, after its place was looked for.

    Attributes:
        item: at its place; None where it has none.
        conflict: what is to be said of it.
    """

    item: Item | None
    conflict: Conflict | None = None


class Holder(Protocol[Item]):
    """Holds pieces of work for every sound, or for whatever sound is there.

    Attributes:
        kind: of its conflicts.
        words: what its pieces are called: one, and several.
        is_per_sound: whether another sound brings other pieces.
    """

    kind: str
    words: tuple[str, str]
    is_per_sound: bool

    def held(self) -> tuple[Item, ...]:
        """The pieces for the present sound."""

    def place(self, item: Item, places: Places) -> Placed[Item]:
        """A piece at its place in another sound."""

    def put(self, key: str, items: Iterable[Item]) -> None:
        """Put the pieces for a sound in force; not a step.

        Args:
            key: digest of the sound.
            items: all of them.
        """

    def of_conflict(self, conflict: Conflict) -> Item | None:
        """The piece that a conflict is about, None where it is still in force or damaged."""

    def put_at(self, conflict: Conflict, at_s: float) -> None:
        """Put what a conflict is about somewhere; a step."""


SideEdit = tuple[str, CurveEdit]


class EditHolder:
    """Edits of curves: one whose words are gone is not in force.

    Args:
        edits: of the session.
        state: whose sides have them.
    """

    kind, words, is_per_sound = "edit", ("edit", "edits"), True

    def __init__(self, edits: CurveEdits, state: State) -> None:
        self._edits, self._state = edits, state

    def held(self) -> tuple[SideEdit, ...]:
        """Side and edit, in the order in which they were made."""
        return tuple((name, edit) for name, edits in self._edits.lists.items() for edit in edits)

    def place(self, item: SideEdit, places: Places) -> Placed[SideEdit]:
        """See Holder."""
        side, edit = item
        kept, lost = carried_edits((edit,), side, places)
        return Placed((side, kept[0])) if kept else Placed(None, lost[0])

    def put(self, key: str, items: Iterable[SideEdit]) -> None:
        """See Holder."""
        lists: dict[str, tuple[CurveEdit, ...]] = {}
        for side, edit in items:
            lists[side] = (*lists.get(side, ()), edit)
        self._edits.put_for(key, lists)

    def of_conflict(self, conflict: Conflict) -> SideEdit | None:
        """See Holder."""
        row = {name: value for name, value in conflict.data.items() if name not in ("side", SOUND)}
        try:
            return str(conflict.data["side"]), edits_of([row])[0]
        except (PreviewError, KeyError):
            return None

    def put_at(self, conflict: Conflict, at_s: float) -> None:
        """See Holder."""
        found = self.of_conflict(conflict)
        if found is not None:
            side = found[0] if found[0] in self._state.sides else self._state.shown
            self._edits.add(side, shifted_edit(found[1], at_s))


class NoteHolder:
    """Review notes: none goes; one whose words are gone stays where it would lie, and is listed.

    Args:
        notes: of the session.
    """

    kind, words, is_per_sound = "note", ("note", "notes"), True

    def __init__(self, notes: ReviewNotes) -> None:
        self._notes = notes

    def held(self) -> tuple[Note, ...]:
        """By time."""
        return self._notes.all

    def place(self, item: Note, places: Places) -> Placed[Note]:
        """See Holder."""
        kept, lost = carried_notes((item,), places)
        return Placed(kept[0], lost[0] if lost else None)

    def put(self, key: str, items: Iterable[Note]) -> None:
        """See Holder."""
        self._notes.put_for(key, items)

    def of_conflict(self, conflict: Conflict) -> Note | None:
        """See Holder."""
        return None

    def put_at(self, conflict: Conflict, at_s: float) -> None:
        """See Holder."""
        note = self._notes.of(str(conflict.data.get("note", conflict.id)))
        if note is not None:
            end_s = None if note.end_s is None else at_s + note.end_s - note.start_s
            self._notes.change(note.id, "Move note", start_s=at_s, end_s=end_s)


class MarkHolder:
    """Marks on the time line: one whose word is gone is listed.

    Args:
        marks: of the session.
    """

    kind, words, is_per_sound = "mark", ("mark", "marks"), True

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def held(self) -> tuple[Mark, ...]:
        """By time."""
        return self._marks.all

    def place(self, item: Mark, places: Places) -> Placed[Mark]:
        """See Holder."""
        stretch = places.stretch(item.time_s, item.time_s)
        if stretch is not None:
            return Placed(replace(item, time_s=stretch[0]))
        named = f"The mark “{item.name}”" if item.name else "A mark"
        said = places.said(item.time_s, item.time_s)
        lay = f"lay on “{said}”" if said else f"lay at {item.time_s:.2f} s of the former sound"
        words = f"{named} {lay}, which is not in the new one; place it where it belongs, or dismiss it."
        return Placed(None, conflict_of("mark", words, places.moment(item.time_s), plain(item)))

    def put(self, key: str, items: Iterable[Mark]) -> None:
        """See Holder."""
        self._marks.put_for(key, items)

    def of_conflict(self, conflict: Conflict) -> Mark | None:
        """See Holder."""
        read, damaged = remembered(Mark, {name: value for name, value in conflict.data.items() if name != SOUND})
        return read if read.id and not damaged else None

    def put_at(self, conflict: Conflict, at_s: float) -> None:
        """See Holder."""
        mark = self.of_conflict(conflict)
        made = self._marks.add(at_s)
        if mark is not None:
            self._marks.change(made, "Set mark", name=mark.name, colour=mark.colour)


class EmotionHolder:
    """Emotion keys: all stay in force, for what follows feels as they say; one whose word is gone is listed.

    Args:
        emotion: of the session.
    """

    kind, words, is_per_sound = "emotion", ("emotion key", "emotion keys"), False

    def __init__(self, emotion: Emotion) -> None:
        self._emotion = emotion

    def held(self) -> tuple[EmotionKey, ...]:
        """By time; none while the clip feels one thing throughout, wherever its words lie."""
        line = self._emotion.settings.timeline
        return () if line.is_constant else line.keys

    def place(self, item: EmotionKey, places: Places) -> Placed[EmotionKey]:
        """See Holder."""
        if item.time_s == 0:
            return Placed(item)
        at_s = places.moment(item.time_s)
        moved = replace(item, time_s=at_s)
        if places.has(item.time_s):
            return Placed(moved)
        feels = item.dominant or "neutral"
        words = f"The emotion key “{feels}” lay on words that are not in the new sound; look whether it begins at the right moment."
        return Placed(moved, conflict_of("emotion", words, at_s, _key_data(item) | {"now_s": at_s}))

    def put(self, key: str, items: Iterable[EmotionKey]) -> None:
        """See Holder. Of keys that a cut has drawn together the last one governs."""
        keys: list[EmotionKey] = []
        for each in sorted(items, key=lambda item: item.time_s):
            if keys and each.time_s - keys[-1].time_s <= SAME_TIME_S:
                keys.pop()
            keys.append(each)
        settings = self._emotion.settings
        if keys and tuple(keys) != settings.timeline.keys:
            self._emotion.restore(replace(settings, timeline=replace(settings.timeline, keys=tuple(keys))))

    def of_conflict(self, conflict: Conflict) -> EmotionKey | None:
        """See Holder."""
        return None

    def put_at(self, conflict: Conflict, at_s: float) -> None:
        """See Holder."""
        try:
            key = EmotionSettings.from_data({"keys": [conflict.data["key"]]}).timeline.keys[-1]
            now_s = float(conflict.data["now_s"])
        except (PreviewError, KeyError, TypeError, ValueError):
            return
        line = self._emotion.settings.timeline
        others = tuple(each for each in line.keys if abs(each.time_s - now_s) > 2 * SAME_TIME_S or each.weights != key.weights)
        self._emotion.change_timeline(replace(line, keys=others).with_key(replace(key, time_s=at_s)), "Move emotion key")


def _key_data(key: EmotionKey) -> dict[str, Any]:
    return {"key": EmotionSettings(timeline=EmotionTimeline((EmotionKey(), key))).to_data()["keys"][-1]}


@dataclass(frozen=True)
class LayerSpan:
    """The stretch of a layer.

    Attributes:
        side: whose.
        index: the layer's place.
        span_s: where it acts.
    """

    side: str
    index: int
    span_s: tuple[float, float]


class SpanHolder:
    """Stretches in which layers act: one whose words are gone stays where it would lie, and is listed.

    Args:
        layers: of the session.
        state: whose sides have them.
    """

    kind, words, is_per_sound = "layer", ("layer's stretch", "layers' stretches"), False

    def __init__(self, layers: Layers, state: State) -> None:
        self._layers, self._state = layers, state

    def held(self) -> tuple[LayerSpan, ...]:
        """Of all layers that act in a stretch."""
        found = ((name, i, layer.span_s) for name, side in self._state.sides.items() for i, layer in enumerate(side.layers))
        return tuple(LayerSpan(name, i, span_s) for name, i, span_s in found if span_s is not None)

    def place(self, item: LayerSpan, places: Places) -> Placed[LayerSpan]:
        """See Holder."""
        start_s, end_s = item.span_s
        to_end = end_s >= places.old.duration_s - ENDS_S
        stretch = places.stretch(start_s, min(end_s, places.old.duration_s))
        low_s, high_s = stretch or (places.moment(start_s), places.moment(end_s))
        span_s = (low_s, max(end_s if to_end else high_s, low_s + ENDS_S))
        if stretch is not None:
            return Placed(replace(item, span_s=span_s))
        words = f"The stretch of a layer of side {item.side} was on words that are not in the new sound; look where it acts now."
        data = {"side": item.side, "index": item.index, "span_s": list(item.span_s)}
        return Placed(replace(item, span_s=span_s), conflict_of("layer", words, low_s, data))

    def put(self, key: str, items: Iterable[LayerSpan]) -> None:
        """See Holder."""
        for item in items:
            side = self._state.sides.get(item.side)
            if side is None or item.index >= len(side.layers) or side.layers[item.index].span_s in (None, item.span_s):
                continue
            layers = list(side.layers)
            layers[item.index] = replace(layers[item.index], span_s=item.span_s)
            self._layers.restore(item.side, layers)

    def of_conflict(self, conflict: Conflict) -> LayerSpan | None:
        """See Holder."""
        return None

    def put_at(self, conflict: Conflict, at_s: float) -> None:
        """See Holder."""
        try:
            side, index = str(conflict.data["side"]), int(conflict.data["index"])
            start_s, end_s = (float(value) for value in conflict.data["span_s"])
            self._layers.change(side, index, "", span_s=(at_s, at_s + end_s - start_s))
        except (PreviewError, KeyError, IndexError, TypeError, ValueError):
            return


class ConflictHolder:
    """What had no place before: it is looked for again, and stays listed where it has none.

    Args:
        conflicts: of the session.
    """

    kind, words, is_per_sound = "conflict", ("conflict", "conflicts"), True

    def __init__(self, conflicts: Conflicts) -> None:
        self._conflicts = conflicts

    def held(self) -> tuple[Conflict, ...]:
        """Those that the session keeps."""
        return self._conflicts.own

    def place(self, item: Conflict, places: Places) -> Placed[Conflict]:
        """See Holder."""
        return Placed(replace(item, at_s=round(places.moment(item.at_s), 3)))

    def put(self, key: str, items: Iterable[Conflict]) -> None:
        """See Holder."""
        self._conflicts.put_for(key, {each.id: each for each in items}.values())

    def of_conflict(self, conflict: Conflict) -> Conflict | None:
        """See Holder."""
        return None

    def put_at(self, conflict: Conflict, at_s: float) -> None:
        """See Holder."""
