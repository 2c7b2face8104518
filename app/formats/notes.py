"""Review notes as data: pinned to a moment or a stretch, a side, a shape, a phone, and to a point on the face; read tolerantly.

Everything here comes back from plain values by ``app.formats.plain``: a damaged piece falls back alone, and what another version wrote
survives. Media that belong to a note (a spoken note, a picture) are files of the take, named here.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from app.core.speech import MAX_CLIP_S
from app.formats.plain import Between, Remembered, plain, remembered

Seconds = Annotated[float, Between(0.0, MAX_CLIP_S)]
Share = Annotated[float, Between(0.0, 1.0)]
Corner = Annotated[int, Between(0, 2**31 - 1)]
Coordinate = Annotated[float, Between(-1e3, 1e3)]
Distance = Annotated[float, Between(1e-3, 1e3)]
FieldDeg = Annotated[float, Between(1.0, 120.0)]
NoteStatus = Literal["open", "addressed", "done"]
#: as Avid, Resolve and OpenTimelineIO name marker colours
NoteColour = Literal["red", "orange", "yellow", "green", "cyan", "blue", "purple", "white"]


@dataclass
class FacePoint(Remembered):
    """A point on the avatar's skin, which follows it through motion and orbit.

    Attributes:
        mesh: name of the mesh in the avatar's file.
        corners: vertex numbers of the triangle.
        shares: barycentric coordinates in it, of sum 1.
        size: how many vertices the mesh has; with another number the point is not shown on this avatar.
    """

    mesh: str = ""
    corners: tuple[Corner, Corner, Corner] = (0, 0, 0)
    shares: tuple[Share, Share, Share] = (1.0, 0.0, 0.0)
    size: Corner = 0


@dataclass
class Stroke(Remembered):
    """A line or an arrow drawn over the picture.

    Attributes:
        kind: an arrow has its head at its last point.
        points: x to the right and y downwards as shares of the picture's width and height.
        colour: of the line.
        width: as a share of the picture's height.
    """

    kind: Literal["line", "arrow"] = "line"
    points: list[tuple[Share, Share]] = field(default_factory=list)
    colour: NoteColour = "red"
    width: Share = 0.006


@dataclass
class PointerMove(Remembered):
    """Where the pointer was while a note was spoken.

    Attributes:
        at_s: seconds after the spoken note's start.
        x: share of the picture's width.
        y: share of its height, downwards.
    """

    at_s: Seconds = 0.0
    x: Share = 0.5
    y: Share = 0.5


@dataclass
class Look(Remembered):
    """How the face was looked at when something was drawn over it; from elsewhere the lines do not lie where they were meant.

    Attributes:
        camera: target x, y and z in metres, distance in metres, yaw and pitch in radians, vertical field of view in degrees.
        aspect: width over height of the picture.
    """

    camera: tuple[Coordinate, Coordinate, Coordinate, Distance, Coordinate, Coordinate, FieldDeg] = (0.0, 1.2, 0.0, 2.2, 0.0, 0.0, 35.0)
    aspect: Annotated[float, Between(0.05, 20.0)] = 1.5


@dataclass
class Reference(Remembered):
    """A picture or a film beside the face, which plays in sync.

    Attributes:
        file: its name among the take's media.
        offset_s: the take's time at which a film begins.
        corner: where it stands in the picture.
        share: of the picture's width that it covers.
        whole: it is shown for the whole clip, not for the note's stretch alone.
    """

    file: str = ""
    offset_s: Annotated[float, Between(-MAX_CLIP_S, MAX_CLIP_S)] = 0.0
    corner: Literal["top left", "top right", "bottom left", "bottom right"] = "bottom right"
    share: Share = 0.3
    whole: bool = False


@dataclass
class Reply(Remembered):
    """What somebody wrote under a note.

    Attributes:
        id: tells it from all others.
        author: who wrote it.
        written: when, as ISO 8601 in UTC.
        text: what.
    """

    id: str = ""
    author: str = ""
    written: str = ""
    text: str = ""


@dataclass
class Note(Remembered):
    """One remark.

    Attributes:
        id: tells it from all others, through every copy of the take.
        author: who wrote it.
        written: when, as ISO 8601 in UTC.
        changed: when it was changed last.
        start_s: the moment, or the start of the stretch.
        end_s: end of the stretch, None for a moment.
        side: ``A``, ``B`` or ``C``, "" for all.
        channel: an ARKit shape, "" for none.
        phone: the phone that it is about as the line says it, "" for none.
        text: what is remarked.
        status: how far it is.
        colour: of its mark.
        point: on the face, None for none.
        strokes: drawn over the picture.
        look: through which camera they were drawn, None where nobody knows.
        voice: name of its spoken part among the take's media, "" for none.
        pointer: where the pointer was meanwhile.
        reference: a picture or film beside the face, None for none.
        replies: what others wrote under it.
    """

    id: str = ""
    author: str = ""
    written: str = ""
    changed: str = ""
    start_s: Seconds = 0.0
    end_s: Seconds | None = None
    side: str = ""
    channel: str = ""
    phone: str = ""
    text: str = ""
    status: NoteStatus = "open"
    colour: NoteColour = "yellow"
    point: FacePoint | None = None
    strokes: list[Stroke] = field(default_factory=list)
    look: Look | None = None
    voice: str = ""
    pointer: list[PointerMove] = field(default_factory=list)
    reference: Reference | None = None
    replies: list[Reply] = field(default_factory=list)


@dataclass
class _Notes(Remembered):
    notes: list[Note] = field(default_factory=list)


def new_id() -> str:
    """Tells a note or reply from all others."""
    return uuid.uuid4().hex


def now_text() -> str:
    """This moment as notes write it."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def notes_data(notes: Iterable[Note]) -> list[Any]:
    """Notes as JSON can hold them."""
    return [plain(note) for note in notes]


def notes_of(data: Any) -> tuple[tuple[Note, ...], tuple[str, ...]]:
    """Notes from plain values; never raises.

    Args:
        data: as ``notes_data`` makes it, or anything else.

    Returns:
        The notes by time, those without an id given one, and the places that were damaged.
    """
    read, damaged = remembered(_Notes, {"notes": data})
    found = [note if note.id else replace(note, id=new_id()) for note in read.notes]
    return tuple(sorted(found, key=lambda note: note.start_s)), damaged


def merged(mine: Iterable[Note], theirs: Iterable[Note]) -> tuple[Note, ...]:
    """Notes of two copies of a take as one list, without doubles: of a note that both have the one changed last stays, with all replies.

    Args:
        mine: of this copy.
        theirs: of the other, which may have come back from a review.
    """
    notes = {note.id: note for note in mine}
    for note in theirs:
        own = notes.get(note.id)
        if own is None:
            notes[note.id] = note
            continue
        newer = note if note.changed > own.changed else own
        replies = {reply.id: reply for reply in (*own.replies, *note.replies)}
        notes[note.id] = replace(newer, replies=sorted(replies.values(), key=lambda reply: reply.written))
    return tuple(sorted(notes.values(), key=lambda note: note.start_s))
