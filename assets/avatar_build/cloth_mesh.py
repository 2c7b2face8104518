"""Cutting, smoothing and trimming of cloth meshes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .surface import neighbours, normals


@dataclass(frozen=True)
class Cloth:
    """A piece of cloth.

    Attributes:
        points: (n, 3) metres.
        weights: (n, n_joints) skin weights.
        triangles: (m, 3).
    """

    points: np.ndarray
    weights: np.ndarray
    triangles: np.ndarray

    def moved(self, points: np.ndarray) -> Cloth:
        """The same cloth elsewhere."""
        return Cloth(points, self.weights, self.triangles)

    def normals(self) -> np.ndarray:
        """(n, 3) unit normals."""
        return normals(self.points, self.triangles)


def cut(cloth: Cloth, keep_m: np.ndarray) -> Cloth:
    """Cut along the zero line of a function, splitting the triangles it crosses.

    Args:
        cloth: the piece.
        keep_m: (n,) kept where positive; roughly a distance, so that very small values can be snapped to the line.

    Returns:
        The part that is kept, with a clean edge.
    """
    value = np.where(np.abs(keep_m) < 2e-4, 2e-4, keep_m)
    points, weights = [cloth.points], [cloth.weights]
    made: dict[tuple[int, int], int] = {}
    count = len(cloth.points)
    triangles = []

    def crossing(a: int, b: int) -> int:
        nonlocal count
        key = (min(a, b), max(a, b))
        if key not in made:
            share = value[a] / (value[a] - value[b])
            points.append((cloth.points[a] + share * (cloth.points[b] - cloth.points[a]))[None])
            weights.append((cloth.weights[a] + share * (cloth.weights[b] - cloth.weights[a]))[None])
            made[key] = count
            count += 1
        return made[key]

    for triangle in cloth.triangles:
        inside = value[triangle] > 0
        if inside.all():
            triangles.append(tuple(triangle))
        elif inside.any():
            k = int(np.argmax(inside)) if inside.sum() == 1 else int(np.argmin(inside))
            a, b, c = (int(triangle[(k + i) % 3]) for i in range(3))
            ab, ca = crossing(a, b), crossing(c, a)
            triangles += [(a, ab, ca)] if inside.sum() == 1 else [(ab, b, c), (ab, c, ca)]
    return compact(Cloth(np.concatenate(points), np.concatenate(weights), np.array(triangles)))


def compact(cloth: Cloth) -> Cloth:
    """Drop points that no triangle uses."""
    used, triangles = np.unique(cloth.triangles, return_inverse=True)
    return Cloth(cloth.points[used], cloth.weights[used], triangles.reshape(-1, 3))


def rims(cloth: Cloth) -> list[np.ndarray]:
    """The open edges of a cloth as loops of points, longest first.

    Args:
        cloth: the piece.

    Returns:
        Arrays of point indices in order, cloth to the left.
    """
    edges = np.concatenate([cloth.triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    known = set(map(tuple, edges.tolist()))
    following = {b: a for a, b in known if (b, a) not in known}
    loops = []
    while following:
        start, point = next(iter(following.items()))
        loop = [start]
        del following[start]
        while point in following:
            loop.append(point)
            point = following.pop(point)
        loops.append(np.array(loop))
    return sorted(loops, key=len, reverse=True)


def relaxed(cloth: Cloth, rounds: int, amount: float = 0.5, pinned: np.ndarray | None = None) -> Cloth:
    """Laplacian smoothing with the edges held.

    Args:
        cloth: the piece.
        rounds: passes.
        amount: share of each pass.
        pinned: (n,) bool of further points that stay.

    Returns:
        The smoother cloth.
    """
    mean = neighbours(cloth.triangles, len(cloth.points))
    free = np.ones(len(cloth.points))
    for rim in rims(cloth):
        free[rim] = 0.0
    if pinned is not None:
        free[pinned] = 0.0
    points = cloth.points.copy()
    for _ in range(rounds):
        points += amount * free[:, None] * (mean @ points - points)
    return cloth.moved(points)


def even_loop(points: np.ndarray, weights: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Resample a closed loop evenly and round off its zigzag.

    Args:
        points: (k, 3).
        weights: (k, n_joints).
        count: how many to return.

    Returns:
        (count, 3) points and (count, n_joints) weights.
    """
    closed = np.concatenate([points, points[:1]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.arange(count) / count * length[-1]
    index = np.clip(np.searchsorted(length, at, side="right") - 1, 0, len(points) - 1)
    share = ((at - length[index]) / np.maximum(length[index + 1] - length[index], 1e-9))[:, None]
    loop = closed[index] * (1 - share) + closed[index + 1] * share
    near = weights[index]
    for _ in range(6):
        loop = 0.5 * loop + 0.25 * (np.roll(loop, 1, axis=0) + np.roll(loop, -1, axis=0))
    return loop, near


def band(loop: np.ndarray, weights: np.ndarray, rows: list[np.ndarray], outward: bool) -> Cloth:
    """A band along a closed loop.

    Args:
        loop: (k, 3) for its length only.
        weights: (k, n_joints).
        rows: (k, 3) arrays, one per row of the band.
        outward: which way the triangles wind.

    Returns:
        The band.
    """
    count = len(loop)
    row, col = np.meshgrid(np.arange(len(rows) - 1), np.arange(count), indexing="ij")
    a, b = (row * count + col).ravel(), (row * count + (col + 1) % count).ravel()
    triangles = np.concatenate([np.stack([a, b, b + count], axis=1), np.stack([a, b + count, a + count], axis=1)])
    return Cloth(np.concatenate(rows), np.tile(weights, (len(rows), 1)), triangles if outward else triangles[:, ::-1])
