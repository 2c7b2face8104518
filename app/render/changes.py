"""What has to be drawn again: where the face moved since the picture that is there, and nothing else."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from app.render.targets import Region

if TYPE_CHECKING:
    from app.render.parts import LivePart

#: vertices that moved by less than this share of a pixel have not moved; they are counted from where they were drawn
_STILL_PX = 0.04


class Changes:
    """Compares a rig with the picture of it that lies in a framebuffer.

    Args:
        parts: of the rig.
    """

    def __init__(self, parts: Sequence[LivePart]) -> None:
        self._parts = parts
        self._drawn = [part.posed.positions.copy() for part in parts]
        self._reach = [_reach_of(part) for part in parts]
        self._seen = [-1] * len(parts)
        self._coloured: list[tuple[object, object]] = [(None, None)] * len(parts)
        self._key: Hashable = None
        self._turn: object = None

    def forget(self) -> None:
        """The picture is not there any more."""
        self._key = None

    def region(self, key: Hashable, turn: object, matrix: np.ndarray, size: tuple[int, int], pixel: float) -> Region | None:
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
        fresh, self._key, self._turn = key != self._key or turn is not self._turn, key, turn
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
            return None
        return _pixels(box, size)

    def _moved(self, i: int, least: float) -> np.ndarray:
        """Indices of the vertices of a part that are not where they were drawn."""
        far = np.abs(self._parts[i].posed.positions - self._drawn[i]) > least
        return np.flatnonzero(far[:, 0] | far[:, 1] | far[:, 2])

    def _widen(self, box: np.ndarray, i: int, moved: np.ndarray, matrix: np.ndarray) -> None:
        """Let a box in normalised device coordinates hold all triangles of some vertices, where they were and where they are."""
        drawn, positions = self._drawn[i], self._parts[i].posed.positions
        now = positions[moved]
        points = np.concatenate([drawn[moved], now]).astype(np.float64)
        drawn[moved] = now
        reach = np.tile(self._reach[i][moved], 2)
        clip = points @ matrix[:, :3].T + matrix[:, 3]
        if clip[:, 3].min() <= 1e-6:
            box[:] = (-1.0, -1.0, 1.0, 1.0)
            return
        for axis in (0, 1):
            place = clip[:, axis] / clip[:, 3]
            # the sphere about a vertex, seen: its radius in clip space over its distance, and a little for perspective
            wide = 1.05 * reach * (np.linalg.norm(matrix[axis, :3]) + np.abs(place) * np.linalg.norm(matrix[3, :3])) / clip[:, 3]
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
