"""Textures without halos."""

from __future__ import annotations

import numpy as np

from app.render.texels import bleed


def test_transparent_texels_take_the_colour_of_their_surroundings():
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[..., :3] = (255, 0, 255)
    pixels[20:40, 20:40] = (90, 60, 30, 255)
    filled = bleed(pixels)
    np.testing.assert_array_equal(filled[..., 3], pixels[..., 3])
    assert np.abs(filled[..., :3].astype(int) - (90, 60, 30)).max() <= 2


def test_opaque_texels_keep_their_colour_and_opaque_pictures_are_not_copied(rng):
    pixels = rng.integers(0, 255, (33, 47, 4), dtype=np.uint8)
    opaque = pixels[..., 3] > 128
    np.testing.assert_array_equal(bleed(pixels)[opaque], pixels[opaque])
    pixels[..., 3] = 255
    assert bleed(pixels) is pixels
