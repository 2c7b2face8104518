"""Damage inside containers, which are closed again with right lengths and sums: GLB, zip, gzip, PNG, numpy, Ogg, files of arrays."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import stat
import struct
import warnings
import zipfile
import zlib
from random import Random

from app.core.array_file import sum_of
from tests.fuzz import mutating, odd

_BOMB_BYTES = 400 << 20
_NAMES = (
    "../out.txt", "/abs.txt", "..\\out.txt", "a/../../out", "C:/x", "con", "x:y", "a" * 300, "tracks/" * 6 + "x", "project.vsync",
    "PROJECT.VSYNC", "sound.flac", "media/../../x", "media/x\0y", "avatars/.", "media/ x ", "ä/ö", "tracks/a.npy",
    "media/\u202egnp.exe", "thumbnail.png", "",
)  # fmt: skip


def glb(data: bytes, random: Random) -> bytes:
    """Change a GLB's JSON, its binary chunk, or what lies around them."""
    kind = random.random()
    parts = _chunks(data)
    if parts is None:
        return mutating.values(data, random) if data[:1] == b"{" else mutating.plain(data, random)
    if kind < 0.1:
        return mutating.plain(data, random)
    text, blob = parts
    if kind < 0.75:
        text = mutating.values(text, random)
    elif len(blob):
        blob = picture(blob, random) if random.random() < 0.3 else mutating.plain(blob, random)
    return made_glb(text, blob)


def _chunks(data: bytes) -> tuple[bytes, bytes] | None:
    if data[:4] != b"glTF" or len(data) < 20:
        return None
    size = int.from_bytes(data[12:16], "little")
    return data[20 : 20 + size], data[28 + size :]


def made_glb(text: bytes, blob: bytes) -> bytes:
    """A GLB of two chunks."""
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def zipped(data: bytes, random: Random) -> bytes:
    """Change a member of a zip, its name, its kind or what it claims; or the bytes of the zip."""
    if random.random() < 0.2:
        return mutating.plain(data, random)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except (zipfile.BadZipFile, lzma.LZMAError, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, KeyError):
        return mutating.plain(data, random)
    if not members:
        return mutating.plain(data, random)
    at = random.randrange(len(members)) if random.random() < 0.6 else 0
    name, content = members[at]
    kind = random.random()
    if kind < 0.6:
        members[at] = (name, by_name(name, content, random))
    elif kind < 0.75:
        members[at] = (random.choice(_NAMES), content)
    elif kind < 0.85:
        members.append((random.choice((name, *_NAMES)), content[:1000]))
    elif kind < 0.9:
        del members[at]
    elif kind < 0.93:
        members[at] = (name, b"\0" * (_BOMB_BYTES // 8))
    return _zip(members, random)


def _zip(members: list[tuple[str, bytes]], random: Random) -> bytes:
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w") as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content in members:
            info = zipfile.ZipInfo(name or "x")
            if random.random() < 0.03:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            packing = (zipfile.ZIP_DEFLATED,) * 20 + (zipfile.ZIP_STORED,) * 10 + (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2)
            info.compress_type = random.choice(packing) if len(content) < 1 << 20 else zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return made.getvalue()


def by_name(name: str, content: bytes, random: Random) -> bytes:
    """Change a file by what its name says that it is."""
    ending = name.rpartition(".")[2].lower()
    if ending in ("json", "vsync"):
        return mutating.values(content, random)
    if ending == "npy":
        return array(content, random)
    return picture(content, random) if ending == "png" else mutating.plain(content, random)


def array(data: bytes, random: Random) -> bytes:
    """Change the header or the numbers of a numpy file."""
    if data[:6] != b"\x93NUMPY" or random.random() < 0.3:
        return mutating.plain(data, random)
    size = int.from_bytes(data[8:10], "little")
    head = data[10 : 10 + size]
    if random.random() < 0.5:
        dtypes = (b"'<f4'", b"'|O'", b"'<f8'", b"'>f4'", b"'<U99999999'", b"'|V0'", b"[('a', '<f4')]", b"'<c16'", b"'|S0'")
        head = head.replace(b"'<f4'", random.choice(dtypes))
    else:
        head = mutating.text(head, random)
    return data[:8] + struct.pack("<H", len(head) % 65536) + head + data[10 + size :]


def npz(data: bytes, random: Random) -> bytes:
    """Change a zip of numpy files."""
    return zipped(data, random)


def gzipped(data: bytes, random: Random) -> bytes:
    """Change what a gzip holds."""
    if random.random() < 0.2:
        return mutating.plain(data, random)
    try:
        inner = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return mutating.plain(data, random)
    if random.random() < 0.01:
        return gzip.compress(inner + b"\0" * _BOMB_BYTES, 1)
    return gzip.compress(mutating.plain(inner, random), 1, mtime=0)


def picture(data: bytes, random: Random) -> bytes:
    """Change the first PNG in bytes, with right sums; or the bytes."""
    at = data.find(b"\x89PNG\r\n\x1a\n")
    if at < 0 or random.random() < 0.2:
        return mutating.plain(data, random)
    place, chunks = at + 8, []
    while place + 12 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        chunks.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + size]))
        place += 12 + size
        if chunks[-1][0] == b"IEND":
            break
    if not chunks:
        return mutating.plain(data, random)
    place = min(place, len(data))
    which = random.randrange(len(chunks)) if random.random() < 0.5 else 0
    name, content = chunks[which]
    chunks[which] = (name, mutating.plain(content, random))
    body = b"".join(len(c).to_bytes(4, "big") + n + c + zlib.crc32(n + c).to_bytes(4, "big") for n, c in chunks)
    # what stands behind keeps its place where it can
    made = data[at : at + 8] + body
    return data[:at] + (made[: place - at].ljust(place - at, b"\0") if random.random() < 0.7 else made) + data[place:]


def ogg(data: bytes, random: Random) -> bytes:
    """Change an Ogg file and mend the sums of its pages."""
    made = bytearray(mutating.plain(data, random))
    if random.random() < 0.3:
        return bytes(made)
    at = made.find(b"OggS")
    while at >= 0 and at + 27 <= len(made):
        count = made[at + 26]
        end = at + 27 + count + sum(made[at + 27 : at + 27 + count])
        made[at + 22 : at + 26] = bytes(4)
        made[at + 22 : at + 26] = _ogg_sum(bytes(made[at:end])).to_bytes(4, "little")
        at = made.find(b"OggS", max(end, at + 4))
    return bytes(made)


def _ogg_table() -> list[int]:
    table = []
    for first in range(256):
        rest = first << 24
        for _ in range(8):
            rest = ((rest << 1) ^ 0x04C11DB7) & 0xFFFFFFFF if rest & 0x80000000 else rest << 1
        table.append(rest)
    return table


_TABLE = _ogg_table()


def _ogg_sum(page: bytes) -> int:
    rest = 0
    for byte in page:
        rest = ((rest << 8) & 0xFFFFFFFF) ^ _TABLE[(rest >> 24) ^ byte]
    return rest


def arrays(data: bytes, random: Random) -> bytes:
    """Change the head or the arrays of a file of arrays; its sum is right again, so that the head is read."""
    if data[:8] != b"VSARRAYS" or random.random() < 0.3:
        return mutating.plain(data, random)
    mark, version, size = struct.unpack_from("<8sIQ", data)
    head = data[20 : 20 + size]
    try:
        json.loads(head)
    except (ValueError, RecursionError):
        return mutating.plain(data, random)
    head = mutating.values(head, random)
    padding = -(20 + len(head)) % 64
    begin = -(-(20 + size) // 64) * 64
    made = struct.pack("<8sIQ", mark, version, len(head)) + head + bytes(padding) + data[begin:-8]
    return made + struct.pack("<Q", sum_of(io.BytesIO(made), len(made)))


def odd_png(width: int, height: int) -> bytes:
    """A small file that says that it is a huge picture, and is one."""
    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(bytes(1 + (width + 7) // 8)) for _ in range(height)) + rows.flush()
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(len(c).to_bytes(4, "big") + n + c + zlib.crc32(n + c).to_bytes(4, "big") for n, c in chunks)


__all__ = ["array", "arrays", "by_name", "glb", "gzipped", "made_glb", "npz", "odd", "odd_png", "ogg", "picture", "zipped"]
