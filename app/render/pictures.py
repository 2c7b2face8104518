"""Textures: uploaded as stored, without halos round cut-out hair."""

from __future__ import annotations

from typing import Any

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
    glDeleteTextures,
    glGenerateMipmap,
    glGenTextures,
    glPixelStorei,
    glTexImage2D,
    glTexParameteri,
)

from app.avatar.model import Texture
from app.core.array_file import let_go
from app.render.drawing_library import Texture as PyrenderTexture
from app.render.egl import shared_here
from app.render.texels import filled, fitting

_WRAPS = {"repeat": GL_REPEAT, "mirror": GL_MIRRORED_REPEAT, "clamp": GL_CLAMP_TO_EDGE}


class _Sent:
    """A texture of the driver's, of one context or of several that share.

    Attributes:
        texture: GL's name of it.
        blended: whether neighbouring levels are.
        users: so many pictures are this one.
        lies_in: where it is found by others.
    """

    def __init__(self, texture: int) -> None:
        self.texture, self.blended, self.users = texture, True, 0
        self.lies_in: dict[tuple[object, ...], Any] = {}


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
        pixels = filled(texture) if cut_out else fitting(texture)
        super().__init__(name=texture.name, source=None, source_channels="RGBA", width=pixels.shape[1], height=pixels.shape[0])
        self._pixels = pixels
        self._sent: _Sent | None = None
        self._magnification = GL_LINEAR if texture.linear else GL_NEAREST
        self._wraps = tuple(_WRAPS[wrap] if tiled else GL_CLAMP_TO_EDGE for wrap in texture.wrap)

    def bind(self, unit: int, blend_levels: bool = True) -> None:
        """Make the picture readable by shaders, uploading it when first used.

        Args:
            unit: texture unit.
            blend_levels: blend neighbouring mipmap levels; without, software GL fetches half as much.
        """
        glActiveTexture(GL_TEXTURE0 + unit)
        if self._sent is None:
            self._add_to_context()
        assert self._sent is not None
        glBindTexture(GL_TEXTURE_2D, self._texid)
        if blend_levels != self._sent.blended:
            self._sent.blended = blend_levels
            glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR if blend_levels else GL_LINEAR_MIPMAP_NEAREST)

    def _add_to_context(self) -> None:
        """Upload with mipmaps, unless a context that shares with this one did."""
        shared = shared_here()
        # whoever uses what was sent holds the pixels, so that no others have the same id meanwhile
        key = ("picture", id(self._pixels), self._magnification, self._wraps)
        sent = None if shared is None else shared.held.get(key)
        if sent is None:
            sent = _Sent(self._upload())
            if shared is not None:
                sent.lies_in = shared.held
                shared.held[key] = sent
        sent.users += 1
        self._sent, self._texid, self._key = sent, sent.texture, key

    def _remove_from_context(self) -> None:
        """Use it no more; who used it last deletes it."""
        sent = self._sent
        if sent is None:
            return
        self._sent = self._texid = None
        sent.users -= 1
        if not sent.users:
            sent.lies_in.pop(self._key, None)
            glDeleteTextures([sent.texture])

    def _upload(self) -> int:
        made = int(glGenTextures(1))
        glBindTexture(GL_TEXTURE_2D, made)
        glPixelStorei(GL_UNPACK_ALIGNMENT, 1)
        pixels = np.ascontiguousarray(self._pixels)
        glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, self.width, self.height, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels)
        let_go(self._pixels)
        glGenerateMipmap(GL_TEXTURE_2D)
        for name, value in (
            (GL_TEXTURE_MAG_FILTER, self._magnification),
            (GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR),
            (GL_TEXTURE_WRAP_S, self._wraps[0]),
            (GL_TEXTURE_WRAP_T, self._wraps[1]),
        ):
            glTexParameteri(GL_TEXTURE_2D, name, value)
        glBindTexture(GL_TEXTURE_2D, 0)
        return made
