"""The folder as one file, with checksums beside it."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from pathlib import Path


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


def note_checksum(path: Path) -> None:
    """Put a file's SHA-256 into ``SHA256SUMS`` of its folder, in place of the one it had."""
    sums = path.with_name("SHA256SUMS")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    others = [line for line in sums.read_text("utf-8").splitlines() if not line.endswith(f"  {path.name}")] if sums.exists() else []
    sums.write_text("".join(f"{line}\n" for line in sorted([*others, f"{digest.hexdigest()}  {path.name}"], key=lambda line: line[66:])))
