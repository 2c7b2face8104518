"""Textures: uploaded as stored, a piece at a time, without halos round cut-out hair."""

from __future__ import annotations

from collections.abc import Iterator
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
    GL_TEXTURE_MAX_LEVEL,
    GL_TEXTURE_MIN_FILTER,
    GL_TEXTURE_WRAP_S,
    GL_TEXTURE_WRAP_T,
    GL_UNPACK_ALIGNMENT,
    GL_UNSIGNED_BYTE,
    glActiveTexture,
    glBindTexture,
    glDeleteTextures,
    glGenTextures,
    glPixelStorei,
    glTexImage2D,
    glTexParameteri,
    glTexSubImage2D,
)

from app.avatar.model import Texture
from app.core.array_file import let_go
from app.render.drawing_library import Texture as PyrenderTexture
from app.render.egl import shared_here
from app.render.texels import filled, fitting, levels_below, smaller, smaller_filled

#: bytes of a texture that are uploaded at once: the driver copies them in less than a millisecond
_PIECE = 1 << 20
_WRAPS = {"repeat": GL_REPEAT, "mirror": GL_MIRRORED_REPEAT, "clamp": GL_CLAMP_TO_EDGE}


class _Sent:
    """A texture of the driver's that is whole, of one context or of several that share.

    Attributes:
        texture: GL's name of it.
        blended: whether neighbouring levels are.
        users: so many pictures are this one.
        lies_in: where it is found by others.
    """

    def __init__(self, texture: int) -> None:
        self.texture, self.blended, self.users = texture, True, 1
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
        #: the levels below, where they were kept
        self._kept = (smaller_filled if cut_out else smaller).known(texture)
        self._levels: tuple[np.ndarray, ...] | None = None
        #: while it is uploaded: the pieces that are left
        self._rest: Iterator[None] | None = None
        self._sent: _Sent | None = None
        self._texid: Any = None
        self._magnification = GL_LINEAR if texture.linear else GL_NEAREST
        self._wraps = tuple(_WRAPS[wrap] if tiled else GL_CLAMP_TO_EDGE for wrap in texture.wrap)

    @property
    def is_there(self) -> bool:
        """Whether all of it is uploaded."""
        return self._sent is not None

    def prepare(self) -> None:
        """Make what is uploaded; in any thread."""
        if self._levels is None:
            self._levels = self._kept if self._kept is not None else levels_below(self._pixels)

    def upload_piece(self) -> None:
        """Upload a little more of it; nothing, where a context that shares with this one has it."""
        if self.is_there or (self._rest is None and self._takes_shared()):
            return
        if self._rest is None:
            self._rest = self._upload()
        if next(self._rest, self) is self:
            self._rest = self._levels = None
            self._share()

    def bind(self, unit: int, blend_levels: bool = True) -> None:
        """Make the picture readable by shaders, uploading what is missing.

        Args:
            unit: texture unit.
            blend_levels: blend neighbouring mipmap levels; without, software GL fetches half as much.
        """
        glActiveTexture(GL_TEXTURE0 + unit)
        if not self.is_there:
            self._add_to_context()
        assert self._sent is not None
        glBindTexture(GL_TEXTURE_2D, self._texid)
        if blend_levels != self._sent.blended:
            self._sent.blended = blend_levels
            glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR if blend_levels else GL_LINEAR_MIPMAP_NEAREST)

    def _add_to_context(self) -> None:
        """Upload all of it."""
        while not self.is_there:
            self.upload_piece()

    def _remove_from_context(self) -> None:
        """Use it no more, and free it where nobody else uses it; it can be uploaded again."""
        sent, texture = self._sent, self._texid
        self._sent = self._rest = self._texid = None
        if sent is not None:
            sent.users -= 1
            if sent.users:
                return
            sent.lies_in.pop(self._key, None)
        if texture is not None:
            glDeleteTextures([texture])

    @property
    def _key(self) -> tuple[object, ...]:
        """What it is; whoever uses what was uploaded holds the pixels, so that no others have the same id meanwhile."""
        return ("picture", id(self._pixels), self._magnification, self._wraps)

    def _takes_shared(self) -> bool:
        """Whether it was uploaded by a context that shares with this one; it is used here too then."""
        shared = shared_here()
        sent = None if shared is None else shared.held.get(self._key)
        if sent is None:
            return False
        sent.users += 1
        self._sent, self._texid = sent, sent.texture
        return True

    def _share(self) -> None:
        """Note that it is whole, for this context and for those that share with it."""
        self._sent = _Sent(self._texid)
        shared = shared_here()
        if shared is not None and self._key not in shared.held:
            self._sent.lies_in = shared.held
            shared.held[self._key] = self._sent

    def _upload(self) -> Iterator[None]:
        """Upload with all levels, piece by piece, by whichever unit is active; between two of them nothing of it is bound."""
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
