"""Drawing for the read-back view: quick pictures while things move, a refined still when they stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import Any

import numpy as np
from OpenGL import GL

from app.avatar.rig import AvatarRig
from app.render.camera import OrbitCamera
from app.render.context import GlContext
from app.render.draw_thread import DrawThread
from app.render.mirror import MirroredRig
from app.render.renderer import AvatarRenderer, Quality
from app.render.smoothing import EdgeSmoothing
from app.render.targets import Region, Target

_STILL_SAMPLES = 4
#: a still is drawn in horizontal strips of about this long, so that a new picture need not wait
_STRIP_MS = 25.0
#: strips are whole rows of llvmpipe's tiles, which it rasterises as one
_TILE = 64
_NOTHING: Region = (0, 0, 0, 0)


class Readback:
    """Draws into memory, in a thread of its own where the context allows it.

    Args:
        context: where to draw; stays the caller's, who leaves it alone.
        quick: quality of pictures while things move; graphics cards can afford ``studio``.
        apart: whether the context may be used in another thread.

    Attributes:
        pixels: (h, w, 4) uint8 BGRA, bottom row first: the last picture.
        drawn_ms: how long the driver took for it.
    """

    def __init__(self, context: GlContext, quick: Quality = "light", apart: bool = False) -> None:
        self._thread = DrawThread(context, apart)
        self._quick_quality = quick
        self._rig: MirroredRig | None = None
        self._renderer: AvatarRenderer | None = None
        self._edges = EdgeSmoothing()
        self._quick: Target | None = None
        self._flat: Target | None = None
        self._smooth: Target | None = None
        self._strip_y = 0
        self._strip_height = _TILE
        self._begun: Future[Region] | None = None
        self._strip: Future[bool] | None = None
        self._warming: Future[bool] | None = None
        self._changing: Future[None] | None = None
        self._drawn = np.zeros((1, 1, 4), np.uint8)
        self._is_quick = False
        self.drawn_ms = 0.0
        self.pixels = np.zeros((1, 1, 4), np.uint8)

    def set_rig(self, rig: AvatarRig | None) -> None:
        """Draw another rig, or nothing; what is being drawn is not waited for, and does not come any more."""
        self._begun = self._strip = self._warming = None
        made = self._rig = None if rig is None else MirroredRig(rig)
        self._changing = self._thread.begin(lambda: self._change(made))

    def _change(self, rig: MirroredRig | None) -> None:
        if self._renderer is not None:
            self._renderer.release()
        self._renderer = None if rig is None else AvatarRenderer(rig, self._quick_quality)

    @property
    def state(self) -> tuple[float, ...]:
        """Changes whenever the rig's shape or the shading does."""
        renderer = self._renderer
        return () if self._rig is None else (self._edges.is_ready, 0.0 if renderer is None else renderer.openness, *self._rig.revisions)

    def warm_up(self) -> bool:
        """Have a few milliseconds of the renderer's deferred work done; True while there may be more."""
        if self._rig is None:
            return False
        if self._warming is not None and not self._warming.done():
            return True
        more = self._warming is None or self._warming.result()
        self._warming = self._thread.begin(self._warm_up) if more else None
        return more

    def _warm_up(self) -> bool:
        """Do a piece of what need not delay the first picture."""
        if self._renderer is None:
            return False
        if self._edges.is_ready:
            return self._renderer.warm_up()
        self._edges.make_ready()
        self._renderer.forget_picture()
        return True

    def submit(
        self,
        size: tuple[int, int],
        scale: float,
        camera: OrbitCamera,
        background: tuple[float, ...],
        columns: tuple[float, float] = (0.0, 1.0),
    ) -> None:
        """Begin a picture at a fraction of the resolution.

        Args:
            size: width and height of the view in device pixels.
            scale: fraction to draw at; above 1 smooths edges.
            camera: where to look from.
            background: display RGB, 0 to 1; a fourth number is its opacity.
            columns: first and last share of the width that will be looked at; the rest may be left as it was.
        """
        if self._rig is None:
            return
        self.ready()
        if self._changing is not None:
            changing, self._changing = self._changing, None
            changing.result()
        self._rig.follow()
        self._strip, self._strip_y = None, 0
        width, height = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
        first, last = math.floor(columns[0] * width), math.ceil(columns[1] * width)
        within = None if last - first >= width or last <= first else (first, 0, last - first, height)
        seen = replace(camera, target=camera.target.copy())
        self._begun = self._thread.begin(lambda: self._draw((width, height), size, seen, background, within))

    def ready(self, wait_s: float | None = None) -> bool:
        """Wait until nothing is being drawn.

        Args:
            wait_s: at most so long; None for as long as it takes.

        Returns:
            Whether that is so.
        """
        jobs: list[Future[Any]] = [each for each in (self._changing, self._begun, self._strip, self._warming) if each is not None]
        return not wait(jobs, wait_s).not_done

    def _draw(
        self, drawn: tuple[int, int], size: tuple[int, int], camera: OrbitCamera, background: tuple[float, ...], within: Region | None
    ) -> Region:
        """Draw what changed and read it; returns what that is."""
        assert self._renderer is not None
        began = time.perf_counter()
        w, h = drawn
        before = self._quick, self._flat
        quick, flat = self._quick, self._flat = self._sized(self._quick, w, h, readable=True), self._sized(self._flat, *size)
        if (quick, flat) != before:
            self._renderer.forget_picture()
        self._renderer.quality = self._quick_quality
        region = self._renderer.redraw(quick.framebuffer, w, h, camera, background, within=within)
        smooths = self._edges.is_ready and w <= size[0]
        if smooths:
            region = self._edges.smooth(quick, flat, region)
        if self._drawn.shape[:2] != (h, w):
            self._drawn, region = np.zeros((h, w, 4), np.uint8), (0, 0, w, h)
        (flat if smooths else quick).read_bgra(self._drawn, region)
        self.drawn_ms = 1e3 * (time.perf_counter() - began)
        return region

    def collect(self) -> Region:
        """Wait for the picture that was begun and put it into ``pixels``.

        Returns:
            What of ``pixels`` changed; all of it where the size did.

        Raises:
            RenderError: it could not be drawn.
        """
        if self._begun is None:
            return _NOTHING
        begun, self._begun = self._begun, None
        x, y, w, h = begun.result()
        if not self._is_quick or self.pixels.shape != self._drawn.shape:
            self._is_quick, self.pixels = True, self._drawn.copy()
            return (0, 0, self.pixels.shape[1], self.pixels.shape[0])
        self.pixels[y : y + h, x : x + w] = self._drawn[y : y + h, x : x + w]
        return (x, y, w, h)

    def refine(self, width: int, height: int, camera: OrbitCamera, background: tuple[float, ...]) -> bool:
        """Have the next strip drawn of an antialiased, full-resolution still of studio quality, once the last one is there.

        Args:
            width: device pixels of the view.
            height: device pixels of the view.
            camera: where to look from; unchanged since the first strip.
            background: display RGB, 0 to 1; a fourth number is its opacity.

        Returns:
            True when the still is complete and lies in ``pixels``; False when another call is needed.
        """
        if self._rig is None:
            return True
        if self._strip is not None:
            if not self._strip.done():
                return False
            strip, self._strip = self._strip, None
            if strip.result():
                self.pixels, self._is_quick, self._strip_y = self._drawn, False, 0
                self._drawn = np.zeros((1, 1, 4), np.uint8)
                return True
        seen = replace(camera, target=camera.target.copy())
        self._strip = self._thread.begin(lambda: self._draw_strip(width, height, seen, background))
        return False

    def _draw_strip(self, width: int, height: int, camera: OrbitCamera, background: tuple[float, ...]) -> bool:
        """Draw a strip; True when it was the last one and the still lies in what was drawn."""
        assert self._renderer is not None
        began = time.perf_counter()
        smooth = self._smooth = self._sized(self._smooth, width, height, samples=_STILL_SAMPLES)
        rows = min(self._strip_height, height - self._strip_y)
        self._renderer.quality = "studio"
        self._renderer.draw(smooth.framebuffer, width, height, camera, background, region=(0, self._strip_y, width, rows))
        GL.glFinish()
        self._strip_y += rows
        if self._strip_y >= height:
            flat = self._flat = self._sized(self._flat, width, height)
            smooth.resolve_into(flat)
            self._drawn = np.zeros((height, width, 4), np.uint8)
            flat.read_bgra(self._drawn, (0, 0, width, height))
        elapsed_ms = 1e3 * (time.perf_counter() - began)
        fitting = int(self._strip_height * _STRIP_MS / max(elapsed_ms, 1.0)) // _TILE
        self._strip_height = min(max(fitting, 1), 8) * _TILE
        return self._strip_y >= height

    def release(self, then: Callable[[], None]) -> None:
        """Free all GL objects and end the thread, once what is being drawn is there; nobody waits for that.

        Args:
            then: lets go of the context, which nobody uses any more.
        """
        self._begun = self._strip = self._warming = self._changing = self._rig = None
        self._thread.begin(self._free)
        self._thread.close(then)

    def _free(self) -> None:
        for thing in (self._renderer, self._edges, self._quick, self._flat, self._smooth):
            if thing is not None:
                thing.release()
        self._renderer = self._quick = self._flat = self._smooth = None

    @staticmethod
    def _sized(target: Target | None, width: int, height: int, *, samples: int = 0, readable: bool = False) -> Target:
        """A target of exactly this size, the same one if it fits."""
        if target is not None and (target.width, target.height) == (width, height):
            return target
        if target is not None:
            target.release()
        return Target(width, height, samples, readable=readable)
