"""What a file's alpha mode comes to: many materials say MASK or BLEND and have no hole in them."""

from __future__ import annotations

from typing import Literal

import numpy as np

from app.avatar.model import MeshPart, Wrap
from app.render.lasting import once_for_each

AlphaMode = Literal["OPAQUE", "MASK", "BLEND"]

#: alpha is pooled over squares of this many texels before triangles are looked up in it
_POOL = 8
#: points of a triangle that are looked up, as weights of its corners
_PROBES = np.array([(a, b, 6 - a - b) for a in range(7) for b in range(7 - a)], np.float32) / 6.0


@once_for_each
def effective_alpha(part: MeshPart) -> AlphaMode:
    """How a part really has to be drawn.

    Discarding and blending cost a lot of time on every GL, so they are used only where alpha is below 1 somewhere.

    Args:
        part: with its material.

    Returns:
        The material's mode, or ``OPAQUE`` when nothing of the part is transparent.
    """
    material = part.material
    if material.alpha_mode == "OPAQUE" or material.base_color[3] < 1.0:
        return material.alpha_mode
    if part.colors is not None and float(part.colors[:, 3].min(initial=1.0)) < 1.0:
        return material.alpha_mode
    texture = material.base_color_texture
    return material.alpha_mode if texture is not None and int(texture.pixels[..., 3].min()) < 255 else "OPAQUE"


@once_for_each
def without_holes(part: MeshPart) -> np.ndarray:
    """Drop the triangles of a cut-out part that lie wholly in its holes.

    Args:
        part: any part.

    Returns:
        (n, 3) uint32 triangles, all of them for parts that are not cut out by a texture.
    """
    texture = part.material.base_color_texture
    if effective_alpha(part) != "MASK" or texture is None or not len(part.triangles):
        return part.triangles
    pooled = _pooled(texture.pixels[..., 3])
    height, width = pooled.shape
    uvs = np.einsum("pc,tck->tpk", _PROBES, part.uvs[part.triangles])
    u, v = (wrapped(uvs[..., k], texture.wrap[k]) for k in (0, 1))
    x = np.clip((u * width).astype(np.int64), 0, width - 1)
    y = np.clip((v * height).astype(np.int64), 0, height - 1)
    seen = (pooled[y, x] >= 255.0 * part.material.alpha_cutoff / max(part.material.base_color[3], 1e-6)).any(axis=1)
    made: np.ndarray = part.triangles[seen]
    return made


def wrapped(coordinates: np.ndarray, wrap: Wrap) -> np.ndarray:
    """Where texture coordinates beside the picture fall in it.

    Args:
        coordinates: any shape, along one axis.
        wrap: of that axis.

    Returns:
        The same shape; values to be clipped to [0, 1] remain under ``clamp``.
    """
    if wrap == "repeat":
        wrapped: np.ndarray = coordinates - np.floor(coordinates)
        return wrapped
    if wrap == "mirror":
        return 1.0 - np.abs(coordinates % 2.0 - 1.0)
    return coordinates


def _pooled(alpha: np.ndarray) -> np.ndarray:
    """The largest alpha of each square of texels and its eight neighbours."""
    height, width = (-(-n // _POOL) * _POOL for n in alpha.shape)
    padded = np.zeros((height, width), np.uint8)
    padded[: alpha.shape[0], : alpha.shape[1]] = alpha
    pooled: np.ndarray = padded.reshape(height // _POOL, _POOL, width // _POOL, _POOL).max(axis=(1, 3))
    for axis in (0, 1):
        pooled = np.maximum(pooled, np.maximum(np.roll(pooled, 1, axis), np.roll(pooled, -1, axis)))
    return pooled
