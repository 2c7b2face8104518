"""A list of takes that are reviewed in one go: which, in which order, and how far each is; a small JSON file beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.core.beside import backup_of, write_whole
from app.core.errors import ProjectError
from app.formats.notes import merged
from app.formats.project_files import is_elsewhere
from app.formats.project_review import STATUSES, ProjectReview, TakeStatus
from app.formats.strict_json import content_of_json
from app.formats.takes.take import ENDING as TAKE_ENDING

FORMAT, VERSION = "visemesync-playlist", 1
ENDING = ".vsplaylist"
MAX_BYTES, MAX_ENTRIES = 2**24, 10_000


@dataclass(frozen=True)
class PlaylistEntry:
    """One take of the list.

    Attributes:
        path: its file.
        line: what it is called, as last seen.
        status: how far its review is, as last seen.
        unknown: what another version wrote, kept as it is.
    """

    path: Path
    line: str = ""
    status: TakeStatus = "to do"
    unknown: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Playlist:
    """Takes in the order in which they are looked at.

    Attributes:
        entries: each file once.
        unknown: what another version wrote, kept as it is.
    """

    entries: tuple[PlaylistEntry, ...] = ()
    unknown: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def with_takes(self, paths: Iterable[Path], at: int | None = None) -> Playlist:
        """The list with more takes; those that are in it stay where they are.

        Args:
            paths: of takes.
            at: in front of which entry, None for the end.
        """
        known = {entry.path for entry in self.entries}
        new = tuple(PlaylistEntry(path, path.stem) for path in dict.fromkeys(paths) if path not in known)
        place = len(self.entries) if at is None else at
        return replace(self, entries=(self.entries[:place] + new + self.entries[place:])[:MAX_ENTRIES])

    def without(self, at: int) -> Playlist:
        """The list without one entry; its file stays."""
        return replace(self, entries=self.entries[:at] + self.entries[at + 1 :])

    def moved(self, old: int, new: int) -> Playlist:
        """The list with an entry at another place, counted when it was taken out."""
        rest = list(self.entries)
        rest.insert(new, rest.pop(old))
        return replace(self, entries=tuple(rest))

    def changed(self, at: int, **fields: Any) -> Playlist:
        """The list with another value in one entry."""
        entries = list(self.entries)
        entries[at] = replace(entries[at], **fields)
        return replace(self, entries=tuple(entries))

    def index_of(self, path: Path | None) -> int:
        """Which entry a file is, -1 for none."""
        return next((i for i, entry in enumerate(self.entries) if entry.path == path), -1)

    def before(self, at: int) -> PlaylistEntry | None:
        """The nearest earlier take of the same line, or None."""
        line = self.entries[at].line
        return next((entry for entry in reversed(self.entries[:at]) if line and entry.line == line), None)

    @property
    def counts(self) -> dict[TakeStatus, int]:
        """How many takes are how far."""
        return {status: sum(entry.status == status for entry in self.entries) for status in STATUSES}


def takes_in(paths: Iterable[Path]) -> list[Path]:
    """The takes among files and in folders, folders by name and with those inside them."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (Path(place) / name for place, _, names in os.walk(path) for name in names)
            found += sorted((each for each in inside if each.suffix.lower() == TAKE_ENDING), key=lambda each: each.as_posix().lower())
        elif path.suffix.lower() == TAKE_ENDING:
            found.append(path)
    return [path.resolve() for path in found[:MAX_ENTRIES]]


def carried_on(former: ProjectReview, present: ProjectReview) -> ProjectReview:
    """The review of a take with the notes of an earlier take of its line: each with its status, answers and all, without doubles."""
    return replace(present, notes=list(merged(present.notes, former.notes)))


def write_playlist(path: Path, playlist: Playlist) -> None:
    """Write a list; paths are relative, so that it moves with its takes.

    Raises:
        ProjectError: it cannot be written.
    """
    folder = path.parent.resolve()
    rows = [
        {**entry.unknown, "take": _relative(entry.path, folder), "line": entry.line, "status": entry.status} for entry in playlist.entries
    ]
    data = {**playlist.unknown, "format": FORMAT, "version": VERSION, "takes": rows}
    try:
        write_whole(path, json.dumps(data, indent=1, ensure_ascii=False) + "\n", backup_of(path))
    except OSError as error:
        raise ProjectError(f"{path.name} cannot be written ({error.strerror}); choose another folder.") from error


def read_playlist(path: Path) -> Playlist:
    """Read a list; takes that are not there stay in it.

    Raises:
        ProjectError: it is none, or of a newer version.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProjectError(f"{path.name} is too large for a playlist; choose a {ENDING} file.")
        data = content_of_json(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ProjectError(f"The playlist {path.name} cannot be read; check the path.") from error
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path.name} is no playlist; choose a {ENDING} file that this program saved.") from error
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise ProjectError(f"{path.name} is no playlist; choose a {ENDING} file that this program saved.")
    if data.get("version") != VERSION:
        raise ProjectError(f"{path.name} has version {data.get('version')!r}, this program reads {VERSION}; update the program.")
    rows = data.get("takes")
    entries = [entry for entry in (_entry(row, path.parent) for row in (rows if isinstance(rows, list) else [])) if entry is not None]
    once = {entry.path: entry for entry in entries[:MAX_ENTRIES]}
    return Playlist(tuple(once.values()), {key: value for key, value in data.items() if key not in ("format", "version", "takes")})


def _entry(row: Any, folder: Path) -> PlaylistEntry | None:
    """An entry from plain values; what is damaged in it falls back alone, and without a file it is none."""
    if not isinstance(row, Mapping):
        return None
    take, line, status = row.get("take"), row.get("line"), row.get("status")
    if not isinstance(take, str) or not 0 < len(take) <= 4096 or "\0" in take or is_elsewhere(take):
        return None
    path = Path(os.path.normpath(folder.resolve() / take))
    rest = {str(key): value for key, value in row.items() if key not in ("take", "line", "status")}
    return PlaylistEntry(path, line if isinstance(line, str) else path.stem, status if status in STATUSES else "to do", rest)


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return path.as_posix()
