"""A small avatar that uses most of what the reader knows."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image


def small_avatar() -> tuple[dict[str, Any], bytes]:
    """Root and binary chunk: a skin, dense and sparse targets, a picture, strides, two scenes, both versions of VRM, an animation."""
    picture = io.BytesIO()
    Image.new("RGBA", (8, 8), (200, 120, 90, 255)).save(picture, "PNG")
    arrays = [
        np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], "<f4"), np.array([0, 1, 2, 2, 1, 3], "<u2"), np.zeros((4, 4), "<u1"),
        np.array([[1, 0, 0, 0]] * 4, "<f4"), np.eye(4, dtype="<f4"), np.full((4, 3), 0.1, "<f4"), np.array([1], "<u1"),
        np.ones((1, 3), "<f4"), np.zeros((4, 2), "<f4"), np.frombuffer(picture.getvalue(), np.uint8), np.array([0, 0.5, 1], "<f4"),
        np.array([0, 0, 1, 0, 0, 1], "<f4"), np.array([[0, 0, 0, 1]] * 3, "<f4"),
    ]  # fmt: skip
    blob, views = b"", []
    for array in arrays:
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": array.nbytes})
        blob += array.tobytes() + b"\0" * (-array.nbytes % 4)
    kinds = [("VEC3", 5126, 4), ("SCALAR", 5123, 6), ("VEC4", 5121, 4), ("VEC4", 5126, 4), ("MAT4", 5126, 1), ("VEC3", 5126, 4)]
    accessors: list[dict[str, Any]] = [{"bufferView": i, "type": t, "componentType": c, "count": n} for i, (t, c, n) in enumerate(kinds)]
    sparse = {"count": 1, "indices": {"bufferView": 6, "componentType": 5121, "byteOffset": 0}, "values": {"bufferView": 7}}
    accessors += [{"type": "VEC3", "componentType": 5126, "count": 4, "sparse": sparse}]
    accessors += [{"type": "VEC2", "componentType": 5126, "count": 4, "bufferView": 8}]
    accessors += [{"type": "SCALAR", "componentType": 5126, "count": 3, "bufferView": 10, "min": [0], "max": [1]}]
    accessors += [{"type": "SCALAR", "componentType": 5126, "count": 6, "bufferView": 11}]
    accessors += [{"type": "VEC4", "componentType": 5126, "count": 3, "bufferView": 12}]
    return _root(len(blob), views, accessors), blob


def _root(size: int, views: list[dict[str, Any]], accessors: list[dict[str, Any]]) -> dict[str, Any]:
    primitive = {
        "attributes": {"POSITION": 0, "JOINTS_0": 2, "WEIGHTS_0": 3, "TEXCOORD_0": 7}, "indices": 1, "material": 0,
        "targets": [{"POSITION": 5}, {"POSITION": 6, "NORMAL": 6}], "mode": 4,
    }  # fmt: skip
    mesh = {"name": "Head_Mesh", "primitives": [primitive], "weights": [0, 0], "extras": {"targetNames": ["jawOpen", "viseme_aa"]}}
    group = {"presetName": "blink", "name": "Blink", "binds": [{"mesh": 0, "index": 1, "weight": 100}]}
    vrm = {"humanoid": {"humanBones": [{"bone": "head", "node": 1}]}, "blendShapeMaster": {"blendShapeGroups": [group]}}
    later = {"specVersion": "1.0", "expressions": {"preset": {"aa": {"morphTargetBinds": [{"node": 0, "index": 0, "weight": 1.0}]}}}}
    texture = {"index": 0, "extensions": {"KHR_texture_transform": {"scale": [2, 2], "offset": [0, 0], "rotation": 0.1}}}
    material = {
        "pbrMetallicRoughness": {"baseColorTexture": texture, "baseColorFactor": [1, 1, 1, 1]}, "alphaMode": "MASK", "alphaCutoff": 0.5,
        "extensions": {"KHR_materials_transmission": {"transmissionFactor": 0.4}}, "doubleSided": True,
    }  # fmt: skip
    weights = {"sampler": 0, "target": {"node": 0, "path": "weights"}}
    turn = {"sampler": 1, "target": {"node": 1, "path": "rotation"}}
    animation = {
        "name": "Take", "channels": [weights, turn],
        "samplers": [{"input": 8, "output": 9}, {"input": 8, "output": 10, "interpolation": "STEP"}],
    }  # fmt: skip
    return {
        "asset": {"version": "2.0", "generator": "small"}, "scene": 0, "scenes": [{"nodes": [0, 1]}, {"nodes": [0]}],
        "extensionsUsed": ["KHR_texture_transform"], "extensionsRequired": [],
        "nodes": [
            {"mesh": 0, "skin": 0, "weights": [0, 0.5], "translation": [0, 1, 0], "scale": [1, 1, 1]}, {"name": "Head", "children": [2]},
            {"rotation": [0, 0, 0, 1], "name": "LeftEye"},
        ],
        "meshes": [mesh], "skins": [{"joints": [1], "inverseBindMatrices": 4}], "accessors": accessors, "bufferViews": views,
        "buffers": [{"byteLength": size}], "materials": [material], "extensions": {"VRM": vrm, "VRMC_vrm": later},
        "textures": [{"source": 0, "sampler": 0}], "images": [{"bufferView": 9, "mimeType": "image/png"}], "samplers": [{"wrapS": 33071}],
        "animations": [animation],
    }  # fmt: skip
