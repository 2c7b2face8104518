"""The view for graphics cards: a QOpenGLWidget that the renderer draws into directly."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeVar

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QOffscreenSurface, QOpenGLContext, QPainter, QPaintEvent, QSurfaceFormat
from PySide6.QtOpenGL import QOpenGLFramebufferObject, QOpenGLFramebufferObjectFormat
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.avatar.rig import AvatarRig
from app.core.errors import PreviewError
from app.render.context import bound_as_expected, is_software, renderer_name
from app.render.egl import GL_TURN
from app.render.rehearsal import Rehearsal
from app.render.view_events import ViewEvents

if TYPE_CHECKING:
    from app.render.approach import GentleRenderer
    from app.render.renderer import Quality

T = TypeVar("T")

SAMPLES = 4
_WARM_UP_EVERY_MS = 16
#: side of the picture in which an avatar's parts are drawn for the first time, and how long such steps may take at once
_SPOT, _STEPS_S = 16, 0.006
#: how often one looks how far the next avatar is
_LOOK_MS = 8


def _prepared(rig: AvatarRig, quality: Quality, shadows: bool) -> GentleRenderer:
    """A renderer with all that GL has no part in."""
    from app.render.approach import GentleRenderer

    renderer = GentleRenderer(rig, quality, shadows)
    renderer.prepare()
    return renderer


def _in_thread(work: Callable[[], T]) -> Future[T]:
    """Do something in a thread of its own, which ends with it."""
    pool = ThreadPoolExecutor(1, "avatar")
    made = pool.submit(work)
    pool.shutdown(wait=False)
    return made


@contextmanager
def _turn(name: str) -> Iterator[bool]:
    """Whether GL may be used now: software GL by one thread at a time, see GL_TURN; nobody is waited for."""
    if not is_software(name):
        yield True
        return
    is_ours = GL_TURN.acquire(blocking=False)
    try:
        yield is_ours
    finally:
        if is_ours:
            GL_TURN.release()


def _spot(samples: int) -> QOpenGLFramebufferObject:
    """A small framebuffer of the kind that the canvas has; its context is current."""
    wanted = QOpenGLFramebufferObjectFormat()
    wanted.setAttachment(QOpenGLFramebufferObject.Attachment.CombinedDepthStencil)
    wanted.setSamples(samples)
    return QOpenGLFramebufferObject(QSize(_SPOT, _SPOT), wanted)


def surface_format(samples: int) -> QSurfaceFormat:
    """OpenGL 3.3 core, 24 bit depth, so many samples per pixel."""
    wanted = QSurfaceFormat()
    wanted.setVersion(3, 3)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    wanted.setDepthBufferSize(24)
    wanted.setSamples(samples)
    return wanted


def probe() -> str:
    """GL_RENDERER as Qt's windows would get it, or "" when Qt has no usable OpenGL here."""
    surface = QOffscreenSurface()
    wanted = surface_format(0)
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
    """The GL surface inside the view; it owns the renderer and the context it lives in.

    The next avatar is made ready in a thread and then, in small steps, in the context, while the former one stays on show.
    """

    def __init__(self, view: GpuView, samples: int) -> None:
        super().__init__(view)
        self._view, self._samples = view, samples
        self._renderer: GentleRenderer | None = None
        self._making: Future[GentleRenderer] | None = None
        self._next: tuple[GentleRenderer, Iterator[None]] | None = None
        self._spot: QOpenGLFramebufferObject | None = None
        self._rehearsal: Rehearsal | None = None
        self._tracked: QOpenGLContext | None = None
        self.setFormat(surface_format(samples))
        # a picture that somebody else's drawing keeps from being drawn stays what it was
        self.setUpdateBehavior(QOpenGLWidget.UpdateBehavior.PartialUpdate)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def drop_renderer(self) -> None:
        """Free all renderers' GL objects; a new one is made at the next paint."""
        self._give_up()
        if self._renderer is None:
            return
        self.makeCurrent()
        self._renderer.release()
        self._renderer = None
        self.doneCurrent()

    def begin(self, rig: AvatarRig | None) -> None:
        """Make another avatar ready; the one on show stays until that is done."""
        self._give_up()
        if rig is None:
            self.drop_renderer()
            return
        view = self._view
        self._making = _in_thread(lambda: _prepared(rig, view.quality, view.shadows))
        if is_software(view.name) and sys.platform.startswith("linux"):
            self._rehearsal = Rehearsal(rig.avatar, (("light", self._samples),))

    def _give_up(self) -> None:
        """Nobody wants what is being made ready any more."""
        made, self._making, self._next = self._next, None, None
        if self._rehearsal is not None:
            self._rehearsal.close()
            self._rehearsal = None
        if made is not None:
            self.makeCurrent()
            made[0].release()
            self._spot = None
            self.doneCurrent()

    @property
    def is_on_the_way(self) -> bool:
        """Whether another avatar is being made ready."""
        return self._making is not None or self._next is not None

    def go_on(self) -> None:
        """Take a few steps on the way to the next avatar's picture; show it when it is there."""
        if self._making is not None and self._making.done():
            renderer, self._making = self._making.result(), None
            self.makeCurrent()
            self._spot = _spot(self._samples)
            self._next = renderer, renderer.approach(self._spot.handle(), _SPOT, replace(self._view.camera))
            self.doneCurrent()
        if self._next is None or (self._rehearsal is not None and not self._rehearsal.done):
            return
        renderer, steps = self._next
        ends_s = time.perf_counter() + _STEPS_S
        with _turn(self._view.name) as is_ours:
            if not is_ours:
                return
            self.makeCurrent()
            for _ in steps:
                if time.perf_counter() > ends_s:
                    break
            else:
                former, self._renderer, self._next, self._spot = self._renderer, renderer, None, None
                if former is not None:
                    former.release()
            self.doneCurrent()

    def warm_up(self) -> bool:
        """Do a few milliseconds of the renderer's deferred work; True while there is more."""
        if self._renderer is None:
            return True
        with _turn(self._view.name) as is_ours:
            if not is_ours:
                return True
            self.makeCurrent()
            more = self._renderer.warm_up()
            self.doneCurrent()
        return more

    def draw(self) -> float:
        """Draw what is on show into this widget's framebuffer.

        Returns:
            Milliseconds that it took to submit.
        """
        began = time.perf_counter()
        view, ratio = self._view, self.devicePixelRatioF()
        if view.rig is None or self._renderer is None:
            clear(view.background)
            return 0.0
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
            with _turn(self._view.name) as is_ours:
                if not is_ours:
                    QTimer.singleShot(_LOOK_MS, self, self.update)
                    return
                elapsed_ms = self.draw()
        except PreviewError as error:
            self._view.fail_later(str(error))
            return
        if self._renderer is None:
            if self._view.rig is not None and not self.is_on_the_way:
                QTimer.singleShot(0, self._view, self._view.make_ready)
            return
        self._view.shown_moment = self._view.moment
        self._view.frame_drawn.emit(elapsed_ms)


class GpuView(ViewEvents):
    """Shows a rig through the graphics card, antialiased, with the studio shaders.

    Args:
        parent: Qt's.
        samples: per pixel.

    Attributes:
        name: of who draws, GL_RENDERER.
        quality: ``studio``, or ``light`` for weak cards.
        shadows: the key lamp casts shadows in studio quality.
    """

    def __init__(self, parent: QWidget | None = None, samples: int = SAMPLES) -> None:
        super().__init__(parent)
        self._begin()
        self.name = "not started"
        self.quality: Literal["studio", "light"] = "studio"
        self.shadows = True
        self._warm_timer = QTimer(self)
        self._warm_timer.timeout.connect(self._warm_up)
        self._canvas = _Canvas(self, samples)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas)

    @property
    def gl_description(self) -> str:
        """Who draws."""
        kind = "software" if is_software(self.name) else "GPU"
        return f"{kind}: {self.name}"

    def set_rig(self, rig: AvatarRig | None) -> None:
        """Show another avatar, or none."""
        self.rig = rig
        self.make_ready()
        self.redraw()

    def make_ready(self) -> None:
        """Have the avatar's picture made ready; the former one stays until then."""
        self._canvas.begin(self.rig)
        self._warm_timer.start(_LOOK_MS)

    def redraw(self) -> None:
        """Ask for a new picture at the next opportunity."""
        self._canvas.update()

    def release(self) -> None:
        """Free all GL objects; called on close."""
        self._warm_timer.stop()
        self._canvas.drop_renderer()

    def started(self, name: str) -> None:
        """Note who draws."""
        self.name = name
        if is_software(name):
            self.quality = "light"

    def fail_later(self, sentence: str) -> None:
        """Show the error page once the present GL call has returned."""
        self.error = sentence
        QTimer.singleShot(0, self._show_failure)

    def _warm_up(self) -> None:
        """Spend a few milliseconds on what the renderer put off."""
        if self.error:
            self._warm_timer.stop()
        elif self._canvas.is_on_the_way:
            try:
                self._canvas.go_on()
            except PreviewError as error:
                self.fail_later(str(error))
            if not self._canvas.is_on_the_way:
                self._warm_timer.start(_WARM_UP_EVERY_MS)
                self._canvas.update()
        elif not self.puts_off:
            if not self._canvas.warm_up():
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
