"""What a view needs of Qt to draw into memory: a context, and knowing for whom it paints."""

from __future__ import annotations

from PySide6.QtGui import QOffscreenSurface, QOpenGLContext, QPainter, QSurfaceFormat
from PySide6.QtWidgets import QWidget
from shiboken6 import getCppPointer

from app.core.errors import RenderError


class QtOffscreenContext:
    """An OpenGL 3.3 context of Qt without a window, for systems without EGL.

    Raises:
        RenderError: Qt cannot make one.
    """

    def __init__(self) -> None:
        wanted = QSurfaceFormat()
        wanted.setVersion(3, 3)
        wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
        self._surface = QOffscreenSurface()
        self._surface.setFormat(wanted)
        self._surface.create()
        self._context = QOpenGLContext()
        self._context.setFormat(wanted)
        if not self._context.create() or not self._surface.isValid():
            raise RenderError("No OpenGL 3.3 is available; install a current graphics driver and try again.")

    def make_current(self) -> None:
        """Make GL calls of this thread go here."""
        self._context.makeCurrent(self._surface)

    def done(self) -> None:
        """Let go of the thread."""
        self._context.doneCurrent()

    def release(self) -> None:
        """Destroy the context."""
        self._surface.destroy()


def paints_the_screen(painter: QPainter, widget: QWidget) -> bool:
    """Whether a widget is painted because it is shown, and not for a picture of it (``grab``).

    Args:
        painter: of its paint event.
        widget: who is painted.
    """
    store = widget.backingStore()
    target = painter.paintEngine().paintDevice()
    return store is not None and store.paintDevice() is not None and getCppPointer(store.paintDevice()) == getCppPointer(target)
