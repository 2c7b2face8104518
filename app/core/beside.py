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
def written_beside(path: Path) -> Iterator[Path]:
    """Give a name to write to; what was written there takes the place of ``path`` when the block ends without an error.

    A new file has the permissions that the user's umask gives; one that is replaced keeps those it has.

    Args:
        path: where the file goes; its folder must exist.

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
        beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink()
