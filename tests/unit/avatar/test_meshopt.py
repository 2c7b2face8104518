from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from app.avatar.document import read_document
from app.avatar.gltf import load_avatar
from app.avatar.meshopt import decode_exponential, decode_octahedral, decode_quaternion, decode_view
from app.avatar.rig import AvatarRig
from app.core.arkit import weights_from
from app.core.errors import AvatarError


@pytest.fixture(scope="module")
def reference():
    """The wheel of the reference implementation, which exists for Linux only; the streams of its encoder are stored beside this file."""
    return pytest.importorskip("meshoptimizer", reason="the reference meshoptimizer wheel is not installed")


@pytest.fixture(scope="module")
def written():
    """The script that made the stored streams, for the numbers they hold."""
    path = Path(__file__).with_name("write_meshopt_streams.py")
    spec = importlib.util.spec_from_file_location("write_meshopt_streams", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def streams(written):
    with np.load(written.FILE, allow_pickle=False) as file:
        return {name: file[name].tobytes() for name in file.files}


@pytest.mark.parametrize("stride", [4, 8, 12, 16, 48, 256])
@pytest.mark.parametrize("count", [1, 15, 16, 17, 255, 256, 257, 600])
def test_attributes_of_the_reference_encoder_come_back(written, streams, stride, count):
    decoded = decode_view(streams[f"attributes {stride} {count}"], count, stride, "ATTRIBUTES")
    np.testing.assert_array_equal(decoded.reshape(count, stride), written.attribute_values(stride, count))


def turned(triangles):
    """Every triangle with its lowest corner first; the codec may turn a triangle about its centre."""
    triangles = np.asarray(triangles, np.int64).reshape(-1, 3)
    first = triangles.argmin(1)
    return np.stack([triangles[np.arange(len(triangles)), (first + i) % 3] for i in range(3)], axis=1)


@pytest.mark.parametrize("stride", [2, 4])
@pytest.mark.parametrize("name", ["grid", "wild", "both"])
def test_triangles_and_sequences_of_the_reference_encoder_come_back(written, streams, stride, name):
    flat = written.triangle_lists()[name]
    triangles = decode_view(streams[f"triangles {name}"], len(flat), stride, "TRIANGLES").view(f"<u{stride}")
    np.testing.assert_array_equal(turned(triangles), turned(flat))
    sequence = decode_view(streams[f"sequence {name}"], len(flat), stride, "INDICES").view(f"<u{stride}")
    np.testing.assert_array_equal(sequence, flat)


def test_octahedral_vectors_are_those_that_were_encoded(rng):
    vectors = rng.standard_normal((200, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    flat = vectors[:, :2] / np.abs(vectors).sum(1, keepdims=True)
    folded = (1 - np.abs(flat[:, ::-1])) * np.where(flat >= 0, 1, -1)
    flat = np.where(vectors[:, 2:] < 0, folded, flat)
    for dtype, one in ((np.int8, 127), (np.int16, 1023), (np.int16, 32767)):
        encoded = np.zeros((200, 4), dtype)
        encoded[:, :2], encoded[:, 2], encoded[:, 3] = np.rint(flat * one), one, -5
        decoded = decode_octahedral(encoded.view(np.uint8))
        np.testing.assert_allclose(decoded[:, :3] / np.iinfo(dtype).max, vectors, atol=4 / one)
        assert (decoded[:, 3] == -5).all()


def test_quaternions_are_those_that_were_encoded(rng):
    quaternions = rng.standard_normal((200, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    largest = np.abs(quaternions).argmax(1)
    rows = np.arange(200)
    quaternions *= np.sign(quaternions[rows, largest])[:, None]
    encoded = np.zeros((200, 4), np.int16)
    for i in range(3):
        encoded[:, i] = np.rint(quaternions[rows, (largest + 1 + i) % 4] * np.sqrt(2) * 2047)
    encoded[:, 3] = (2047 & ~3) | largest
    np.testing.assert_allclose(decode_quaternion(encoded.view(np.uint8)) / 32767, quaternions, atol=2e-3)


def test_exponential_floats_are_mantissa_times_power():
    words = np.array([[(3 << 24) | 5, ((-2 & 0xFF) << 24) | (-7 & 0xFFFFFF)]], np.uint32)
    np.testing.assert_array_equal(decode_exponential(words.view(np.uint8)), [[40.0, -1.75]])


@pytest.mark.shared
def test_every_view_of_facecap_equals_the_reference(shared, reference):
    document = read_document(shared / "data" / "avatars" / "facecap_gltfpack_meshopt_ktx2.glb")
    filters = {
        "OCTAHEDRAL": reference.decode_filter_oct,
        "QUATERNION": reference.decode_filter_quat,
        "EXPONENTIAL": reference.decode_filter_exp,
    }
    compared = 0
    for index, view in enumerate(document.all("bufferViews")):
        extension = view.get("extensions", {}).get("EXT_meshopt_compression")
        if extension is None:
            continue
        count, stride = extension["count"], extension["byteStride"]
        packed = document._slice(extension).tobytes()
        if extension["mode"] == "ATTRIBUTES":
            theirs = reference.decode_vertex_buffer(count, stride, packed, dtype=np.dtype((np.void, stride))).view(np.uint8)
            if "filter" in extension:
                dtype = {("OCTAHEDRAL", 4): np.int8, ("QUATERNION", 8): np.int16, ("EXPONENTIAL", 12): np.float32}[
                    extension["filter"], stride
                ]
                theirs = filters[extension["filter"]](theirs.view(dtype), count, stride).view(dtype)
                ours = document.view(index).view(dtype)
                np.testing.assert_allclose(ours.astype(float), theirs.reshape(-1).astype(float), atol=1 if dtype != np.float32 else 0)
                compared += 1
                continue
        else:
            theirs = reference.decode_index_buffer(count, 4, packed).astype(f"<u{stride}").view(np.uint8)
        np.testing.assert_array_equal(document.view(index), theirs.reshape(-1))
        compared += 1
    assert compared == 9


@pytest.mark.shared
def test_facecap_talks(shared):
    rig = AvatarRig(load_avatar(shared / "data" / "avatars" / "facecap_gltfpack_meshopt_ktx2.glb"))
    assert rig.arkit_missing == ()
    assert any("default weights" in problem for problem in rig.avatar.problems)
    head = next(part for part in rig.parts if part.source.targets)
    size = float(np.ptp(head.source.positions[:, 1]))
    rig.pose(weights_from({"jawOpen": 1.0}))
    assert 0.05 * size < np.abs(head.positions - head.source.positions).max() < 0.3 * size
    pixels = head.source.material.base_color_texture.pixels
    assert pixels.shape == (1024, 1024, 4)
    assert pixels[..., :3].std() > 5
    assert head.source.uvs.min() > -0.1
    assert head.source.uvs.max() < 1.1


@pytest.mark.parametrize("mode", ["ATTRIBUTES", "TRIANGLES", "INDICES", "X"])
def test_noise_is_refused_or_decoded_but_never_crashes(rng, mode):
    header = {"ATTRIBUTES": 0xA0, "TRIANGLES": 0xE1, "INDICES": 0xD1, "X": 0}[mode]
    for length in (0, 1, 20, 40, 200, 2000):
        for count in (3, 48, 300, 2**30):
            data = bytes([header]) + rng.integers(0, 256, length, np.uint8).tobytes()
            try:
                decoded = decode_view(data, count, 4, mode)
            except AvatarError:
                continue
            assert len(decoded) == 4 * count


@pytest.mark.shared
def test_without_a_ktx2_decoder_a_flat_colour_stands_in_and_it_is_said(shared, monkeypatch):
    monkeypatch.setitem(sys.modules, "opengl_basisu", None)
    avatar = load_avatar(shared / "data" / "avatars" / "facecap_gltfpack_meshopt_ktx2.glb")
    assert all(part.material.base_color_texture is None for part in avatar.parts)
    assert any("opengl-basisu" in problem for problem in avatar.problems)


def test_the_ratified_extension_reads_the_same_bytes(writer, square, tmp_path, streams, written):
    _, triangles = square
    values = written.attribute_values(12, 15)
    loaded = {}
    for name in ("EXT_meshopt_compression", "KHR_meshopt_compression"):
        fresh = type(writer)()
        stream = streams["attributes 12 15"]
        packed = fresh.view(stream)
        inner = {"buffer": 0, "byteOffset": 0, "byteLength": len(stream), "byteStride": 12, "count": 15, "mode": "ATTRIBUTES"}
        fresh.root["bufferViews"][packed] = {"buffer": 1, "byteLength": 180, "byteStride": 12, "extensions": {name: inner}}
        fresh.add("buffers", {"byteLength": 180, "extensions": {name: {"fallback": True}}})
        position = fresh.add("accessors", {"bufferView": packed, "componentType": 5121, "count": 15, "type": "VEC3"})
        fresh.mesh({"POSITION": position}, triangles)
        fresh.node(mesh=0)
        fresh.root["extensionsRequired"] = [name, "KHR_mesh_quantization"]
        loaded[name] = load_avatar(fresh.save(tmp_path / "a.glb")).parts[0].positions
    np.testing.assert_array_equal(loaded["KHR_meshopt_compression"], loaded["EXT_meshopt_compression"])
    np.testing.assert_array_equal(loaded["KHR_meshopt_compression"], np.asarray(values).reshape(15, 12)[:, :3].astype(np.float32))
