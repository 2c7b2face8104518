"""Smooth edges of moving pictures where samples cost too much: one pass over what was drawn.

Measured with llvmpipe on two cores, default avatar at 417x254, processor time for a whole picture: 14.5 ms as drawn, 4.1 ms more for this
pass, 34 ms more for four samples; at this size, shown twice as large, the edges of hair, ears and collar look the same either way.
"""

from __future__ import annotations

from OpenGL import GL

from app.render.programs import TEXTURE_UNITS, Programs
from app.render.targets import Region, Target

#: pixels from a pixel to the farthest one that it is made of: the search of smooth.frag, and one for filtering
REACH = 8


class EdgeSmoothing:
    """The pass; belongs to one context."""

    def __init__(self) -> None:
        self._programs = Programs()
        self._corners = 0

    @property
    def is_ready(self) -> bool:
        """Whether its program was made."""
        return self._corners != 0

    def make_ready(self) -> None:
        """Have the driver make the program, which takes a tenth of a second where it is not on disk yet."""
        self._corners = int(GL.glGenVertexArrays(1))
        spot, into = Target(1, 1, readable=True), Target(1, 1)
        self.smooth(spot, into, (0, 0, 1, 1))
        GL.glFinish()
        spot.release()
        into.release()

    def smooth(self, drawn: Target, into: Target, region: Region) -> Region:
        """Bring a smoothed picture up to date.

        Args:
            drawn: a readable target, which the picture fills.
            into: at least as large; the picture comes into its lower left.
            region: what of it was drawn again.

        Returns:
            What of the smoothed picture is new: a little more, as far as edges are followed.
        """
        if not region[2] or not region[3]:
            return region
        grown = _grown(region, (drawn.width, drawn.height))
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, into.framebuffer)
        GL.glViewport(0, 0, drawn.width, drawn.height)
        GL.glEnable(GL.GL_SCISSOR_TEST)
        GL.glScissor(*grown)
        GL.glUseProgram(self._programs.get("smooth"))
        GL.glActiveTexture(GL.GL_TEXTURE0 + TEXTURE_UNITS["picture"])
        GL.glBindTexture(GL.GL_TEXTURE_2D, drawn.picture)
        GL.glBindVertexArray(self._corners)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 3)
        GL.glBindVertexArray(0)
        GL.glBindTexture(GL.GL_TEXTURE_2D, 0)
        GL.glUseProgram(0)
        GL.glDisable(GL.GL_SCISSOR_TEST)
        return grown

    def release(self) -> None:
        """Free what it made."""
        self._programs.release()
        if self._corners:
            GL.glDeleteVertexArrays(1, [self._corners])
        self._corners = 0


def _grown(region: Region, size: tuple[int, int]) -> Region:
    """A region and all pixels that its pixels have a part in."""
    x, y, width, height = region
    left, bottom = max(x - REACH, 0), max(y - REACH, 0)
    return left, bottom, min(x + width + REACH, size[0]) - left, min(y + height + REACH, size[1]) - bottom
