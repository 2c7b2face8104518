"""The folder of a batch of lines: its journal, which the same command goes on from, and what the report and the board read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.beside import write_whole
from app.core.errors import ProjectError
from app.formats.plain import Remembered, plain, remembered
from app.formats.strict_json import content_of_json
from app.review.batch.summary import LineSummary

JOURNAL, DOCUMENT, REPORT = "lines-journal.jsonl", "lines.json", "report.html"
TAKES, FILMS, TRACKS = "takes", "films", "tracks"
#: presets per character that were chosen on the board
CHOICES = "presets.json"
MAX_BYTES = 2**28


@dataclass
class BatchCommand(Remembered):
    """How a batch was run, so that it can be run again.

    Attributes:
        table: path of the table, relative to the folder where that is possible.
        arguments: of the verb, without table and folder.
    """

    table: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass
class BatchDocument(Remembered):
    """What is in ``lines.json``.

    Attributes:
        table: name of the table.
        command: see BatchCommand.
        version: of the program.
        took_s: how long the last run took.
        lines: in the order of the table.
    """

    table: str = ""
    command: BatchCommand = field(default_factory=BatchCommand)
    version: str = ""
    took_s: float = 0.0
    lines: list[LineSummary] = field(default_factory=list)


class LineJournal:
    """One JSON line per finished line of the table, the last one counts.

    Args:
        folder: of the batch; made when it is missing.

    Raises:
        ProjectError: nothing can be written there.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / JOURNAL
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = path.read_text("utf-8", errors="replace") if path.exists() else ""
            self.known = {each.line: each for each in _lines(text)}
            self._file = path.open("a", encoding="utf-8")
            # a line that an interruption cut off must not swallow the next one
            self._file.write("\n")
        except OSError as error:
            raise ProjectError(f"Nothing can be written to {folder} ({error.strerror}); choose another folder with -o.") from error

    def write(self, summary: LineSummary) -> None:
        """Note a result at once."""
        self._file.write(json.dumps(plain(summary)) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the journal."""
        self._file.close()


def _lines(text: str) -> list[LineSummary]:
    found = []
    for line in text.splitlines():
        try:
            data = content_of_json(line)
        except (ValueError, RecursionError):  # the line that was being written when the program was stopped
            continue
        if isinstance(data, Mapping):
            found.append(remembered(LineSummary, data)[0])
    return found


def write_document(folder: Path, document: BatchDocument) -> None:
    """Write ``lines.json``."""
    write_whole(folder / DOCUMENT, json.dumps(plain(document), indent=1) + "\n")


def read_document(folder: Path) -> BatchDocument:
    """Read the folder of a batch.

    Raises:
        ProjectError: it is none.
    """
    path = folder / DOCUMENT
    data: Any = None
    try:
        if path.stat().st_size <= MAX_BYTES:
            data = content_of_json(path.read_text("utf-8"))
    except OSError as error:
        raise ProjectError(
            f"{folder.name} is no folder of a batch: it holds no {DOCUMENT}; choose the folder that a batch wrote."
        ) from error
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, Mapping):
        raise ProjectError(f"{DOCUMENT} in {folder.name} is damaged; run the batch again, which keeps all takes.")
    return remembered(BatchDocument, data)[0]


def read_choices(folder: Path) -> dict[str, str]:
    """Presets per character that were chosen on the board; none where there are none, or they are damaged."""
    try:
        data = content_of_json((folder / CHOICES).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    presets = data.get("presets") if isinstance(data, Mapping) else None
    rows = presets.items() if isinstance(presets, Mapping) else ()
    return {str(name): preset for name, preset in rows if isinstance(preset, str) and preset}


def write_choices(folder: Path, presets: Mapping[str, str]) -> None:
    """Keep presets per character.

    Raises:
        ProjectError: the folder cannot be written.
    """
    try:
        write_whole(folder / CHOICES, json.dumps({"presets": dict(presets)}, indent=1) + "\n")
    except OSError as error:
        raise ProjectError(f"{CHOICES} cannot be written ({error.strerror}); check the folder and its permissions.") from error


def inside(folder: Path, name: str) -> Path | None:
    """A file that the document names, None where it leads out of the folder.

    Args:
        folder: of the batch.
        name: with forward slashes, as in LineSummary.
    """
    if not name:
        return None
    path = folder / name
    return path if path.resolve().is_relative_to(folder.resolve()) else None
