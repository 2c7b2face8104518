"""Pictures without a window or a display: video export, thumbnails, golden images."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from app.avatar.rig import AvatarRig
from app.core.errors import RenderError
from app.render.backgrounds import BACKGROUNDS, DEFAULT_BACKGROUND
from app.render.camera import OrbitCamera
from app.render.context import GlContext, create_context, current, renderer_name

if TYPE_CHECKING:
    from app.avatar.model import Avatar
    from app.render.still_share import FilmRenderer

#: samples per pixel; drivers that offer fewer take what they have
_SAMPLES = 4


class OffscreenCanvas:
    """Draws rigs into memory. Use it in the thread that made it, as a context manager or with ``release``.

    On Linux it is an EGL context without a surface, elsewhere the context of a hidden window.

    Args:
        width: pixels, 1 to 16384.
        height: pixels, 1 to 16384.

    Attributes:
        gl_renderer: who draws, as the driver calls itself.
        samples: per pixel.
        smooth: what is drawn into, with that many samples.
        flat: what those are averaged into.

    Raises:
        RenderError: there is no OpenGL 3.3, or the size is out of range.
    """

    def __init__(self, width: int, height: int) -> None:
        if not (1 <= width <= 16384 and 1 <= height <= 16384):
            raise RenderError(f"A picture of {width}x{height} cannot be drawn; choose 1 to 16384 pixels.")
        self.width, self.height = width, height
        self._context: GlContext | None = create_context()
        from OpenGL import GL

        from app.render.targets import Target

        with current(self._context):
            self.gl_renderer = renderer_name()
            self.samples = min(_SAMPLES, int(GL.glGetIntegerv(GL.GL_MAX_SAMPLES)))
            self.smooth, self.flat = Target(width, height, self.samples), Target(width, height)
        self._renderers: dict[int, FilmRenderer] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()

    def render(
        self,
        rig: AvatarRig,
        camera: OrbitCamera,
        quality: str = "studio",
        background: tuple[float, float, float] = BACKGROUNDS[DEFAULT_BACKGROUND],
        *,
        shadows: bool = False,
    ) -> np.ndarray:
        """Draw one picture, antialiased.

        Args:
            rig: as posed now.
            camera: where to look from.
            quality: ``studio`` or ``light``.
            background: display RGB, 0 to 1.
            shadows: the key lamp casts shadows (``studio`` only).

        Returns:
            (height, width, 3) uint8, a new array.
        """
        with self.drawing(rig, quality) as renderer:
            renderer.shadows = shadows
            renderer.draw(self.smooth.framebuffer, self.width, self.height, camera, background)
            self.smooth.resolve_into(self.flat)
            return self.flat.read_rgb()

    @contextmanager
    def drawing(self, rig: AvatarRig, quality: str) -> Iterator[FilmRenderer]:
        """Make GL calls go to this canvas for the length of a ``with`` block, which is given what draws a rig there.

        Args:
            rig: who is drawn.
            quality: ``studio`` or ``light``.
        """
        from app.render.prepared import take_up
        from app.render.still_share import FilmRenderer

        if self._context is None:
            raise RenderError("This canvas was closed; open a new one to draw.")
        with current(self._context):
            renderer = self._renderers.get(id(rig))
            if renderer is None:
                take_up(rig.avatar)
                renderer = self._renderers[id(rig)] = FilmRenderer(rig)
                renderer.warm_up(math.inf)
            renderer.quality = "light" if quality == "light" else "studio"
            renderer.shadows = False
            yield renderer

    def release(self) -> None:
        """Free everything; calling it again does nothing."""
        if self._context is None:
            return
        with current(self._context):
            for renderer in self._renderers.values():
                renderer.release()
            self.smooth.release()
            self.flat.release()
        self._renderers.clear()
        self._context.release()
        self._context = None


def make_ready(avatar: Avatar) -> None:
    """Find out about an avatar what drawing will ask: from what was kept, or by looking at it from all sides.

    Raises:
        RenderError: nothing can be drawn here.
    """
    from app.render.openness import BAKED
    from app.render.prepared import take_up

    take_up(avatar)
    if BAKED.of(avatar) is None:
        with OffscreenCanvas(16, 16) as canvas, canvas.drawing(AvatarRig(avatar), "light"):
            pass
