from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from app.avatar.gltf import load_avatar
from app.core.errors import AvatarError


def picture(kind: str = "PNG", color: tuple[int, ...] = (255, 0, 0, 128)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGBA" if kind != "JPEG" else "RGB", (4, 2), color[: 4 if kind != "JPEG" else 3]).save(stream, kind)
    return stream.getvalue()


def test_a_face_loads_with_its_targets(face_writer, tmp_path):
    avatar = load_avatar(face_writer.save(tmp_path / "face.glb"))
    (part,) = avatar.parts
    assert (avatar.name, part.mesh, part.targets.names[0]) == ("face", "Head_Mesh", "jawOpen")
    np.testing.assert_allclose(part.targets.positions[0, 0], [0, -0.5, 0])
    assert part.triangles.tolist() == [[0, 1, 2], [0, 2, 3]]
    np.testing.assert_allclose(part.normals, [[0, 0, 1]] * 4, atol=1e-6)


def test_node_transforms_reach_vertices_and_deltas(face_writer, tmp_path):
    face_writer.root["nodes"][0].update(translation=[10, 0, 0], rotation=[0, 0, 0.70710678, 0.70710678], scale=[2, 2, 2])
    part = load_avatar(face_writer.save(tmp_path / "a.glb")).parts[0]
    np.testing.assert_allclose(part.positions[1], [10, 2, 0], atol=1e-5)
    np.testing.assert_allclose(part.targets.positions[0, 0], [1, 0, 0], atol=1e-5)


def test_a_mirroring_node_keeps_triangles_facing_outward(face_writer, tmp_path):
    face_writer.root["nodes"][0]["scale"] = [-1, 1, 1]
    part = load_avatar(face_writer.save(tmp_path / "a.glb")).parts[0]
    a, b, c = part.positions[part.triangles[0]]
    assert np.cross(b - a, c - a)[2] > 0
    np.testing.assert_allclose(part.normals[0], [0, 0, 1], atol=1e-6)


def test_computed_normal_deltas_are_those_of_the_deformed_mesh(writer, square, tmp_path):
    vertices, triangles = square
    delta = np.zeros((4, 3), np.float32)
    delta[:, 2] = vertices[:, 0]  # tilts the square by 45 degrees about y
    targets = [{"POSITION": writer.array(delta)}]
    normals = writer.array(np.tile(np.array([0, 0, 1], np.float32), (4, 1)))
    writer.mesh({"POSITION": writer.array(vertices), "NORMAL": normals}, triangles, targets=targets, extras={"targetNames": ["jawOpen"]})
    writer.node(mesh=0)
    part = load_avatar(writer.save(tmp_path / "a.glb")).parts[0]
    expected = np.array([-1, 0, 1]) / np.sqrt(2)
    np.testing.assert_allclose(part.normals + part.targets.normals[0], np.tile(expected, (4, 1)), atol=1e-6)


def test_authored_normal_deltas_are_kept(writer, square, tmp_path):
    vertices, triangles = square
    delta = np.full((4, 3), 0.1, np.float32)
    turned = writer.sparse(4, np.array([3], np.uint8), np.array([[0.25, 0, 0]], np.float32))
    targets = [{"POSITION": writer.array(delta), "NORMAL": turned}]
    writer.mesh({"POSITION": writer.array(vertices)}, triangles, targets=targets, extras={"targetNames": ["jawOpen"]})
    writer.node(mesh=0)
    part = load_avatar(writer.save(tmp_path / "a.glb")).parts[0]
    np.testing.assert_allclose(part.targets.normals[0], [[0, 0, 0]] * 3 + [[0.25, 0, 0]])


def test_quantized_deltas_take_the_nodes_scale(writer, square, tmp_path):
    vertices, triangles = square
    quantized = (vertices * 16383).astype(np.int16)
    delta = np.zeros((4, 3), np.int16)
    delta[0, 1] = -8192
    padded = np.zeros((4, 4), np.int16)
    padded[:, :3] = quantized
    view = writer.view(padded.tobytes(), byteStride=8)
    position = writer.add("accessors", {"bufferView": view, "componentType": 5122, "count": 4, "type": "VEC3"})
    normal = writer.array(np.tile(np.array([0, 0, 127], np.int8), (4, 1)), normalized=True)
    targets = [{"POSITION": writer.array(delta)}]
    writer.mesh({"POSITION": position, "NORMAL": normal}, triangles, targets=targets, extras={"targetNames": ["jawOpen"]})
    writer.node(mesh=0, scale=[1 / 16383] * 3)
    writer.root["extensionsRequired"] = ["KHR_mesh_quantization"]
    part = load_avatar(writer.save(tmp_path / "a.glb")).parts[0]
    np.testing.assert_allclose(part.positions, vertices, atol=1e-4)
    np.testing.assert_allclose(part.targets.positions[0, 0], [0, -0.5, 0], atol=1e-4)
    np.testing.assert_allclose(part.normals[2], [0, 0, 1], atol=1e-6)


def test_names_on_the_primitive_count_and_missing_names_are_told(face_writer, tmp_path):
    mesh = face_writer.root["meshes"][0]
    mesh["primitives"][0]["extras"] = mesh.pop("extras")
    assert load_avatar(face_writer.save(tmp_path / "a.glb")).parts[0].targets.names[1] == "viseme_aa"
    del mesh["primitives"][0]["extras"]
    avatar = load_avatar(face_writer.save(tmp_path / "b.glb"))
    assert avatar.parts[0].targets.names == ("target_0", "target_1", "target_2", "target_3")
    assert any("no names" in problem for problem in avatar.problems)


def test_node_weights_override_mesh_weights_and_both_are_told(face_writer, tmp_path):
    face_writer.root["meshes"][0]["weights"] = [0.1, 0, 0, 0]
    face_writer.root["nodes"][0]["weights"] = [0, 0, 0.6, 0]
    avatar = load_avatar(face_writer.save(tmp_path / "a.glb"))
    np.testing.assert_allclose(avatar.parts[0].targets.default_weights, [0, 0, 0.6, 0])
    np.testing.assert_allclose(avatar.parts[0].positions[2], [1, 1, 0])
    assert any("default weights" in problem for problem in avatar.problems)


def test_blender_suffixes_are_dropped_and_primitives_share_names(face_writer, tmp_path):
    mesh = face_writer.root["meshes"][0]
    mesh["name"] = "Head_Mesh.002"
    mesh["primitives"] *= 2
    avatar = load_avatar(face_writer.save(tmp_path / "a.glb"))
    assert [part.mesh for part in avatar.parts] == ["Head_Mesh", "Head_Mesh"]
    assert avatar.parts[1].targets.names == avatar.parts[0].targets.names


def test_only_the_scene_is_shown(face_writer, tmp_path):
    face_writer.node(mesh=0, translation=[5, 0, 0])
    face_writer.root["scenes"] = [{"nodes": [1]}]
    (part,) = load_avatar(face_writer.save(tmp_path / "a.glb")).parts
    assert part.positions[0, 0] == 5


@pytest.mark.parametrize("mode", [5, 6])
def test_strips_and_fans_become_triangles(writer, square, tmp_path, mode):
    vertices, _ = square
    order = np.array([0, 1, 3, 2] if mode == 5 else [0, 1, 2, 3], np.uint8)
    writer.mesh({"POSITION": writer.array(vertices)}, order, mode=mode)
    writer.node(mesh=0)
    part = load_avatar(writer.save(tmp_path / "a.glb")).parts[0]
    a, b, c = (part.positions[part.triangles[:, i]] for i in range(3))
    np.testing.assert_allclose(np.cross(b - a, c - a), [[0, 0, 1]] * 2)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_pictures_and_materials_are_read(face_writer, tmp_path, kind):
    image = face_writer.add("images", {"bufferView": face_writer.view(picture(kind)), "name": "skin"})
    source = {"extensions": {"EXT_texture_webp": {"source": image}}} if kind == "WEBP" else {"source": image}
    texture = face_writer.add("textures", {**source, "sampler": face_writer.add("samplers", {"wrapS": 33071})})
    pbr = {"baseColorTexture": {"index": texture}, "roughnessFactor": 0.25, "metallicFactor": 0}
    face_writer.add(
        "materials", {"name": "Skin", "pbrMetallicRoughness": pbr, "alphaMode": "MASK", "alphaCutoff": 0.3, "doubleSided": True}
    )
    face_writer.root["meshes"][0]["primitives"][0]["material"] = 0
    face_writer.root["extensionsRequired"] = ["EXT_texture_webp", "KHR_materials_sheen"]
    material = load_avatar(face_writer.save(tmp_path / "a.glb")).parts[0].material
    assert (material.roughness, material.alpha_mode, material.alpha_cutoff, material.double_sided) == (0.25, "MASK", 0.3, True)
    assert material.base_color_texture.pixels.shape == (2, 4, 4)
    assert material.base_color_texture.pixels[0, 0, 0] > 240
    assert material.base_color_texture.wrap == ("clamp", "repeat")


def test_texture_transforms_end_in_the_uvs(face_writer, square, tmp_path):
    vertices, _ = square
    face_writer.root["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"] = face_writer.array(vertices[:, :2])
    face_writer.add("images", {"bufferView": face_writer.view(picture())})
    face_writer.add("textures", {"source": 0})
    transform = {"KHR_texture_transform": {"offset": [0.25, 0.5], "scale": [0.5, 0.25], "rotation": np.pi / 2}}
    face_writer.add("materials", {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0, "extensions": transform}}})
    face_writer.root["meshes"][0]["primitives"][0]["material"] = 0
    part = load_avatar(face_writer.save(tmp_path / "a.glb")).parts[0]
    # the specification's example: u' = offset + R * S * uv with v growing downward
    np.testing.assert_allclose(part.uvs, [[0.25, 0.5], [0.25, 0.0], [0.5, 0.0], [0.5, 0.5]], atol=1e-6)


def test_a_damaged_picture_costs_only_itself(face_writer, tmp_path):
    face_writer.add("images", {"bufferView": face_writer.view(picture()[:40]), "name": "skin"})
    face_writer.add("textures", {"source": 0})
    face_writer.add("materials", {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}})
    face_writer.root["meshes"][0]["primitives"][0]["material"] = 0
    avatar = load_avatar(face_writer.save(tmp_path / "a.glb"))
    assert avatar.parts[0].material.base_color_texture is None
    assert any("picture skin" in problem for problem in avatar.problems)


def test_vertex_colours_are_read_as_rgba(face_writer, tmp_path):
    colors = np.array([[255, 0, 0]] * 4, np.uint8)
    face_writer.root["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"] = face_writer.array(colors, normalized=True)
    part = load_avatar(face_writer.save(tmp_path / "a.glb")).parts[0]
    np.testing.assert_array_equal(part.colors, [[1, 0, 0, 1]] * 4)


def separate(writer) -> dict:
    """The writer's content as .gltf JSON with its buffer in ``bytes``."""
    writer.to_bytes()
    return {"root": json.loads(json.dumps(writer.root)), "data": bytes(writer.blob) + b"\0" * (-len(writer.blob) % 4)}


def test_gltf_with_data_uri_and_with_a_file_beside_it(face_writer, tmp_path):
    content = separate(face_writer)
    content["root"]["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(content["data"]).decode()
    (tmp_path / "a.gltf").write_text(json.dumps(content["root"]))
    assert len(load_avatar(tmp_path / "a.gltf").parts) == 1
    (tmp_path / "face data.bin").write_bytes(content["data"])
    content["root"]["buffers"][0]["uri"] = "face%20data.bin"
    (tmp_path / "b.gltf").write_text(json.dumps(content["root"]))
    assert len(load_avatar(tmp_path / "b.gltf").parts) == 1


@pytest.mark.parametrize(
    "uri",
    [
        "../secret.bin",
        "/etc/hostname",
        "file:///etc/hostname",
        "http://example.com/a.bin",
        "..\\secret.bin",
        "a/../../secret.bin",
        "C:/secret.bin",
    ],
)
def test_buffers_never_leave_the_folder(face_writer, tmp_path, uri):
    content = separate(face_writer)
    (tmp_path / "secret.bin").write_bytes(content["data"])
    folder = tmp_path / "avatar"
    folder.mkdir()
    content["root"]["buffers"][0]["uri"] = uri
    (folder / "a.gltf").write_text(json.dumps(content["root"]))
    with pytest.raises(AvatarError, match="outside its own folder"):
        load_avatar(folder / "a.gltf")


def test_a_link_out_of_the_folder_is_refused(face_writer, tmp_path):
    content = separate(face_writer)
    (tmp_path / "secret.bin").write_bytes(content["data"])
    folder = tmp_path / "avatar"
    folder.mkdir()
    try:
        (folder / "data.bin").symlink_to(tmp_path / "secret.bin")
    except OSError:
        pytest.skip("this system does not let tests make links")
    content["root"]["buffers"][0]["uri"] = "data.bin"
    (folder / "a.gltf").write_text(json.dumps(content["root"]))
    with pytest.raises(AvatarError, match="outside its own folder"):
        load_avatar(folder / "a.gltf")


def test_unsupported_required_extensions_are_all_named(face_writer, tmp_path):
    face_writer.root["extensionsRequired"] = ["ACME_secret", "KHR_mesh_quantization", "ACME_other"]
    with pytest.raises(AvatarError, match="ACME_secret, ACME_other"):
        load_avatar(face_writer.save(tmp_path / "a.glb"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a glTF file"), (b"PK\3\4", "not a glTF file"), (b"glTF", "broken"), (b"glTF\1\0\0\0\x0c\0\0\0", "glTF 1"),
        (b"glTF\2\0\0\0\xff\xff\0\0", "cut off"), (b"{", "JSON"), (b"[]", "not a glTF"), (b"{}", "no mesh"), (b"{\"nodes\": 3}", "broken"),
        (b'{"nodes":' + b"[" * 100_000, "JSON"),
    ],
)  # fmt: skip
def test_files_that_are_no_avatar_end_in_one_sentence(tmp_path, content, message):
    (tmp_path / "a.glb").write_bytes(content)
    with pytest.raises(AvatarError, match=message) as caught:
        load_avatar(tmp_path / "a.glb")
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(AvatarError, match="no file"):
        load_avatar(tmp_path / "none.glb")
    with pytest.raises(AvatarError, match="cannot be read"):
        load_avatar(tmp_path)


@pytest.mark.parametrize("children", [[0], [1]])
def test_nodes_in_a_circle_are_refused(face_writer, tmp_path, children):
    face_writer.root["nodes"][0]["children"] = children
    face_writer.node(children=[0])
    with pytest.raises(AvatarError, match="broken"):
        load_avatar(face_writer.save(tmp_path / "a.glb"))


def test_a_file_is_read_once_while_its_avatar_lives_and_again_when_it_changed(face_writer, tmp_path):
    path = face_writer.save(tmp_path / "face.glb")
    first = load_avatar(path)
    assert load_avatar(path) is first and load_avatar(path, "file") is not first
    face_writer.root["meshes"][0]["name"] = "Face_Mesh2"
    face_writer.save(path)
    assert load_avatar(path).parts[0].mesh == "Face_Mesh2" and first.parts[0].mesh == "Head_Mesh"
    path.unlink()
    with pytest.raises(AvatarError):
        load_avatar(path)
