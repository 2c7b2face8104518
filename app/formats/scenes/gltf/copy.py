"""A glTF file as one GLB to which more is added; what was in it stays byte for byte."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np

from app.avatar.container import read_bytes, read_uri, split_container
from app.avatar.fields import Json, integer, optional_integer, record, records, text
from app.core.errors import AvatarError, TrackError

_JSON, _BINARY = 0x4E4F534A, 0x004E4942
_FLOAT = 5126
_KINDS = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}
_MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")
#: how the pictures begin that glTF allows -> their kind
_PICTURES = {
    b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"\xabKTX": "image/ktx2",
}  # fmt: skip


class GlbCopy:
    """A file in memory.

    Args:
        root: its JSON, which is changed in place.
        blob: what its first buffer holds.
        others: further chunks of the container, kind and content.
    """

    def __init__(self, root: Json, blob: bytes = b"", others: tuple[tuple[int, bytes], ...] = ()) -> None:
        self.root = root
        self._blob = bytearray(blob)
        self._others = others
        if not records(root, "buffers"):
            root["buffers"] = [{"byteLength": 0}]

    def append(self, kind: str, item: Json) -> int:
        """Append an object to a list of the root; returns its index."""
        self.root.setdefault(kind, []).append(item)
        return len(self.root[kind]) - 1

    def add(self, values: np.ndarray, *, ranged: bool = False) -> int:
        """Append numbers; returns the index of their accessor.

        Args:
            values: (n,) or (n, 3) or (n, 4), kept as float32.
            ranged: smallest and largest are stated, as key times must.
        """
        table = np.ascontiguousarray(values, "<f4").reshape(len(values), -1)
        view = self.append("bufferViews", {"buffer": 0, "byteOffset": self.place(table.tobytes()), "byteLength": table.nbytes})
        accessor: Json = {"bufferView": view, "componentType": _FLOAT, "count": len(table), "type": _KINDS[table.shape[1]]}
        if ranged:
            accessor |= {"min": [float(v) for v in table.min(0)], "max": [float(v) for v in table.max(0)]}
        return self.append("accessors", accessor)

    def place(self, data: bytes) -> int:
        """Append bytes to the first buffer; returns where they begin."""
        self._blob += b"\0" * (-len(self._blob) % 4)
        offset = len(self._blob)
        self._blob += data
        return offset

    def to_bytes(self) -> bytes:
        """The GLB.

        Raises:
            TrackError: the file's JSON holds numbers that JSON has no word for.
        """
        self.root["buffers"][0]["byteLength"] = len(self._blob)
        try:
            words = json.dumps(self.root, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
        except ValueError as error:
            raise TrackError("The avatar's file holds numbers that are infinite or not there; export the avatar again.") from error
        chunks = [(_JSON, words + b" " * (-len(words) % 4)), (_BINARY, bytes(self._blob) + b"\0" * (-len(self._blob) % 4)), *self._others]
        body = b"".join(struct.pack("<II", len(data), kind) + data for kind, data in chunks)
        return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def copy_of(path: Path) -> GlbCopy:
    """A file's copy; buffers and pictures that lie beside it are put into it.

    Args:
        path: of a GLB, glTF or VRM file.

    Raises:
        AvatarError: it is missing or broken, or something that belongs to it is.
    """
    data = read_bytes(path)
    root, binary = split_container(data)
    if any("uri" in buffer for buffer in records(root, "buffers")):
        binary = _joined(root, binary, path.parent)
    made = GlbCopy(root, _own(root, binary), _other_chunks(data))
    for image in records(root, "images"):
        uri = text(image, "uri")
        if uri and not uri.startswith("data:"):
            picture = read_uri(uri, path.parent)
            image.pop("uri")
            image["mimeType"] = next((kind for start, kind in _PICTURES.items() if picture.startswith(start)), "image/png")
            image["bufferView"] = made.append("bufferViews", {"buffer": 0, "byteOffset": made.place(picture), "byteLength": len(picture)})
    return made


def _own(root: Json, binary: bytes | None) -> bytes:
    """The first buffer without the padding of its chunk."""
    buffers = records(root, "buffers")
    if binary is None:
        if buffers and integer(buffers[0], "byteLength", 0):
            raise AvatarError("The avatar file is broken: its first buffer has no data; export it again or choose another file.")
        return b""
    return binary[: integer(buffers[0], "byteLength", len(binary))] if buffers else b""


def _joined(root: Json, binary: bytes | None, folder: Path) -> bytes:
    """Make all buffers with data one, and point everything to it; those without (meshopt's fallbacks) stay behind it."""
    blob = bytearray()
    kept: list[Json] = []
    moved: dict[int, tuple[int, int]] = {}
    for i, buffer in enumerate(records(root, "buffers")):
        if "uri" not in buffer and not (i == 0 and binary is not None):
            moved[i] = (len(kept) + 1, 0)
            kept.append(buffer)
            continue
        blob += b"\0" * (-len(blob) % 16)
        moved[i] = (0, len(blob))
        blob += read_uri(text(buffer, "uri"), folder) if "uri" in buffer else binary or b""
    for view in records(root, "bufferViews"):
        for owner in (view, *(record(record(view, "extensions"), name) for name in _MESHOPT)):
            index = optional_integer(owner, "buffer")
            if index in moved:
                owner["buffer"], offset = moved[index]
                if offset:
                    owner["byteOffset"] = integer(owner, "byteOffset", 0) + offset
    root["buffers"] = [{"byteLength": len(blob)}, *kept]
    return bytes(blob)


def _other_chunks(data: bytes) -> tuple[tuple[int, bytes], ...]:
    """Chunks of a container that are neither JSON nor its buffer."""
    if data[:4] != b"glTF":
        return ()
    found, offset = [], 12
    length = struct.unpack_from("<I", data, 8)[0]
    while offset + 8 <= length:
        size, kind = struct.unpack_from("<II", data, offset)
        if kind not in (_JSON, _BINARY):
            found.append((kind, data[offset + 8 : offset + 8 + size]))
        offset += 8 + size
    return tuple(found)
