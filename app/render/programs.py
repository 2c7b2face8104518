"""Our shader set: sources with includes and switches, compiled on first use and kept for the life of a context."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from OpenGL.GL import (
    GL_COMPILE_STATUS,
    GL_FRAGMENT_SHADER,
    GL_INVALID_INDEX,
    GL_LINK_STATUS,
    GL_VERTEX_SHADER,
    glAttachShader,
    glCompileShader,
    glCreateProgram,
    glCreateShader,
    glDeleteProgram,
    glDeleteShader,
    glGetProgramInfoLog,
    glGetProgramiv,
    glGetShaderInfoLog,
    glGetShaderiv,
    glGetUniformBlockIndex,
    glGetUniformLocation,
    glLinkProgram,
    glShaderSource,
    glUniform1i,
    glUniformBlockBinding,
    glUseProgram,
)

from app.core.errors import RenderError
from app.render.blocks import BINDINGS

_FOLDER = Path(__file__).parent / "shaders"
_INCLUDE = re.compile(r'^#include "([\w.]+)"$', re.MULTILINE)

#: sampler name -> texture unit, the same in every program
TEXTURE_UNITS = {
    "base_color_map": 0, "normal_map": 1, "metal_rough_map": 2, "occlusion_map": 3, "emissive_map": 4, "shadow_map": 5, "picture": 6,
}  # fmt: skip


@cache
def _text(name: str) -> str:
    """A shader file with its includes resolved."""
    text = (_FOLDER / name).read_text("utf-8")
    return _INCLUDE.sub(lambda found: _text(found[1]), text)


def source(name: str, switches: frozenset[str]) -> str:
    """A complete shader.

    Args:
        name: file in ``shaders/``.
        switches: preprocessor names to define.

    Returns:
        GLSL whose first line is the version.
    """
    version, body = _text(name).split("\n", 1)
    return "\n".join([version, *(f"#define {s} 1" for s in sorted(switches)), body])


class Programs:
    """Linked programs by (shader set, switches); belongs to one context."""

    def __init__(self) -> None:
        self._programs: dict[tuple[str, frozenset[str]], int] = {}

    def get(self, name: str, switches: frozenset[str] = frozenset()) -> int:
        """A program, compiled when first asked for.

        Args:
            name: ``light``, ``studio``, ``depth`` or ``smooth``: the stem of its two shader files.
            switches: what the surface needs.

        Returns:
            The GL name of the program, its blocks and samplers bound to the fixed places.

        Raises:
            RenderError: the driver rejects the shader.
        """
        key = (name, switches)
        if key not in self._programs:
            self._programs[key] = _link(name, switches)
        return self._programs[key]

    def release(self) -> None:
        """Delete all programs."""
        for program in self._programs.values():
            glDeleteProgram(program)
        self._programs.clear()


def _link(name: str, switches: frozenset[str]) -> int:
    """Compile and link one program and bind its blocks and samplers."""
    program: int = glCreateProgram()
    for kind, ending in ((GL_VERTEX_SHADER, "vert"), (GL_FRAGMENT_SHADER, "frag")):
        shader = _compile(kind, f"{name}.{ending}", switches)
        glAttachShader(program, shader)
        glDeleteShader(shader)
    glLinkProgram(program)
    if not glGetProgramiv(program, GL_LINK_STATUS):
        raise _rejected(f"{name} shaders", glGetProgramInfoLog(program))
    for block, binding in BINDINGS.items():
        index = glGetUniformBlockIndex(program, block)
        if index != GL_INVALID_INDEX:
            glUniformBlockBinding(program, index, binding)
    glUseProgram(program)
    for sampler, unit in TEXTURE_UNITS.items():
        location = glGetUniformLocation(program, sampler)
        if location >= 0:
            glUniform1i(location, unit)
    glUseProgram(0)
    return program


def _compile(kind: int, name: str, switches: frozenset[str]) -> int:
    """Compile one shader."""
    shader: int = glCreateShader(kind)
    glShaderSource(shader, source(name, switches))
    glCompileShader(shader)
    if not glGetShaderiv(shader, GL_COMPILE_STATUS):
        raise _rejected(name, glGetShaderInfoLog(shader))
    return shader


def _rejected(name: str, log: bytes | str) -> RenderError:
    """The driver's refusal as one sentence."""
    text = log.decode("utf-8", "replace") if isinstance(log, bytes) else log
    reason = " ".join(text.split())[:300]
    return RenderError(f"The graphics driver refuses {name}; switch the view to software or update the driver ({reason}).")
