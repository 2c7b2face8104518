"""The view for graphics cards: a QOpenGLWidget that the renderer draws into directly."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QOffscreenSurface, QOpenGLContext, QPainter, QPaintEvent, QSurfaceFormat
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.avatar.rig import AvatarRig
from app.core.errors import PreviewError
from app.render.context import bound_as_expected, is_software, renderer_name
from app.render.view_events import ViewEvents

if TYPE_CHECKING:
    from app.render.renderer import AvatarRenderer

_SAMPLES = 4
_WARM_UP_EVERY_MS = 16


def surface_format() -> QSurfaceFormat:
    """OpenGL 3.3 core, 24 bit depth, antialiased."""
    wanted = QSurfaceFormat()
    wanted.setVersion(3, 3)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    wanted.setDepthBufferSize(24)
    wanted.setSamples(_SAMPLES)
    return wanted


def probe() -> str:
    """GL_RENDERER as Qt's windows would get it, or "" when Qt has no usable OpenGL here."""
    surface = QOffscreenSurface()
    wanted = surface_format()
    wanted.setSamples(0)
    surface.setFormat(wanted)
    surface.create()
    context = QOpenGLContext()
    context.setFormat(wanted)
    if not surface.isValid() or not context.create() or not context.makeCurrent(surface):
        return ""
    try:
        return renderer_name() if bound_as_expected() else ""
    finally:
        context.doneCurrent()
        surface.destroy()


def clear(color: tuple[float, float, float]) -> None:
    """Fill the current framebuffer."""
    from OpenGL import GL

    GL.glClearColor(*color, 1.0)
    GL.glClear(GL.GL_COLOR_BUFFER_BIT | GL.GL_DEPTH_BUFFER_BIT)


class _Canvas(QOpenGLWidget):
    """The GL surface inside the view; it owns the renderer and the context it lives in."""

    def __init__(self, view: GpuView) -> None:
        super().__init__(view)
        self._view = view
        self._renderer: AvatarRenderer | None = None
        self._tracked: QOpenGLContext | None = None
        self.setFormat(surface_format())
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def drop_renderer(self) -> None:
        """Free the renderer's GL objects; a new one is made at the next paint."""
        if self._renderer is None:
            return
        self.makeCurrent()
        self._renderer.release()
        self._renderer = None
        self.doneCurrent()

    def warm_up(self) -> bool:
        """Do a few milliseconds of the renderer's deferred work; True while there is more."""
        if self._renderer is None:
            return True
        self.makeCurrent()
        more = self._renderer.warm_up()
        self.doneCurrent()
        return more

    def draw(self) -> float:
        """Draw the view's rig into this widget's framebuffer.

        Returns:
            Milliseconds that it took to submit.
        """
        began = time.perf_counter()
        view, ratio = self._view, self.devicePixelRatioF()
        if view.rig is None:
            clear(view.background)
            return 0.0
        if self._renderer is None:
            from app.render.renderer import AvatarRenderer

            self._renderer = AvatarRenderer(view.rig, view.quality, view.shadows)
        width, height = round(self.width() * ratio), round(self.height() * ratio)
        self._renderer.quality, self._renderer.shadows = view.quality, view.shadows
        self._renderer.draw(self.defaultFramebufferObject(), width, height, view.camera, view.background)
        return 1e3 * (time.perf_counter() - began)

    def initializeGL(self) -> None:
        """Find out who draws; an exception here would end the process, so it becomes the error page."""
        try:
            self._view.started(renderer_name())
            if self._tracked is not self.context():
                self._tracked = self.context()
                self._tracked.aboutToBeDestroyed.connect(self.drop_renderer)
        except (PreviewError, ImportError, OSError) as error:
            self._view.fail_later(f"The graphics card cannot be used ({error}); switch the view to software.")

    def paintGL(self) -> None:
        """Draw; failures become the error page."""
        if self._view.error:
            return
        try:
            elapsed_ms = self.draw()
        except PreviewError as error:
            self._view.fail_later(str(error))
            return
        self._view.shown_moment = self._view.moment
        self._view.frame_drawn.emit(elapsed_ms)


class GpuView(ViewEvents):
    """Shows a rig through the graphics card, antialiased, with the studio shaders.

    Attributes:
        quality: ``studio``, or ``light`` for weak cards.
        shadows: the key lamp casts shadows in studio quality.
    """

    def __init__(self, parent: QWidget | None = None, reason: str = "") -> None:
        super().__init__(parent)
        self._begin()
        self._reason = reason
        self._name = "not started"
        self.quality: Literal["studio", "light"] = "studio"
        self.shadows = True
        self._warm_timer = QTimer(self)
        self._warm_timer.timeout.connect(self._warm_up)
        self._canvas = _Canvas(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas)

    @property
    def gl_description(self) -> str:
        """Who draws."""
        kind = "software" if is_software(self._name) else "GPU"
        return f"{kind}: {self._name}" + (f" ({self._reason})" if self._reason else "")

    def set_rig(self, rig: AvatarRig | None) -> None:
        """Show another avatar, or none."""
        self.rig = rig
        self._canvas.drop_renderer()
        self._warm_timer.start(_WARM_UP_EVERY_MS)
        self.redraw()

    def redraw(self) -> None:
        """Ask for a new picture at the next opportunity."""
        self._canvas.update()

    def release(self) -> None:
        """Free all GL objects; called on close."""
        self._warm_timer.stop()
        self._canvas.drop_renderer()

    def started(self, name: str) -> None:
        """Note who draws."""
        self._name = name
        if is_software(name):
            self.quality = "light"

    def fail_later(self, sentence: str) -> None:
        """Show the error page once the present GL call has returned."""
        self.error = sentence
        QTimer.singleShot(0, self._show_failure)

    def _warm_up(self) -> None:
        """Spend a few milliseconds on what the renderer put off."""
        if self.puts_off:
            return
        if self.error or not self._canvas.warm_up():
            self._warm_timer.stop()
        self._canvas.update()

    def _show_failure(self) -> None:
        self._canvas.hide()
        self.fail(self.error)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The canvas covers the view; only the error page is painted here."""
        if self.error:
            painter = QPainter(self)
            self.paint_error(painter)
            painter.end()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Free GL before the widget goes."""
        self.release()
        super().closeEvent(event)
