"""Drawing for the read-back view: quick small pictures while things move, a refined still when they stop."""

from __future__ import annotations

import math
import time

import numpy as np
from OpenGL import GL

from app.avatar.rig import AvatarRig
from app.render.camera import OrbitCamera
from app.render.changes import Region
from app.render.context import GlContext, current
from app.render.renderer import AvatarRenderer, Quality
from app.render.targets import Target

_STILL_SAMPLES = 4
#: a still is drawn in horizontal strips of about this long, so that the window stays responsive
_STRIP_MS = 25.0
#: strips are whole rows of llvmpipe's tiles, which it rasterises as one
_TILE = 64


class Readback:
    """Draws into memory, in the context it is given.

    Args:
        context: where to draw; stays the caller's.
        quick: quality of pictures while things move; graphics cards can afford ``studio``.

    Attributes:
        pixels: (h, w, 4) uint8 BGRA, bottom row first: the last picture.
    """

    def __init__(self, context: GlContext, quick: Quality = "light") -> None:
        self._context = context
        self._quick_quality = quick
        self._renderer: AvatarRenderer | None = None
        self._quick: Target | None = None
        self._smooth: Target | None = None
        self._strip_y = 0
        self._strip_height = _TILE
        self._begun: tuple[tuple[int, int], Region] | None = None
        self._is_quick = False
        self.pixels = np.zeros((1, 1, 4), np.uint8)

    def set_rig(self, rig: AvatarRig | None) -> None:
        """Draw another rig, or nothing."""
        self._begun = None
        with current(self._context):
            if self._renderer is not None:
                self._renderer.release()
            self._renderer = None if rig is None else AvatarRenderer(rig, self._quick_quality)

    @property
    def state(self) -> tuple[float, ...]:
        """Changes whenever the rig's shape or the shading does."""
        return self._renderer.state if self._renderer else ()

    def warm_up(self) -> bool:
        """Do a few milliseconds of the renderer's deferred work; True while there is more."""
        if self._renderer is None:
            return False
        with current(self._context):
            return self._renderer.warm_up()

    def submit(
        self,
        size: tuple[int, int],
        scale: float,
        camera: OrbitCamera,
        background: tuple[float, ...],
        columns: tuple[float, float] = (0.0, 1.0),
    ) -> None:
        """Begin a picture at a fraction of the resolution; the driver's threads draw it while this one does other things.

        Args:
            size: width and height of the view in device pixels.
            scale: fraction to draw at; above 1 smooths edges.
            camera: where to look from.
            background: display RGB, 0 to 1; a fourth number is its opacity.
            columns: first and last share of the width that will be looked at; the rest may be left as it was.
        """
        if self._renderer is None:
            return
        width, height = size
        w, h = max(1, round(width * scale)), max(1, round(height * scale))
        with current(self._context):
            before, target = self._quick, self._sized(self._quick, max(w, width), max(h, height), 0)
            if target is not before:
                self._renderer.forget_picture()
            self._quick, self._renderer.quality = target, self._quick_quality
            first, last = math.floor(columns[0] * w), math.ceil(columns[1] * w)
            within = None if last - first >= w or last <= first else (first, 0, last - first, h)
            self._begun = (w, h), self._renderer.redraw(target.framebuffer, w, h, camera, background, within=within)
            GL.glFlush()
        self._strip_y = 0

    def collect(self) -> Region:
        """Wait for the picture that was begun and put it into ``pixels``.

        Returns:
            What of ``pixels`` changed; all of it where the size did.
        """
        if self._begun is None or self._quick is None:
            return (0, 0, 0, 0)
        (w, h), region = self._begun
        self._begun = None
        if self.pixels.shape[:2] != (h, w):
            self.pixels = np.zeros((h, w, 4), np.uint8)
            self._is_quick = False
        if not self._is_quick:
            self._is_quick, region = True, (0, 0, w, h)
        with current(self._context):
            self._quick.read_bgra(self.pixels, region)
        return region

    def refine(self, width: int, height: int, camera: OrbitCamera, background: tuple[float, ...]) -> bool:
        """Draw the next strip of an antialiased, full-resolution still of studio quality.

        Args:
            width: device pixels of the view.
            height: device pixels of the view.
            camera: where to look from; unchanged since the first strip.
            background: display RGB, 0 to 1; a fourth number is its opacity.

        Returns:
            True when the still is complete and lies in ``pixels``; False when another call is needed.
        """
        if self._renderer is None:
            return True
        began = time.perf_counter()
        with current(self._context):
            smooth = self._smooth = self._sized(self._smooth, width, height, _STILL_SAMPLES)
            rows = min(self._strip_height, height - self._strip_y)
            self._renderer.quality = "studio"
            self._renderer.draw(smooth.framebuffer, width, height, camera, background, region=(0, self._strip_y, width, rows))
            GL.glFinish()
            self._strip_y += rows
            if self._strip_y >= height:
                self._take_still(smooth)
        elapsed_ms = 1e3 * (time.perf_counter() - began)
        fitting = int(self._strip_height * _STRIP_MS / max(elapsed_ms, 1.0)) // _TILE
        self._strip_height = min(max(fitting, 1), 8) * _TILE
        return self._strip_y == 0

    def release(self) -> None:
        """Free all GL objects; the context itself stays the caller's."""
        with current(self._context):
            for thing in (self._renderer, self._quick, self._smooth):
                if thing is not None:
                    thing.release()
        self._renderer = self._quick = self._smooth = None

    def _take_still(self, smooth: Target) -> None:
        """Average the samples and read the finished still."""
        flat = self._quick = self._sized(self._quick, smooth.width, smooth.height, 0)
        smooth.resolve_into(flat)
        self.pixels, self._is_quick = np.zeros((smooth.height, smooth.width, 4), np.uint8), False
        flat.read_bgra(self.pixels, (0, 0, smooth.width, smooth.height))
        self._strip_y = 0

    @staticmethod
    def _sized(target: Target | None, width: int, height: int, samples: int) -> Target:
        """A target of exactly this size, the same one if it fits."""
        if target is not None and (target.width, target.height) == (width, height):
            return target
        if target is not None:
            target.release()
        return Target(width, height, samples)
