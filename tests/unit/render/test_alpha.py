"""What alpha modes come to, and triangles that nobody sees."""

from __future__ import annotations

import numpy as np
import pytest

from app.avatar.model import Material, MeshPart, Texture
from app.render.alpha import effective_alpha, without_holes, wrapped


def card(material: Material, colors=None, size: float = 1.0) -> MeshPart:
    """A grid of 8x8 squares over the whole texture."""
    y, x = (a.reshape(-1) for a in np.mgrid[0:9, 0:9] / 8)
    positions = np.stack([x, y, 0 * x], axis=1).astype(np.float32)
    a = (np.arange(8)[:, None] * 9 + np.arange(8)).reshape(-1)
    triangles = np.concatenate([np.stack([a, a + 1, a + 9], 1), np.stack([a + 1, a + 10, a + 9], 1)]).astype(np.uint32)
    uvs = np.stack([x, y], axis=1).astype(np.float32) * size
    return MeshPart("card", positions, np.zeros_like(positions), uvs, triangles, material, colors=colors)


def half_empty() -> Texture:
    """Solid on the left, empty on the right."""
    pixels = np.full((128, 128, 4), 255, np.uint8)
    pixels[:, 64:, 3] = 0
    return Texture(pixels)


@pytest.mark.parametrize("mode", ["MASK", "BLEND"])
def test_a_material_without_holes_is_solid(mode):
    solid = Texture(np.full((4, 4, 4), 255, np.uint8))
    assert effective_alpha(card(Material(alpha_mode=mode, base_color_texture=solid))) == "OPAQUE"
    assert effective_alpha(card(Material(alpha_mode=mode))) == "OPAQUE"
    assert effective_alpha(card(Material(alpha_mode=mode, base_color_texture=half_empty()))) == mode
    assert effective_alpha(card(Material(alpha_mode=mode, base_color=(1, 1, 1, 0.5)))) == mode
    colors = np.full((81, 4), 0.5, np.float32)
    assert effective_alpha(card(Material(alpha_mode=mode), colors)) == mode


def test_triangles_in_holes_are_dropped_and_no_others():
    part = card(Material(alpha_mode="MASK", base_color_texture=half_empty()))
    kept = without_holes(part)
    x = part.positions[part.triangles].max(axis=1)[:, 0]
    left = {tuple(t) for t in part.triangles[part.positions[part.triangles].min(axis=1)[:, 0] < 0.5].tolist()}
    assert left <= {tuple(t) for t in kept.tolist()}
    assert len(kept) < len(part.triangles) - (x > 0.8).sum() // 2


def test_repeated_textures_are_looked_up_with_their_wrap():
    part = card(Material(alpha_mode="MASK", base_color_texture=half_empty()), size=4.0)
    assert len(without_holes(part)) > 0.4 * len(part.triangles)


def test_blended_and_solid_parts_keep_all_triangles():
    for mode in ("OPAQUE", "BLEND"):
        part = card(Material(alpha_mode=mode, base_color_texture=half_empty()))
        assert without_holes(part) is part.triangles


def test_coordinates_beside_the_picture_wrap_as_each_axis_says():
    beside = np.array([-0.25, 0.25, 1.25, 2.25])
    np.testing.assert_allclose(wrapped(beside, "repeat"), [0.75, 0.25, 0.25, 0.25])
    np.testing.assert_allclose(wrapped(beside, "mirror"), [0.25, 0.25, 0.75, 0.25])
    np.testing.assert_allclose(wrapped(beside, "clamp"), beside)
