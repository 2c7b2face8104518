"""The cells of a table as spreadsheets save them: any of their encodings, commas, semicolons or tabs, and their quirks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import ProjectError

ENDINGS = (".csv", ".tsv", ".tab")
MAX_BYTES = 64 * 2**20
MAX_ROWS = 20_000
#: a cell with more is what follows a quotation mark that was never closed
MAX_CELL = 10_000
_SEPARATORS = ",;\t|"
#: as Excel writes text that must stay text: ="001"
_FORMULA_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2007": " ", "\ufeff": "", "\u200b": "", "\x00": ""})


@dataclass(frozen=True)
class Sheet:
    """A table as text.

    Attributes:
        header: names of the columns as the file spells them.
        rows: number of each row as the spreadsheet counts it, and its cells; empty rows are left out.
        notes: what was noticed, a sentence each.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    notes: tuple[str, ...] = ()


def is_table(path: Path) -> bool:
    """Whether a path is meant as a table, whether or not it is there."""
    return path.suffix.lower() in ENDINGS and not path.is_dir()


def read_sheet(path: Path) -> Sheet:
    """Read a table.

    Args:
        path: ``.csv``, ``.tsv`` or ``.tab``; UTF-8 with or without its mark, UTF-16 as Excel's "Unicode text", or Windows-1252.

    Raises:
        ProjectError: it cannot be read, is too large, or holds no header.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProjectError(f"{path.name} is too large for a dialogue table (64 MB); split it.")
        data = path.read_bytes()
    except OSError as error:
        raise ProjectError(f"The table {path.name} cannot be read ({error.strerror}); check the path.") from error
    text, note = _decoded(data, path.name)
    separator, text = _separator(text, path)
    records = _records(text, separator, path.name)
    _, header = next(records, (0, ()))
    if not any(header):
        raise ProjectError(f"{path.name} holds no header; name its columns in the first row, such as line, character, text.")
    rows = []
    for number, cells in records:
        if any(cells):
            rows.append((number, cells))
        if len(rows) > MAX_ROWS:
            raise ProjectError(f"{path.name} has more than {MAX_ROWS} lines; split the table.")
    return Sheet(header, tuple(rows), (note,) if note else ())


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    """Text of a file and what was noticed."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace"), ""
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        note = f"{name} is not UTF-8; it was read as Windows-1252, so save it as “CSV UTF-8” if letters with accents are wrong."
        return data.decode("cp1252", errors="replace"), note


def _separator(text: str, path: Path) -> tuple[str, str]:
    """What stands between two cells, and the text without the line that says so."""
    first, _, rest = text.partition("\n")
    stated = first.strip().lower()
    if stated.startswith("sep=") and len(stated) == 5:
        return stated[4], rest
    if stated == "sep=":  # a tab that was stripped
        return "\t", rest
    if path.suffix.lower() in (".tsv", ".tab"):
        return "\t", text
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(_SEPARATORS, key=lambda mark: (unquoted.count(mark), -_SEPARATORS.index(mark))), text


def _records(text: str, separator: str, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Number and cells of every record, the header's first; a record over several lines is one row, as in a spreadsheet."""
    csv.field_size_limit(2**31 - 1)  # a cell without end is said where its row is, not as the module's own error
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1):
            yield number, tuple(_clean(cell) for cell in cells)
    except csv.Error as error:
        raise ProjectError(f"{name} is no table of text ({error}); save it as CSV UTF-8.") from error


def _clean(cell: str) -> str:
    cell = cell.translate(_BLANKS).strip()
    formula = _FORMULA_TEXT.match(cell)
    return formula[1].replace('""', '"').strip() if formula else cell
