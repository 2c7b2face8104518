"""The outside of a glTF file: GLB chunks or plain JSON, and the buffers beside it, which never leave its folder."""

from __future__ import annotations

import base64
import binascii
import struct
from pathlib import Path
from urllib.parse import unquote

from app.avatar.fields import Json, broken
from app.core.errors import AvatarError
from app.core.foreign import parsed_json

#: larger files are refused before they are read
MAX_FILE_BYTES = 1 << 30

_GLB_MAGIC = b"glTF"
_JSON_CHUNK = 0x4E4F534A
_BINARY_CHUNK = 0x004E4942
_HEADER_BYTES = 12


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Args:
        path: any path the user gave.

    Raises:
        AvatarError: it is missing, unreadable or over MAX_FILE_BYTES.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise AvatarError(f"{path.name} is larger than {MAX_FILE_BYTES >> 20} MB; export the avatar with smaller textures.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise AvatarError(f"There is no file {path}; check its name and folder.") from error
    except (OSError, ValueError) as error:
        raise AvatarError(f"{path.name} cannot be read; check that it is a file you may open.") from error


def split_container(data: bytes) -> tuple[Json, bytes | None]:
    """Split a .glb, .vrm or .gltf file.

    Args:
        data: the whole file.

    Returns:
        The JSON root, and the GLB's binary chunk or None.

    Raises:
        AvatarError: neither a whole GLB 2.0 nor a JSON object.
    """
    if data[:4] == _GLB_MAGIC:
        return _split_glb(data)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        raise AvatarError("This is not a glTF file; choose a .glb, .gltf or .vrm avatar.")
    return _parse_json(data), None


def _split_glb(data: bytes) -> tuple[Json, bytes | None]:
    if len(data) < _HEADER_BYTES:
        raise broken("it ends within its header")
    _, version, length = struct.unpack_from("<4sII", data)
    if version != 2:
        raise AvatarError(f"This file is glTF {version}; export the avatar as glTF 2.0.")
    if length > len(data):
        raise broken(f"it is cut off after {len(data)} of {length} bytes")
    chunks: dict[int, bytes] = {}
    offset = _HEADER_BYTES
    while offset + 8 <= length:
        size, kind = struct.unpack_from("<II", data, offset)
        offset += 8
        if size > length - offset:
            raise broken("a chunk is longer than the file")
        chunks.setdefault(kind, data[offset : offset + size])
        offset += size
    if _JSON_CHUNK not in chunks:
        raise broken("it has no JSON chunk")
    return _parse_json(chunks[_JSON_CHUNK]), chunks.get(_BINARY_CHUNK)


def _parse_json(data: bytes) -> Json:
    try:
        root = parsed_json(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise broken("its JSON cannot be read") from error
    if not isinstance(root, dict):
        raise broken("its JSON is not an object")
    return root


def read_uri(uri: str, folder: Path | None) -> bytes:
    """The bytes behind a buffer's or an image's URI.

    Args:
        uri: a ``data:`` URI or a relative path.
        folder: the avatar's folder, the only place that paths may lead to; None when there is none.

    Raises:
        AvatarError: broken base64, another scheme, a path that leaves the folder, or a missing file.
    """
    if uri.startswith("data:"):
        head, _, payload = uri.partition(",")
        try:
            return base64.b64decode(payload, validate=True) if head.endswith(";base64") else unquote(payload).encode("latin-1")
        except (binascii.Error, ValueError) as error:
            raise broken("embedded data is not valid base64") from error
    name = unquote(uri)
    if folder is None or "\x00" in name or ":" in name or name.startswith(("/", "\\")):
        raise AvatarError("The avatar points to data outside its own folder; export it as one .glb file.")
    root = folder.resolve()
    try:
        target = (root / name.replace("\\", "/")).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise broken("it names a file that cannot exist") from error
    if not target.is_relative_to(root):
        raise AvatarError("The avatar points to data outside its own folder; export it as one .glb file.")
    if not target.is_file():
        raise AvatarError(f"The avatar needs the file {name[:80]!r} beside it; copy it there or export one .glb file.")
    return read_bytes(target)
