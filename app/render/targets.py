"""Framebuffers to draw into and read back from."""

from __future__ import annotations

import ctypes

import numpy as np
from OpenGL import GL

from app.core.errors import RenderError

#: x, y, width and height in pixels, from the lower left
Region = tuple[int, int, int, int]


def common(a: Region, b: Region) -> Region:
    """What two regions share."""
    left, bottom = max(a[0], b[0]), max(a[1], b[1])
    return left, bottom, max(min(a[0] + a[2], b[0] + b[2]) - left, 0), max(min(a[1] + a[3], b[1] + b[3]) - bottom, 0)


class Target:
    """A colour and depth framebuffer, multisampled or not; belongs to one context.

    Args:
        width: pixels.
        height: pixels.
        samples: antialiasing samples per pixel; 0 for none.
        readable: shaders may read its colour; without samples.

    Attributes:
        picture: the texture of its colour, 0 where that is not readable.

    Raises:
        RenderError: the driver cannot make one of this size.
    """

    def __init__(self, width: int, height: int, samples: int = 0, *, readable: bool = False) -> None:
        self.width, self.height = width, height
        self.framebuffer = int(GL.glGenFramebuffers(1))
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        self.picture = self._attach_picture() if readable else 0
        self._buffers = [self._attach(GL.GL_DEPTH_ATTACHMENT, GL.GL_DEPTH_COMPONENT24, samples)]
        if not readable:
            self._buffers.append(self._attach(GL.GL_COLOR_ATTACHMENT0, GL.GL_RGBA8, samples))
        if GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER) != GL.GL_FRAMEBUFFER_COMPLETE:
            self.release()
            raise RenderError(f"The graphics driver cannot draw pictures of {width}x{height}; choose a smaller size.")

    def _attach(self, place: int, kind: int, samples: int) -> int:
        """Give the framebuffer a renderbuffer; returns its name."""
        buffer = int(GL.glGenRenderbuffers(1))
        GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, buffer)
        GL.glRenderbufferStorageMultisample(GL.GL_RENDERBUFFER, samples, kind, self.width, self.height)
        GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, place, GL.GL_RENDERBUFFER, buffer)
        return buffer

    def _attach_picture(self) -> int:
        """Give the framebuffer a texture to draw colour into; returns its name."""
        picture = int(GL.glGenTextures(1))
        GL.glBindTexture(GL.GL_TEXTURE_2D, picture)
        GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, GL.GL_RGBA8, self.width, self.height, 0, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, None)
        for name, value in (
            (GL.GL_TEXTURE_MIN_FILTER, GL.GL_LINEAR),
            (GL.GL_TEXTURE_MAG_FILTER, GL.GL_LINEAR),
            (GL.GL_TEXTURE_WRAP_S, GL.GL_CLAMP_TO_EDGE),
            (GL.GL_TEXTURE_WRAP_T, GL.GL_CLAMP_TO_EDGE),
        ):
            GL.glTexParameteri(GL.GL_TEXTURE_2D, name, value)
        GL.glBindTexture(GL.GL_TEXTURE_2D, 0)
        GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, GL.GL_TEXTURE_2D, picture, 0)
        return picture

    def resolve_into(self, other: Target, region: Region | None = None) -> None:
        """Average the samples, all or those of a region, into a framebuffer of the same size."""
        self._blit(other, region, GL.GL_COLOR_BUFFER_BIT)

    def copy_into(self, other: Target, region: Region | None = None) -> None:
        """Copy colour and depth, all or those of a region, into a framebuffer of the same size and number of samples."""
        self._blit(other, region, GL.GL_COLOR_BUFFER_BIT | GL.GL_DEPTH_BUFFER_BIT)

    def _blit(self, other: Target, region: Region | None, what: int) -> None:
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self.framebuffer)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, other.framebuffer)
        x, y, width, height = region or (0, 0, self.width, self.height)
        area = (x, y, x + width, y + height)
        GL.glBlitFramebuffer(*area, *area, what, GL.GL_NEAREST)

    def read_bgra(self, out: np.ndarray, region: tuple[int, int, int, int]) -> None:
        """Read a part, bottom row first.

        Args:
            out: (height, width, 4) contiguous uint8 of the picture in the lower left; the region of it is filled with BGRA.
            region: (x, y, width, height) in pixels.
        """
        x, y, width, height = region
        if not width or not height:
            return
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self.framebuffer)
        GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 1)
        GL.glPixelStorei(GL.GL_PACK_ROW_LENGTH, out.shape[1])
        GL.glReadPixels(x, y, width, height, GL.GL_BGRA, GL.GL_UNSIGNED_BYTE, ctypes.c_void_p(out.ctypes.data + 4 * (y * out.shape[1] + x)))
        GL.glPixelStorei(GL.GL_PACK_ROW_LENGTH, 0)

    def read_rgb(self) -> np.ndarray:
        """(height, width, 3) uint8, top row first."""
        return np.ascontiguousarray(self.read_rgba((0, 0, self.width, self.height))[::-1, :, :3])

    def read_rgba(self, region: Region) -> np.ndarray:
        """(h, w, 4) uint8 of a region, bottom row first."""
        x, y, width, height = region
        out = np.empty((height, width, 4), np.uint8)
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self.framebuffer)
        GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 1)
        GL.glReadPixels(x, y, width, height, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, out)
        return out

    def release(self) -> None:
        """Free the buffers."""
        GL.glDeleteFramebuffers(1, [self.framebuffer])
        GL.glDeleteRenderbuffers(len(self._buffers), self._buffers)
        if self.picture:
            GL.glDeleteTextures(1, [self.picture])
