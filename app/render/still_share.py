"""A part's triangles in two shares: those that stand still for a stretch of a film, drawn once, and those that move."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Literal

import numpy as np
from OpenGL.GL import (
    GL_ELEMENT_ARRAY_BUFFER,
    GL_STATIC_DRAW,
    GL_TRIANGLES,
    glBindBuffer,
    glBindVertexArray,
    glBufferData,
    glDeleteBuffers,
    glDrawElements,
    glGenBuffers,
)

from app.avatar.rig import PosedPart
from app.render.camera import OrbitCamera
from app.render.culling import Runs, planes_of
from app.render.parts import INDEX_TYPE, INDICES, LivePart
from app.render.renderer import BACKGROUND, AvatarRenderer
from app.render.targets import Region, Target

Share = Literal["still", "moving"]


@dataclass(frozen=True)
class Split:
    """The triangles of one part, those that move first.

    Attributes:
        buffer: GL name of the indices.
        n_moving: indices of triangles that move.
        n_still: indices of the others.
    """

    buffer: int
    n_moving: int
    n_still: int

    def release(self) -> None:
        """Free the buffer."""
        glDeleteBuffers(1, [self.buffer])


class SharedPart(LivePart):
    """A part that can be drawn in shares; whole unless it is told otherwise."""

    def __init__(self, posed: PosedPart) -> None:
        super().__init__(posed)
        self.split: Split | None = None
        self.share: Share | None = None

    def split_by(self, moving: np.ndarray) -> Split:
        """Divide the triangles.

        A blended part counts as moving as a whole: it is drawn over what moves, in its own order.

        Args:
            moving: (n,) bool, the vertices that will move.

        Returns:
            The shares; its buffer is the caller's to release.
        """
        triangles = self.clusters.triangles
        moves = np.full(len(triangles), True) if self.alpha == "BLEND" else moving[triangles].any(axis=1)
        indices = np.ascontiguousarray(np.concatenate([triangles[moves], triangles[~moves]]), np.uint32)
        buffer = int(glGenBuffers(1))
        glBindVertexArray(0)
        glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, buffer)
        glBufferData(GL_ELEMENT_ARRAY_BUFFER, indices.nbytes, indices, GL_STATIC_DRAW)
        glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, 0)
        n_moving = 3 * int(moves.sum())
        return Split(buffer, n_moving, indices.size - n_moving)

    def draw(self, runs: Runs) -> None:
        """Submit the triangles of the present share, or all that may show; program and state are set.

        Args:
            runs: see LivePart.draw; shares are drawn whole.
        """
        if self.split is None or self.share is None:
            super().draw(runs)
            return
        first = 0 if self.share == "moving" else self.split.n_moving
        count = self.split.n_moving if self.share == "moving" else self.split.n_still
        if not count:
            return
        glBindVertexArray(self.vao)
        glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, self.split.buffer)
        glDrawElements(GL_TRIANGLES, count, INDEX_TYPE, ctypes.c_void_p(4 * first))
        glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, self._buffers[INDICES])


class FilmRenderer(AvatarRenderer):
    """The one draw function, which can also draw only what stands still, or what moves over that.

    Solid parts are sorted out by depth alone, so that both shares together give exactly the picture of a whole drawing.
    """

    part_class = SharedPart

    def draw_share(
        self, share: Share, splits: tuple[Split, ...], target: Target, camera: OrbitCamera, background: tuple[float, ...] = BACKGROUND,
        *, region: Region | None = None,
    ) -> None:  # fmt: skip
        """Draw one share of the rig as it is posed now.

        Args:
            share: what stands still, over the background; or what moves, over what the framebuffer holds.
            splits: one for each part.
            target: where.
            camera: where to look from.
            background: display RGB, 0 to 1.
            region: (x, y, w, h) pixels from the lower left to restrict the drawing to, or None for all.
        """
        self.forget_picture()
        seen = planes_of(self._begin(target.framebuffer, target.width, target.height, camera))
        self._runs = self._culling.runs(seen, turn=self.rig.turn)
        for part, split in zip(self._shared, splits, strict=True):
            part.split, part.share = split, share
        try:
            self._todo = self._order()
            self._start_picture(background if share == "still" else None, region)
            self._forward_pass(self._scene, 0)
            self._leave_clean()
        finally:
            for part in self._shared:
                part.split = part.share = None

    def split(self, moving: list[np.ndarray]) -> tuple[Split, ...]:
        """Divide every part by the vertices that will move; one (n,) bool for each part, in their order."""
        return tuple(part.split_by(vertices) for part, vertices in zip(self._shared, moving, strict=True))

    @property
    def _shared(self) -> tuple[SharedPart, ...]:
        return tuple(part for part in self.parts if isinstance(part, SharedPart))
