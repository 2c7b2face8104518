"""The folder as one file, with checksums beside it."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from pathlib import Path

from app.upkeep.shipped_files import LIST
from assets.packaging.checking import files_of


def pack(folder: Path) -> Path:
    """Write ``FOLDER.tar.gz``: tar keeps the links that zip would double, and holds no times and no names of who built it.

    Args:
        folder: the finished package.

    Returns:
        The archive; its checksum stands in ``SHA256SUMS`` beside it.
    """
    out = folder.with_name(f"{folder.name}.tar.gz")

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = 0
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with (
        out.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in (folder, *sorted(folder.rglob("*"))):
            archive.add(path, path.relative_to(folder.parent).as_posix(), recursive=False, filter=plain)
    note_checksum(out)
    return out


def list_files(folder: Path) -> Path:
    """Write the SHA-256 of every file of a package into ``FILES.sha256`` in it, as ``sha256sum --check`` and ``doctor`` read it.

    What the Debian package puts elsewhere (the desktop's files) is not in it, nor are links.

    Args:
        folder: the finished package.
    """
    out = folder / LIST
    out.unlink(missing_ok=True)
    names = [path.relative_to(folder).as_posix() for path in files_of(folder)]
    lines = [f"{_digest(folder / name)}  {name}\n" for name in names if not name.startswith(("share/", "add-to-menu.sh"))]
    out.write_bytes("".join(lines).encode())
    return out


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def note_checksum(path: Path) -> None:
    """Put a file's SHA-256 into ``SHA256SUMS`` of its folder, in place of the one it had."""
    sums = path.with_name("SHA256SUMS")
    others = [line for line in sums.read_text("utf-8").splitlines() if not line.endswith(f"  {path.name}")] if sums.exists() else []
    sums.write_text("".join(f"{line}\n" for line in sorted([*others, f"{_digest(path)}  {path.name}"], key=lambda line: line[66:])))
