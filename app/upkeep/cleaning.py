"""Removing what the program keeps: what can be made again, or all of it, and never anything else."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.core.places import PLACES, Place, Root, root_folder
from app.upkeep.slots import deserted, lock

#: what running programs hold is not taken from them
_IN_USE = ("autosave", "logs", "running")


@dataclass(frozen=True)
class Found:
    """Something that is kept and is there.

    Attributes:
        name: its key in the table of places.
        place: what it is.
        paths: its files and folders that are there.
        n_files: how many files.
        n_bytes: how large they are together.
    """

    name: str
    place: Place
    paths: tuple[Path, ...]
    n_files: int
    n_bytes: int

    @property
    def size(self) -> str:
        """How large it is, in words."""
        return size_words(self.n_bytes)


def size_words(n_bytes: int) -> str:
    """A size as a person reads it."""
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 100_000 else f"{n_bytes / 1e3:.1f} kB" if n_bytes >= 1000 else f"{n_bytes} bytes"


def found(everything: bool = True) -> list[Found]:
    """What is there.

    Args:
        everything: also what nobody else has; otherwise only what is made again by itself, and logs.
    """
    there = []
    for name, place in PLACES.items():
        candidates = _deserted(place.paths()[0]) if name in _IN_USE else place.paths()
        paths = tuple(path for path in candidates if path.exists() or path.is_symlink())
        if paths and (everything or place.worth != "kept"):
            sizes = [size for path in paths for size in _sizes(path)]
            there.append(Found(name, place, paths, len(sizes), sum(sizes)))
    return there


def _deserted(folder: Path) -> list[Path]:
    """What no running program holds of a folder: folders with a lock each, or a lock in the folder itself."""
    for path in folder.glob("*.lock"):
        with suppress(OSError), path.open("rb+") as file:
            if not lock(file):
                return []
    return deserted(folder) if not any(folder.glob("*.lock")) else [folder]


def _sizes(path: Path) -> Iterable[int]:
    """Sizes of a file, or of all files in a folder; links count as what they are and are not followed."""
    with suppress(OSError):
        if not path.is_symlink() and path.is_dir():
            for each in os.scandir(path):
                yield from _sizes(Path(each.path))
        else:
            yield path.lstat().st_size


def remove(chosen: Iterable[Found]) -> list[Path]:
    """Remove what was found.

    Args:
        chosen: some of what ``found`` gave.

    Returns:
        What could not be removed, because it is in use or protected.
    """
    left: list[Path] = []
    for each in chosen:
        for path in each.paths:
            _remove(path)
            if path.exists() or path.is_symlink():
                left.append(path)
    for root in ("config", "data", "state", "cache"):
        _remove_empty(root)
    return left


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
        else:
            _make_writable(path)
            shutil.rmtree(path, ignore_errors=True)


def _make_writable(folder: Path) -> None:
    """Files that are read-only cannot be removed on Windows."""
    if os.name == "nt":
        for path in folder.rglob("*"):
            with suppress(OSError):
                path.chmod(path.stat().st_mode | stat.S_IWRITE)


def _remove_empty(root: Root) -> None:
    """Remove the program's folder of a kind, with folders of folders, when nothing is left in it."""
    folder = root_folder(root)
    for path in (*sorted((each for each in folder.rglob("*") if each.is_dir()), reverse=True), folder):
        with suppress(OSError):  # not empty, or not there
            path.rmdir()
