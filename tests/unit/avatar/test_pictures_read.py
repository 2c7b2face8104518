"""What materials, samplers and nodes say about a picture, as read from files."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from app.avatar.gltf import load_avatar
from app.avatar.model import Material, Texture
from app.avatar.normals import turned_inside_out
from app.avatar.transmission import made_clear
from app.core.errors import AvatarError


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(("sampler", "wrap"), [
    ({}, ("repeat", "repeat")), ({"wrapS": 33648, "wrapT": 33648}, ("mirror", "mirror")),
    ({"wrapS": 33071, "wrapT": 10497}, ("clamp", "repeat")),
    ({"wrapT": 33071}, ("repeat", "clamp")),
])  # fmt: skip
def test_both_wrap_modes_are_read(face_writer, tmp_path, sampler, wrap):
    image = face_writer.add("images", {"bufferView": face_writer.view(png(np.full((2, 2, 3), 200, np.uint8)))})
    texture = face_writer.add("textures", {"source": image, "sampler": face_writer.add("samplers", sampler)})
    face_writer.add("materials", {"pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}})
    face_writer.root["meshes"][0]["primitives"][0]["material"] = 0
    material = load_avatar(face_writer.save(tmp_path / "a.glb")).parts[0].material
    assert material.base_color_texture.wrap == wrap


def test_a_transmissive_surface_is_as_transparent_as_it_is_clear(face_writer, tmp_path):
    extension = {"KHR_materials_transmission": {"transmissionFactor": 1.0}}
    face_writer.add("materials", {"name": "Cornea", "pbrMetallicRoughness": {"metallicFactor": 0}, "extensions": extension})
    face_writer.root["meshes"][0]["primitives"][0]["material"] = 0
    face_writer.root["extensionsRequired"] = ["KHR_materials_transmission"]
    material = load_avatar(face_writer.save(tmp_path / "a.glb")).parts[0].material
    assert (material.alpha_mode, material.transmission) == ("BLEND", 1.0)
    assert material.base_color[3] == pytest.approx(0.0, abs=1e-6)


def test_tinted_glass_keeps_its_tint_and_a_trace_of_transmission_changes_nothing():
    dark = made_clear(Material(base_color=(0.1, 0.1, 0.1, 1.0)), 1.0, None)
    assert dark.base_color[3] == pytest.approx(0.9, abs=1e-6)
    skin = Material(base_color=(0.8, 0.6, 0.5, 1.0))
    assert made_clear(skin, 0.2, None) is skin


def test_a_clear_spot_in_a_picture_is_cut_out_and_a_clear_picture_blended():
    white = Texture(np.full((8, 8, 4), 255, np.uint8))
    spot = np.zeros((8, 8, 4), np.uint8)
    spot[:2, :2] = 255
    cut = made_clear(Material(base_color_texture=white), 1.0, Texture(spot))
    assert cut.alpha_mode == "MASK" and cut.base_color_texture.pixels[0, 0, 3] < 30 and cut.base_color_texture.pixels[7, 7, 3] == 255
    blended = made_clear(Material(base_color_texture=white), 0.8, None)
    assert blended.alpha_mode == "BLEND" and blended.base_color_texture.pixels[4, 4, 3] == pytest.approx(51, abs=1)
    assert white.pixels.min() == 255


def test_hidden_nodes_and_what_hangs_on_them_are_not_shown(writer, square, tmp_path):
    vertices, triangles = square
    mesh = writer.mesh({"POSITION": writer.array(vertices)}, triangles)
    hidden = {"extensions": {"KHR_node_visibility": {"visible": False}}}
    writer.node(mesh=mesh, name="shown")
    writer.node(mesh=mesh, name="hidden", **hidden)
    writer.node(name="above", children=[3], **hidden)
    writer.node(mesh=mesh, name="below")
    writer.node(mesh=mesh, name="explicit", extensions={"KHR_node_visibility": {"visible": True}})
    writer.root["extensionsRequired"] = ["KHR_node_visibility"]
    assert len(load_avatar(writer.save(tmp_path / "a.glb")).parts) == 2


def test_a_file_with_nothing_visible_is_refused(writer, square, tmp_path):
    vertices, triangles = square
    mesh = writer.mesh({"POSITION": writer.array(vertices)}, triangles)
    writer.node(mesh=mesh, extensions={"KHR_node_visibility": {"visible": False}})
    with pytest.raises(AvatarError, match="shows no mesh"):
        load_avatar(writer.save(tmp_path / "a.glb"))


def cube() -> tuple[np.ndarray, np.ndarray]:
    """A cube with its front outside: vertices (8, 3) and triangles (12, 3)."""
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return corners, np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.uint32)


def test_inside_out_surfaces_are_told_from_open_ones():
    corners, triangles = cube()
    assert not turned_inside_out(corners, triangles)
    assert turned_inside_out(corners, triangles[:, ::-1])
    assert not turned_inside_out(corners, triangles[:2])
    assert not turned_inside_out(corners, triangles[:0])


@pytest.mark.parametrize("double_sided", [True, False])
def test_a_double_sided_head_that_is_inside_out_is_turned(writer, tmp_path, double_sided):
    corners, triangles = cube()
    inward = triangles[:, ::-1].astype(np.uint16)
    normals = -corners / np.sqrt(3).astype(np.float32)
    delta = np.tile(np.float32([0, 0.1, 0]), (8, 1))
    turned = np.tile(np.float32([0.2, 0, 0]), (8, 1))
    writer.add("materials", {"doubleSided": double_sided})
    writer.mesh(
        {"POSITION": writer.array(corners), "NORMAL": writer.array(normals)}, inward.reshape(-1), material=0,
        targets=[{"POSITION": writer.array(delta), "NORMAL": writer.array(turned)}], extras={"targetNames": ["jawOpen"]},
    )  # fmt: skip
    writer.node(mesh=0)
    part = load_avatar(writer.save(tmp_path / "a.glb")).parts[0]
    sign = 1 if double_sided else -1
    np.testing.assert_allclose(part.normals, sign * corners / np.sqrt(3), atol=1e-6)
    np.testing.assert_allclose(part.targets.normals[0, :, 0], -sign * 0.2, atol=1e-6)
    assert turned_inside_out(part.positions, part.triangles) != double_sided


def test_toon_materials_of_vrm_0_are_told(face_writer, tmp_path):
    face_writer.add("materials", {"name": "Skin", "extensions": {"KHR_materials_unlit": {}}})
    face_writer.root["meshes"][0]["primitives"][0]["material"] = 0
    face_writer.root["extensions"] = {"VRM": {"materialProperties": [{"name": "Skin", "shader": "VRM/MToon"}]}}
    avatar = load_avatar(face_writer.save(tmp_path / "a.vrm"))
    assert sum("MToon" in problem for problem in avatar.problems) == 1
