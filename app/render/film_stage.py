"""One side of a film: for a stretch of it, what does not move is drawn once, and of each picture only the place where something moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from app.avatar.rig import AvatarRig
from app.render.camera import OrbitCamera
from app.render.offscreen import OffscreenCanvas
from app.render.still_share import FilmRenderer, Split
from app.render.targets import Target

#: pixels about what moves, for filtering at its edges
_MARGIN = 2
#: corners of regions lie on multiples of this: a whole macroblock of video, and of llvmpipe's stamps
_GRID = 16
#: metres before the camera within which nothing can be projected
_NEAREST = 1e-6


class _Extent:
    """Where the vertices of a rig were over some poses.

    Args:
        rig: as posed first.
    """

    def __init__(self, rig: AvatarRig) -> None:
        self._parts = [part for part in rig.parts if len(part.source.triangles)]
        self._first = [(part.positions.copy(), part.normals.copy()) for part in self._parts]
        self._low = [positions.copy() for positions, _ in self._first]
        self._high = [positions.copy() for positions, _ in self._first]
        self._seen = [part.revision for part in self._parts]
        self._moved = [np.zeros(part.positions.shape, bool) for part in self._parts]

    def grow(self) -> None:
        """Take in the present pose."""
        for i, part in enumerate(self._parts):
            if part.revision == self._seen[i]:
                continue
            self._seen[i] = part.revision
            positions, normals = self._first[i]
            self._moved[i] |= part.positions != positions
            self._moved[i] |= part.normals != normals
            np.minimum(self._low[i], part.positions, out=self._low[i])
            np.maximum(self._high[i], part.positions, out=self._high[i])

    @property
    def moving(self) -> list[np.ndarray]:
        """(n,) bool for each part: the vertices that were elsewhere, or turned otherwise, than at first."""
        return [np.asarray(moved.any(axis=1)) for moved in self._moved]

    def region(self, camera: OrbitCamera, width: int, height: int) -> tuple[int, int, int, int]:
        """(x, y, w, h) pixels from the lower left that hold all triangles with a vertex that moved; w is 0 where none did."""
        corners = []
        for part, moving, low, high in zip(self._parts, self.moving, self._low, self._high, strict=True):
            touched = np.unique(part.source.triangles[moving[part.source.triangles].any(axis=1)])
            both = np.stack([low[touched], high[touched]])
            corners += [np.stack([both[a, :, 0], both[b, :, 1], both[c, :, 2]], axis=1) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
        points = np.concatenate(corners) if corners else np.zeros((0, 3))
        if not len(points):
            return (0, 0, 0, 0)
        matrix = camera.projection(width / max(height, 1)) @ camera.view_matrix()
        clip = points @ matrix[:, :3].T + matrix[:, 3]
        if clip[:, 3].min() <= _NEAREST:
            return (0, 0, width, height)
        seen = 0.5 * (clip[:, :2] / clip[:, 3:] + 1.0) * (width, height)
        return _on_grid(seen.min(axis=0) - _MARGIN, seen.max(axis=0) + _MARGIN, width, height)


def _on_grid(low: np.ndarray, high: np.ndarray, width: int, height: int) -> tuple[int, int, int, int]:
    """(x, y, w, h) that covers a rectangle with its corners on the grid, within the picture."""
    x0, y0 = (max(0, math.floor(v / _GRID) * _GRID) for v in low)
    x1, y1 = (min(limit, math.ceil(v / _GRID) * _GRID) for v, limit in zip(high, (width, height), strict=True))
    return (x0, y0, max(0, x1 - x0), max(0, y1 - y0))


class FilmStage:
    """Draws one side.

    Args:
        canvas: where; one of several sides may be drawn on it at a time.
        rig: who is shown, in the pose it has when a picture is asked for.
        camera: where from, all along.
        quality: ``studio`` or ``light``.
        background: display RGB, 0 to 1.
    """

    def __init__(self, canvas: OffscreenCanvas, rig: AvatarRig, camera: OrbitCamera, quality: str, background: tuple[float, ...]) -> None:
        self._canvas, self._rig, self._camera, self._quality, self._background = canvas, rig, camera, quality, background
        self._layer: Target | None = None
        self._splits: tuple[Split, ...] = ()
        self._region = (0, 0, 0, 0)
        self._picture = np.zeros((canvas.height, canvas.width, 3), np.uint8)
        self._shown: tuple[int, ...] | None = None

    def expect(self, poses: Iterable[Callable[[], None]]) -> None:
        """Find out what stands still over the poses that come next, and draw that.

        Args:
            poses: each poses the rig; at least one. The rig is left in the last.
        """
        extent: _Extent | None = None
        for pose in poses:
            pose()
            if extent is None:
                extent = _Extent(self._rig)
            extent.grow()
        assert extent is not None
        canvas = self._canvas
        self._region = extent.region(self._camera, canvas.width, canvas.height)
        with canvas.drawing(self._rig, self._quality) as renderer:
            self._drop_splits()
            self._splits = renderer.split(extent.moving)
            if self._layer is None:
                self._layer = Target(canvas.width, canvas.height, canvas.samples)
            renderer.draw_share("still", self._splits, self._layer, self._camera, self._background)
            self._draw(renderer, (0, 0, canvas.width, canvas.height))

    def picture(self) -> np.ndarray:
        """The rig in one of the poses that were expected.

        Returns:
            (height, width, 3) uint8, a new array.
        """
        if self._region[2] and self._region[3] and self._state != self._shown:
            with self._canvas.drawing(self._rig, self._quality) as renderer:
                self._draw(renderer, self._region)
        return self._picture.copy()

    def release(self) -> None:
        """Free what it holds; the canvas stays."""
        with self._canvas.drawing(self._rig, self._quality):
            self._drop_splits()
            if self._layer is not None:
                self._layer.release()
            self._layer = None

    @property
    def _state(self) -> tuple[int, ...]:
        return tuple(part.revision for part in self._rig.parts)

    def _draw(self, renderer: FilmRenderer, region: tuple[int, int, int, int]) -> None:
        """Draw what moves over what stands still, and read that part of the picture."""
        assert self._layer is not None
        smooth, flat = self._canvas.smooth, self._canvas.flat
        self._layer.copy_into(smooth, region)
        renderer.draw_share("moving", self._splits, smooth, self._camera, region=region)
        smooth.resolve_into(flat, region)
        x, y, width, height = region
        top = self._canvas.height - y - height
        self._picture[top : top + height, x : x + width] = flat.read_rgba(region)[::-1, :, :3]
        self._shown = self._state

    def _drop_splits(self) -> None:
        for split in self._splits:
            split.release()
        self._splits = ()
