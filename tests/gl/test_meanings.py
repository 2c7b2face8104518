"""What files mean: clear corneas, mirrored pictures, heads that are inside out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.avatar.model import Avatar, Material, Texture
from app.avatar.rig import AvatarRig
from app.avatar.transmission import made_clear
from app.render.camera import OrbitCamera


@pytest.fixture
def facing() -> OrbitCamera:
    """Looks straight at a wall of one metre from the middle of the scene."""
    return OrbitCamera(target=np.zeros(3), distance=1.0, fov_deg=35.0)


@pytest.mark.parametrize("quality", ["studio", "light"])
def test_the_iris_shows_through_a_clear_cornea(canvas, make_part, facing, quality):
    iris = make_part(Material("iris", base_color=(0.02, 0.05, 0.2, 1.0), roughness=1.0, metallic=0.0), mesh="plain", z=-0.05)
    white = Material("Cornea", roughness=0.0, metallic=0.0)
    seen = {}
    for name, cornea in (("none", None), ("opaque", white), ("clear", made_clear(white, 1.0, None))):
        parts = (iris,) if cornea is None else (iris, make_part(cornea, mesh="Cornea"))
        seen[name] = canvas.render(AvatarRig(Avatar("eye", parts)), facing, quality)[..., :3].astype(int)
    assert np.median(seen["opaque"]) > np.median(seen["none"]) + 80
    assert np.median(np.abs(seen["clear"] - seen["none"])) < 12


@pytest.mark.parametrize("quality", ["studio", "light"])
def test_a_clear_surface_keeps_its_highlight(canvas, make_part, quality):
    # the lamp's mirror direction: a smooth wall shows it although the wall itself lets all light through
    camera = OrbitCamera(target=np.zeros(3), distance=1.0, fov_deg=35.0)
    camera.yaw, camera.pitch = -np.arctan2(2, 2), -np.arctan2(3, np.sqrt(8))
    clear = make_part(made_clear(Material("glass", roughness=0.3, metallic=0.0), 1.0, None), mesh="Glass")
    picture = canvas.render(AvatarRig(Avatar("pane", (clear,))), camera, quality)
    assert picture[..., :3].max() > 60


def test_pictures_are_mirrored_or_held_at_their_edge_per_axis(canvas, make_part, facing):
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[:, :4, 0] = 255  # left half red
    pixels[:, 4:, 2] = 255
    for wrap, expected in ((("mirror", "mirror"), "rbbr"), (("repeat", "repeat"), "rbrb"), (("clamp", "repeat"), "rbbb")):
        wall = make_part(
            Material(base_color_texture=Texture(pixels, linear=False, wrap=wrap), unlit=True), low=(-0.2, -0.2), high=(0.2, 0.2)
        )
        wall = replace(wall, uvs=wall.uvs * 2)
        row = canvas.render(AvatarRig(Avatar("wall", (wall,))), facing)[96, :, :3].astype(int)
        inside = np.flatnonzero(np.abs(row - 26).max(axis=1) > 30)
        quarters = [row[int(inside[0] + (k + 0.5) / 4 * len(inside))] for k in range(4)]
        assert "".join("r" if q[0] > q[2] else "b" for q in quarters) == expected
