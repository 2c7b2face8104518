"""What a review says of a line: its name, how far it is, how its frames are counted, and the notes; kept in projects and takes alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from app.formats.marks import Mark, marks_of
from app.formats.notes import Note, notes_of
from app.formats.plain import Between, Remembered, plain, remembered

TakeStatus = Literal["to do", "in review", "changes asked", "approved"]
STATUSES: tuple[TakeStatus, ...] = ("to do", "in review", "changes asked", "approved")
Rate = Annotated[float, Between(1.0, 1000.0)]


@dataclass
class ProjectReview(Remembered):
    """A review's words; a damaged piece falls back alone.

    Attributes:
        id: tells the take from all others, "" where there was no review yet.
        line: what it is called: the line's id or its words.
        status: how far the review is.
        start_timecode: of the clip's first frame, ``HH:MM:SS:FF``.
        fps: that the review counts frames at, 29.97 for NTSC.
        counted: whether somebody chose these two; else the frames of the track are counted.
        notes: by time.
        marks: on the time line, by time.
    """

    id: str = ""
    line: str = ""
    status: TakeStatus = "to do"
    start_timecode: str = "00:00:00:00"
    fps: Rate = 30.0
    counted: bool = False
    notes: list[Note] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


def review_data(review: ProjectReview) -> dict[str, Any] | None:
    """A review as JSON can hold it, None where nothing was said."""
    data = plain(review)
    assert isinstance(data, dict)
    return None if data == plain(ProjectReview()) else data


def review_of(data: Any) -> ProjectReview:
    """A review from plain values; never raises. Notes are in the order of their times, and each has an id."""
    if not isinstance(data, Mapping):
        return ProjectReview()
    read, _ = remembered(ProjectReview, {**data, "notes": [], "marks": []})
    notes, _ = notes_of(data.get("notes", []))
    return replace(read, notes=list(notes), marks=list(marks_of(data.get("marks", []))))
