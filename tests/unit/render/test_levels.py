"""The smaller levels of textures: as GL means them, kept with what is known of an avatar, and uploaded in pieces."""

from __future__ import annotations

import numpy as np
import pytest

from app.render.texels import levels_below


@pytest.mark.parametrize("size", [(8, 8), (64, 16), (5, 3), (1, 7), (2, 1)])
def test_levels_halve_down_to_one_texel_and_keep_the_mean(size, rng):
    pixels = rng.integers(0, 256, (*size, 4), np.uint8)
    levels = levels_below(pixels)
    expected = [(max(size[0] >> n, 1), max(size[1] >> n, 1)) for n in range(1, max(size).bit_length())]
    assert [each.shape[:2] for each in levels] == expected and all(each.dtype == np.uint8 for each in levels)
    # every level rounds once more
    assert np.abs(levels[-1][0, 0].astype(float) - pixels.mean(axis=(0, 1))).max() < 0.5 * len(levels) + 0.5


def test_a_level_is_the_mean_of_two_by_two():
    pixels = np.zeros((2, 4, 4), np.uint8)
    pixels[0, 0], pixels[1, 3] = 200, (0, 40, 80, 255)
    (first, last) = levels_below(pixels)
    assert first.tolist() == [[[50] * 4, [0, 10, 20, 64]]] and last.tolist() == [[[25, 30, 35, 57]]]
