"""The way to the first picture in small steps, for views that draw in the window's own thread: whoever waits for events waits a moment."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from OpenGL import GL

from app.render.camera import OrbitCamera
from app.render.renderer import AvatarRenderer
from app.render.steps import build_steps


class GentleRenderer(AvatarRenderer):
    """The one draw function, with a way to its first picture on which no step takes long."""

    def prepare(self) -> None:
        """Do all that the first picture needs and GL has no part in; any thread may."""
        self._steps, self._pictures = build_steps(self.parts)
        for picture in self._pictures:
            picture.prepare()

    def approach(self, framebuffer: int, side: int, camera: OrbitCamera) -> Iterator[None]:
        """Upload, and draw each part once by itself, which is when drivers make its programs.

        Args:
            framebuffer: small, and of the kind that will be drawn into.
            side: its width and height in pixels.
            camera: any.

        Yields:
            Between two steps; others may draw with the same context then.
        """
        studio = self.quality == "studio"
        for picture in dict.fromkeys(p for step in self._steps for _, p in (step.pictures if studio else step.pictures[:1])):
            while not picture.is_there:
                picture.upload_piece()
                yield
        self._enter_context()
        yield
        for index, step in enumerate(self._steps):
            self._begin(framebuffer, side, side, camera)
            self._runs = [(np.array([0]), np.array([s.part.n_indices])) for s in self._steps]
            self._todo = [index]
            self._start_picture((0.0, 0.0, 0.0))
            self._forward_pass(self._scene, 0)
            self._leave_clean()
            GL.glFinish()
            if step.part.n_indices:
                yield
        self._changes.forget()
