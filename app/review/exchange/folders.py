"""Folders that appear complete or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.beside import settle_folder, settle_tree
from app.core.errors import ProjectError


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """Give an empty folder to write to, which gets its name when the block ends without an error.

    Args:
        path: the folder to be; it must not exist, or be empty.

    Yields:
        A folder beside it.

    Raises:
        ProjectError: there is something at that place, or it cannot be written.
    """
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise ProjectError(f"{path.name} is there already; choose a new folder, or empty that one.")
    beside = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.mkdir()
    except OSError as error:
        raise ProjectError(f"The folder {path.name} cannot be made ({error.strerror or error}); choose another place.") from error
    try:
        yield beside
        settle_tree(beside)
        if path.is_dir():
            path.rmdir()
        beside.rename(path)
        settle_folder(path.parent)
    except OSError as error:
        raise ProjectError(f"The folder {path.name} cannot be written ({error.strerror or error}); check the disk.") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
