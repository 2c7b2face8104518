"""Right colours: the shaders against the formulas they claim to follow, computed here in numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.avatar.model import Avatar, Material, Texture
from app.avatar.rig import AvatarRig
from app.render.camera import OrbitCamera
from app.render.lighting import GROUND, LAMPS, SKY, linear_from_srgb

pytestmark = pytest.mark.gl

_ACES_IN = np.array([[0.59719, 0.35458, 0.04823], [0.07600, 0.90834, 0.01566], [0.02840, 0.13383, 0.83777]])
_ACES_OUT = np.array([[1.60475, -0.53108, -0.07367], [-0.10208, 1.10813, -0.00605], [-0.00327, -0.07276, 1.07602]])


def display(linear: np.ndarray) -> np.ndarray:
    """three.js's ACESFilmicToneMapping at exposure 1, then sRGB, as 0 to 255."""
    v = _ACES_IN @ (np.asarray(linear) / 0.6)
    v = (v * (v + 0.0245786) - 0.000090537) / (v * (0.983729 * v + 0.4329510) + 0.238081)
    v = np.clip(_ACES_OUT @ v, 0, 1)
    return 255 * np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)


def facing() -> OrbitCamera:
    """A camera before a wall at the origin."""
    return OrbitCamera(target=np.zeros(3), distance=1.0, fov_deg=30.0)


@pytest.mark.parametrize("quality", ["studio", "light"])
@pytest.mark.parametrize("color", [(0, 0, 0), (12, 130, 255), (26, 26, 26), (200, 90, 40), (255, 255, 255)])
def test_unlit_textures_come_out_as_they_are(canvas, make_part, quality, color):
    texture = Texture(np.full((4, 4, 4), [*color, 255], np.uint8))
    wall = make_part(Material(base_color_texture=texture, unlit=True))
    picture = canvas.render(AvatarRig(Avatar("wall", (wall,))), facing(), quality)
    np.testing.assert_allclose(picture[96, 96].astype(int), color, atol=0 if quality == "studio" else 2)


@pytest.mark.parametrize("quality", ["studio", "light"])
@pytest.mark.parametrize("albedo", [(0.8, 0.8, 0.8), (0.5, 0.2, 0.05)])
def test_a_dull_wall_has_the_brightness_that_threejs_gives_it(canvas, make_part, quality, albedo):
    wall = make_part(Material(base_color=(*albedo, 1.0), roughness=1.0, metallic=0.0), mesh="EyeAO_Mesh")
    picture = canvas.render(AvatarRig(Avatar("wall", (wall,))), facing(), quality)
    light = sum(max(lamp.direction[2], 0.0) * lamp.radiance for lamp in LAMPS) + (SKY + GROUND) / 2
    np.testing.assert_allclose(picture[96, 96], display(np.asarray(albedo) * light), atol=3)


def test_the_background_is_exactly_the_one_asked_for(canvas, rig, camera):
    assert canvas.render(rig, camera)[2, 2].tolist() == [26, 26, 26]
    assert canvas.render(rig, camera, background=(1.0, 0.5, 0.0))[2, 2].tolist() == [255, 128, 0]


def test_both_qualities_agree_in_colour(canvas, rig, camera):
    studio, light = (canvas.render(rig, camera, q).astype(float) for q in ("studio", "light"))
    blocks = [p.reshape(12, 16, 12, 16, 3).mean(axis=(1, 3)) for p in (studio, light)]
    assert np.abs(blocks[0] - blocks[1]).mean() < 4
    np.testing.assert_allclose(studio.mean(axis=(0, 1)), light.mean(axis=(0, 1)), rtol=0.06)


def test_textures_stand_upright(canvas, make_part):
    pixels = np.full((8, 8, 4), 255, np.uint8)
    pixels[:4] = (255, 0, 0, 255)
    pixels[:4, :4] = (0, 0, 255, 255)
    wall = make_part(Material(base_color_texture=Texture(pixels, linear=False), unlit=True), low=(-0.2, -0.2), high=(0.2, 0.2))
    picture = canvas.render(AvatarRig(Avatar("wall", (wall,))), facing())
    assert picture[60, 60].tolist() == [0, 0, 255]
    assert picture[60, 130].tolist() == [255, 0, 0]
    assert picture[130, 60].tolist() == [255, 255, 255]


def test_masked_texels_vanish_and_blended_ones_mix(canvas, make_part):
    behind = make_part(Material(base_color=(1, 0, 0, 1), unlit=True), z=-0.1)
    for mode, alpha, expected in (("MASK", 100, (255, 0, 0)), ("MASK", 200, (255, 255, 255)), ("BLEND", 128, (255, 128, 128))):
        texture = Texture(np.full((4, 4, 4), [255, 255, 255, alpha], np.uint8))
        front = make_part(Material(base_color_texture=texture, unlit=True, alpha_mode=mode))
        picture = canvas.render(AvatarRig(Avatar("walls", (front, behind))), facing())
        np.testing.assert_allclose(picture[96, 96].astype(int), expected, atol=2)


def test_back_faces_show_only_on_double_sided_parts(canvas, make_part):
    camera = facing()
    camera.yaw = math.pi
    for double_sided, shown in ((True, 255), (False, 26)):
        wall = make_part(Material(unlit=True, double_sided=double_sided))
        assert canvas.render(AvatarRig(Avatar("wall", (wall,))), camera)[96, 96, 0] == shown


def test_normal_maps_and_their_green_channel_tilt_the_light(canvas, make_part):
    brightness = {}
    for name, y in (("up", 0.6), ("flat", 0.0), ("down", -0.6)):
        normal = np.array([0.0, y, math.sqrt(1 - y * y)])
        pixels = np.full((4, 4, 4), [*np.round((normal + 1) * 127.5).astype(int), 255], np.uint8)
        wall = make_part(Material(base_color=(0.5, 0.5, 0.5, 1), metallic=0.0, normal_texture=Texture(pixels)))
        brightness[name] = int(canvas.render(AvatarRig(Avatar("wall", (wall,))), facing())[96, 96, 1])
    assert brightness["up"] > brightness["flat"] + 10 > brightness["down"] + 20


def test_roughness_comes_from_the_green_channel(canvas, make_part):
    wall = {}
    for green in (70, 255):
        texture = Texture(np.full((4, 4, 4), [0, green, 0, 255], np.uint8))
        part = make_part(Material(base_color=(0, 0, 0, 1), metallic_roughness_texture=texture))
        camera = facing()
        camera.yaw, camera.pitch = -math.atan2(2, 2), -math.atan2(3, math.sqrt(8))
        wall[green] = int(canvas.render(AvatarRig(Avatar("wall", (part,))), camera).max())
    assert wall[70] > wall[255]


def test_linear_from_srgb_hits_known_points():
    np.testing.assert_allclose(linear_from_srgb([0.0, 0.04045, 0.5, 1.0]), [0.0, 0.0031308, 0.21404, 1.0], atol=2e-5)


@pytest.mark.shared
def test_exposure_and_skin_match_the_threejs_reference(shared, brunette):
    from PIL import Image

    from app.core.arkit import weights_from
    from app.render.offscreen import OffscreenCanvas

    reference = np.asarray(Image.open(shared / "bench/three/reference/brunette_neutral.png").convert("RGB")).astype(float)
    brunette.pose(weights_from({}))
    low, high = brunette.avatar.parts[0].positions.min(axis=0), brunette.avatar.parts[0].positions.max(axis=0)
    for part in brunette.avatar.parts:
        if part.mesh in ("EyeLeft", "EyeRight", "Wolf3D_Head"):
            low, high = np.minimum(low, part.positions.min(axis=0)), np.maximum(high, part.positions.max(axis=0))
    camera = OrbitCamera(target=(low + high).astype(float) / 2, distance=3.2 * float(high[1] - low[1]))
    with OffscreenCanvas(1280, 720) as canvas:
        ours = canvas.render(brunette, camera).astype(float)
    silhouettes = [np.abs(p - 26).max(axis=2) > 12 for p in (reference, ours)]
    assert (silhouettes[0] ^ silhouettes[1]).mean() < 0.03
    cheeks = (slice(340, 360), slice(580, 700))
    red = [p[cheeks].mean(axis=(0, 1)) for p in (reference, ours)]
    assert 0.9 < red[1].mean() / red[0].mean() < 1.35
    np.testing.assert_allclose(red[1] / red[1].sum(), red[0] / red[0].sum(), atol=0.05)
