"""Contexts to draw in without a visible window, one class per kind of system."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from app.core.errors import RenderError
from app.render.egl import GL_TURN, EglContext, egl_is_current
from app.render.platform import prepare_gl

_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "swrast", "software rasterizer", "microsoft basic render", "gdi generic")


class GlContext(Protocol):
    """An OpenGL context that draws into framebuffer objects only."""

    def make_current(self) -> None:
        """Make GL calls of this thread go here."""
        ...

    def done(self) -> None:
        """Restore what was current before."""
        ...

    def release(self) -> None:
        """Destroy the context."""
        ...


class HiddenWindowContext:
    """An OpenGL 3.3 context of an invisible pyglet window, for systems without EGL (Windows, macOS).

    It belongs to the thread that made it.

    Raises:
        RenderError: no such window can be made.
    """

    def __init__(self) -> None:
        from typing import Any

        import pyglet

        config_class: Any = pyglet.gl.Config
        pyglet.options["shadow_window"] = False
        try:
            config = config_class(major_version=3, minor_version=3, depth_size=24, double_buffer=True)
            self._window = pyglet.window.Window(width=16, height=16, visible=False, config=config)
        except (pyglet.window.NoSuchConfigException, pyglet.window.WindowException, pyglet.gl.ContextException) as error:
            raise RenderError("No OpenGL 3.3 is available; install a current graphics driver and try again.") from error

    def make_current(self) -> None:
        """Make GL calls of this thread go here."""
        self._window.switch_to()

    def done(self) -> None:
        """Let go of the thread; a toolkit makes its own context current again before it draws."""

    def release(self) -> None:
        """Close the window."""
        self._window.close()


def create_context(shares: bool = False) -> GlContext:
    """A context for drawing without a window.

    Args:
        shares: it has textures in common with all others that share, where the system's kind can.

    Returns:
        EGL on Linux, a hidden window elsewhere and where the user forced Qt to GLX.

    Raises:
        RenderError: there is no OpenGL 3.3.
    """
    prepare_gl()
    egl = sys.platform.startswith("linux") and os.environ.get("PYOPENGL_PLATFORM") == "egl"
    return EglContext(shares) if egl else HiddenWindowContext()


@contextmanager
def current(context: GlContext) -> Iterator[None]:
    """Make a context current for the length of a ``with`` block, in which no other thread draws."""
    with GL_TURN:
        context.make_current()
        try:
            yield
        finally:
            context.done()


def renderer_name() -> str:
    """GL_RENDERER of the current context, as text."""
    from OpenGL.GL import GL_RENDERER, glGetString

    raw = glGetString(GL_RENDERER)
    return raw.decode("utf-8", "replace") if raw else "unknown"


def bound_as_expected() -> bool:
    """Whether the current context is of the kind that PyOpenGL was told about; calling GL otherwise segfaults."""
    return os.environ.get("PYOPENGL_PLATFORM") != "egl" or egl_is_current()


def is_software(name: str) -> bool:
    """Whether a GL_RENDERER draws on the processor."""
    return any(word in name.lower() for word in _SOFTWARE)
