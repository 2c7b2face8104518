"""Tables of text as programs and spreadsheets save them: encodings, separators, decimal commas and line ends."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.core.arkit import ARKIT_INDEX, canonical_name
from app.core.errors import TrackError

_SEPARATORS = ",;\t|"
_SEP_LINE = re.compile(r"\s*\"?sep=(.)\"?[,;\t]*\s*", re.IGNORECASE)
_RATE_LINE = re.compile(r"(?:\bfps|frame ?rate)\W{0,4}(\d+(?:\.\d+)?)\b", re.IGNORECASE)
#: lines that may stand before the header, such as comments and a title
_MOST_BEFORE = 12


@dataclass(frozen=True)
class Sheet:
    """A table.

    Attributes:
        titles: of the columns, as written.
        rows: cells, as wide as the titles.
        lines: the file's line of every row, for messages.
        said_fps: a frame rate that a line above the titles states, or None.
    """

    titles: list[str]
    rows: list[list[str]]
    lines: list[int]
    said_fps: float | None = None


def decode_sheet(data: bytes, name: str) -> str:
    """A table's text with ``\\n`` at every line's end.

    Raises:
        TrackError: it is not UTF-8, UTF-16 or a Western code page.
    """
    text = _decoded(data, name)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, name: str) -> str:
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16")
        if len(data) > 3 and not data[1] and data[0]:
            return data.decode("utf-16-le")
        if len(data) > 3 and not data[0] and data[1]:
            return data.decode("utf-16-be")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\x00" not in data:
            return data.decode("cp1252", "replace")
        raise TrackError(f"{name} is not UTF-8 text; export the track again as CSV or JSON.") from error


def _separator(line: str) -> str:
    """What stands between the titles of a header."""

    def known(separator: str) -> int:
        return sum(canonical_name(title.strip().strip('"')) in ARKIT_INDEX for title in line.split(separator))

    return max(_SEPARATORS, key=lambda separator: (known(separator), line.count(separator)))


def read_sheet(data: bytes, name: str) -> Sheet:
    """Read a table.

    Args:
        data: the file's bytes.
        name: for messages.

    Raises:
        TrackError: no text, no rows, or rows of another width than the titles.
    """
    lines = decode_sheet(data, name).split("\n")
    first, said_fps, separator = 0, None, ""
    for i, line in enumerate(lines[:_MOST_BEFORE]):
        told = _SEP_LINE.fullmatch(line)
        separator = told[1] if told else separator
        if any(canonical_name(title.strip().strip('"')) in ARKIT_INDEX for title in re.split(f"[{_SEPARATORS}]", line)):
            first = i
            break
        rate = _RATE_LINE.search(line)
        said_fps = float(rate[1]) if rate else said_fps
    separator = separator if separator and separator in lines[first] else _separator(lines[first])
    found = _cells(lines[first:], separator, name)
    if len(found) < 2:
        raise TrackError(f"{name} holds no frames; export the take again.")
    titles, width = found[0][1], len(found[0][1])
    for number, row in found[1:]:
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            raise TrackError(f"{name}, line {first + number}: {len(row)} cells instead of {width}; the file may be cut off.")
    return Sheet(titles, [row for _, row in found[1:]], [first + number for number, _ in found[1:]], said_fps if first else None)


def _cells(lines: list[str], separator: str, name: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=separator)
    try:
        return [(reader.line_num, row) for row in reader if row and any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise TrackError(f"{name} is not a readable CSV file ({error}); export it again.") from error


def number(cell: str) -> float:
    """The number in a cell: decimal points or commas, perhaps with a percent sign.

    Raises:
        ValueError: there is none.
    """
    try:
        return float(cell)
    except ValueError:
        if cell.endswith("%"):
            return number(cell[:-1].strip()) / 100
        if cell.count(",") == 1 and "." not in cell:
            return float(cell.replace(",", "."))
        raise


def numbers(sheet: Sheet, columns: Sequence[int], name: str) -> np.ndarray:
    """(n, len(columns)) float64; NaN where a cell is empty.

    Raises:
        TrackError: a cell holds no finite number; the sentence names line and column.
    """
    values = np.empty((len(sheet.rows), len(columns)))
    for r, row in enumerate(sheet.rows):
        for c, column in enumerate(columns):
            cell = row[column].strip()
            title = sheet.titles[column].strip()
            try:
                values[r, c] = number(cell) if cell else np.nan
            except ValueError as error:
                raise TrackError(f"{name}, line {sheet.lines[r]}: {cell[:40]!r} in column {title} is not a number.") from error
            if cell and not abs(values[r, c]) < 3e38:
                raise TrackError(f"{name}, line {sheet.lines[r]}: the value in column {title} is not a finite number.")
    return values
