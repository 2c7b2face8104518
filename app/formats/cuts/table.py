"""Notes as a table (CSV) for people who work in spreadsheets, and the way back.

A cell that begins like a formula gets an apostrophe before it (OWASP, "CSV Injection"), which reading takes off again; the file
begins with a byte order mark, without which spreadsheets take it for another encoding.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from typing import get_args

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import ProjectError, TimecodeError
from app.core.speech import MAX_CLIP_S
from app.formats.cuts.cut import Cut, Listed, id_for
from app.formats.notes import Note, NoteStatus, Reply

NAME, ENDING = "table of notes", ".csv"
COLUMNS = (
    "id", "timecode", "frame", "seconds", "end", "end_seconds", "side", "shape", "phone", "author", "status", "text", "replies",
    "changed", "take", "check",
)  # fmt: skip
#: without these a table is none of notes
NEEDED = ("timecode", "text")
MAX_ROWS = 100_000
_FORMULA = "=+-@'\t\r"
_STATUSES: tuple[NoteStatus, ...] = get_args(NoteStatus)
#: between who wrote a reply, when, and what
_BETWEEN = " | "


def write(cut: Cut) -> str:
    """A table with a row for each note, and a row that names the columns.

    Args:
        cut: the clip and its notes.
    """
    made = io.StringIO()
    made.write("\ufeff")
    table = csv.writer(made, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for note in cut.notes:
        row = {name: _safe(cell) for name, cell in _row(cut, note).items()}
        table.writerow([row[name] for name in COLUMNS])
    return made.getvalue()


def _row(cut: Cut, note: Note) -> dict[str, str]:
    first, end = cut.first(note), cut.end(note)
    row = {
        "id": note.id, "timecode": cut.timecode(first), "frame": str(first), "seconds": repr(note.start_s),
        "end": "" if end is None else cut.timecode(end), "end_seconds": "" if note.end_s is None else repr(note.end_s),
        "side": note.side, "shape": note.channel, "phone": note.phone, "author": note.author, "status": note.status, "text": note.text,
        "replies": "\n".join(_reply_text(reply) for reply in note.replies), "changed": note.changed, "take": cut.take,
    }  # fmt: skip
    return {**row, "check": _check(row)}


def _check(row: dict[str, str]) -> str:
    """Tells whether somebody changed a row since it was written; what spreadsheets do to line ends and blanks does not count."""
    return id_for(*(" ".join(row.get(name, "").split()) for name in COLUMNS if name not in ("check", "take", "changed")))[:12]


def _reply_text(reply: Reply) -> str:
    text = _line_ends(reply.text.replace("\\", "\\\\")).replace("\n", "\\n")
    return _BETWEEN.join((reply.author.replace("|", "/"), reply.written.replace("|", "/"), text))


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _safe(cell: str) -> str:
    return f"'{cell}" if cell[:1] and cell[0] in _FORMULA else cell


def _bare(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in _FORMULA else cell


# -- the way back


def read(text: str, cut: Cut) -> tuple[Listed, ...]:
    """The notes of a table, whatever a spreadsheet separates its cells by.

    Args:
        text: of the file.
        cut: the take's clip, at whose rate timecodes are read.

    Raises:
        ProjectError: it is no table of notes, one of another take, or a row that says no time; the sentence names the row.
    """
    text = text.removeprefix("\ufeff")
    if text.lower().startswith("sep="):  # what Excel writes and reads
        text = text.partition("\n")[2]
    header = text.split("\n", 1)[0]
    mark = max(",;\t", key=header.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise ProjectError(f"The table is damaged ({error}); export it again as CSV.") from error
    names = [name.strip().lower() for name in rows[0]] if rows else []
    if not set(NEEDED) <= set(names):
        raise ProjectError(f"This is no table of notes: it needs the columns {' and '.join(NEEDED)}; export one from the notes to see how.")
    if len(rows) > MAX_ROWS:
        raise ProjectError(f"The table has more than {MAX_ROWS} rows; import the notes of one take.")
    filled = ((number, cells) for number, cells in enumerate(rows[1:], 2) if any(cell.strip() for cell in cells))
    return tuple(_listed(dict(zip(names, map(_bare, cells), strict=False)), cut, number) for number, cells in filled)


def _listed(row: dict[str, str], cut: Cut, number: int) -> Listed:
    take = row.get("take", "").strip()
    if take and take != cut.take:
        raise ProjectError("These notes are about another take; open that one, then import them.")
    start_s = _start_s(row, cut, number)
    end_s = _end_s(row, cut, number, start_s)
    text = row.get("text", "").strip()
    author, side, phone = (row.get(name, "").strip() for name in ("author", "side", "phone"))
    status = row.get("status", "").strip().lower() or "open"
    known = next((each for each in _STATUSES if each == status), None)
    if known is None:
        raise ProjectError(f"Row {number} of the table has the status {status[:20]!r}; write one of {', '.join(_STATUSES)}.")
    shape = row.get("shape", "").strip()
    channel = next((name for name in ARKIT_CHANNELS if name.lower() == shape.lower()), shape)
    ident = row.get("id", "").strip() or id_for(cut.take, row.get("timecode", "").strip(), author, text)
    mine = next((note for note in cut.notes if note.id == ident), Note(ident))
    changed = row.get("changed", "").strip()
    # what a table does not hold, such as drawings, stays as it is here
    note = replace(
        mine, author=author, changed=changed, start_s=start_s, end_s=end_s, side=side, channel=channel, phone=phone,
        text=mine.text if _same_words(mine.text, text) else text, status=known, replies=_replies(row.get("replies", ""), mine),
    )  # fmt: skip
    return Listed(note, row.get("check", "").strip() != _check(row), changed)


def _frame_s(text: str, cut: Cut, number: int) -> float:
    """Seconds of a timecode of the take."""
    try:
        frame = cut.count.count.frame_of(text) - cut.count.start
    except TimecodeError as error:
        raise ProjectError(f"Row {number} of the table: {error}") from error
    if not 0 <= frame <= cut.frames:
        place = f"which runs from {cut.timecode(0)} to {cut.timecode(cut.frames)}"
        raise ProjectError(f"Row {number} of the table: {text} is outside the take, {place}.")
    return cut.time_of(frame)


def _start_s(row: dict[str, str], cut: Cut, number: int) -> float:
    """What a row says of its start: the exact seconds where the timecode still agrees, else the timecode, else the frame."""
    seconds = _number(row.get("seconds", ""))
    frame = None if seconds is None else min(cut.count.count.frame_at(seconds), cut.frames - 1)
    code, written = row.get("timecode", "").strip(), row.get("frame", "").strip()
    if code and (frame is None or code != cut.timecode(frame)):
        return _frame_s(code, cut, number)
    if written.isdecimal() and int(written) != frame and int(written) < cut.frames:
        return cut.time_of(int(written))
    if seconds is None:
        raise ProjectError(f"Row {number} of the table says no time; give it a timecode like {cut.timecode(0)}.")
    return seconds


def _end_s(row: dict[str, str], cut: Cut, number: int, start_s: float) -> float | None:
    code = row.get("end", "").strip()
    if not code:
        return None
    seconds = _number(row.get("end_seconds", ""))
    if seconds is None or cut.timecode(cut.count.count.frame_at(seconds)) != code:
        seconds = _frame_s(code, cut, number)
    if seconds < start_s:
        raise ProjectError(f"Row {number} of the table ends before it begins; check its timecodes.")
    return seconds


def _number(text: str) -> float | None:
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= MAX_CLIP_S else None


def _replies(cell: str, mine: Note) -> list[Reply]:
    """One reply a line: who, when, what; a line that somebody added may have less. Those of the take are known by their words."""
    known = {_reply_words(reply): reply for reply in mine.replies}
    replies = []
    for line in filter(str.strip, _line_ends(cell).split("\n")):
        parts = [part.strip() for part in line.split(_BETWEEN.strip(), 2)]
        author, written, text = ("", "", line.strip()) if len(parts) == 1 else (parts[0], "", parts[1]) if len(parts) == 2 else parts
        text = "\\".join(piece.replace("\\n", "\n") for piece in text.split("\\\\"))
        reply = Reply(id_for(mine.id, author, written, text), author, written, text)
        replies.append(known.get(_reply_words(reply), reply))
    return replies


def _reply_words(reply: Reply) -> tuple[str, ...]:
    return tuple(" ".join(text.replace("|", "/").split()) for text in (reply.author, reply.written, reply.text))


def _same_words(first: str, second: str) -> bool:
    return first.split() == second.split()
