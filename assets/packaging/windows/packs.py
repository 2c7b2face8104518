"""What is given away of a folder on Windows: an installer where NSIS is there, and a portable archive."""

from __future__ import annotations

from pathlib import Path

from assets.packaging.archive import note_checksum
from assets.packaging.bill import version
from assets.packaging.windows.installer import build_installer, makensis
from assets.packaging.windows.portable import pack_portable


def pack_all(folder: Path, work: Path) -> list[Path]:
    """Write them beside the folder, with their checksums.

    Args:
        folder: the finished package, its name ending in its flavour.
        work: for what is written on the way.
    """
    stem = f"{folder.name}-{version()}-windows"
    made = [pack_portable(folder, folder.with_name(f"{stem}-portable.zip"))]
    if makensis() is not None:
        made.append(build_installer(folder, folder.with_name(f"{stem}-setup.exe"), work))
    for path in made:
        note_checksum(path)
    return made
