"""Whatever the bytes, reading an avatar ends in an avatar or in one AvatarError, soon and in bounded memory."""

from __future__ import annotations

import copy
import json
import struct
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.avatar.container import split_container
from app.avatar.document import Document
from app.avatar.gltf import build_avatar
from app.avatar.rig import AvatarRig
from app.core.errors import AvatarError

SLOW_S = 2.0
VALUES = st.sampled_from(
    [
        -1,
        0,
        1,
        2,
        3,
        255,
        2**31,
        2**40,
        2**63,
        10**400,
        0.5,
        1e308,
        -1e30,
        None,
        True,
        "x",
        "",
        [],
        {},
        [0],
        [-1],
        [[]],
        ["x"],
        {"index": 0},
    ]
)


def glb(root: dict, blob: bytes) -> bytes:
    text = json.dumps(root).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def sample() -> tuple[dict, bytes]:
    """A small avatar that uses most of what the reader knows: skin, dense and sparse targets, material, strides, two scenes."""
    arrays = [
        np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], "<f4"),
        np.array([0, 1, 2, 2, 1, 3], "<u2"),
        np.zeros((4, 4), "<u1"),
        np.array([[1, 0, 0, 0]] * 4, "<f4"),
        np.eye(4, dtype="<f4"),
        np.full((4, 3), 0.1, "<f4"),
        np.array([1], "<u1"),
        np.ones((1, 3), "<f4"),
        np.zeros((4, 2), "<f4"),
    ]
    blob, views = b"", []
    for array in arrays:
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": array.nbytes})
        blob += array.tobytes() + b"\0" * (-array.nbytes % 4)
    kinds = [("VEC3", 5126, 4), ("SCALAR", 5123, 6), ("VEC4", 5121, 4), ("VEC4", 5126, 4), ("MAT4", 5126, 1), ("VEC3", 5126, 4)]
    accessors = [{"bufferView": i, "type": t, "componentType": c, "count": n} for i, (t, c, n) in enumerate(kinds)]
    sparse = {"count": 1, "indices": {"bufferView": 6, "componentType": 5121, "byteOffset": 0}, "values": {"bufferView": 7}}
    accessors += [{"type": "VEC3", "componentType": 5126, "count": 4, "sparse": sparse}]
    accessors += [{"type": "VEC2", "componentType": 5126, "count": 4, "bufferView": 8}]
    primitive = {
        "attributes": {"POSITION": 0, "JOINTS_0": 2, "WEIGHTS_0": 3, "TEXCOORD_0": 7}, "indices": 1, "material": 0,
        "targets": [{"POSITION": 5}, {"POSITION": 6, "NORMAL": 6}], "mode": 4,
    }  # fmt: skip
    mesh = {"name": "Head_Mesh", "primitives": [primitive], "weights": [0, 0], "extras": {"targetNames": ["jawOpen", "viseme_aa"]}}
    group = {"presetName": "blink", "name": "Blink", "binds": [{"mesh": 0, "index": 1, "weight": 100}]}
    vrm = {"humanoid": {"humanBones": [{"bone": "head", "node": 1}]}, "blendShapeMaster": {"blendShapeGroups": [group]}}
    texture = {"index": 0, "extensions": {"KHR_texture_transform": {"scale": [2, 2]}}}
    root = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0, 1]}], "extensionsUsed": [], "extensionsRequired": [],
        "nodes": [{"mesh": 0, "skin": 0, "weights": [0, 0.5]}, {"name": "Head", "children": [2]}, {"rotation": [0, 0, 0, 1]}],
        "meshes": [mesh], "skins": [{"joints": [1], "inverseBindMatrices": 4}], "accessors": accessors, "bufferViews": views,
        "buffers": [{"byteLength": len(blob)}], "materials": [{"pbrMetallicRoughness": {"baseColorTexture": texture}}],
        "extensions": {"VRM": vrm}, "textures": [{"source": 0, "sampler": 0}], "images": [{"bufferView": 5}], "samplers": [{}],
    }  # fmt: skip
    return root, blob


def paths(value, prefix=()):
    """All places of a JSON value."""
    yield prefix
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*prefix, key))


ROOT, BLOB = sample()
PLACES = [path for path in paths(ROOT) if path]
BYTES = glb(ROOT, BLOB)


def read(data: bytes) -> None:
    """Load and pose; anything but AvatarError is a failure, and so is taking long."""
    start = time.perf_counter()
    try:
        AvatarRig(build_avatar(Document(*split_container(data)), "fuzz")).pose(np.ones(52, np.float32), np.ones(15, np.float32))
    except AvatarError as error:
        assert str(error).endswith("."), error
    assert time.perf_counter() - start < SLOW_S


def test_the_sample_itself_loads():
    avatar = build_avatar(Document(*split_container(BYTES)), "sample")
    assert avatar.parts[0].targets is not None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=3))
def test_any_json_field_may_hold_anything(changes):
    root = json.loads(json.dumps(ROOT))
    for path, value in changes:
        target = root
        try:
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = copy.deepcopy(value)  # later changes reach into it, and it is drawn again
        except (KeyError, IndexError, TypeError):
            continue
    read(glb(root, BLOB))


def test_every_field_with_every_odd_value():
    for path in PLACES:
        for value in (-1, 2**40, 10**400, 1e308, "x", None, [], {}, [-1], ["x"], {"a": []}):
            root = json.loads(json.dumps(ROOT))
            target = root
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = value
            read(glb(root, BLOB))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(BYTES) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_bytes_may_flip(changes):
    data = bytearray(BYTES)
    for offset, value in changes:
        data[offset] = value
    read(bytes(data))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(BYTES)))
def test_the_file_may_end_anywhere(length):
    read(BYTES[:length])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"glTF", b"glTF\2\0\0\0", b"{", BYTES[:20]]))
def test_noise_is_refused(noise, head):
    with pytest.raises(AvatarError):
        build_avatar(Document(*split_container(head + noise)), "noise")
