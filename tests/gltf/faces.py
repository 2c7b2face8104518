"""A face of a few triangles on two meshes, with any animation."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.formats.scenes.gltf.copy import GlbCopy

_TRIANGLE = np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.1, 0]], np.float32)


def small_face(meshes: dict[str, list[str]], **nodes: dict[str, Any]) -> GlbCopy:
    """A file with one triangle per mesh.

    Args:
        meshes: name of each mesh and its node -> names of its targets, each of which moves the triangle in its own way.
        nodes: further nodes, by name.
    """
    glb = GlbCopy({"asset": {"version": "2.0"}, "scene": 0})
    for i, (name, targets) in enumerate(meshes.items()):
        attributes = {"POSITION": glb.add(_TRIANGLE + i, ranged=True)}
        primitive: dict[str, Any] = {"attributes": attributes}
        if targets:
            primitive["targets"] = [{"POSITION": glb.add(_delta(j, len(targets)), ranged=True)} for j in range(len(targets))]
        mesh = {"name": name, "primitives": [primitive], **({"extras": {"targetNames": targets}} if targets else {})}
        glb.append("nodes", {"name": name, "mesh": glb.append("meshes", mesh)})
    for name, fields in nodes.items():
        glb.append("nodes", {"name": name, **fields})
    below = {child for node in glb.root["nodes"] for child in node.get("children", ())}
    glb.root["scenes"] = [{"nodes": [i for i in range(len(glb.root["nodes"])) if i not in below]}]
    return glb


def _delta(j: int, n: int) -> np.ndarray:
    """(3, 3) float32: no two targets move alike, none is the sum of others."""
    delta = np.zeros((3, 3), np.float32)
    delta.reshape(-1)[j % 9] = 0.01 * (1 + j // 9)
    assert j < n
    return delta


def animate(
    glb: GlbCopy, node: int, path: str, times_s: Any, values: Any, *, mode: str = "LINEAR", output: dict[str, Any] | None = None
) -> None:
    """Add one curve to the file's last animation, or to a first one.

    Args:
        glb: the file.
        node: that it moves.
        path: what it moves.
        times_s: of the keys.
        values: (k, width) float32, or raw bytes with the accessor's fields in ``output``.
        mode: between the keys.
        output: fields of the accessor where the values are bytes.
    """
    if not glb.root.get("animations"):
        glb.append("animations", {"name": "Take", "channels": [], "samplers": []})
    animation = glb.root["animations"][-1]
    if output is None:
        flat = np.asarray(values, np.float32)
        accessor = glb.add(flat.reshape(-1) if path == "weights" else flat)
    else:
        view = glb.append("bufferViews", {"buffer": 0, "byteOffset": glb.place(values), "byteLength": len(values)})
        accessor = glb.append("accessors", {"bufferView": view, "type": "SCALAR", **output})
    keys = glb.add(np.asarray(times_s, np.float32), ranged=True)
    animation["samplers"].append({"input": keys, "output": accessor, "interpolation": mode})
    animation["channels"].append({"sampler": len(animation["samplers"]) - 1, "target": {"node": node, "path": path}})
