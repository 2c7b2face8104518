"""Marks on the time line as data: a moment with a name and a colour, read tolerantly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, get_args

from app.formats.notes import NoteColour, Seconds, new_id
from app.formats.plain import Remembered, remembered

#: in the order in which menus offer them
COLOURS: tuple[NoteColour, ...] = get_args(NoteColour)


@dataclass
class Mark(Remembered):
    """A moment that somebody wants to come back to.

    Attributes:
        id: tells it from all others.
        time_s: where.
        name: what it is called, "" for nothing.
        colour: of its flag.
    """

    id: str = ""
    time_s: Seconds = 0.0
    name: str = ""
    colour: NoteColour = "green"


def marks_of(data: Any) -> tuple[Mark, ...]:
    """Marks from plain values, by time, each with an id; what is damaged falls back alone, what is no mark is left out."""
    rows = data if isinstance(data, list) else []
    read = [remembered(Mark, row)[0] for row in rows if isinstance(row, dict)]
    return tuple(sorted((mark if mark.id else replace(mark, id=new_id()) for mark in read), key=lambda mark: mark.time_s))
