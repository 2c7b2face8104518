"""Keeping what stands still: while only the face moves, hair and clothes are drawn once and copied from then on."""

from __future__ import annotations

from collections.abc import Hashable

from OpenGL import GL

from app.render.targets import Target


class StillLayer:
    """Colour and depth of the parts that rest; belongs to one context.

    Copied under the moving parts it gives exactly the picture that drawing everything gives, because solid parts are
    sorted out by depth alone.
    """

    def __init__(self) -> None:
        self._target: Target | None = None
        self._held: Hashable = None
        self._asked: Hashable = None

    def worthwhile(self, key: Hashable) -> bool:
        """Whether the same layer was asked for last time too; a moving camera would only waste the copy.

        Args:
            key: everything that the layer's pixels depend on.
        """
        settled, self._asked = key == self._asked, key
        return settled

    def holds(self, key: Hashable) -> bool:
        """Whether the layer's pixels are the ones asked for."""
        return self._target is not None and key == self._held

    def begin(self, key: Hashable, width: int, height: int) -> int:
        """Prepare for drawing the resting parts.

        Args:
            key: what the pixels will depend on.
            width: pixels.
            height: pixels.

        Returns:
            The framebuffer to draw into.
        """
        if self._target is None or (self._target.width, self._target.height) != (width, height):
            self.release()
            self._target = Target(width, height)
        self._held = key
        return self._target.framebuffer

    def copy_into(self, framebuffer: int, region: tuple[int, int, int, int] | None = None) -> None:
        """Put colour and depth into another framebuffer of the same formats, without samples.

        Args:
            framebuffer: GL name.
            region: (x, y, w, h) pixels to copy, or None for all.
        """
        if self._target is None:
            return
        GL.glDisable(GL.GL_SCISSOR_TEST)
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._target.framebuffer)
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, framebuffer)
        x, y, width, height = region or (0, 0, self._target.width, self._target.height)
        area = (x, y, x + width, y + height)
        GL.glBlitFramebuffer(*area, *area, GL.GL_COLOR_BUFFER_BIT | GL.GL_DEPTH_BUFFER_BIT, GL.GL_NEAREST)

    def release(self) -> None:
        """Free the framebuffer."""
        if self._target is not None:
            self._target.release()
        self._target = self._held = None
