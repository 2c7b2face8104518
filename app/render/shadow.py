"""The key lamp's shadow on face and shoulders, for graphics cards: contact under nose, chin, hair and glasses."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from OpenGL import GL

from app.avatar.model import Avatar
from app.render.anatomy import head_of
from app.render.lighting import LAMPS
from app.render.occlusion import orthographic
from app.render.parts import INDEX_TYPE, LivePart
from app.render.pictures import Picture
from app.render.programs import TEXTURE_UNITS, Programs

_SIDE = 2048
#: the shadowed sphere about the head, in head heights
_REACH = 2.0
#: how much of the key lamp a full shadow takes away: VisemeSync has no shadow, so it only hints
STRENGTH = 0.72
#: depth offset in texels, against a surface shadowing itself
_BIAS_TEXELS = 2.5


class KeyShadow:
    """A depth map seen from the key lamp; belongs to one context.

    Args:
        avatar: decides where the map lies.
    """

    def __init__(self, avatar: Avatar) -> None:
        head = head_of(avatar)
        self.matrix = orthographic(head.center, _REACH * head.height, LAMPS[0].direction)
        self.block = np.array([STRENGTH, 1.0 / _SIDE, _BIAS_TEXELS / _SIDE], np.float32)
        self._texture = int(GL.glGenTextures(1))
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._texture)
        size = (_SIDE, _SIDE, 0, GL.GL_DEPTH_COMPONENT, GL.GL_FLOAT, None)
        GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, GL.GL_DEPTH_COMPONENT24, *size)
        for name, value in (
            (GL.GL_TEXTURE_MAG_FILTER, GL.GL_LINEAR),
            (GL.GL_TEXTURE_MIN_FILTER, GL.GL_LINEAR),
            (GL.GL_TEXTURE_WRAP_S, GL.GL_CLAMP_TO_BORDER),
            (GL.GL_TEXTURE_WRAP_T, GL.GL_CLAMP_TO_BORDER),
            (GL.GL_TEXTURE_COMPARE_MODE, GL.GL_COMPARE_REF_TO_TEXTURE),
            (GL.GL_TEXTURE_COMPARE_FUNC, GL.GL_LEQUAL),
        ):
            GL.glTexParameteri(GL.GL_TEXTURE_2D, name, value)
        GL.glTexParameterfv(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_BORDER_COLOR, np.ones(4, np.float32))
        self._framebuffer = int(GL.glGenFramebuffers(1))
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_TEXTURE_2D, self._texture, 0)
        GL.glDrawBuffer(GL.GL_NONE)
        GL.glBindTexture(GL.GL_TEXTURE_2D, 0)

    def draw(self, casters: Iterable[tuple[LivePart, Picture | None]], programs: Programs) -> None:
        """Fill the map.

        Args:
            casters: parts that cast shadows, each with its picture where it is cut out by alpha.
            programs: of this context.
        """
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        GL.glViewport(0, 0, _SIDE, _SIDE)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthMask(GL.GL_TRUE)
        GL.glDisable(GL.GL_CULL_FACE)
        GL.glDisable(GL.GL_SCISSOR_TEST)
        GL.glClear(GL.GL_DEPTH_BUFFER_BIT)
        GL.glActiveTexture(GL.GL_TEXTURE0)
        for part, picture in casters:
            program = programs.get("depth", frozenset({"CUTOUT"} if picture else ()))
            GL.glUseProgram(program)
            GL.glUniformMatrix4fv(GL.glGetUniformLocation(program, "lamp_projection"), 1, GL.GL_TRUE, self.matrix.astype(np.float32))
            if picture is not None:
                picture.bind(0)
            GL.glBindVertexArray(part.vao)
            GL.glDrawElements(GL.GL_TRIANGLES, part.n_indices, INDEX_TYPE, None)

    def bind(self) -> None:
        """Make the map readable by the studio shaders."""
        GL.glActiveTexture(GL.GL_TEXTURE0 + TEXTURE_UNITS["shadow_map"])
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._texture)

    def release(self) -> None:
        """Free the map."""
        GL.glDeleteFramebuffers(1, [self._framebuffer])
        GL.glDeleteTextures([self._texture])
