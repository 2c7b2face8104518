"""Fewer triangles for small moving pictures: vertices are drawn together along edges where nobody sees it.

Only the list of triangles changes; positions, normals and all else of the vertices that are left stay as they are, so that joints move
them as before. After M. Garland and P. Heckbert, Surface Simplification Using Quadric Error Metrics (1997), with many collapses that do
not touch each other at a time, since numpy does one as fast as a thousand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_MOST_ROUNDS = 40
#: a round that draws together less than this share of what is left is the last
_LEAST_SHARE = 0.01
#: edges grow to this many tolerances at most: light is computed at vertices
_LONGEST = 16.0
#: how far a triangle may turn at most, as a cosine
_LEAST_TURN = 0.5
#: how much the light's direction may change at a vertex, as a cosine
_LEAST_LIKENESS = 0.95
#: lengths of edges decide where surfaces are this flat, as a share of them
_ALIKE = 1e-3
#: how much dearer it is to move a border sideways than a surface
_BORDER = 4.0


def thin(
    poses: np.ndarray, normals: np.ndarray, triangles: np.ndarray, kept: np.ndarray, tolerance: float,
    *, stop: Callable[[], bool] = lambda: False,
) -> np.ndarray:  # fmt: skip
    """Leave out what cannot be seen from some way off.

    Args:
        poses: (p, n, 3) places of the vertices in some poses that matter, the neutral one first; vertices that are at one place in all of
            them belong together, as along seams of a texture.
        normals: (n, 3) unit vectors at rest, which light is computed with.
        triangles: (m, 3) vertices of each.
        kept: (n,) bool, vertices that must stay.
        tolerance: how far the surface may come off its place in any pose, in the unit of the poses.
        stop: asked now and then; once it is true, nothing more is left out.

    Returns:
        (k, 3) uint32 triangles of the same vertices.
    """
    if not len(triangles):
        return triangles
    mesh = _Mesh(poses, normals, triangles.astype(np.int64), kept, tolerance)
    for _ in range(_MOST_ROUNDS):
        before = mesh.n_places
        if stop() or mesh.draw_together() <= before * _LEAST_SHARE:
            break
    return mesh.triangles.astype(np.uint32)


@dataclass(frozen=True)
class _Moves:
    """What may be drawn together in one round: place ``start[i]`` onto ``end[i]``, cheapest first, no place twice."""

    start: np.ndarray
    end: np.ndarray


class _Mesh:
    """Triangles and, for each place, the planes that it stands for."""

    def __init__(self, poses: np.ndarray, normals: np.ndarray, triangles: np.ndarray, kept: np.ndarray, tolerance: float) -> None:
        by_vertex = np.ascontiguousarray(poses.transpose(1, 0, 2).reshape(poses.shape[1], -1), np.float32)
        _, first, place = np.unique(by_vertex.view(f"V{by_vertex.itemsize * by_vertex.shape[1]}"), return_index=True, return_inverse=True)
        self._place, self.triangles, self._tolerance = place.reshape(-1), triangles, tolerance
        self._poses, self._normals = poses[:, first].astype(np.float64), normals[first].astype(np.float64)
        n = len(first)
        self._chance = np.random.default_rng(1)
        self._kept = np.zeros(n, bool)
        self._kept[self._place[kept]] = True
        self._quadrics, self._weights = np.zeros((len(poses), n, 4, 4)), np.zeros(n)
        corners = self._place[triangles]
        planes = self._planes(corners)
        self._add_planes(np.repeat(planes, 3, axis=1), corners.ravel(), 1.0)
        self._guard_borders(corners, planes)

    @property
    def n_places(self) -> int:
        """How many are left."""
        return len(np.unique(self._place[self.triangles]))

    def draw_together(self) -> int:
        """Do one round; returns how many places it removed."""
        corners = self._place[self.triangles]
        moves, onto = self._find_moves(corners)
        moves = self._apart(corners, moves)
        moves = self._unturned(corners, moves)
        for quadrics in self._quadrics:
            np.add.at(quadrics, moves.end, quadrics[moves.start])
        np.add.at(self._weights, moves.end, self._weights[moves.start])
        goal = np.full(len(self._weights), -1)
        goal[moves.start] = moves.end
        pairs, vertices = onto
        asked = goal[self._place] >= 0
        movers = np.flatnonzero(asked & np.isin(np.arange(len(self._place)), self.triangles))
        found = np.searchsorted(pairs, movers * len(self._weights) + goal[self._place[movers]])
        renamed = np.arange(len(self._place))
        renamed[movers] = vertices[found]
        triangles = renamed[self.triangles]
        corners = self._place[triangles]
        whole = (corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2]) & (corners[:, 2] != corners[:, 0])
        self.triangles = triangles[whole]
        return len(moves.start)

    def _planes(self, corners: np.ndarray) -> np.ndarray:
        """(p, m, 4) planes of triangles in all poses: unit normal and offset."""
        a, b, c = (self._poses[:, corners[:, k]] for k in range(3))
        return _through(a, np.cross(b - a, c - a))

    def _add_planes(self, planes: np.ndarray, places: np.ndarray, weight: float) -> None:
        """Have places stand for planes, (p, e, 4) for e places."""
        order = np.argsort(places, kind="stable")
        starts = np.flatnonzero(np.diff(places[order], prepend=-1))
        for quadrics, own in zip(self._quadrics, planes, strict=True):
            quadrics[places[order][starts]] += np.add.reduceat(weight * own[order, :, None] * own[order, None, :], starts, axis=0)
        self._weights += weight * np.bincount(places, minlength=len(self._weights))

    def _guard_borders(self, corners: np.ndarray, planes: np.ndarray) -> None:
        """Planes upright on borders keep them where they are."""
        ends = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
        border = self._edge_uses(ends) != 2
        if not border.any():
            return
        a, b = self._poses[:, ends[border, 0]], self._poses[:, ends[border, 1]]
        upright = _through(a, np.cross(b - a, np.tile(planes[..., :3], (1, 3, 1))[:, border]))
        for k in (0, 1):
            self._add_planes(upright, ends[border, k], _BORDER)

    def _edge_uses(self, ends: np.ndarray) -> np.ndarray:
        """(e,) how many triangles share each edge, whichever way it runs."""
        low, high = ends.min(axis=1), ends.max(axis=1)
        _, back, counts = np.unique(low * len(self._weights) + high, return_inverse=True, return_counts=True)
        return np.asarray(counts[back.reshape(-1)])

    def _find_moves(self, corners: np.ndarray) -> tuple[_Moves, tuple[np.ndarray, np.ndarray]]:
        """The cheapest move of every place that has one, and which vertex each (vertex, place) pair comes onto."""
        n = len(self._weights)
        sides = np.concatenate([self.triangles[:, [0, 1]], self.triangles[:, [1, 2]], self.triangles[:, [2, 0]]])
        ends = self._place[sides]
        border = self._edge_uses(ends) != 2
        both = np.concatenate([sides, sides[:, ::-1]])
        pairs, first = np.unique(both[:, 0] * n + self._place[both[:, 1]], return_index=True)
        vertices, on_border = both[first, 1], np.tile(border, 2)[first]
        # all vertices of a place must come along: those of a seam only along it
        start, end = self._place[pairs // n], pairs % n
        _, where, members = np.unique(start * n + end, return_index=True, return_counts=True)
        start, end, on_border = start[where], end[where], on_border[where]
        living = np.bincount(self._place[np.unique(self.triangles)], minlength=n)
        borders = np.bincount(np.unique(np.concatenate([ends[border], ends[border][:, ::-1]]), axis=0)[:, 0], minlength=n)
        allowed = ~self._kept[start] & (members == living[start]) & np.where(borders[start] > 0, on_border & (borders[start] == 2), True)
        allowed &= np.einsum("ei,ei->e", self._normals[start], self._normals[end]) > _LEAST_LIKENESS
        start, end = start[allowed], end[allowed]
        cost = np.zeros(len(start))
        for places, quadrics in zip(self._poses, self._quadrics, strict=True):
            points = np.concatenate([places[end], np.ones((len(end), 1))], axis=1)
            cost = np.maximum(cost, np.einsum("ei,eij,ej->e", points, quadrics[start] + quadrics[end], points))
        cost /= self._weights[start] + self._weights[end]
        length = np.linalg.norm(self._poses[0, start] - self._poses[0, end], axis=1)
        cheap = (cost <= self._tolerance**2) & (length <= _LONGEST * self._tolerance)
        # cheap ones before dear ones, but those alike in a mixed order: in a row, each would wait for the one before
        start, end, cost, length = start[cheap], end[cheap], cost[cheap], length[cheap]
        worth = np.floor(np.log2(cost + _ALIKE * length**2 + 1e-30))
        order = np.lexsort((self._chance.random(len(start)), worth))
        start, end = start[order], end[order]
        _, best = np.unique(start, return_index=True)
        best.sort()
        return _Moves(start[best], end[best]), (pairs, vertices)

    def _apart(self, corners: np.ndarray, moves: _Moves) -> _Moves:
        """Of moves that touch a triangle in common, the cheapest."""
        rank = np.full(len(self._weights), len(self._weights))
        rank[moves.start] = np.arange(len(moves.start))
        ranks = rank[corners]
        beaten = np.zeros(len(self._weights), bool)
        beaten[corners[ranks > ranks.min(axis=1, keepdims=True)]] = True
        alone = ~beaten[moves.start]
        return _Moves(moves.start[alone], moves.end[alone])

    def _unturned(self, corners: np.ndarray, moves: _Moves) -> _Moves:
        """Without moves that fold a triangle over, or turn it far."""
        goal = np.arange(len(self._weights))
        goal[moves.start] = moves.end
        moved = goal[corners]
        touched = (moved != corners).any(axis=1)
        left = touched & (moved[:, 0] != moved[:, 1]) & (moved[:, 1] != moved[:, 2]) & (moved[:, 2] != moved[:, 0])
        before, after = self._planes(corners[left])[..., :3], self._planes(moved[left])[..., :3]
        turned = (np.einsum("pij,pij->pi", before, after) < _LEAST_TURN).any(axis=0)
        bad = np.zeros(len(self._weights), bool)
        bad[corners[left][turned]] = True
        good = ~bad[moves.start]
        return _Moves(moves.start[good], moves.end[good])


def _through(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(p, m, 4) planes through points, with unit normals."""
    unit = normals / np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-20)
    return np.concatenate([unit, -np.einsum("pij,pij->pi", unit, points)[..., None]], axis=2)
