"""KHR_draco_mesh_compression, decoded by the DracoPy wheel."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.avatar.document import Document
from app.avatar.fields import Json, broken, integer, record
from app.core.errors import AvatarError

EXTENSION = "KHR_draco_mesh_compression"


def unpack_primitive(document: Document, primitive: Json) -> None:
    """Decode a compressed primitive, so that its accessors can be read like any others.

    Args:
        document: receives the decoded arrays.
        primitive: any primitive; nothing happens when it is not compressed.

    Raises:
        AvatarError: the decoder is not installed, or the data is damaged.
    """
    extension = record(record(primitive, "extensions"), EXTENSION)
    if not extension:
        return
    packed = document.view(integer(extension, "bufferView")).tobytes()
    mesh = _decode(packed)
    if "indices" in primitive:
        document.provide(integer(primitive, "indices"), np.asarray(mesh.faces, np.uint32).reshape(-1, 1))
    attributes = record(primitive, "attributes")
    for name in record(extension, "attributes"):
        unique_id = integer(record(extension, "attributes"), name)
        found = mesh.get_attribute_by_unique_id(unique_id)
        if found is None or name not in attributes:
            raise broken(f"its compressed mesh lacks {name[:20]}")
        values = np.asarray(found["data"])
        document.provide(integer(attributes, name), values.reshape(len(values), -1))


def _decode(packed: bytes) -> Any:
    try:
        import DracoPy  # needed by few files
    except ImportError as error:
        raise AvatarError("This avatar is compressed with Draco; install the package DracoPy or export it uncompressed.") from error
    try:
        mesh = DracoPy.decode(packed)
    except (DracoPy.FileTypeException, RuntimeError, ValueError, IndexError, TypeError, MemoryError, OverflowError) as error:
        raise broken("its Draco data cannot be decoded") from error
    if getattr(mesh, "faces", None) is None:
        raise broken("its Draco data holds points instead of a mesh")
    return mesh
