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
from tests.fuzz.targets.small_avatar import small_avatar

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


def paths(value, prefix=()):
    """All places of a JSON value."""
    yield prefix
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*prefix, key))


ROOT, BLOB = small_avatar()
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
