"""The file format of Debian packages (deb(5)): an ar archive of two tar archives.

dpkg-deb would do, but its xz knows no filter for machine code, of which this package is full: with it the package is a twentieth smaller,
and every dpkg unpacks it. Blocks of one size and no names and times of the builder: the same folder makes the same bytes everywhere.
"""

from __future__ import annotations

import contextlib
import io
import lzma
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import IO

_CONTROL = "DEBIAN"
#: x86's relative jumps made absolute, then a dictionary as large as that of xz -9; unpacking takes 65 MB of memory
_FILTERS = ("--x86", "--lzma2=preset=6e,dict=64MiB")
#: what cores compress side by side: the same blocks whatever their number, if it is two or more
_BLOCKS = (f"--threads={max(os.cpu_count() or 2, 2)}", "--block-size=128MiB", "--memlimit-compress=0")


def write_deb(root: Path, out: Path, time_s: int) -> None:
    """Write a package.

    Args:
        root: as it will be installed, with the folder ``DEBIAN``.
        out: the package.
        time_s: that everything bears, in seconds since 1970.

    Raises:
        SystemExit: there is no xz, or it fails.
    """
    beside = out.with_name(f"{out.name}.data")
    _compress(beside, root, [path for path in sorted(root.rglob("*")) if path.relative_to(root).parts[0] != _CONTROL], time_s)
    control = io.BytesIO()
    with lzma.open(control, "wb", format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC32) as packed:
        _write_tar(packed, root / _CONTROL, sorted((root / _CONTROL).iterdir()), time_s)
    with out.open("wb") as file, beside.open("rb") as data:
        file.write(b"!<arch>\n")
        for name, content, size in (
            ("debian-binary", io.BytesIO(b"2.0\n"), 4),
            ("control.tar.xz", io.BytesIO(control.getvalue()), len(control.getvalue())),
            ("data.tar.xz", data, beside.stat().st_size),
        ):
            file.write(f"{name:<16}{time_s:<12}{0:<6}{0:<6}{'100644':<8}{size:<10}`\n".encode("ascii"))
            while chunk := content.read(1 << 20):
                file.write(chunk)
            file.write(b"\n" * (size % 2))
    beside.unlink()


def _compress(out: Path, root: Path, paths: list[Path], time_s: int) -> None:
    """A tar archive through xz, on all cores."""
    if shutil.which("xz") is None:
        raise SystemExit("xz is missing, which compresses the Debian package; install it with: sudo apt-get install -y xz-utils")
    command = ["xz", "--compress", "--stdout", "--format=xz", "--check=crc32", *_BLOCKS, *_FILTERS]
    with out.open("wb") as file, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file) as process:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it says itself what is wrong
            _write_tar(process.stdin, root, paths, time_s)
            process.stdin.close()
    if process.returncode != 0:
        raise SystemExit("xz failed, see the lines above; is the disk full?")


def _write_tar(packed: IO[bytes], root: Path, paths: list[Path], time_s: int) -> None:
    """A tar archive whose names begin at a folder, sorted, all of it root's."""
    with tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        for path in (root, *paths):
            name = "./" if path == root else f"./{path.relative_to(root).as_posix()}"
            entry = archive.gettarinfo(str(path), name)
            entry.name = name
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            entry.mtime = time_s
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            if entry.issym():
                entry.mode = 0o777
            if entry.isfile():
                with path.open("rb") as content:
                    archive.addfile(entry, content)
            else:
                archive.addfile(entry)
