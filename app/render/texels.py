"""Texels as they are uploaded: few enough, and without a foreign colour under the transparent ones."""

from __future__ import annotations

import numpy as np

from app.avatar.model import Texture
from app.render.lasting import once_for_each

#: larger pictures are halved until they fit: more texels than this are never seen in the window
_MAX_SIDE = 4096
#: colours spread in squares of this many texels
_COARSE = 4


def fitting(texture: Texture) -> np.ndarray:
    """(h, w, 4) the texels, fewer where there are too many."""
    pixels = texture.pixels
    while max(pixels.shape[:2]) > _MAX_SIDE:
        pixels = pixels[::2, ::2]
    return pixels


@once_for_each
def filled(texture: Texture) -> np.ndarray:
    """(h, w, 4) the texels, transparent ones in the colour of their surroundings."""
    return bleed(fitting(texture))


def bleed(pixels: np.ndarray) -> np.ndarray:
    """Fill transparent texels with the colour of their surroundings (pull-push pyramid).

    Args:
        pixels: (h, w, 4) uint8.

    Returns:
        (h, w, 4) uint8 with the same alpha; opaque texels keep their colour.
    """
    if pixels[..., 3].min() == 255:
        return pixels
    height, width = (-(-n // _COARSE) * _COARSE for n in pixels.shape[:2])
    padded = np.pad(pixels, ((0, height - pixels.shape[0]), (0, width - pixels.shape[1]), (0, 0)), mode="edge")
    blocks = padded.reshape(height // _COARSE, _COARSE, width // _COARSE, _COARSE, 4).astype(np.float32)
    weight = blocks[..., 3:] / 255.0
    color = _fill((blocks[..., :3] * weight).mean(axis=(1, 3)), weight.mean(axis=(1, 3)))
    around = np.clip(color + 0.5, 0, 255).astype(np.uint8).repeat(_COARSE, axis=0).repeat(_COARSE, axis=1)
    out = pixels.copy()
    faint = pixels[..., 3] < 128
    out[..., :3][faint] = around[: pixels.shape[0], : pixels.shape[1]][faint]
    return out


def _fill(weighted: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Colours where there is weight, otherwise the colour of the next coarser level; (h, w, 3) float32."""
    color = weighted / np.maximum(weight, 1e-6)
    h, w = weight.shape[:2]
    if min(h, w) < 2 or weight.min() > 0.5:
        made: np.ndarray = color
        return made
    coarse = _fill(_halved(weighted), _halved(weight))
    coarse = coarse.repeat(2, axis=0).repeat(2, axis=1)
    coarse = np.pad(coarse, ((0, h - coarse.shape[0]), (0, w - coarse.shape[1]), (0, 0)), mode="edge")
    trust = np.clip(weight * 4.0, 0.0, 1.0)
    made = color * trust + coarse * (1.0 - trust)
    return made


def _halved(array: np.ndarray) -> np.ndarray:
    """2x2 means; an odd last row or column is dropped."""
    h, w = array.shape[0] // 2 * 2, array.shape[1] // 2 * 2
    a = array[:h, :w]
    made: np.ndarray = (a[0::2, 0::2] + a[1::2, 0::2] + a[0::2, 1::2] + a[1::2, 1::2]) * 0.25
    return made
