"""Every file that the program keeps or exports is written here: complete or not at all, on the disk before it has its name.

The one thing of this room that touches a disk. Whoever writes past it is named in tests/unit/test_one_way_to_write.py, with a reason.
"""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: follows the whole name of a document: the state before the last save
BACKUP_ENDING = ".bak"
#: what a program that was killed left beside a file is removed when nobody has written to it for so long
_LEFTOVER_S = 3600.0
_numbers = itertools.count(1)


def backup_of(path: Path) -> Path:
    """Where the former state of a document is kept: ``scene.vsync`` has ``scene.vsync.bak`` beside it."""
    return path.with_name(path.name + BACKUP_ENDING)


@contextmanager
def written_beside(path: Path, backup: Path | None = None) -> Iterator[Path]:
    """Give a name to write to; what was written there takes the place of ``path`` when the block ends without an error.

    It is on the disk before it gets the name, and the name before this returns: whenever the program is killed or the power
    fails, there is the former file or the new one. A new file has the permissions that the user's umask gives; one that is
    replaced keeps those it has, and where ``path`` is a link, what it leads to is replaced.

    Args:
        path: where the file goes; its folder must exist.
        backup: a name in the same folder for the file that is replaced, instead of the backup that was there; None for none.

    Yields:
        A name in the same folder that ends in ``.part``, so that nobody takes it for a file of its kind.

    Raises:
        OSError: the file cannot be written or moved to its place, or is protected; nothing is left beside it.
    """
    place = path.resolve() if path.is_symlink() else path
    beside = _beside(place)
    try:
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(errno.EACCES, "it is protected against writing", str(path))
        if backup is not None:
            _remove_leftovers(place)
        yield beside
        _settle(beside)
        if place.exists():
            shutil.copymode(place, beside)
            if backup is not None:
                _keep(place, backup)
        beside.replace(place)
        settle_folder(place.parent)
    finally:
        with suppress(OSError):
            beside.unlink()


def write_whole(path: Path, content: str | bytes, backup: Path | None = None, *, private: bool = False) -> None:
    """Write a file as ``written_beside`` does.

    Args:
        path: where it goes; its folder must exist.
        content: text as UTF-8 with the line ends that it has, or bytes.
        backup: see ``written_beside``.
        private: only its user may read it, whatever the umask.

    Raises:
        OSError: it cannot be written; the former file is as it was.
    """
    with written_beside(path, backup) as beside:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(beside, flags, 0o600 if private else 0o666), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)


def settle_folder(folder: Path) -> None:
    """Let the names in a folder outlive a power cut; Windows sees to that by itself, and some disks cannot."""
    if sys.platform != "win32":
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def settle_tree(folder: Path) -> None:
    """Let everything in a folder reach the disk, before the folder gets its name.

    Raises:
        OSError: the disk is full.
    """
    for place, _, names in os.walk(folder):
        for name in names:
            _settle(Path(place) / name)
        settle_folder(Path(place))


def _beside(path: Path) -> Path:
    return path.with_name(f"{_start_of(path)}{os.getpid()}-{next(_numbers)}.part")


def _start_of(path: Path) -> str:
    return f".{path.stem[:100]}{path.suffix}."


def _settle(path: Path) -> None:
    """Wait until the content of a file is on the disk; a disk that is full may say so only here."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _keep(path: Path, backup: Path) -> None:
    """Let a file have a second name, or a copy where the disk knows no second names; the file itself stays where it is."""
    beside = _beside(backup)
    try:
        try:
            os.link(path, beside)
        except OSError:
            shutil.copy2(path, beside)
            _settle(beside)
        beside.replace(backup)
    finally:
        with suppress(OSError):
            beside.unlink()


def _remove_leftovers(path: Path) -> None:
    """Remove what a killed program was writing in the place of this file; what another one is writing now has just been changed."""
    with suppress(OSError):
        start = _start_of(path)
        for each in os.scandir(path.parent):
            if each.name.startswith(start) and each.name.endswith(".part") and time.time() - each.stat().st_mtime > _LEFTOVER_S:
                Path(each.path).unlink(missing_ok=True)
