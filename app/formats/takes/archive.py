"""The zip of a take, read as if somebody meant harm: what it claims is checked before anything is unpacked."""

from __future__ import annotations

import lzma
import stat
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import IO

from app.core.beside import backup_of
from app.core.errors import ProjectError

MAX_FILE_BYTES = 2 * 2**30
MAX_MEMBERS = 4096
MAX_DIRECTORY_BYTES = 2**21
#: of all members unpacked; smaller takes may be packed as tightly as they like, larger ones have sounds and films that are no zeros
MAX_UNPACKED_BYTES, FREE_BYTES, MAX_RATIO = 4 * 2**30, 2**28, 100
#: of what is read into memory from one take
MAX_MEMORY_BYTES = 2**30
MAX_NAME = 240
#: no two files of a folder may be told apart by more than this, on any system
_FORBIDDEN = frozenset('\\:*?"<>|') | frozenset(map(chr, range(32)))
_END, _END_SIZE, _LOCATOR = b"PK\5\6", 22, b"PK\6\7"
#: what the standard library raises for zips that are damaged in one way or another
DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OverflowError, struct.error, KeyError,
    IndexError, MemoryError,
)  # fmt: skip
#: what numpy adds to it for its own files in a zip
ARRAY_DAMAGE = (*DAMAGE, lzma.LZMAError, tokenize.TokenError, SyntaxError, TypeError, AttributeError)


class TakeArchive:
    """The members of one take.

    Args:
        path: its file.
        archive: opened for reading.

    Attributes:
        path: its file.
        members: name -> size in bytes when unpacked.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path, self._archive = path, archive
        self._left = MAX_MEMORY_BYTES
        self.members = MappingProxyType(_checked(path, archive))

    def read(self, name: str, most: int) -> bytes:
        """The content of a member.

        Args:
            name: which.
            most: bytes that it may have.

        Raises:
            ProjectError: there is none, it is too large, or damaged.
        """
        size = self.members.get(name)
        if size is None:
            raise ProjectError(f"{self.path.name} is damaged: it lacks {name}; open its backup or another copy.")
        if size > most or size > self._left:
            raise ProjectError(f"{self.path.name} holds more than this program takes into memory ({name}); split the take.")
        self._left -= size
        try:
            with self._archive.open(name) as member:
                data = member.read(size + 1)
                member.read(1)  # the check sum is looked at when the end is reached
        except (*DAMAGE, OSError) as error:
            raise damaged(self.path) from error
        if len(data) != size:
            raise damaged(self.path)
        return data

    def copy(self, name: str, to: IO[bytes]) -> None:
        """Write a member's content to an open file, however large it is.

        Raises:
            ProjectError: it is damaged.
            OSError: the disk is full.
        """
        left = self.members[name]
        try:
            with self._archive.open(name) as member:
                while block := member.read(2**20):
                    left -= len(block)
                    if left < 0:
                        raise damaged(self.path)
                    to.write(block)
        except DAMAGE as error:
            raise damaged(self.path) from error

    def unpack(self, name: str, into: Path) -> Path:
        """Write a member to a folder under its own name, and give the file.

        Raises:
            ProjectError: it is damaged, or the folder cannot be written to.
        """
        to = into / name
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            with to.open("wb") as file:
                self.copy(name, file)
        except OSError as error:
            raise ProjectError(f"{into} cannot be written to ({error.strerror}), which the take needs; free some space there.") from error
        return to


def damaged(path: Path) -> ProjectError:
    """What there is to say about a take that is not whole."""
    return ProjectError(f"{path.name} is damaged; open its backup {backup_of(path).name} or another copy of the take.")


@contextmanager
def opened_archive(path: Path) -> Iterator[TakeArchive]:
    """Open a take's zip.

    Raises:
        ProjectError: it is missing, no take, or claims what no take holds.
    """
    try:
        if path.is_dir() or path.stat().st_size > MAX_FILE_BYTES:
            raise ProjectError(f"{path.name} is no take; choose a .vstake file that this program saved.")
        with path.open("rb") as file:
            _check_end(file.seek(0, 2), file, path)
            try:
                archive = zipfile.ZipFile(file)
            except DAMAGE as error:
                raise ProjectError(f"{path.name} is no take; choose a .vstake file that this program saved.") from error
            with archive:
                yield TakeArchive(path, archive)
    except OSError as error:
        raise ProjectError(f"The take {path.name} cannot be read ({error.strerror}); check the path.") from error


def _check_end(size: int, file: IO[bytes], path: Path) -> None:
    """Refuse directories that would fill the memory before one could look at them (the zip's last record tells their size)."""
    file.seek(max(size - _END_SIZE - 2**16 - 20, 0))
    tail = file.read()
    places = {tail.rfind(_END), len(tail) - _END_SIZE}
    for at in places:
        if at < 0 or tail[at : at + 4] != _END or len(tail) < at + _END_SIZE:
            continue
        _, _, _, _, n, length, _, _ = struct.unpack("<4s4H2LH", tail[at : at + _END_SIZE])
        if n > MAX_MEMBERS or length > MAX_DIRECTORY_BYTES or tail[max(at - 20, 0) : at].startswith(_LOCATOR):
            raise ProjectError(f"{path.name} claims to hold more files than any take; choose a .vstake file that this program saved.")


def _checked(path: Path, archive: zipfile.ZipFile) -> dict[str, int]:
    """The members of a zip, refused where a take would not have them.

    Raises:
        ProjectError: names that lead elsewhere, doubles, links, encryption, or more than fits.
    """
    sizes: dict[str, int] = {}
    folded: set[str] = set()
    packed = 0
    for info in archive.infolist():
        if info.filename.endswith("/"):
            continue
        name, kind = info.filename, stat.S_IFMT(info.external_attr >> 16)
        if not is_safe_name(name):
            raise ProjectError(f"{path.name} holds a file whose name leads out of it, which no take does; do not open it.")
        if name.casefold() in folded:
            raise ProjectError(f"{path.name} holds two files of one name, which no take does; ask for another copy.")
        if kind not in (0, stat.S_IFREG) or info.flag_bits & 0x41:
            raise ProjectError(f"{path.name} holds a link or an encrypted file, which no take does; ask for another copy.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ProjectError(f"{path.name} is packed in a way that takes are not; ask for another copy.")
        folded.add(name.casefold())
        sizes[name] = info.file_size
        packed += info.compress_size
    total = sum(sizes.values())
    if len(sizes) > MAX_MEMBERS or total > MAX_UNPACKED_BYTES or (total > FREE_BYTES and total > MAX_RATIO * max(packed, 1)):
        raise ProjectError(f"{path.name} claims to hold more than any take ({total / 2**20:.0f} MB unpacked); do not open it.")
    return sizes


def is_safe_name(name: str) -> bool:
    """Whether a member's name is a plain relative path that stays in its folder on any system."""
    parts = PurePosixPath(name).parts
    return (
        0 < len(name) <= MAX_NAME
        and len(parts) <= 4
        and name == "/".join(parts)
        and not name.startswith("/")
        and not _FORBIDDEN & set(name)
        and all(part not in (".", "..") and part == part.strip(" .") for part in parts)
    )
