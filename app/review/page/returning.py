"""Notes that come back from a review page, as the small JSON that it saves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import ProjectError
from app.core.foreign import parsed_json
from app.formats.notes import Note, notes_data, notes_of
from app.formats.project_review import STATUSES, TakeStatus

FORMAT = "visemesync-notes"
VERSION = 1
MAX_BYTES = 50_000_000


@dataclass(frozen=True)
class Returned:
    """What a reviewer saved.

    Attributes:
        take: id of the take that the notes are about.
        line: what it is called.
        notes: all that stood in the page, the take's own among them.
        status: of the whole take as the reviewer set it, None where it was left as it is.
        damaged: places of the file that could not be read.
    """

    take: str
    line: str
    notes: tuple[Note, ...]
    status: TakeStatus | None = None
    damaged: tuple[str, ...] = ()


def is_notes(path: Path) -> bool:
    """Whether a file holds notes of a review page; never raises."""
    try:
        with path.open("r", encoding="utf-8-sig") as file:
            return f'"{FORMAT}"' in file.read(400)
    except (OSError, ValueError):
        return False


def document(take: str, line: str, notes: Iterable[Note], status: TakeStatus | None = None) -> dict[str, Any]:
    """What such a file holds.

    Args:
        take: id of the take.
        line: what it is called.
        notes: all of them.
        status: of the take, None to leave it.
    """
    return {"format": FORMAT, "version": VERSION, "take": take, "line": line, "status": status, "notes": notes_data(notes)}


def read_notes(path: Path) -> Returned:
    """Read a file of notes.

    Args:
        path: as the page saved it.

    Raises:
        ProjectError: it cannot be read, is something else, or of a newer version.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProjectError(f"{path.name} is too large for notes; choose the JSON file that the review page saved.")
        data = parsed_json(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ProjectError(f"The notes {path.name} cannot be read; check the path.") from error
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path.name} holds no notes; choose the JSON file that the review page saved.") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ProjectError(f"{path.name} holds no notes; choose the JSON file that the review page saved.")
    if data.get("version") != VERSION:
        raise ProjectError(f"{path.name} has version {data.get('version')!r}, this program reads {VERSION}; update the program.")
    notes, damaged = notes_of(data.get("notes"))
    status = next((each for each in STATUSES if each == data.get("status")), None)
    return Returned(str(data.get("take", "")), str(data.get("line", "")), notes, status, damaged)


def checked(take: str, returned: Returned) -> None:
    """See that notes are about a take.

    Args:
        take: its id.
        returned: what the reviewer saved.

    Raises:
        ProjectError: they are about another one.
    """
    if not take or returned.take != take:
        about = f", “{returned.line}”" if returned.line else ""
        raise ProjectError(f"These notes are about another take{about}; open that one, then import them.")
