"""Where this user's things are kept: one table of all of it, so that everything can be listed, found and removed."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import platformdirs

from app.core.beside import backup_of
from app.core.installation import is_packed

APP_FOLDER = "visemesync-preview"
#: beside a packed program: settings, data and caches stay in its folder
PORTABLE_MARK = "portable.txt"
#: names a folder in which everything is kept in place of the system's four; programs that this one starts keep to it
PLACES_VARIABLE = "VISEMESYNC_PLACES"
#: what the system calls the four kinds of folders
Root = Literal["config", "data", "state", "cache"]
#: ``again``: made or fetched anew when it is missing; ``logs``; ``kept``: the user's own, nobody else has it
Worth = Literal["again", "logs", "kept"]


@dataclass(frozen=True)
class Place:
    """Something that is kept.

    Attributes:
        root: the folder of the system's that it lies in.
        relative: its file or folder there; may end in ``*`` for several.
        what: a few words for lists.
        worth: what would be lost with it.
    """

    root: Root
    relative: str
    what: str
    worth: Worth

    def paths(self) -> tuple[Path, ...]:
        """Where it is, whether it is there or not; of several those that are there. A file's backup belongs to it where there is one."""
        folder = root_folder(self.root)
        if self.relative.endswith("*"):
            return tuple(sorted(folder.glob(self.relative)))
        path = folder / self.relative
        return (path, backup_of(path)) if backup_of(path).is_file() else (path,)


#: every file and folder that the program keeps outside the user's own documents; on Windows three of the roots are one folder
PLACES = MappingProxyType({
    "settings": Place("config", "settings.json", "settings of the window", "kept"),
    "presets": Place("config", "presets", "presets of tuning that you saved", "kept"),
    "mappings": Place("config", "avatars", "which shapes of your avatars mean what", "kept"),
    "personas": Place("config", "personas", "personas that you wrote", "kept"),
    "poses": Place("data", "poses.json", "poses that you saved", "kept"),
    "playlists": Place("data", "playlists", "the playlist of takes", "kept"),
    "notes": Place("data", "notes", "spoken notes and pictures that are in no project yet", "kept"),
    "conversations": Place("data", "conversations", "answers of conversations, as takes", "kept"),
    "faces": Place("data", "faces", "faces recorded from phones and trackers", "kept"),
    "autosave": Place("state", "autosave", "open sessions, written every few seconds", "kept"),
    "costs": Place("state", "costs", "counts of paid services", "kept"),
    "deployments": Place("state", "deployments.json", "what was learnt of chat deployments", "again"),
    "logs": Place("state", "logs", "logs of the last runs", "logs"),
    "reports": Place("state", "reports", "reports of errors", "logs"),
    "running": Place("state", "running", "where an open window listens for later starts", "again"),
    "voices": Place("cache", "voices", "voices that were fetched", "again"),
    "lines": Place("cache", "azure/lines", "lines that Azure spoke", "again"),
    "cloud voices": Place("cache", "azure/voices.json", "the list of Azure's voices", "again"),
    "recogniser": Place("cache", "recognition", "the recogniser that was fetched", "again"),
    "pose pictures": Place("cache", "poses", "pictures of poses", "again"),
    "avatars": Place("cache", "ready-avatars", "avatars made ready to be drawn", "again"),
    "page code": Place("cache", "three-*", "code for review pages that was fetched", "again"),
})  # fmt: skip


def portable_folder() -> Path | None:
    """The folder beside a packed program that keeps everything, where the mark of the portable archive lies there; else None."""
    if not is_packed():
        return None
    beside = Path(sys.executable).resolve().parent
    return beside / "user" if (beside / PORTABLE_MARK).is_file() else None


def root_folder(root: Root) -> Path:
    """One of the four folders that the system gives this program for this user; or a portable program carries, or the environment names."""
    named = os.environ.get(PLACES_VARIABLE)
    own = Path(named).absolute() if named else portable_folder()
    if own is not None:
        return own / root
    folders = {
        "config": platformdirs.user_config_path, "data": platformdirs.user_data_path,
        "state": platformdirs.user_state_path, "cache": platformdirs.user_cache_path,
    }  # fmt: skip
    return folders[root](APP_FOLDER, appauthor=False)


@contextlib.contextmanager
def elsewhere(folder: Path) -> Iterator[None]:
    """Keep everything in a folder for a while, whatever the system; what is there already stays as it is.

    Args:
        folder: made when something is written.
    """
    before = os.environ.get(PLACES_VARIABLE)
    os.environ[PLACES_VARIABLE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(PLACES_VARIABLE, None)
        else:
            os.environ[PLACES_VARIABLE] = before


def where(name: str) -> Path:
    """Where a thing of the table is kept.

    Args:
        name: its key in ``PLACES``; not one of several.
    """
    place = PLACES[name]
    return root_folder(place.root) / place.relative
