"""Frozen dataclasses full of arrays in one file, read back without copying: for what is cheaper to read than to make again.

The file holds a head of JSON and then the arrays as they lie in memory. It names classes only by words that the reader
gives a meaning to, so that nothing in it can run. What is read refers to the file's pages; arrays are read-only. A sum at the
end tells a file of which a part was lost or changed: a disk that failed, a copy that was cut off.
"""

from __future__ import annotations

import dataclasses
import json
import mmap
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np

from app.core.beside import written_beside

_MARK = b"VSARRAYS"
_VERSION = 2
_START = struct.Struct("<8sIQ")
_END = struct.Struct("<Q")
#: an array begins at a multiple of this, as vector instructions like it
_ALIGNED = 64
#: a head is a list of names and places; more than this is damage
_MOST_HEAD = 64 << 20
#: larger files are not written, and not even summed up
_MOST_BYTES = 2 << 30
#: a file is summed up in pieces that stay in the processor's own memory, and in them in blocks of so many numbers of 8 bytes
_PIECE, _BLOCK = 1 << 20, 512
_DTYPES = frozenset({"|u1", "|i1", "|b1", "<u2", "<i2", "<u4", "<i4", "<i8", "<u8", "<f2", "<f4", "<f8"})
_DEEPEST = 60


class ArrayFileError(Exception):
    """A file is not what it should be; whoever asked makes its content anew."""


class _Writer:
    """Values to plain ones; arrays and objects that are used twice are there once."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self._places: dict[int, int] = {}
        self._objects: dict[int, int] = {}
        self._alive: list[Any] = []

    def plain(self, value: Any) -> Any:
        """The value as JSON has it: numbers, words and None as they are, everything else as a list that begins with its kind."""
        if value is None or isinstance(value, str | bool | int | float):
            return value
        if isinstance(value, np.ndarray):
            return ["array", self._place(value)]
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            if id(value) in self._objects:
                return ["again", self._objects[id(value)]]
            content = [[field.name, self.plain(getattr(value, field.name))] for field in dataclasses.fields(value)]
            self._objects[id(value)] = len(self._objects)
            return ["object", type(value).__name__, content]
        if isinstance(value, Mapping):
            return ["map", [[str(key), self.plain(each)] for key, each in value.items()]]
        kinds = ((tuple, "tuple"), (frozenset, "set"), (list, "list"))
        name = next((name for kind, name in kinds if isinstance(value, kind)), "")
        if not name:
            raise TypeError(f"{type(value).__name__} has no place in such a file")
        return [name, [self.plain(each) for each in (sorted(value) if name == "set" else value)]]

    def _place(self, array: np.ndarray) -> int:
        if id(array) not in self._places:
            self._places[id(array)] = len(self.arrays)
            self.arrays.append(np.ascontiguousarray(array))
            self._alive.append(array)
        return self._places[id(array)]


class _Reader:
    """Plain values to what they were."""

    def __init__(self, kinds: Iterable[type], arrays: list[np.ndarray]) -> None:
        self._kinds = {kind.__name__: kind for kind in kinds}
        self._arrays = arrays
        self._objects: list[Any] = []

    def value(self, plain: Any, depth: int = 0) -> Any:
        """What was written."""
        if not isinstance(plain, list):
            return plain
        if depth > _DEEPEST:
            raise ArrayFileError("too deep")
        kind, *rest = plain
        if kind == "array":
            return self._arrays[rest[0]]
        if kind == "again":
            return self._objects[rest[0]]
        if kind == "object":
            made = self._kinds[rest[0]](**{name: self.value(each, depth + 1) for name, each in rest[1]})
            self._objects.append(made)
            return made
        if kind == "map":
            return MappingProxyType({key: self.value(each, depth + 1) for key, each in rest[0]})
        content = [self.value(each, depth + 1) for each in rest[0]]
        return {"tuple": tuple, "set": frozenset, "list": list}[kind](content)


def write_arrays(path: Path, value: Any) -> None:
    """Write a value; a file that is there is replaced as a whole.

    Args:
        path: its folder is made.
        value: None, numbers, words, arrays, and tuples, lists, mappings from words, dataclasses of these, and sets of words.

    Raises:
        OSError: it cannot be written.
        TypeError: something else is in the value.
    """
    writer = _Writer()
    plain = writer.plain(value)
    rows: list[tuple[str, tuple[int, ...], int]] = []
    offset = 0
    for array in writer.arrays:
        if array.dtype.str not in _DTYPES:
            raise TypeError(f"arrays of {array.dtype} have no place in such a file")
        rows.append((array.dtype.str, array.shape, offset))
        offset = _aligned(offset + array.nbytes)
    head = json.dumps({"arrays": rows, "value": plain}, separators=(",", ":")).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_beside(path) as beside, beside.open("x+b") as file:
        file.write(_START.pack(_MARK, _VERSION, len(head)) + head)
        begin = _aligned(file.tell())
        for array, (_, _, at) in zip(writer.arrays, rows, strict=True):
            file.write(b"\0" * (begin + at - file.tell()))
            file.write(array.data if array.size else b"")
        file.truncate(begin + offset)
        file.seek(0)
        total = sum_of(file, begin + offset)
        file.write(_END.pack(total))


def sum_of(file: BinaryIO, length: int) -> int:
    """What the content of a file comes to: each block's numbers added up, and a check sum of these sums.

    It reads and adds as fast as memory goes, 100 MB in 16 ms, without keeping any of it.

    Args:
        file: read on from where it is.
        length: bytes to sum up; those that are missing count as zeros.
    """
    piece, total = bytearray(_PIECE), 0
    while length > 0:
        n = file.readinto(memoryview(piece)[: min(length, _PIECE)])  # type: ignore[attr-defined]
        if not n:
            break
        whole = -(-n // (8 * _BLOCK)) * 8 * _BLOCK
        piece[n:whole] = bytes(whole - n)
        total = zlib.crc32(np.frombuffer(piece, "<u8", whole // 8).reshape(-1, _BLOCK).sum(axis=1).tobytes(), total)
        length -= n
    return total


def read_arrays(path: Path, kinds: Iterable[type]) -> Any:
    """What ``write_arrays`` wrote; the file stays open for as long as one of its arrays lives.

    Args:
        path: of the file.
        kinds: the dataclasses that may be in it.

    Raises:
        ArrayFileError: it is not there, damaged, or of another version.
    """
    try:
        with path.open("rb") as file:
            pages = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            length = len(pages) - _END.size
            if not 0 < length <= _MOST_BYTES or _END.unpack_from(pages, length) != (sum_of(file, length),):
                raise ArrayFileError("it was changed")
            pages = pages[:length]
        mark, version, length = _START.unpack_from(pages)
        if mark != _MARK or version != _VERSION or length > min(_MOST_HEAD, len(pages)):
            raise ArrayFileError("no such file")
        begin = _aligned(_START.size + length)
        head = json.loads(bytes(pages[_START.size : _START.size + length]))
        return _Reader(kinds, [_array(pages, begin, *row) for row in head["arrays"]]).value(head["value"])
    except (OSError, ValueError, TypeError, LookupError, struct.error, RecursionError) as error:
        raise ArrayFileError(f"{path.name} cannot be used: {error}") from error


def let_go(array: np.ndarray) -> None:
    """Say that an array has been used, so that its pages of the file need not stay in memory; whoever reads it again gets them again.

    Args:
        array: of such a file, or any other, for which this does nothing.
    """
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    pages = base.obj if isinstance(base, memoryview) else base
    if not isinstance(pages, mmap.mmap) or not hasattr(pages, "madvise") or not array.flags.c_contiguous:
        return
    start = array.ctypes.data - np.frombuffer(pages, np.uint8).ctypes.data
    first, last = _paged(start + mmap.PAGESIZE - 1), _paged(start + array.nbytes)
    if last > first:
        pages.madvise(mmap.MADV_DONTNEED, first, last - first)


def _paged(offset: int) -> int:
    return offset // mmap.PAGESIZE * mmap.PAGESIZE


def _array(pages: memoryview, begin: int, dtype: str, shape: list[int], offset: int) -> np.ndarray:
    """One array on the file's pages."""
    if dtype not in _DTYPES or not all(isinstance(n, int) and n >= 0 for n in (*shape, offset)):
        raise ArrayFileError("no array")
    made: np.ndarray = np.ndarray(tuple(shape), np.dtype(dtype), pages, begin + offset)
    return made


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNED) * _ALIGNED
