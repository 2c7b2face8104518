"""Work of a hand through a new run: what somebody did to a take is done to the new motion, and what has no place there is listed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Generic, TypeVar

from app.core.curve_edits import CurveEdit, edits_data
from app.core.emotion import EmotionSettings
from app.core.placed import placed_edit
from app.core.placing import Places
from app.core.presets import tuning_data
from app.core.tuning import Tuning
from app.formats.kept.conflicts import Conflict, conflict_of
from app.formats.notes import Note, now_text
from app.formats.takes.take import SavedTake
from app.review.batch.stamp import AUTHOR, BatchStamp, open_conflicts, stamp_of

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Wanted:
    """What the table wants of a line's motion.

    Attributes:
        source: who makes it.
        tuning: of the preset.
        emotion: of the marks.
        marks: key of the marks, which stays the same when their words move.
    """

    source: str
    tuning: Tuning
    emotion: EmotionSettings
    marks: str


@dataclass
class Carried:
    """What holds for the new motion.

    Attributes:
        source: who makes it.
        tuning: adjustments.
        emotion: what is felt.
        conflicts: what a hand did and the table contradicts, or what has no place.
    """

    source: str
    tuning: Tuning
    emotion: EmotionSettings
    conflicts: list[Conflict] = field(default_factory=list)


@dataclass(frozen=True)
class _Choice(Generic[_Value]):
    """One setting, three times: as the batch made it, as the take has it now, and as the table wants it."""

    base: _Value
    hand: _Value
    table: _Value

    @property
    def by_hand(self) -> bool:
        return self.hand not in (self.base, self.table)

    @property
    def disputed(self) -> bool:
        return self.by_hand and self.table != self.base


def carried_settings(former: SavedTake | None, wanted: Wanted, places: Places | None) -> Carried:
    """Source, tuning and emotion of the new motion: what a hand has changed stays, all else is as the table wants it.

    Args:
        former: the take as it lies there; None for a new line.
        wanted: by the table.
        places: of the former sound's moments in the new one.
    """
    stamp = None if former is None else stamp_of(former.unknown)
    side = None if former is None else former.project.sides.get("A")
    if former is None or stamp is None or side is None or places is None:
        return Carried(wanted.source, wanted.tuning, wanted.emotion)
    made = Carried(wanted.source, wanted.tuning, wanted.emotion)
    source = _Choice(_named(stamp.source), _named(side.source), _named(wanted.source))
    if source.by_hand:
        made.source = side.source
    if source.disputed:
        words = f"The table now asks for the source {wanted.source}; {side.source} was chosen by hand and stays, so choose one in the take."
        made.conflicts.append(conflict_of("source", words, 0.0, {"hand": side.source, "table": wanted.source}))
    tuning = _Choice(stamp.tuning, tuning_data(side.tuning), tuning_data(wanted.tuning))
    if tuning.by_hand:
        made.tuning = side.tuning
    if tuning.disputed:
        words = "The table now asks for another preset; the tuning was changed by hand and stays; put the preset on there if need be."
        made.conflicts.append(conflict_of("tuning", words, 0.0, {"hand": tuning.hand, "table": tuning.table}))
    _carry_emotion(made, former.project.emotion, stamp, wanted, places)
    return made


def _named(source: str) -> tuple[str, str]:
    """What tells a source from others wherever its folder was moved to."""
    kind, _, argument = source.partition(":")
    return kind, PurePath(argument).name if kind in ("file", "nvidia") else argument


def _carry_emotion(made: Carried, hand: EmotionSettings, stamp: BatchStamp, wanted: Wanted, places: Places) -> None:
    """Emotion keys that were set or dragged by hand stay, at the words where they were."""
    if hand.to_data() in (stamp.emotion, wanted.emotion.to_data()):
        return
    keys = tuple(replace(key, time_s=places.moment(key.time_s)) for key in hand.timeline.keys)
    made.emotion = replace(hand, timeline=replace(hand.timeline, keys=keys))
    if wanted.marks != stamp.marks:
        words = "The table now has other emotion marks; the emotions were set by hand and stay; take the marks over there if need be."
        made.conflicts.append(conflict_of("emotion", words, 0.0, {"hand": hand.to_data(), "table": wanted.emotion.to_data()}))


def carried_edits(edits: tuple[CurveEdit, ...], side: str, places: Places) -> tuple[tuple[CurveEdit, ...], list[Conflict]]:
    """Edits of curves at their places in the new sound, and those that have none.

    Args:
        edits: in the order in which they were made.
        side: whose.
        places: of the former sound's moments in the new one.
    """
    placed, lost = [], []
    for edit in edits:
        there = placed_edit(edit, places)
        if there is not None:
            placed.append(there)
            continue
        shapes = ", ".join(edit.channels[:3]) or "all shapes"
        said = places.said(edit.start_s, edit.end_s)
        lay = f"lay on “{said}”" if said else f"lay at {edit.start_s:.2f} to {edit.end_s:.2f} s of the former sound"
        words = (
            f"The edit “{edit.why or f'{edit.kind} {edit.amount:g}'}” of {shapes} {lay}, which is not in the new sound; "
            "place it where it belongs, or dismiss it."
        )
        data = {"side": side, **edits_data([edit])[0]}
        lost.append(conflict_of("edit", words, min(edit.start_s, places.moment(edit.start_s)), data))
    return tuple(placed), lost


def carried_notes(notes: tuple[Note, ...], places: Places) -> tuple[tuple[Note, ...], list[Conflict]]:
    """Notes at their places in the new sound; one whose words are gone stays where it would lie, and is listed.

    Args:
        notes: of the former take.
        places: of the former sound's moments in the new one.
    """
    if places.same:
        return notes, []
    kept, lost = [], []
    for note in notes:
        end_s = note.start_s if note.end_s is None else note.end_s
        stretch = places.stretch(note.start_s, end_s)
        start_s, end_s = stretch or (places.moment(note.start_s), places.moment(end_s))
        kept.append(replace(note, start_s=start_s, end_s=None if note.end_s is None else max(end_s, start_s)))
        if stretch is None and note.author != AUTHOR and note.status != "done":
            short = note.text if len(note.text) <= 60 else note.text[:57] + "…"
            words = f"The note “{short}” was about words that are not in the new sound; look whether it still holds."
            conflict = conflict_of("note", words, start_s, {"note": note.id, "start_s": note.start_s})
            lost.append(replace(conflict, id=note.id))
    return tuple(sorted(kept, key=lambda note: note.start_s)), lost


def status_conflict(former: SavedTake, why: str) -> Conflict | None:
    """That a take was approved before its motion changed, None where it was not.

    Args:
        former: the take as it was.
        why: what changed, in a few words.
    """
    if former.status != "approved":
        return None
    words = f"It was approved before {why} changed its motion; look at it again, and approve it anew or ask for changes."
    return conflict_of("status", words, 0.0, {"status": former.status, "why": why, "line": (stamp_of(former.unknown) or BatchStamp()).line})


def with_conflicts(take: SavedTake, stamp: BatchStamp, fresh: list[Conflict]) -> tuple[SavedTake, BatchStamp]:
    """A take that says its conflicts: each is a note, and all its data stay in the stamp until that note is done.

    Args:
        take: with the notes that it had.
        stamp: with the conflicts of earlier runs.
        fresh: of this run.
    """
    there = {note.id for note in take.notes}
    kept = {each.id: each for each in open_conflicts(stamp, take.notes)}
    notes = list(take.notes)
    for conflict in fresh:
        if conflict.id not in there:
            notes.append(_note(conflict))
        elif conflict.id not in kept and conflict.kind != "note":
            continue  # settled by somebody
        kept[conflict.id] = conflict
    return replace(take, notes=tuple(sorted(notes, key=lambda note: note.start_s))), replace(stamp, conflicts=list(kept.values()))


def _note(conflict: Conflict) -> Note:
    now, side = now_text(), str(conflict.data.get("side", ""))
    return Note(conflict.id, AUTHOR, now, now, start_s=conflict.at_s, text=conflict.sentence, colour="red", side=side)
