"""The content of files by its hash, so that what was moved or renamed is found again."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

#: files that are looked at in one search, and how deep below each folder
MOST_FILES, DEEPEST = 5000, 3
#: bytes read while searching; a moved avatar is far smaller
MOST_BYTES = 4 * 2**30
#: a project names far fewer files
_MOST_HASHES = 64
_HEX = re.compile(r"[0-9a-f]{64}")


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hex, "" when it is none or cannot be read; a file that did not change is read once."""
    try:
        about = path.stat()
        return _sha256(path, about.st_size, about.st_mtime_ns) if path.is_file() else ""
    except (OSError, ValueError):
        return ""


@lru_cache(maxsize=512)
def _sha256(path: Path, _size: int, _changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hashes_of(data: Any) -> dict[str, str]:
    """Hashes by path text from plain values; what is none is left out."""
    rows = data.items() if isinstance(data, Mapping) else ()
    return {text: value for text, value in list(rows)[:_MOST_HASHES] if isinstance(value, str) and _HEX.fullmatch(value)}


def found_by_hash(wanted: Mapping[Path, str], folders: Iterable[Path]) -> dict[Path, Path]:
    """Search moved files.

    Args:
        wanted: where they were -> SHA-256 in hex; those without a hash are not searched.
        folders: where to look, nearest first; folders inside them, too, ``DEEPEST`` levels down.

    Returns:
        Where they were -> where they are, for those that were found. First files of the same name are looked at, then
        all of the same ending.
    """
    left = {old: digest for old, digest in wanted.items() if digest}
    if not left:
        return {}
    endings = {old.suffix.lower() for old in left}
    files = [file for file in _files(folders) if file.suffix.lower() in endings]
    names = {old.name for old in left}
    found: dict[Path, Path] = {}
    spent = 0
    for file in sorted(files, key=lambda each: each.name not in names):
        if not left:
            break
        try:
            spent += file.stat().st_size
        except OSError:
            continue
        if spent > MOST_BYTES:
            break
        digest = file_sha256(file)
        for old in [old for old, each in left.items() if each == digest]:
            found[old] = file
            del left[old]
    return found


def _files(folders: Iterable[Path]) -> list[Path]:
    seen: dict[Path, None] = {}
    for folder in dict.fromkeys(folders):
        if not folder.is_dir() or folder == folder.parent:
            continue
        for place, inner, names in os.walk(folder):
            if len(Path(place).relative_to(folder).parts) >= DEEPEST:
                inner.clear()
            inner[:] = [name for name in inner if not name.startswith(".")]
            seen.update(dict.fromkeys(Path(place) / name for name in names))
            if len(seen) > MOST_FILES:
                return list(seen)
    return list(seen)
