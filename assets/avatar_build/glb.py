"""Write a skinned, morphing model as GLB with deterministic bytes and sparse morph targets where those are smaller."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

FLOAT, UBYTE, USHORT, UINT = 5126, 5121, 5123, 5125
_TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
#: deltas below these are nothing one can see: 50 micrometres, two degrees of normal
POSITION_FLOOR_M = 5e-5
NORMAL_FLOOR = 0.035


@dataclass(frozen=True)
class Part:
    """One mesh of the avatar.

    Attributes:
        name: mesh and node name.
        positions: (n, 3) metres.
        normals: (n, 3) unit.
        uvs: (n, 2), v = 0 at the top.
        triangles: (m, 3).
        joints: (n, 4) uint8.
        weights: (n, 4) float32.
        material: key of the model's materials.
        targets: name -> (position deltas, normal deltas), both (n, 3); the order of ``target_names`` counts.
        target_names: morph targets in file order.
        colors: (n, 4) linear vertex colours, or None.
    """

    name: str
    positions: np.ndarray
    normals: np.ndarray
    uvs: np.ndarray
    triangles: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    material: str
    targets: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    target_names: tuple[str, ...] = ()
    colors: np.ndarray | None = None


@dataclass(frozen=True)
class Model:
    """What goes into a GLB.

    Attributes:
        parts: meshes.
        materials: name -> glTF material object whose textures are ``{"index": image name}``.
        images: name -> (mime type, encoded bytes).
        joints: names.
        parents: joint parents, -1 for the root.
        joint_positions: (n, 3) world metres, axes aligned with the world.
        copyright: for ``asset.copyright``.
    """

    parts: tuple[Part, ...]
    materials: dict[str, dict]
    images: dict[str, tuple[str, bytes]]
    joints: tuple[str, ...]
    parents: tuple[int, ...]
    joint_positions: np.ndarray
    copyright: str


class _Writer:
    """Collects buffer views and accessors."""

    def __init__(self) -> None:
        self.blob = bytearray()
        self.views: list[dict] = []
        self.accessors: list[dict] = []

    def view(self, data: bytes, target: int | None = None) -> int:
        self.blob += b"\0" * (-len(self.blob) % 4)
        entry: dict = {"buffer": 0, "byteOffset": len(self.blob), "byteLength": len(data)}
        if target:
            entry["target"] = target
        self.blob += data
        self.views.append(entry)
        return len(self.views) - 1

    def accessor(self, array: np.ndarray, kind: int, target: int | None = None, bounds: bool = False, normalized: bool = False) -> int:
        entry = {"bufferView": self.view(array.tobytes(), target), **_describe(array, kind)}
        if normalized:
            entry["normalized"] = True
        if bounds:
            entry.update(_bounds(array))
        self.accessors.append(entry)
        return len(self.accessors) - 1

    def deltas(self, values: np.ndarray, floor: float, bounds: bool) -> int:
        values = np.where(np.linalg.norm(values, axis=1, keepdims=True) > floor, values, 0.0).astype(np.float32) + np.float32(0)
        rows = np.flatnonzero(values.any(axis=1))
        kind = (UBYTE, np.uint8) if len(values) <= 255 else (USHORT, np.uint16) if len(values) <= 65535 else (UINT, np.uint32)
        if len(rows) * (12 + kind[1]().itemsize) >= len(values) * 12:
            return self.accessor(values, FLOAT, bounds=bounds)
        entry = _describe(values, FLOAT)
        if bounds:
            entry.update(_bounds(values))
        if len(rows):
            indices = {"bufferView": self.view(rows.astype(kind[1]).tobytes()), "componentType": kind[0]}
            entry["sparse"] = {"count": len(rows), "indices": indices, "values": {"bufferView": self.view(values[rows].tobytes())}}
        self.accessors.append(entry)
        return len(self.accessors) - 1


def _describe(array: np.ndarray, kind: int) -> dict:
    width = 1 if array.ndim == 1 else int(np.prod(array.shape[1:]))
    return {"componentType": kind, "count": len(array), "type": _TYPES[width]}


def _bounds(array: np.ndarray) -> dict:
    return {"min": [float(x) for x in array.min(axis=0)], "max": [float(x) for x in array.max(axis=0)]}


def write_glb(model: Model, path: Path) -> int:
    """Write the model.

    Args:
        model: what to write.
        path: the file.

    Returns:
        Its size in bytes.
    """
    writer = _Writer()
    names = list(model.materials)
    meshes = [_mesh(writer, part, names.index(part.material)) for part in model.parts]
    document = {
        "asset": {"version": "2.0", "generator": "VisemeSync Preview assets/build_avatar.py", "copyright": model.copyright},
        "scene": 0,
        "meshes": meshes,
        **_nodes(writer, model),
        **_materials(writer, model),
        "accessors": writer.accessors,
        "bufferViews": writer.views,
        "buffers": [{"byteLength": len(writer.blob) + -len(writer.blob) % 4}],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    blob = bytes(writer.blob) + b"\0" * (-len(writer.blob) % 4)
    header = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(blob))
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob
    path.write_bytes(header + chunks)
    return len(header + chunks)


def _mesh(writer: _Writer, part: Part, material: int) -> dict:
    wide = len(part.positions) > 65535
    primitive: dict = {
        "attributes": {
            "POSITION": writer.accessor(_micro(part.positions, 6), FLOAT, 34962, bounds=True),
            "NORMAL": writer.accessor(_micro(part.normals, 4), FLOAT, 34962),
            "TEXCOORD_0": writer.accessor(_micro(part.uvs, 6), FLOAT, 34962),
            "JOINTS_0": writer.accessor(part.joints, UBYTE, 34962),
            "WEIGHTS_0": writer.accessor(part.weights.astype(np.float32), FLOAT, 34962),
        },
        "indices": writer.accessor(part.triangles.ravel().astype(np.uint32 if wide else np.uint16), UINT if wide else USHORT, 34963),
        "material": material,
    }
    if part.colors is not None:
        rgba = np.round(np.clip(part.colors, 0, 1) * 255).astype(np.uint8)
        primitive["attributes"]["COLOR_0"] = writer.accessor(rgba, UBYTE, 34962, normalized=True)
    mesh: dict = {"name": part.name, "primitives": [primitive]}
    if part.target_names:
        primitive["targets"] = [
            {
                "POSITION": writer.deltas(_micro(part.targets[name][0], 6), POSITION_FLOOR_M, bounds=True),
                "NORMAL": writer.deltas(_micro(part.targets[name][1], 4), NORMAL_FLOOR, bounds=False),
            }
            for name in part.target_names
        ]
        mesh["weights"] = [0.0] * len(part.target_names)
        mesh["extras"] = {"targetNames": list(part.target_names)}
    return mesh


def _micro(array: np.ndarray, digits: int) -> np.ndarray:
    """Round before storing, so that the last bits of the platform's arithmetic do not show in the file."""
    return np.round(array, digits).astype(np.float32)


def _nodes(writer: _Writer, model: Model) -> dict:
    count = len(model.joints)
    nodes: list[dict] = []
    for i, name in enumerate(model.joints):
        parent = model.parents[i]
        offset = model.joint_positions[i] - (model.joint_positions[parent] if parent >= 0 else 0.0)
        node: dict = {"name": name, "translation": [round(float(x), 6) for x in offset]}
        children = [k for k in range(count) if model.parents[k] == i]
        if children:
            node["children"] = children
        nodes.append(node)
    inverse = np.tile(np.eye(4, dtype=np.float32), (count, 1, 1))
    inverse[:, 3, :3] = -np.round(model.joint_positions, 6)
    matrices = writer.accessor(inverse.reshape(count, 16), FLOAT)
    mesh_nodes = [{"name": part.name, "mesh": i, "skin": 0} for i, part in enumerate(model.parts)]
    roots = [i for i in range(count) if model.parents[i] < 0]
    armature = {"name": "Armature", "children": roots + list(range(count, count + len(mesh_nodes)))}
    return {
        "nodes": [*nodes, *mesh_nodes, armature],
        "skins": [{"name": "Armature", "joints": list(range(count)), "inverseBindMatrices": matrices, "skeleton": roots[0]}],
        "scenes": [{"name": "Scene", "nodes": [count + len(mesh_nodes)]}],
    }


def _materials(writer: _Writer, model: Model) -> dict:
    order = list(model.images)

    def resolve(value: object) -> object:
        if isinstance(value, dict):
            return {key: order.index(item) if key == "index" else resolve(item) for key, item in value.items()}
        return value

    result: dict = {"materials": [{"name": name, **resolve(material)} for name, material in model.materials.items()]}
    if order:
        result["samplers"] = [{"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}]
        result["textures"] = [{"sampler": 0, "source": i, "name": name} for i, name in enumerate(order)]
        result["images"] = [
            {"name": name, "mimeType": mime, "bufferView": writer.view(data)} for name, (mime, data) in model.images.items()
        ]
    return result
