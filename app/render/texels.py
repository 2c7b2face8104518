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


@once_for_each
def smaller(texture: Texture) -> tuple[np.ndarray, ...]:
    """The levels of a texture that is used as it is; see ``levels_below``."""
    return levels_below(fitting(texture))


@once_for_each
def smaller_filled(texture: Texture) -> tuple[np.ndarray, ...]:
    """The levels of a texture whose transparent texels are filled; see ``levels_below``."""
    return levels_below(filled(texture))


def levels_below(pixels: np.ndarray) -> tuple[np.ndarray, ...]:
    """A picture at half the size, a quarter, and so on down to one texel: what is read where it is seen small.

    Drivers make them, too, but software GL takes a tenth of a second and more for a large one, in which it answers nobody.

    Args:
        pixels: (h, w, 4) uint8, level 0.

    Returns:
        Levels 1 and further, (h, w, 4) uint8 each; means over areas, sides rounded down.
    """
    made: list[np.ndarray] = []
    while max(pixels.shape[:2]) > 1:
        pixels = _half(pixels)
        made.append(pixels)
    return tuple(made)


def _half(pixels: np.ndarray) -> np.ndarray:
    """(max(h // 2, 1), max(w // 2, 1), 4) uint8: means of two by two texels; of three where a side is odd, by their shares."""
    height, width = pixels.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        sums = pixels[0::2].astype(np.uint16)
        sums += pixels[1::2]
        both = sums[:, 0::2] + sums[:, 1::2]
        both += 2
        both >>= 2
        even: np.ndarray = both.astype(np.uint8)
        return even
    odd: np.ndarray = np.rint(_halved_along(_halved_along(pixels.astype(np.float32), 0), 1)).astype(np.uint8)
    return odd


def _halved_along(values: np.ndarray, axis: int) -> np.ndarray:
    """Half as many along an axis, each the mean of its share of all."""
    n = values.shape[axis]
    if n == 1:
        return values
    ordered = np.moveaxis(values, axis, 0)
    m = n // 2
    if n % 2 == 0:
        made = (ordered[0::2] + ordered[1::2]) / 2
    else:
        at = np.arange(m, dtype=np.float32)[:, None, None]
        made = ((m - at) * ordered[0 : 2 * m : 2] + m * ordered[1::2] + (at + 1) * ordered[2::2]) / n
    return np.moveaxis(made, 0, axis)


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
