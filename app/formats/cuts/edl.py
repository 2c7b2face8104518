"""CMX3600 edit lists: one event, its notes as locators (``* LOC:``), as Avid writes them and Resolve, Premiere and OpenTimelineIO read."""

from __future__ import annotations

from pathlib import PurePosixPath

from app.formats.cuts.cut import Cut, named, one_line, pinned
from app.formats.notes import Note

NAME, ENDING = "CMX3600 edit list", ".edl"
#: locators know eight colours
_COLOURS = {"orange": "YELLOW", "purple": "MAGENTA"}


def write(cut: Cut) -> str:
    """An edit list.

    Args:
        cut: the clip and its notes.
    """
    start, end = cut.timecode(0), cut.timecode(cut.frames)
    lines = [
        f"TITLE: {one_line(cut.line)[:70]}",
        f"FCM: {'DROP FRAME' if cut.count.count.drop else 'NON-DROP FRAME'}",
        "",
        f"001  AX       AA/V  C        {start} {end} {start} {end}",
        f"* FROM CLIP NAME: {one_line(PurePosixPath(cut.film).name or cut.line)}",
        *(_locator(cut, note) for note in cut.notes),
    ]
    return "\r\n".join(lines) + "\r\n"


def _locator(cut: Cut, note: Note) -> str:
    colour = _COLOURS.get(note.colour, note.colour.upper())
    about = pinned(note)
    words = one_line(note.text) or named(note)
    who = ", ".join(filter(None, (one_line(note.author), note.status)))
    return f"* LOC: {cut.timecode(cut.first(note))} {colour:<7} {words}{f' [{about}]' if about else ''} ({who})"
