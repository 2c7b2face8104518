"""Textures: uploaded as stored, a piece at a time, without halos round cut-out hair."""

from __future__ import annotations

from collections.abc import Iterator

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
    GL_TEXTURE_MAX_LEVEL,
    GL_TEXTURE_MIN_FILTER,
    GL_TEXTURE_WRAP_S,
    GL_TEXTURE_WRAP_T,
    GL_UNPACK_ALIGNMENT,
    GL_UNSIGNED_BYTE,
    glActiveTexture,
    glBindTexture,
    glGenTextures,
    glPixelStorei,
    glTexImage2D,
    glTexParameteri,
    glTexSubImage2D,
)

from app.avatar.model import Texture
from app.core.array_file import let_go
from app.render.drawing_library import Texture as PyrenderTexture
from app.render.texels import filled, fitting, levels_below, smaller, smaller_filled

#: bytes of a texture that are uploaded at once: the driver copies them in less than a millisecond
_PIECE = 1 << 20
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
        pixels = filled(texture) if cut_out else fitting(texture)
        super().__init__(name=texture.name, source=None, source_channels="RGBA", width=pixels.shape[1], height=pixels.shape[0])
        self._pixels = pixels
        #: the levels below, where they were kept
        self._kept = (smaller_filled if cut_out else smaller).known(texture)
        self._levels: tuple[np.ndarray, ...] | None = None
        #: while it is uploaded: the pieces that are left
        self._rest: Iterator[None] | None = None
        self._blended = True
        self._magnification = GL_LINEAR if texture.linear else GL_NEAREST
        self._wraps = tuple(_WRAPS[wrap] if tiled else GL_CLAMP_TO_EDGE for wrap in texture.wrap)

    @property
    def is_there(self) -> bool:
        """Whether all of it is uploaded."""
        return self._texid is not None and self._rest is None

    def prepare(self) -> None:
        """Make what is uploaded; in any thread."""
        if self._levels is None:
            self._levels = self._kept if self._kept is not None else levels_below(self._pixels)

    def upload_piece(self) -> None:
        """Upload a little more of it."""
        if self._texid is None:
            self._rest = self._upload()
        if self._rest is not None and next(self._rest, self) is self:
            self._rest = self._levels = None

    def bind(self, unit: int, blend_levels: bool = True) -> None:
        """Make the picture readable by shaders, uploading what is missing.

        Args:
            unit: texture unit.
            blend_levels: blend neighbouring mipmap levels; without, software GL fetches half as much.
        """
        glActiveTexture(GL_TEXTURE0 + unit)
        if not self.is_there:
            self._add_to_context()
        glBindTexture(GL_TEXTURE_2D, self._texid)
        if blend_levels != self._blended:
            self._blended = blend_levels
            glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR if blend_levels else GL_LINEAR_MIPMAP_NEAREST)

    def _add_to_context(self) -> None:
        """Upload all of it."""
        while not self.is_there:
            self.upload_piece()

    def _remove_from_context(self) -> None:
        """Free it; it can be uploaded again."""
        super()._remove_from_context()
        self._rest = None

    def _upload(self) -> Iterator[None]:
        """Upload with all levels, piece by piece, by whichever unit is active; between two of them nothing of it is bound."""
        self._blended = True
        self._texid = glGenTextures(1)
        glBindTexture(GL_TEXTURE_2D, self._texid)
        self.prepare()
        levels = (self._pixels, *(self._levels or ()))
        for name, value in (
            (GL_TEXTURE_MAG_FILTER, self._magnification),
            (GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR),
            (GL_TEXTURE_WRAP_S, self._wraps[0]),
            (GL_TEXTURE_WRAP_T, self._wraps[1]),
            (GL_TEXTURE_MAX_LEVEL, len(levels) - 1),
        ):
            glTexParameteri(GL_TEXTURE_2D, name, value)
        for n, pixels in enumerate(levels):
            height, width = pixels.shape[:2]
            glTexImage2D(GL_TEXTURE_2D, n, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, None)
            rows = max(_PIECE // (4 * width), 1)
            for y in range(0, height, rows):
                piece = np.ascontiguousarray(pixels[y : y + rows])
                glPixelStorei(GL_UNPACK_ALIGNMENT, 1)
                glTexSubImage2D(GL_TEXTURE_2D, n, 0, y, width, len(piece), GL_RGBA, GL_UNSIGNED_BYTE, piece)
                if y + rows < height:
                    glBindTexture(GL_TEXTURE_2D, 0)
                    yield
                    glBindTexture(GL_TEXTURE_2D, self._texid)
            let_go(pixels)
        glBindTexture(GL_TEXTURE_2D, 0)
