"""A tiny GLB writer: what no genuine file at hand has, tests write themselves."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

_COMPONENTS = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
_KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


class GlbWriter:
    """Collects arrays and JSON objects and packs them as one GLB."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {"asset": {"version": "2.0", "generator": "test"}, "buffers": [{"byteLength": 0}]}
        self.blob = bytearray()

    def add(self, kind: str, item: dict[str, Any]) -> int:
        """Append an object to a root list and return its index."""
        self.root.setdefault(kind, []).append(item)
        return len(self.root[kind]) - 1

    def view(self, data: bytes, **fields: Any) -> int:
        """Append bytes as a buffer view."""
        self.blob += b"\0" * (-len(self.blob) % 4)
        offset = len(self.blob)
        self.blob += data
        return self.add("bufferViews", {"buffer": 0, "byteOffset": offset, "byteLength": len(data), **fields})

    def array(self, values: np.ndarray, **fields: Any) -> int:
        """Append a dense accessor for a (n,) or (n, size) array."""
        table = values.reshape(len(values), -1)
        return self.add("accessors", {
            "bufferView": self.view(np.ascontiguousarray(table).tobytes()), "componentType": _COMPONENTS[values.dtype.name],
            "count": len(values), "type": _KINDS[table.shape[1]], **fields,
        })  # fmt: skip

    def sparse(self, count: int, indices: np.ndarray, values: np.ndarray, base: np.ndarray | None = None) -> int:
        """Append a sparse VEC3 accessor, with a base view or without."""
        index_view, value_view = self.view(indices.tobytes()), self.view(values.tobytes())
        accessor: dict[str, Any] = {
            "componentType": _COMPONENTS[values.dtype.name], "count": count, "type": "VEC3",
            "sparse": {
                "count": len(indices), "indices": {"bufferView": index_view, "componentType": _COMPONENTS[indices.dtype.name]},
                "values": {"bufferView": value_view},
            },
        }  # fmt: skip
        if base is not None:
            accessor["bufferView"] = self.view(base.tobytes())
        return self.add("accessors", accessor)

    def mesh(self, attributes: dict[str, int], indices: np.ndarray | None = None, name: str = "Head_Mesh", **fields: Any) -> int:
        """Append a mesh with one primitive; ``targets``, ``material``, ``mode`` and ``extensions`` go to the primitive."""
        primitive: dict[str, Any] = {"attributes": attributes}
        for key in ("targets", "material", "mode", "extensions"):
            if key in fields:
                primitive[key] = fields.pop(key)
        if indices is not None:
            primitive["indices"] = self.array(indices)
        return self.add("meshes", {"name": name, "primitives": [primitive], **fields})

    def node(self, **fields: Any) -> int:
        """Append a node."""
        return self.add("nodes", fields)

    def to_bytes(self) -> bytes:
        """The GLB file."""
        blob = bytes(self.blob) + b"\0" * (-len(self.blob) % 4)
        self.root["buffers"][0]["byteLength"] = len(blob)
        text = json.dumps(self.root).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks

    def save(self, path: Path) -> Path:
        """Write the GLB and return its path."""
        path.write_bytes(self.to_bytes())
        return path


#: a square in the xy plane, facing +z, two triangles
SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
SQUARE_TRIANGLES = np.array([0, 1, 2, 0, 2, 3], np.uint16)


@pytest.fixture
def writer() -> GlbWriter:
    """An empty GLB writer."""
    return GlbWriter()


@pytest.fixture
def square() -> tuple[np.ndarray, np.ndarray]:
    """Vertices (4, 3) float32 and indices (6,) uint16 of a unit square that faces +z."""
    return SQUARE.copy(), SQUARE_TRIANGLES.copy()


@pytest.fixture
def face_writer(writer: GlbWriter) -> GlbWriter:
    """A square "face" with four targets: jawOpen moves vertex 0 down, viseme_aa vertex 1, mouthOpen vertex 2, jawLeft nothing."""
    targets = []
    for vertex in (0, 1, 2, None):
        delta = np.zeros((4, 3), np.float32)
        if vertex is not None:
            delta[vertex, 1] = -0.5
        targets.append({"POSITION": writer.array(delta)})
    names = ["jawOpen", "viseme_aa", "mouthOpen", "jawLeft"]
    writer.mesh({"POSITION": writer.array(SQUARE)}, SQUARE_TRIANGLES, targets=targets, extras={"targetNames": names})
    writer.node(mesh=0)
    return writer


#: a face as a grid of 9 x 9 vertices in front of z = 0: brows above 0.07, eyes to 0.03, lips about -0.03, chin below
_GRID = np.linspace(-0.08, 0.08, 9, dtype=np.float32)
_FACE = np.array([(x, 1.6 + y, 0.08 - 6 * x * x) for y in _GRID for x in _GRID], np.float32)
_FACE_TRIANGLES = np.array(
    [i for r in range(8) for c in range(8) for k in [r * 9 + c] for i in (k, k + 1, k + 9, k + 1, k + 10, k + 9)], np.uint16
)


def moved(kind: str) -> np.ndarray:
    """Deltas (81, 3) float32 of a shape: ``open`` lowers the chin, ``lids`` the eyes, ``smile`` spreads the lips, ``brow`` lifts."""
    x, y = _FACE[:, 0], _FACE[:, 1] - 1.6
    delta = np.zeros_like(_FACE)
    if kind == "open":
        delta[y < -0.03, 1] = -0.02
    elif kind == "lids":
        delta[(y > 0.02) & (y < 0.07), 1] = -0.01
    elif kind == "brow":
        delta[y > 0.07, 1] = 0.01
    elif kind == "smile":
        delta[:, 0] = np.where(np.abs(y + 0.03) < 0.02, 0.1 * x, 0)
    elif kind != "none":
        raise ValueError(kind)
    return delta


@pytest.fixture
def make_face(tmp_path: Path) -> Callable[..., Path]:
    """Writes a face whose shapes have the given names; a name -> kind dict says what each moves, else all open the mouth."""

    def write(names: Sequence[str] | dict[str, str], mesh: str = "Head", where: str = "mesh") -> Path:
        kinds = names if isinstance(names, dict) else dict.fromkeys(names, "open")
        writer = GlbWriter()
        targets = []
        for name, kind in kinds.items():
            accessor = writer.array(moved(kind))
            if where == "accessor":
                writer.root["accessors"][accessor]["name"] = name
            targets.append({"POSITION": accessor})
        extras = {"extras": {"targetNames": list(kinds)}} if where == "mesh" else {}
        writer.mesh({"POSITION": writer.array(_FACE)}, _FACE_TRIANGLES, name=mesh, targets=targets, **extras)
        writer.node(mesh=0)
        return writer.save(tmp_path / "face.glb")

    return write
