"""Files that appear complete or not at all: written beside their place and moved there; the one thing of this room that touches a disk."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_numbers = itertools.count(1)


@contextmanager
def written_beside(path: Path, backup: Path | None = None) -> Iterator[Path]:
    """Give a name to write to; what was written there takes the place of ``path`` when the block ends without an error.

    A new file has the permissions that the user's umask gives; one that is replaced keeps those it has.

    Args:
        path: where the file goes; its folder must exist.
        backup: a name in the same folder for the file that is replaced, instead of the backup that was there; None for none.

    Yields:
        A name in the same folder with the same ending.

    Raises:
        OSError: the file cannot be moved to its place; nothing is left beside it.
    """
    beside = path.with_name(f".{path.stem[:100]}.{os.getpid()}-{next(_numbers)}.part{path.suffix}")
    try:
        yield beside
        if path.exists():
            shutil.copymode(path, beside)
            if backup is not None:
                _keep(path, backup)
        beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink()


def _keep(path: Path, backup: Path) -> None:
    """Let a file have a second name, or a copy where the disk knows no second names; the file itself stays where it is."""
    beside = backup.with_name(f".{backup.name[:100]}.{os.getpid()}-{next(_numbers)}.part")
    try:
        try:
            os.link(path, beside)
        except OSError:
            shutil.copy2(path, beside)
        beside.replace(backup)
    finally:
        with suppress(OSError):
            beside.unlink()
