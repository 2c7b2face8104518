"""Notes as Markdown that pastes into a chat or an issue, with a picture of each note in a folder beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.formats.cuts.cut import Cut, one_line, pinned
from app.formats.notes import Note

NAME, ENDING = "Markdown with pictures", ".md"
#: what Markdown or HTML would make something of
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~@])")
_BOXES = {"open": " ", "addressed": " ", "done": "x"}


def write(cut: Cut, pictures: Mapping[str, str]) -> str:
    """The notes as a list of tasks: those that are done are ticked.

    Args:
        cut: the clip and its notes.
        pictures: id of a note -> the address of its picture, relative to the file.
    """
    rate = f"{float(cut.rate):.5g} fps"
    done = sum(note.status == "done" for note in cut.notes)
    head = [
        f"# {_plain(cut.line)}",
        "",
        f"{_counted(len(cut.notes))}, {done} done. {cut.timecode(0)} to {cut.timecode(cut.frames)}, {rate}.",
    ]
    return "\n".join([*head, *(line for note in cut.notes for line in ("", *_lines(cut, note, pictures.get(note.id, ""))))]) + "\n"


def _counted(notes: int) -> str:
    return "One note" if notes == 1 else f"{notes or 'No'} notes"


def _lines(cut: Cut, note: Note, picture: str) -> list[str]:
    first, end = cut.first(note), cut.end(note)
    when = f"`{cut.timecode(first)}`" if end is None else f"`{cut.timecode(first)}` – `{cut.timecode(end)}`"
    about = ", ".join(filter(None, (f"frame {first}", pinned(note), "spoken" if note.voice else "")))
    who = f", {_plain(note.author)}" if note.author.strip() else ""
    lines = [f"- [{_BOXES[note.status]}] **{when}** ({about}{who}, {note.status})"]
    lines += [f"  {_plain(line)}" for line in note.text.splitlines() if line.strip()]
    if picture:
        lines += ["", f"  ![{cut.timecode(first)}]({picture})"]
    for reply in note.replies:
        lines += ["", f"  > **{_plain(reply.author) or 'reply'}**: {_plain(reply.text)}"]
    return lines


def _plain(text: str) -> str:
    """Words as they are, whatever Markdown would make of them; nobody is called by an ``@``."""
    text = _MARKS.sub(r"\\\1", one_line(text))
    return re.sub(r"^(\s*)([-+]|\d+\.)(\s)", r"\1\\\2\3", text)
