"""What must hold of a finished folder before it is given away: nothing GPL, nothing of the host's, nothing unexpectedly large."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path

from assets.packaging.contents import BILL, GPL_SYMBOLS, MOST_STUB_BYTES, PROGRAM, THIRD_PARTY, Flavour, is_stub_name, why_forbidden

_LIBRARY_ENDINGS = (".so", ".dll", ".pyd", ".dylib", ".exe", "")


def files_of(folder: Path) -> Iterator[Path]:
    """Every file of a folder that is no link, in order."""
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def megabytes(folder: Path) -> float:
    """Size of a folder in 10^6 bytes, links not counted."""
    return sum(path.stat().st_size for path in files_of(folder)) / 1e6


def faults(folder: Path, kind: Flavour) -> list[str]:
    """What is wrong with a finished folder, one sentence each.

    Args:
        folder: as built.
        kind: its flavour, whose sizes hold.
    """
    found = []
    stubs = 0
    for path in files_of(folder):
        name, size = path.relative_to(folder).as_posix(), path.stat().st_size
        why = why_forbidden(name)
        if why:
            found.append(f"{name} must not be shipped: {why}.")
        if size > kind.most_file_mb * 1e6:
            found.append(f"{name} has {size / 1e6:.1f} MB, more than the {kind.most_file_mb} of a file of {kind.name}.")
        if is_stub_name(path.name):
            stubs += 1
            if size > MOST_STUB_BYTES:
                found.append(f"{name} has {size} bytes, so it is no stub of ours but the GPL encoder.")
        if is_library(path) and (symbol := gpl_symbol(path)):
            found.append(f"{name} holds code of x264 or x265 ({symbol}).")
    if not stubs and any("av.libs" in path.parts for path in folder.rglob("*avcodec*")):
        found.append("PyAV's libraries are there without the stubs for x264 and x265; the program would not start.")
    for name, what in ((THIRD_PARTY, "with the licences"), (BILL, "the list")):
        if not list(folder.rglob(name)):
            found.append(f"{name}, {what} of all that is in it, is missing.")
    found += _dead_links(folder)
    total = megabytes(folder)
    if total > kind.most_mb:
        found.append(f"The folder has {total:.0f} MB, more than the {kind.most_mb} of {kind.name}.")
    if not any((folder / f"{PROGRAM}{ending}").is_file() for ending in ("", ".exe")):
        found.append(f"There is no program {PROGRAM} in it.")
    return found


def is_library(path: Path) -> bool:
    """Whether a file may hold compiled code."""
    return ".so." in path.name or path.suffix in _LIBRARY_ENDINGS


def gpl_symbol(path: Path) -> str:
    """A name of x264's or x265's own code that a library holds, or ""."""
    if path.stat().st_size == 0:
        return ""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return next((symbol.decode() for symbol in GPL_SYMBOLS if content.find(symbol) >= 0), "")


def _dead_links(folder: Path) -> list[str]:
    links = [path for path in folder.rglob("*") if path.is_symlink()]
    wrong = [path for path in links if not path.exists() or Path(os.path.realpath(path)).is_relative_to(folder.resolve()) is False]
    return [f"{path.relative_to(folder)} is a link to what is not in the folder." for path in wrong]
