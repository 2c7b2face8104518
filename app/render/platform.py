"""The one place that decides how PyOpenGL talks to the system; must run before anything imports OpenGL."""

from __future__ import annotations

import os
import sys

from app.core.errors import RenderError

#: Qt platform plugins whose GL contexts are EGL contexts on Linux once xcb is told to use EGL too
_QT_PLATFORMS = ("xcb", "wayland", "wayland-egl", "eglfs", "offscreen", "minimal", "vnc", "linuxfb")


def prepare_gl(qt_platform: str | None = None) -> None:
    """Make PyOpenGL, Qt and our own contexts agree on one window-system binding.

    On Linux everything uses EGL: ``QT_XCB_GL_INTEGRATION=xcb_egl`` moves Qt's X11 contexts from GLX to EGL, so that
    widgets, read-back views and exports live in one process (a mismatch between PyOpenGL's binding and the current
    context segfaults). Calling it again is harmless. PyOpenGL's own error checks are off, because they cost more than
    the calls; tests ask ``glGetError`` themselves.

    Args:
        qt_platform: name of the Qt platform plugin that will be used (``xcb``, ``wayland``, ``offscreen``), or None
            without Qt, or when it does not matter because OpenGL is already started.

    Raises:
        RenderError: OpenGL was imported earlier with another binding.
    """
    if sys.platform.startswith("linux"):
        glx_forced = qt_platform == "xcb" and os.environ.get("QT_XCB_GL_INTEGRATION", "") == "xcb_glx"
        binding = "glx" if glx_forced else "egl"
        if qt_platform is None and "OpenGL" in sys.modules:
            binding = os.environ.get("PYOPENGL_PLATFORM", binding)
        if qt_platform in _QT_PLATFORMS and not glx_forced:
            os.environ.setdefault("QT_XCB_GL_INTEGRATION", "xcb_egl")
        if "OpenGL" in sys.modules and os.environ.get("PYOPENGL_PLATFORM") not in (None, binding):
            raise RenderError("OpenGL was started with another window system; restart the program.")
        os.environ["PYOPENGL_PLATFORM"] = binding
    _switch_off_checks()


def _switch_off_checks() -> None:
    """Turn off PyOpenGL's per-call checks, keeping ``OpenGL.EGL`` importable (it breaks without its checker)."""
    import OpenGL

    OpenGL.ERROR_CHECKING = False
    OpenGL.ERROR_LOGGING = False
    OpenGL.ARRAY_SIZE_CHECKING = False
    if sys.platform.startswith("linux"):
        try:
            import OpenGL.raw.EGL._errors as egl_errors
        except (ImportError, OSError, AttributeError) as error:
            raise RenderError("OpenGL is missing, so nothing can be drawn; install the packages libgl1 and libegl1.") from error
        if not hasattr(egl_errors, "_error_checker"):
            egl_errors._error_checker = None
