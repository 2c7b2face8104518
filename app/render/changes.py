"""What has to be drawn again: where the face moved since the picture that is there, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from app.render.targets import Region, around

if TYPE_CHECKING:
    from app.avatar.motion import Turn
    from app.render.parts import LivePart

    Spheres = Callable[[Turn | None], tuple[np.ndarray, np.ndarray]]

#: vertices that moved by less than this share of a pixel have not moved; they are counted from where they were drawn
_STILL_PX = 0.04


class Changes:
    """Compares a rig with the picture of it that lies in a framebuffer.

    Args:
        parts: of the rig.
        spheres: (k, 3) centres and (k,) radii of what holds the whole avatar, for where its head is turned to.
    """

    def __init__(self, parts: Sequence[LivePart], spheres: Spheres) -> None:
        self._parts, self._spheres = parts, spheres
        self._covered: Region = (0, 0, 0, 0)
        self._drawn = [part.posed.positions.copy() for part in parts]
        self._reach = [_reach_of(part) for part in parts]
        self._seen = [-1] * len(parts)
        self._coloured: list[tuple[object, object]] = [(None, None)] * len(parts)
        self._key: Hashable = None
        self._turn: Turn | None = None

    def forget(self) -> None:
        """The picture is not there any more."""
        self._key = None

    def region(self, key: Hashable, turn: Turn | None, matrix: np.ndarray, size: tuple[int, int], pixel: float) -> Region | None:
        """Where the picture is not right any more; it counts as drawn from now on.

        Args:
            key: all else that the picture depends on; the whole picture is wrong when it is another than last time.
            turn: where the head is; where it turned, nearly all moved, and nothing is looked at one by one.
            matrix: (4, 4) world to clip.
            size: pixels of the picture.
            pixel: world units of one near the avatar.

        Returns:
            The region, empty where nothing moved; None for the whole picture.
        """
        other, turned = key != self._key, turn is not self._turn
        fresh, self._key, self._turn = other or turned, key, turn
        box = np.array([np.inf, np.inf, -np.inf, -np.inf])
        for i, part in enumerate(self._parts):
            posed = part.posed
            if posed.revision == self._seen[i]:
                continue
            self._seen[i] = posed.revision
            coloured, self._coloured[i] = self._coloured[i], (posed.heat, posed.lit)
            if fresh:
                np.copyto(self._drawn[i], posed.positions)
                continue
            moved = self._moved(i, pixel * _STILL_PX)
            if coloured[0] is not posed.heat or coloured[1] is not posed.lit:
                moved = np.arange(len(posed.positions))
            if len(moved):
                self._widen(box, i, moved, matrix)
        if fresh:
            before, self._covered = self._covered, self._cover(turn, matrix, size)
            return None if other else around(before, self._covered)
        return _pixels(box, size)

    def _cover(self, turn: Turn | None, matrix: np.ndarray, size: tuple[int, int]) -> Region:
        """Pixels outside of which nothing of the avatar can be."""
        centers, radii = self._spheres(turn)
        box = np.array([np.inf, np.inf, -np.inf, -np.inf])
        if len(radii):
            _widen_by(box, centers, radii, matrix)
        return _pixels(box, size)

    def _moved(self, i: int, least: float) -> np.ndarray:
        """Indices of the vertices of a part that are not where they were drawn."""
        far = np.abs(self._parts[i].posed.positions - self._drawn[i]) > least
        return np.flatnonzero(far[:, 0] | far[:, 1] | far[:, 2])

    def _widen(self, box: np.ndarray, i: int, moved: np.ndarray, matrix: np.ndarray) -> None:
        """Let a box in normalised device coordinates hold all triangles of some vertices, where they were and where they are."""
        drawn, positions = self._drawn[i], self._parts[i].posed.positions
        now = positions[moved]
        points = np.concatenate([drawn[moved], now])
        drawn[moved] = now
        _widen_by(box, points, np.tile(self._reach[i][moved], 2), matrix)


def _widen_by(box: np.ndarray, points: np.ndarray, radii: np.ndarray, matrix: np.ndarray) -> None:
    """Let a box in normalised device coordinates hold spheres.

    Args:
        box: (4,) left, bottom, right and top, changed in place.
        points: (n, 3) middles, at least one.
        radii: (n,) world units.
        matrix: (4, 4) world to clip.
    """
    across, upwards, deep = (points @ matrix[axis, :3].astype(points.dtype) + points.dtype.type(matrix[axis, 3]) for axis in (0, 1, 3))
    if (deep - radii * np.linalg.norm(matrix[3, :3])).min() <= 1e-6:
        box[:] = (-1.0, -1.0, 1.0, 1.0)
        return
    seen = radii / deep
    for axis, along in ((0, across), (1, upwards)):
        place = along / deep
        # a sphere's radius in clip space over its distance, and a little for perspective
        wide = (1.05 * seen) * (np.linalg.norm(matrix[axis, :3]) + np.abs(place) * np.linalg.norm(matrix[3, :3]))
        box[axis] = min(box[axis], (place - wide).min())
        box[axis + 2] = max(box[axis + 2], (place + wide).max())


def _pixels(box: np.ndarray, size: tuple[int, int]) -> Region:
    """Pixels that a box in normalised device coordinates touches."""
    if not np.isfinite(box).all():
        return (0, 0, 0, 0)
    low = np.clip(np.floor((box[:2] + 1.0) / 2.0 * size) - 1, 0, size).astype(int)
    high = np.clip(np.ceil((box[2:] + 1.0) / 2.0 * size) + 1, 0, size).astype(int)
    width, height = (high - low).tolist()
    return (int(low[0]), int(low[1]), width, height) if width > 0 and height > 0 else (0, 0, 0, 0)


def _reach_of(part: LivePart) -> np.ndarray:
    """(n,) world units from each vertex to the far ends of its triangles."""
    positions, triangles = part.posed.source.positions, part.posed.source.triangles
    if part.lean is not None:
        triangles = np.concatenate([triangles, part.lean.triangles])
    reach = np.zeros(len(positions), np.float32)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        length = np.linalg.norm(positions[triangles[:, a]] - positions[triangles[:, b]], axis=1)
        for corner in (a, b):
            np.maximum.at(reach, triangles[:, corner], length)
    return reach
