from __future__ import annotations

import sys

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.core.errors import AvatarError


@pytest.fixture
def draco():
    return pytest.importorskip("DracoPy", reason="DracoPy is not installed")


def compressed(writer, draco, rng, extra: dict | None = None):
    vertices = rng.random((30, 3)).astype(np.float32)
    triangles = np.arange(30, dtype=np.uint32).reshape(-1, 3)
    uvs = rng.random((30, 2)).astype(np.float32)
    packed = draco.encode(vertices, triangles, preserve_order=True, quantization_bits=16, generic_attributes={7: uvs})
    # the encoder picks the identifier of positions itself
    position_id = next(a["unique_id"] for a in draco.decode(packed).attributes if a["attribute_type"] == 0)
    ids = {"POSITION": position_id, "TEXCOORD_0": 7}
    extension = {"KHR_draco_mesh_compression": {"bufferView": writer.view(packed), "attributes": {**ids, **(extra or {})}}}
    position = writer.add("accessors", {"componentType": 5126, "count": 30, "type": "VEC3"})
    uv = writer.add("accessors", {"componentType": 5126, "count": 30, "type": "VEC2"})
    delta = np.zeros((30, 3), np.float32)
    delta[4] = [0, -1, 0]
    targets = [{"POSITION": writer.array(delta)}]
    names = {"targetNames": ["jawOpen"]}
    mesh = writer.mesh({"POSITION": position, "TEXCOORD_0": uv}, targets=targets, extras=names, extensions=extension)
    indices = writer.add("accessors", {"componentType": 5125, "count": 30, "type": "SCALAR"})
    writer.root["meshes"][mesh]["primitives"][0]["indices"] = indices
    writer.node(mesh=mesh)
    writer.root["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    return vertices, triangles, uvs


def test_a_compressed_face_loads_with_its_targets(writer, draco, rng, tmp_path):
    vertices, triangles, uvs = compressed(writer, draco, rng)
    (part,) = load_avatar(writer.save(tmp_path / "a.glb")).parts
    np.testing.assert_allclose(part.positions, vertices, atol=1e-4)
    np.testing.assert_allclose(part.uvs, uvs, atol=1e-3)
    np.testing.assert_array_equal(part.triangles, triangles)
    np.testing.assert_allclose(part.targets.positions[0, 4], [0, -1, 0])


def test_a_missing_attribute_and_damaged_data_are_told(writer, draco, rng, tmp_path):
    compressed(writer, draco, rng, {"NORMAL": 99})
    with pytest.raises(AvatarError, match="lacks NORMAL"):
        load_avatar(writer.save(tmp_path / "a.glb"))
    extension = writer.root["meshes"][0]["primitives"][0]["extensions"]["KHR_draco_mesh_compression"]
    for length in (0, 4, 12, 40):
        writer.root["bufferViews"][extension["bufferView"]]["byteLength"] = length
        with pytest.raises(AvatarError, match="Draco"):
            load_avatar(writer.save(tmp_path / "b.glb"))


def test_without_the_decoder_the_sentence_names_it(writer, draco, rng, tmp_path, monkeypatch):
    compressed(writer, draco, rng)
    monkeypatch.setitem(sys.modules, "DracoPy", None)
    with pytest.raises(AvatarError, match="install the package DracoPy"):
        load_avatar(writer.save(tmp_path / "a.glb"))
