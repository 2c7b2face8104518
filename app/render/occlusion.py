"""Openness of every vertex to the sky, baked once per avatar: dark nostrils, eye sockets, collars and mouths.

From each of many directions the avatar is drawn into a depth buffer, and every vertex asks whether it is the nearest
thing there. Weighted by the cosine to its normal that is ambient occlusion (e.g. Pharr and Green, GPU Gems 17).
The mouth is baked open, because only an open mouth is looked into.
"""

from __future__ import annotations

import ctypes

import numpy as np
from OpenGL import GL

from app.avatar.model import Avatar, MeshPart
from app.core.arkit import canonical_name
from app.render.alpha import effective_alpha, without_holes
from app.render.anatomy import head_of
from app.render.openness import BAKED, BEGUN, Seen
from app.render.pictures import Picture
from app.render.programs import Programs
from app.render.surface import surface_of

#: directions looked from with the mouth closed and open
_DIRECTIONS = (64, 40)
_SIDE = 512
#: the baked sphere about the head, in head heights; vertices outside it count as open
_REACH = 2.2
#: a vertex is lifted by this many map texels along its normal before the test, against self-shadowing
_LIFT_TEXELS = 2.0
#: how far the jaw is opened for the second bake
_JAW_OPEN = 0.55
_OPENERS = ("jawOpen", "viseme_aa")


def directions(n: int) -> np.ndarray:
    """(n, 3) unit vectors spread evenly over the sphere (Fibonacci lattice)."""
    i = np.arange(n) + 0.5
    y = 1.0 - 2.0 * i / n
    angle = np.pi * (1.0 + 5.0**0.5) * i
    ring = np.sqrt(1.0 - y * y)
    return np.stack([ring * np.cos(angle), y, ring * np.sin(angle)], axis=1)


def opened(part: MeshPart) -> tuple[np.ndarray, np.ndarray]:
    """Positions and normals of a part with the jaw open; the neutral ones where it cannot open."""
    if part.targets is None:
        return part.positions, part.normals
    for opener in _OPENERS:
        for i, name in enumerate(part.targets.names):
            if canonical_name(name) == opener:
                return part.positions + _JAW_OPEN * part.targets.positions[i], part.normals + _JAW_OPEN * part.targets.normals[i]
    return part.positions, part.normals


class OcclusionBake:
    """A bake in progress, a direction at a time, so that a window stays responsive.

    Create, step and release with the same GL context current; ``step`` restores nothing but the framebuffer.

    One that is released before its end leaves what it has seen to the next one of the same avatar.

    Args:
        avatar: what to bake.
    """

    def __init__(self, avatar: Avatar) -> None:
        self._avatar = avatar
        head = head_of(avatar)
        self._center, self._radius = head.center, _REACH * head.height
        poses = [[(p.positions, p.normals) for p in avatar.parts], [opened(p) for p in avatar.parts]]
        self._points, self._normals = ([np.concatenate([part[k] for part in pose]) for pose in poses] for k in (0, 1))
        self._seen = BEGUN.take(avatar) or self._nothing_seen()
        self._depth = np.empty((_SIDE, _SIDE), np.float32)
        self._programs = Programs()
        self._start_gl(poses)

    def _nothing_seen(self) -> Seen:
        """The beginning."""
        return Seen(
            inside=[np.flatnonzero(np.linalg.norm(p - self._center, axis=1) < 0.95 * self._radius) for p in self._points],
            open=[np.zeros(len(p), np.float32) for p in self._points],
            all=[np.full(len(p), 1e-6, np.float32) for p in self._points],
            todo=[(pose, d) for pose, n in enumerate(_DIRECTIONS) for d in directions(n)],
        )

    @property
    def done(self) -> bool:
        """Whether all directions are drawn and ``result`` is final."""
        return not self._seen.todo

    def upload_piece(self) -> bool:
        """Upload a little more of the pictures that are looked through; whether there was anything left."""
        waiting = next((picture for picture in self._pictures.values() if not picture.is_there), None)
        if waiting is not None:
            waiting.upload_piece()
        return waiting is not None

    def step(self) -> None:
        """Look from one more direction."""
        if self._seen.todo:
            pose, direction = self._seen.todo.pop()
            matrix = self._look(direction)
            self._draw(pose, matrix)
            self._count(pose, direction, matrix)
            if not self._seen.todo:
                self._finish()

    def release(self) -> None:
        """Free all GL objects."""
        if not self.done:
            BEGUN.keep(self._avatar, self._seen)
        GL.glDeleteFramebuffers(1, [self._framebuffer])
        GL.glDeleteRenderbuffers(1, [self._renderbuffer])
        GL.glDeleteVertexArrays(len(self._arrays), self._arrays)
        GL.glDeleteBuffers(len(self._buffers), self._buffers)
        for picture in self._pictures.values():
            picture.delete()
        self._programs.release()

    def _start_gl(self, poses: list[list[tuple[np.ndarray, np.ndarray]]]) -> None:
        """Upload both poses of all parts that cast shadows, and make a depth buffer."""
        self._renderbuffer = int(GL.glGenRenderbuffers(1))
        GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, self._renderbuffer)
        GL.glRenderbufferStorage(GL.GL_RENDERBUFFER, GL.GL_DEPTH_COMPONENT32F, _SIDE, _SIDE)
        self._framebuffer = int(GL.glGenFramebuffers(1))
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_RENDERBUFFER, self._renderbuffer)
        GL.glDrawBuffer(GL.GL_NONE)
        self._arrays: list[int] = []
        self._buffers: list[int] = []
        self._pictures: dict[int, Picture] = {}
        self._calls: list[list[tuple[int, int, int]]] = [[], []]
        for index, part in enumerate(self._avatar.parts):
            near = self._near(part)
            if not surface_of(part).casts_shadow or not len(near):
                continue
            texture = part.material.base_color_texture
            if effective_alpha(part) != "OPAQUE" and texture is not None:
                self._pictures[index] = Picture(texture)
            for pose, calls in zip(poses, self._calls, strict=True):
                calls.append((self._vertex_array(pose[index][0], part, near), near.size, index))

    def _near(self, part: MeshPart) -> np.ndarray:
        """(n, 3) those triangles of a part that reach into the baked sphere."""
        inside = np.linalg.norm(part.positions - self._center, axis=1) < 1.05 * self._radius
        triangles = without_holes(part)
        made: np.ndarray = triangles[inside[triangles].any(axis=1)]
        return made

    def _vertex_array(self, positions: np.ndarray, part: MeshPart, triangles: np.ndarray) -> int:
        """Positions, UVs and indices of one part in one pose."""
        array = int(GL.glGenVertexArrays(1))
        GL.glBindVertexArray(array)
        buffers = [int(b) for b in GL.glGenBuffers(3)]
        for location, buffer, data in ((0, buffers[0], positions), (2, buffers[1], part.uvs)):
            packed = np.ascontiguousarray(data, np.float32)
            GL.glBindBuffer(GL.GL_ARRAY_BUFFER, buffer)
            GL.glBufferData(GL.GL_ARRAY_BUFFER, packed.nbytes, packed, GL.GL_STATIC_DRAW)
            GL.glVertexAttribPointer(location, packed.shape[1], GL.GL_FLOAT, GL.GL_FALSE, 0, ctypes.c_void_p(0))
            GL.glEnableVertexAttribArray(location)
        indices = np.ascontiguousarray(triangles, np.uint32)
        GL.glBindBuffer(GL.GL_ELEMENT_ARRAY_BUFFER, buffers[2])
        GL.glBufferData(GL.GL_ELEMENT_ARRAY_BUFFER, indices.nbytes, indices, GL.GL_STATIC_DRAW)
        GL.glBindVertexArray(0)
        self._arrays.append(array)
        self._buffers += buffers
        return array

    def _look(self, direction: np.ndarray) -> np.ndarray:
        """(4, 4) world to clip, looking at the head from a direction, without perspective."""
        return orthographic(self._center, self._radius, direction)

    def _draw(self, pose: int, matrix: np.ndarray) -> None:
        """Fill the depth buffer and read it."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        GL.glViewport(0, 0, _SIDE, _SIDE)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthMask(GL.GL_TRUE)
        GL.glDisable(GL.GL_CULL_FACE)
        GL.glClear(GL.GL_DEPTH_BUFFER_BIT)
        GL.glActiveTexture(GL.GL_TEXTURE0)
        for array, n_indices, index in self._calls[pose]:
            picture = self._pictures.get(index)
            program = self._programs.get("depth", frozenset({"CUTOUT"} if picture else ()))
            GL.glUseProgram(program)
            if picture is not None:
                picture.bind(0)
            GL.glUniformMatrix4fv(GL.glGetUniformLocation(program, "lamp_projection"), 1, GL.GL_TRUE, matrix.astype(np.float32))
            GL.glBindVertexArray(array)
            GL.glDrawElements(GL.GL_TRIANGLES, n_indices, GL.GL_UNSIGNED_INT, None)
        GL.glBindVertexArray(0)
        GL.glUseProgram(0)
        GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 4)
        GL.glReadPixels(0, 0, _SIDE, _SIDE, GL.GL_DEPTH_COMPONENT, GL.GL_FLOAT, self._depth)
        GL.glBindTexture(GL.GL_TEXTURE_2D, 0)
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, 0)

    def _count(self, pose: int, direction: np.ndarray, matrix: np.ndarray) -> None:
        """Add what each vertex sees in this direction."""
        inside, normals = self._seen.inside[pose], self._normals[pose]
        facing = normals[inside] @ direction.astype(np.float32)
        front = facing > 0.02
        who, weight = inside[front], facing[front]
        lift = _LIFT_TEXELS * 2.0 * self._radius / _SIDE
        lifted = self._points[pose][who] + normals[who] * lift
        clip = (lifted @ matrix[:3, :3].T + matrix[:3, 3]) * 0.5 + 0.5
        x, y = (np.clip((clip[:, k] * _SIDE).astype(np.int64), 1, _SIDE - 2) for k in (0, 1))
        limit = clip[:, 2] - 0.5 / _SIDE
        seen = sum((self._depth[y + dy, x + dx] >= limit).astype(np.float32) for dx, dy in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)))
        self._seen.open[pose][who] += weight * (seen / 5.0)
        self._seen.all[pose][who] += weight

    def _finish(self) -> None:
        """Join both poses, smooth over the surface, and keep the result."""
        shares = []
        for found, asked, inside in zip(self._seen.open, self._seen.all, self._seen.inside, strict=True):
            share = np.ones(len(found), np.float32)
            share[inside] = found[inside] / asked[inside]
            shares.append(share)
        joined = np.maximum(*shares)
        ends = np.cumsum([len(p.positions) for p in self._avatar.parts])[:-1]
        result = [smoothed(o, p.triangles) for o, p in zip(np.split(joined, ends), self._avatar.parts, strict=True)]
        BAKED.keep(self._avatar, result)


def orthographic(center: np.ndarray, radius: float, direction: np.ndarray) -> np.ndarray:
    """World to clip for a parallel view of a sphere.

    Args:
        center: (3,) of the sphere, metres.
        radius: of the sphere, metres.
        direction: (3,) unit vector from the sphere towards the viewer.

    Returns:
        (4, 4) float64.
    """
    aside = np.array([1.0, 0.0, 0.0]) if abs(direction[0]) < 0.9 else np.array([0.0, 1.0, 0.0])
    right = np.cross(aside, direction)
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[0, :3], matrix[1, :3], matrix[2, :3] = right, np.cross(direction, right), -direction
    matrix[:3, :3] /= radius
    matrix[:3, 3] = -matrix[:3, :3] @ center
    return matrix


def smoothed(values: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Half of each vertex's own value, half the mean of its neighbours.

    Args:
        values: (n,) float32.
        triangles: (m, 3) indices.

    Returns:
        (n,) float32.
    """
    if not len(triangles):
        return values
    corners = triangles.astype(np.int64)
    around, count = np.zeros(len(values)), np.zeros(len(values))
    for a, b in ((0, 1), (1, 2), (2, 0)):
        for p, q in ((a, b), (b, a)):
            around += np.bincount(corners[:, p], values[corners[:, q]], len(values))
            count += np.bincount(corners[:, p], minlength=len(values))
    mean = np.where(count > 0, around / np.maximum(count, 1), values)
    return (0.5 * values + 0.5 * mean).astype(np.float32)
