"""Avatar parts on the graphics card: pyrender primitives whose positions and normals change every frame."""

from __future__ import annotations

import ctypes

import numpy as np
from OpenGL.GL import (
    GL_ARRAY_BUFFER,
    GL_DYNAMIC_DRAW,
    GL_ELEMENT_ARRAY_BUFFER,
    GL_FALSE,
    GL_FLOAT,
    GL_STATIC_DRAW,
    GL_TRIANGLES,
    GL_UNSIGNED_INT,
    glBindBuffer,
    glBindVertexArray,
    glBufferData,
    glBufferSubData,
    glDrawElements,
    glEnableVertexAttribArray,
    glGenBuffers,
    glGenVertexArrays,
    glMultiDrawElements,
    glVertexAttribPointer,
)

from app.avatar.rig import PosedPart
from app.render.alpha import effective_alpha
from app.render.clusters import Clusters, cluster
from app.render.drawing_library import MetallicRoughnessMaterial, Primitive
from app.render.mirror import MirroredPart
from app.render.surface import Surface, surface_of

INDEX_TYPE = GL_UNSIGNED_INT
_POSITION, _NORMAL, _UV, _COLOR, _OCCLUSION, _HEAT = range(6)
#: place of the indices among the buffers, after those of position to occlusion
INDICES = 5


class LivePart(Primitive):
    """One part of an avatar in GL buffers, one buffer per attribute so that only what moved is sent.

    Attributes:
        posed: the part as the rig moves it.
        surface: what it is made of.
        alpha: ``OPAQUE``, ``MASK`` or ``BLEND``: what the file's mode comes to.
        center: (3,) float64 metres, middle of the neutral part, for sorting.
        clusters: its triangles in groups, for culling.
        lean: those of small moving pictures, None where they are the same; their indices follow the others'.
        n_indices: three per triangle.
    """

    def __init__(self, posed: PosedPart | MirroredPart) -> None:
        part = posed.source
        super().__init__(
            positions=part.positions,
            normals=part.normals,
            texcoord_0=part.uvs,
            color_0=part.colors,
            indices=part.triangles,
            material=MetallicRoughnessMaterial(name=part.material.name),
        )
        self.posed = posed
        self.surface: Surface = surface_of(part)
        self.alpha = effective_alpha(part)
        low, high = (f(part.positions, axis=0).astype(np.float64) for f in (np.min, np.max))
        self.center = (low + high) / 2.0
        self.clusters = cluster(part)
        self.lean: Clusters | None = None
        self.n_indices = int(self.clusters.triangles.size)
        self._occlusion = np.ones(len(part.positions), np.float32)
        self._seen = -1
        self._heat_buffer = 0
        self._sent_heat: np.ndarray | None = None

    @property
    def vao(self) -> int:
        """The GL vertex array."""
        made: int = self._vaid
        return made

    def upload(self) -> bool:
        """Send positions and normals if the rig changed them.

        Returns:
            Whether anything was sent.
        """
        if self.posed.revision == self._seen:
            return False
        self._seen = self.posed.revision
        for buffer, array in zip(self._buffers[:2], (self.posed.positions, self.posed.normals), strict=True):
            glBindBuffer(GL_ARRAY_BUFFER, buffer)
            glBufferSubData(GL_ARRAY_BUFFER, 0, array.nbytes, array)
        heat = self.posed.heat if self.posed.heat is not None else self.posed.lit
        if heat is not None and heat is not self._sent_heat:
            self._sent_heat = heat
            self._upload_heat(np.ascontiguousarray(heat, np.float32))
        return True

    def _upload_heat(self, heat: np.ndarray) -> None:
        """Send the colouring; its buffer is made the first time."""
        if self._heat_buffer == 0:
            self._heat_buffer = int(glGenBuffers(1))
            self._buffers.append(self._heat_buffer)
            glBindVertexArray(self._vaid)
            glBindBuffer(GL_ARRAY_BUFFER, self._heat_buffer)
            glBufferData(GL_ARRAY_BUFFER, heat.nbytes, heat, GL_DYNAMIC_DRAW)
            glVertexAttribPointer(_HEAT, 1, GL_FLOAT, GL_FALSE, 0, ctypes.c_void_p(0))
            glEnableVertexAttribArray(_HEAT)
            glBindVertexArray(0)
        else:
            glBindBuffer(GL_ARRAY_BUFFER, self._heat_buffer)
            glBufferSubData(GL_ARRAY_BUFFER, 0, heat.nbytes, heat)

    def draw(self, runs: tuple[np.ndarray, np.ndarray]) -> None:
        """Submit the triangles that may show; program and state are set.

        Args:
            runs: first index and number of indices of each run of them, at least one.
        """
        first, count = runs
        glBindVertexArray(self._vaid)
        if len(first) == 1:
            glDrawElements(GL_TRIANGLES, int(count[0]), INDEX_TYPE, ctypes.c_void_p(4 * int(first[0])))
            return
        offsets = (ctypes.c_void_p * len(first))(*(4 * first).tolist())
        glMultiDrawElements(GL_TRIANGLES, count.astype(np.int32), INDEX_TYPE, offsets, len(first))

    def set_occlusion(self, occlusion: np.ndarray) -> None:
        """Replace the baked openness of each vertex.

        Args:
            occlusion: (n,) float32, 1 open to the sky, 0 closed in.
        """
        low, high = self.surface.openness
        self._occlusion = np.ascontiguousarray(low + (high - low) * occlusion, np.float32)
        if self._vaid is not None:
            glBindBuffer(GL_ARRAY_BUFFER, self._buffers[_OCCLUSION])
            glBufferSubData(GL_ARRAY_BUFFER, 0, self._occlusion.nbytes, self._occlusion)

    def set_lean(self, lean: Clusters | None) -> None:
        """Have fewer triangles at hand; None takes them away."""
        if lean is not self.lean:
            self.lean = lean
            if self._vaid is not None:
                glBindVertexArray(self._vaid)
                self._send_indices()

    def _send_indices(self) -> None:
        """Send all triangles, then the few, to the vertex array that is bound, and let go of that."""
        lists = [self.clusters.triangles, *([] if self.lean is None else [self.lean.triangles])]
        indices = np.ascontiguousarray(np.concatenate(lists), np.uint32)
        glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, self._buffers[INDICES])
        glBufferData(GL_ELEMENT_ARRAY_BUFFER, indices.nbytes, indices, GL_STATIC_DRAW)
        glBindVertexArray(0)

    def _add_to_context(self) -> None:
        """Make one buffer per attribute; the two that move are dynamic."""
        part = self.posed.source
        self._vaid = glGenVertexArrays(1)
        glBindVertexArray(self._vaid)
        colors = part.colors if part.colors is not None else np.ones((1, 4), np.float32)
        arrays = (self.posed.positions, self.posed.normals, part.uvs, colors, self._occlusion)
        self._buffers = [int(b) for b in glGenBuffers(len(arrays) + 1)]
        for location, (buffer, array) in enumerate(zip(self._buffers, arrays, strict=False)):
            data = np.ascontiguousarray(array, np.float32)
            glBindBuffer(GL_ARRAY_BUFFER, buffer)
            glBufferData(GL_ARRAY_BUFFER, data.nbytes, data, GL_DYNAMIC_DRAW if location <= _NORMAL else GL_STATIC_DRAW)
            if location != _COLOR or part.colors is not None:
                glVertexAttribPointer(location, data.size // len(data), GL_FLOAT, GL_FALSE, 0, ctypes.c_void_p(0))
                glEnableVertexAttribArray(location)
        self._send_indices()
        self._heat_buffer, self._sent_heat = 0, None
        self._seen = self.posed.revision if self.posed.heat is None and self.posed.lit is None else -1
