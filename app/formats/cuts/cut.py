"""A take as an editing program sees it: one clip with marks, and notes as they come back from one."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from app.core.timecode import ClipCount, clip_count
from app.formats.notes import Note, Reply, merged, now_text
from app.formats.plain import plain
from app.formats.takes.take import SavedTake

MAX_BYTES = 64 * 2**20
#: letters of a mark's name in programs that show names beside marks
NAME_LETTERS = 60
#: ids of what has none: the same words give the same id, so that reading twice doubles nothing
_NAMESPACE = uuid.UUID("5b8f0f5e-6d4c-5a7e-9d0b-2f6a1c3e7d41")


@dataclass(frozen=True)
class Cut:
    """One clip with its notes.

    Attributes:
        take: id of the take.
        line: what it is called.
        count: how its frames are counted.
        frames: how many it has.
        notes: by time.
        film: name of the film that lies beside the written file, "" for none.
        film_size: of its picture in pixels.
    """

    take: str
    line: str
    count: ClipCount
    frames: int
    notes: tuple[Note, ...] = ()
    film: str = ""
    film_size: tuple[int, int] = (1280, 720)

    @property
    def rate(self) -> Fraction:
        """Frames per second."""
        return self.count.count.rate

    def first(self, note: Note) -> int:
        """The frame of the clip at which a note begins; one behind the end stands on the last."""
        return min(self.count.count.frame_at(note.start_s), self.frames - 1)

    def length(self, note: Note) -> int:
        """Frames that a note covers; a moment covers one."""
        end = self.end(note)
        return 1 if end is None else max(end - self.first(note), 1)

    def end(self, note: Note) -> int | None:
        """The frame just behind a note's stretch, None for a moment."""
        return None if note.end_s is None else self.count.count.frame_at(note.end_s)

    def timecode(self, frame: int) -> str:
        """Of a frame of the clip."""
        return self.count.count.text(self.count.start + frame)

    def time_of(self, frame: int) -> float:
        """Start of a frame of the clip in seconds."""
        return self.count.count.time_of(frame)


def cut_of(take: SavedTake, film: str = "", film_size: tuple[int, int] = (1280, 720)) -> Cut:
    """What an editing program is told of a take.

    Args:
        take: any.
        film: name of the film that lies beside, "" for none.
        film_size: of its picture in pixels.

    Raises:
        TimecodeError: its start is no timecode at its rate.
    """
    count = clip_count(take.fps, take.start_timecode)
    exact = take.speech.audio.duration_s * count.count.rate
    frames = max(1, -int(-(exact - 1e-6) // 1))
    return Cut(take.id, take.line or take.speech.text or "take", count, frames, take.notes, film, film_size)


def one_line(text: str) -> str:
    """A text without line breaks and what no line may hold."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def named(note: Note) -> str:
    """A short name of a note: its first words, or what it is pinned to."""
    text = one_line(note.text) or " ".join(filter(None, (note.channel, note.phone))) or "note"
    return text if len(text) <= NAME_LETTERS else text[: NAME_LETTERS - 1].rstrip() + "…"


def pinned(note: Note) -> str:
    """What a note is about, in a few words: side, shape, phone."""
    about = (f"side {note.side}" if note.side else "", note.channel, f"phone {note.phone}" if note.phone else "")
    return ", ".join(filter(None, about))


def wordy(note: Note) -> str:
    """All that a note says, for programs that have one field for it: words, what it is about, who, how far, replies."""
    about = pinned(note)
    words = [note.text.strip(), f"[{about}]" if about else "", f"({note.author}, {note.status})" if note.author else f"({note.status})"]
    return "\n".join([" ".join(filter(None, words)), *(f"> {reply.author}: {reply.text.strip()}" for reply in note.replies)])


def id_for(*words: str) -> str:
    """An id for what came without one: the same for the same words."""
    return uuid.uuid5(_NAMESPACE, "\0".join(words)).hex


def digest(note: Note) -> str:
    """Tells whether somebody changed a note since it was written out."""
    return hashlib.blake2b(json.dumps(plain(note), sort_keys=True).encode(), digest_size=8).hexdigest()


# -- coming back


@dataclass(frozen=True)
class Listed:
    """A note as a list or a time line brings it back.

    Attributes:
        note: as it says now.
        edited: whether it was changed there.
        base: when the note was last changed here as the list was written.
    """

    note: Note
    edited: bool = False
    base: str = ""


@dataclass(frozen=True)
class Received:
    """What became of notes that came back.

    Attributes:
        notes: of the take now.
        new: how many were not here.
        changed: how many are different now.
        conflicts: sentences about those that were changed on both sides; both versions are kept.
    """

    notes: tuple[Note, ...]
    new: int = 0
    changed: int = 0
    conflicts: tuple[str, ...] = ()


def received(mine: Iterable[Note], listed: Iterable[Listed], cut: Cut, now: Callable[[], str] = now_text) -> Received:
    """Notes of a take with those that came back, however often they come.

    A note that was changed there only is taken as it is there; one that was changed here only stays. What was changed on both sides
    stays as it is here, and what the list says becomes a reply, so that nothing is lost.

    Args:
        mine: of the take.
        listed: what came back.
        cut: the take's clip, to compare by frames.
        now: gives the present moment as notes write it.
    """
    notes = {note.id: note for note in mine}
    new, changed, conflicts = 0, 0, list[str]()
    for each in listed:
        before = notes.get(each.note.id)
        after = each.note if before is None else _joined(before, each, cut, conflicts, now())
        if before is None:
            after, new = replace(after, written=after.written or now(), changed=after.changed or now()), new + 1
        elif _says(after) != _says(before):
            after, changed = replace(after, changed=now()), changed + 1
        elif after.replies != before.replies:
            changed += 1
        notes[after.id] = after
    return Received(merged(notes.values(), ()), new, changed, tuple(conflicts))


def _joined(mine: Note, listed: Listed, cut: Cut, conflicts: list[str], now: str) -> Note:
    """A note of the take with what came back for it."""
    theirs = _exact(mine, listed.note, cut)
    replies = {reply.id: reply for reply in (*mine.replies, *theirs.replies)}
    with_replies = replace(mine, replies=sorted(replies.values(), key=lambda reply: reply.written))
    if not listed.edited or _says(theirs) == _says(mine):
        return with_replies
    if mine.changed <= listed.base or not listed.base:
        return replace(theirs, replies=with_replies.replies)
    words = f"{theirs.status}: {theirs.text}" + (f" [{pinned(theirs)}]" if pinned(theirs) else "")
    about = f"At {cut.timecode(cut.first(mine))}"
    reply = Reply(id_for(mine.id, words), theirs.author, now, f"From the list ({words})")
    if reply.id in replies:
        return with_replies
    conflicts.append(f"{about} the note {named(mine)!r} was changed here and in the list; the list's version is a reply under it.")
    return replace(with_replies, replies=[*with_replies.replies, reply])


def _exact(mine: Note, theirs: Note, cut: Cut) -> Note:
    """A note whose times are those of here where they fall on the same frames."""
    start_s = mine.start_s if cut.first(mine) == cut.first(theirs) else theirs.start_s
    same_end = (mine.end_s is None) == (theirs.end_s is None) and cut.length(mine) == cut.length(theirs)
    return replace(theirs, start_s=start_s, end_s=mine.end_s if same_end and start_s == mine.start_s else theirs.end_s)


def _says(note: Note) -> str:
    return digest(replace(note, changed="", replies=[]))
