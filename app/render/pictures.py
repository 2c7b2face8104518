"""Textures: uploaded as stored, without halos round cut-out hair."""

from __future__ import annotations

import numpy as np
from OpenGL.GL import (
    GL_CLAMP_TO_EDGE,
    GL_LINEAR,
    GL_LINEAR_MIPMAP_LINEAR,
    GL_LINEAR_MIPMAP_NEAREST,
    GL_MIRRORED_REPEAT,
    GL_NEAREST,
    GL_REPEAT,
    GL_RGBA,
    GL_RGBA8,
    GL_TEXTURE0,
    GL_TEXTURE_2D,
    GL_TEXTURE_MAG_FILTER,
    GL_TEXTURE_MIN_FILTER,
    GL_TEXTURE_WRAP_S,
    GL_TEXTURE_WRAP_T,
    GL_UNPACK_ALIGNMENT,
    GL_UNSIGNED_BYTE,
    glActiveTexture,
    glBindTexture,
    glGenerateMipmap,
    glGenTextures,
    glPixelStorei,
    glTexImage2D,
    glTexParameteri,
)

from app.avatar.model import Texture
from app.render.drawing_library import Texture as PyrenderTexture
from app.render.lasting import once_for_each

#: larger pictures are halved until they fit: more texels than this are never seen in the window
_MAX_SIDE = 4096
#: colours spread in squares of this many texels
_COARSE = 4
_WRAPS = {"repeat": GL_REPEAT, "mirror": GL_MIRRORED_REPEAT, "clamp": GL_CLAMP_TO_EDGE}


class Picture(PyrenderTexture):
    """A glTF texture on the graphics card.

    Unlike pyrender's own it is not flipped (glTF's v = 0 is the first row, as in GL), keeps four channels, sets the
    unpack alignment, and spreads colour into transparent texels first, so that filtering brings in no background.

    Args:
        texture: the decoded picture.
        cut_out: its alpha is used.
        tiled: some UVs lie outside the picture; otherwise its opposite edges are kept from bleeding into each other.
    """

    def __init__(self, texture: Texture, cut_out: bool = False, tiled: bool = True) -> None:
        pixels = _filled(texture) if cut_out else _fitting(texture)
        super().__init__(name=texture.name, source=None, source_channels="RGBA", width=pixels.shape[1], height=pixels.shape[0])
        self._pixels = pixels
        self._blended = True
        self._magnification = GL_LINEAR if texture.linear else GL_NEAREST
        self._wraps = tuple(_WRAPS[wrap] if tiled else GL_CLAMP_TO_EDGE for wrap in texture.wrap)

    def bind(self, unit: int, blend_levels: bool = True) -> None:
        """Make the picture readable by shaders, uploading it when first used.

        Args:
            unit: texture unit.
            blend_levels: blend neighbouring mipmap levels; without, software GL fetches half as much.
        """
        glActiveTexture(GL_TEXTURE0 + unit)
        if self._texid is None:
            self._add_to_context()
        glBindTexture(GL_TEXTURE_2D, self._texid)
        if blend_levels != self._blended:
            self._blended = blend_levels
            glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR if blend_levels else GL_LINEAR_MIPMAP_NEAREST)

    def _add_to_context(self) -> None:
        """Upload with mipmaps."""
        self._blended = True
        self._texid = glGenTextures(1)
        glBindTexture(GL_TEXTURE_2D, self._texid)
        glPixelStorei(GL_UNPACK_ALIGNMENT, 1)
        pixels = np.ascontiguousarray(self._pixels)
        glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, self.width, self.height, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels)
        glGenerateMipmap(GL_TEXTURE_2D)
        for name, value in (
            (GL_TEXTURE_MAG_FILTER, self._magnification),
            (GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR),
            (GL_TEXTURE_WRAP_S, self._wraps[0]),
            (GL_TEXTURE_WRAP_T, self._wraps[1]),
        ):
            glTexParameteri(GL_TEXTURE_2D, name, value)
        glBindTexture(GL_TEXTURE_2D, 0)


def _fitting(texture: Texture) -> np.ndarray:
    """(h, w, 4) the texels, fewer where there are too many."""
    pixels = texture.pixels
    while max(pixels.shape[:2]) > _MAX_SIDE:
        pixels = pixels[::2, ::2]
    return pixels


@once_for_each
def _filled(texture: Texture) -> np.ndarray:
    """The same, transparent ones in the colour of their surroundings."""
    return bleed(_fitting(texture))


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
