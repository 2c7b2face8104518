"""A dialogue table as values: a row is a line with who says it and how; a bad row is one sentence, and the rest goes on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.core.errors import PreviewError, ProjectError
from app.formats.dialogue.marks import EmotionMark, marks_of
from app.formats.dialogue.sheet import MAX_CELL, Sheet, read_sheet
from app.formats.project_files import SOUND_ENDINGS

#: column -> what headers call it, without case, blanks, dashes and underscores
COLUMNS: dict[str, tuple[str, ...]] = {
    "line": ("line", "lineid", "id", "key", "cue"),
    "character": ("character", "speaker", "role", "actor"),
    "text": ("text", "dialogue", "dialog", "say", "words", "textoraudio", "textoraudiofile"),
    "audio": ("audio", "audiofile", "sound", "soundfile", "wav", "recording", "file"),
    "transcript": ("transcript", "spoken"),
    "preset": ("preset", "tuning"),
    "voice": ("voice",),
    "source": ("source",),
    "emotion": ("emotion", "emotions", "emotionmarks", "marks"),
    "avatar": ("avatar",),
    "speed": ("speed", "rate"),
    "style": ("style",),
}
MAX_ID = 80
_UNSAFE = re.compile(r"[^\w .()+&\-]|[.\s]+$")
_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)


@dataclass(frozen=True)
class DialogueRow:
    """A line as the table writes it.

    Attributes:
        row: its number as the spreadsheet counts it.
        line: its id.
        stem: the id as a file can be called.
        character: who says it.
        text: what is spoken, "" for a recording.
        audio: a recording, "" for what is spoken.
        transcript: what is said in the recording, or a text file that holds it.
        preset: of the tuning; "" as for all of the following leaves it to the character and the command line.
        voice: who speaks.
        source: who makes the motion.
        avatar: a GLB file.
        speed: speaking rate.
        style: of Azure's voices.
        marks: what is felt when.
        others: further columns, kept as they are.
        error: why nothing can be made of it, one sentence; "" when all is well.
    """

    row: int
    line: str
    stem: str
    character: str = ""
    text: str = ""
    audio: str = ""
    transcript: str = ""
    preset: str = ""
    voice: str = ""
    source: str = ""
    avatar: str = ""
    speed: str = ""
    style: str = ""
    marks: tuple[EmotionMark, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    error: str = ""

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"row {self.row} ({self.line})" if self.line else f"row {self.row}"


@dataclass(frozen=True)
class DialogueTable:
    """A table that was read.

    Attributes:
        path: its file; paths in it are relative to its folder.
        rows: in the order of the table.
        notes: what was noticed in the file, a sentence each.
    """

    path: Path
    rows: tuple[DialogueRow, ...]
    notes: tuple[str, ...] = ()


def read_table(path: Path) -> DialogueTable:
    """Read a table; what is wrong with a row is in the row.

    Raises:
        ProjectError: it is no table, or lacks the columns without which there are no lines.
    """
    sheet = read_sheet(path)
    places = _places(sheet, path.name)
    rows = [_row(number, cells, sheet.header, places) for number, cells in sheet.rows]
    if not rows:
        raise ProjectError(f"{path.name} holds a header but no lines; write a row for each.")
    often = Counter(row.stem.casefold() for row in rows if row.stem and not row.error)
    return DialogueTable(path, tuple(_alone(row, rows, often) for row in rows), sheet.notes)


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-]+", "", name).casefold()


def _places(sheet: Sheet, name: str) -> dict[str, int]:
    """Column -> its place."""
    found: dict[str, int] = {}
    for place, title in enumerate(sheet.header):
        column = next((each for each, titles in COLUMNS.items() if _plain(title) in titles), None)
        if column is not None and column in found:
            raise ProjectError(f"{name} has two columns for “{column}”, “{sheet.header[found[column]]}” and “{title}”; rename one of them.")
        if column is not None:
            found[column] = place
    if "line" not in found:
        raise ProjectError(f"{name} has no column for the id of a line; call it “line” and give every line a name of its own.")
    if "text" not in found and "audio" not in found:
        raise ProjectError(f"{name} has neither a column “text” nor a column “audio”; add one of them.")
    return found


def _row(number: int, cells: tuple[str, ...], header: tuple[str, ...], places: Mapping[str, int]) -> DialogueRow:
    def cell(column: str) -> str:
        place = places.get(column, len(cells))
        return cells[place] if place < len(cells) else ""

    line = cell("line")
    stem = file_stem(line)
    kept = {header[i]: text for i, text in enumerate(cells[: len(header)]) if i not in places.values() and header[i] and text}
    text, audio = cell("text"), cell("audio")
    if "audio" not in places and text.lower().endswith(SOUND_ENDINGS) and "\n" not in text:
        text, audio = "", text
    marks: tuple[EmotionMark, ...] = ()
    error = _problem(cells, header, line=line, stem=stem, said=text or audio)
    if not error:
        try:
            marks = marks_of(cell("emotion"))
        except PreviewError as wrong:
            error = str(wrong)
    own = {name: cell(name) for name in ("character", "transcript", "preset", "voice", "source", "avatar", "speed", "style")}
    if audio:  # the words of a recording may stand in the column of the text
        own["transcript"], text = own["transcript"] or text, ""
    return DialogueRow(number, line[:MAX_ID], stem, text=text, audio=audio, marks=marks, others=kept, error=error, **own)


def file_stem(line: str) -> str:
    """What the files of a line are called: its id without what no system allows in a name."""
    stem = _UNSAFE.sub("_", line).strip(" ._")[:MAX_ID]
    return f"{stem}_" if _DEVICES.match(stem) else stem


def _problem(cells: tuple[str, ...], header: tuple[str, ...], *, line: str, stem: str, said: str) -> str:
    """What is wrong with a row, one sentence; "" for nothing."""
    if max(map(len, cells)) > MAX_CELL:
        return f"A cell has more than {MAX_CELL} letters; close its quotation mark, or make it shorter."
    if any(cells[len(header) :]):
        return f"It has {len(cells)} cells under {len(header)} columns; put text that holds the separator between quotation marks."
    if not line:
        return "It has no line id; give it one."
    if not stem:
        return f"“{line[:20]}” cannot be the name of a file; use letters and digits in the line id."
    if not said:
        return "It has neither a text nor an audio file; give it one of them."
    return ""


def _alone(row: DialogueRow, rows: list[DialogueRow], often: Counter[str]) -> DialogueRow:
    """A row whose id another row has before it is a bad one: both would be one take."""
    if row.error or often[row.stem.casefold()] < 2:
        return row
    first = next(each for each in rows if not each.error and each.stem.casefold() == row.stem.casefold())
    if first is row:
        return row
    return replace(row, error=f"Row {first.row} has the same line id; give each line one of its own.")
