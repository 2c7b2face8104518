"""The files of a package, as its list says that they were when it was built."""

from __future__ import annotations

import hashlib
from pathlib import Path

#: beside the program; a line as ``sha256sum --check`` reads it for each file
LIST = "FILES.sha256"


def changed_files(folder: Path) -> list[str] | None:
    """Names of files that are gone or are no longer what was given away.

    Args:
        folder: of the program.

    Returns:
        In the order of the list; None where the package has no list that can be read.
    """
    try:
        lines = (folder / LIST).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return None
    rows = [line.split("  ", 1) for line in lines]
    if not rows or any(len(row) != 2 for row in rows):
        return None
    return [name for digest, name in rows if _digest(folder / name) != digest]


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""
