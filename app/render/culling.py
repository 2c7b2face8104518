"""Which triangles may show: groups outside the picture, or with their backs to it, are not even submitted.

On software GL a vertex costs as much as a pixel, so what is not submitted is what is saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from app.avatar.motion import Turn
    from app.render.clusters import Clusters
    from app.render.parts import LivePart
    from app.render.targets import Region

#: what morph targets turn a surface by, and what neutral normals leave out, radians
_MORPH_MARGIN, _MARGIN = 0.5, 0.05
#: a full breath moves a chest by this share of the avatar's height at most (app.avatar.motion)
_BREATH = 0.0035

Runs = tuple[np.ndarray, np.ndarray]


class Culling:
    """The groups of triangles of all parts, tested at once.

    Args:
        parts: of one avatar, in the order in which they are asked for.
        lean: with few triangles, where a part has such a list.

    Attributes:
        height: of the avatar, world units.
    """

    def __init__(self, parts: Sequence[LivePart], lean: bool = False) -> None:
        self._parts = parts
        self._groups = groups = [part.lean if lean and part.lean is not None else part.clusters for part in parts]
        self._begins = [
            3 * len(part.clusters.triangles) if own is not part.clusters else 0 for part, own in zip(parts, groups, strict=True)
        ]
        self._centers = np.concatenate([each.centers for each in groups]) if groups else np.zeros((0, 3))
        self._radii = np.concatenate([each.radii for each in groups]) if groups else np.zeros(0)
        self._first = np.cumsum([0, *(len(each.radii) for each in groups)])
        self.height = float(np.ptp(self._centers[:, 1])) if groups else 0.0
        self._breath = _BREATH * self.height
        self._turn: Turn | None = None
        self._grown = self._radii

    def runs(self, planes: np.ndarray, eye: np.ndarray | None = None, turn: Turn | None = None) -> list[Runs]:
        """What to submit of each part.

        Args:
            planes: (n, 4) inward planes with unit normals; what lies behind one of them does not show.
            eye: (3,) where one looks from, to leave out groups that turn their backs to it; None keeps them.
            turn: where head, neck and chest are; None at rest.

        Returns:
            First index and number of indices of each run of triangles, by part.
        """
        if turn is not self._turn:
            self._turn = turn
            self._grown = self._radii if turn is None else self._radii + self._reach(turn)
        seen = ((self._centers @ planes[:, :3].T + planes[:, 3]) > -self._grown[:, None]).all(axis=1)
        if eye is not None:
            seen &= ~self._turned_away(eye, turn)
        found = [own.ranges(seen[a:b]) for own, a, b in zip(self._groups, self._first, self._first[1:], strict=False)]
        return [(begin + first, count) for begin, (first, count) in zip(self._begins, found, strict=True)]

    def _reach(self, turn: Turn) -> np.ndarray:
        """(k,) how far joints move any point of a group."""
        moved = [
            np.linalg.norm(self._centers @ (rotation - np.eye(3)).T + shift, axis=1)
            + self._radii * np.linalg.norm(rotation - np.eye(3), ord=2)
            for rotation, shift in (turn.neck, turn.head)
        ]
        reach: np.ndarray = np.maximum(*moved) + self._breath
        return reach

    def _turned_away(self, eye: np.ndarray, turn: Turn | None) -> np.ndarray:
        """(k,) bool: every triangle of the group is seen from behind, or not at all."""
        axes, halves = self._cones
        along = self._centers - eye
        distance = np.maximum(np.linalg.norm(along, axis=1), 1e-9)
        spread = halves + np.arcsin(np.minimum(self._grown / distance, 1.0))
        if turn is not None:
            spread = spread + np.arccos(np.clip((np.trace(turn.head[0]) - 1.0) / 2.0, -1.0, 1.0))
        away: np.ndarray = (np.einsum("ij,ij->i", axes, along) / distance > np.sin(np.minimum(spread, np.pi / 2))) & (spread < np.pi / 2)
        return away

    @cached_property
    def _cones(self) -> tuple[np.ndarray, np.ndarray]:
        """(k, 3) mean normal of each group, and (k,) how far its triangles lean from it, radians; double-sided ones lean to all sides."""
        axes, halves = zip(*map(_cones_of, self._parts, self._groups), strict=True)
        return np.concatenate(axes), np.concatenate(halves)


def _cones_of(part: LivePart, groups: Clusters) -> tuple[np.ndarray, np.ndarray]:
    """Cones of one part's groups."""
    source = part.posed.source
    n = len(groups.radii)
    if source.material.double_sided or n <= 1 or not len(groups.triangles):
        return np.tile([0.0, 0.0, 1.0], (n, 1)), np.full(n, np.pi)
    a, b, c = (source.positions[groups.triangles[:, k]].astype(np.float64) for k in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    starts = groups.starts[:-1]
    axes = np.add.reduceat(normals, starts, axis=0)
    axes /= np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-12)
    leaning = np.einsum("ij,ij->i", normals, np.repeat(axes, np.diff(groups.starts), axis=0))
    halves = np.arccos(np.clip(np.minimum.reduceat(leaning, starts), -1.0, 1.0))
    return axes, halves + (_MARGIN if source.targets is None else _MORPH_MARGIN)


def planes_of(matrix: np.ndarray, window: tuple[float, float, float, float] = (-1.0, -1.0, 1.0, 1.0)) -> np.ndarray:
    """Inward planes with unit normals of a part of the picture (Gribb and Hartmann).

    Args:
        matrix: (4, 4) world to clip.
        window: left, bottom, right and top in normalised device coordinates.

    Returns:
        (6, 4) float64.
    """
    left, bottom, right, top = window
    x, y, z, w = matrix
    planes = np.stack([x - left * w, y - bottom * w, z + w, right * w - x, top * w - y, w - z])
    made: np.ndarray = planes / np.linalg.norm(planes[:, :3], axis=1, keepdims=True)
    return made


def window_of(region: Region, width: int, height: int) -> tuple[float, float, float, float]:
    """A region of a picture of some size in normalised device coordinates."""
    x, y, w, h = region
    return 2.0 * x / width - 1.0, 2.0 * y / height - 1.0, 2.0 * (x + w) / width - 1.0, 2.0 * (y + h) / height - 1.0
