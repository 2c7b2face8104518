"""What a room of formats says about its round trips, and the table that is made of it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.formats.dialect import Dialect, Holds
from app.formats.performance import Performance
from app.formats.registry import WRITTEN

#: set, the tables in the docs are written anew instead of being compared
UPDATE = "UPDATE_DOCS"


@dataclass(frozen=True)
class Material:
    """Something that is written and read.

    Attributes:
        title: of its column.
        performance: what is written.
        is_real: from the shared data, which not every checkout has.
    """

    title: str
    performance: Performance
    is_real: bool = False


@dataclass(frozen=True)
class Trips:
    """The round trips of all formats that hold one kind of thing.

    Attributes:
        holds: which.
        material: folder of the shared data, or None -> what is sent through, the made ones first.
        loss: format and performance -> what was lost, ``lossless`` for nothing; a cell of the table.
    """

    holds: Holds
    material: Callable[[Path | None], tuple[Material, ...]]
    loss: Callable[[Dialect, Performance], str]


def table(trips: Trips, shared: Path | None) -> list[list[str]]:
    """Rows of cells, titles first.

    Args:
        trips: of one kind.
        shared: folder of the shared data, None where it is missing: then only the columns of made material are there.
    """
    material = trips.material(shared)
    rows = [["format", "`--as`", "ending", *(each.title for each in material)]]
    for dialect in WRITTEN:
        if dialect.holds == trips.holds:
            cells = [trips.loss(dialect, each.performance) for each in material]
            rows.append([dialect.name, f"`{dialect.key}`", f"`{dialect.ending}`", *cells])
    return rows


def markdown(rows: list[list[str]]) -> str:
    """The table as it stands in the docs."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def check_or_update(page: Path, holds: Holds, rows: list[list[str]]) -> None:
    """Compare a table with the one between its marks in a page, or write it there where UPDATE_DOCS is set.

    Args:
        page: a Markdown file with ``<!-- round trips: HOLDS -->`` and ``<!-- end of round trips: HOLDS -->``.
        holds: which table.
        rows: as measured; with fewer columns than the page has where the shared data is missing.
    """
    text = page.read_text("utf-8")
    marks = re.search(rf"(<!-- round trips: {holds} -->\n)(.*?)(\n?<!-- end of round trips: {holds} -->)", text, re.DOTALL)
    assert marks is not None, f"{page.name} has no place for the round trips of {holds}"
    if os.environ.get(UPDATE):
        page.write_text(text[: marks.start(2)] + markdown(rows) + text[marks.end(2) :], "utf-8")
        return
    there = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in marks[2].splitlines() if not line.startswith("| ---")]
    told = [row[: len(rows[0])] for row in there if not row[0].startswith("---")]
    assert told == rows, f"docs/{page.name} says otherwise; measure anew with {UPDATE}=1 and read what changed"
