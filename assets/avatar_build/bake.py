"""Rasterise per-vertex values into a texture, so that painters can work with positions on the body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage


@dataclass(frozen=True)
class Canvas:
    """The texels of a texture that some triangle covers.

    Attributes:
        size: pixels on each side.
        rows: (n,) row of each covered texel.
        cols: (n,) column.
        values: (n, k) float32 interpolated attributes.
    """

    size: int
    rows: np.ndarray
    cols: np.ndarray
    values: np.ndarray

    def image(self, values: np.ndarray) -> np.ndarray:
        """Spread per-texel values into a picture and bleed them over the uncovered texels.

        Args:
            values: (n,) or (n, c).

        Returns:
            (size, size) or (size, size, c) float32.
        """
        picture = np.zeros((self.size, self.size, *values.shape[1:]), np.float32)
        picture[self.rows, self.cols] = values
        covered = np.zeros((self.size, self.size), bool)
        covered[self.rows, self.cols] = True
        nearest = ndimage.distance_transform_edt(~covered, return_distances=False, return_indices=True)
        return picture[tuple(nearest)]

    def sample(self, picture: np.ndarray) -> np.ndarray:
        """The texels' own values of a picture of this size."""
        return picture[self.rows, self.cols]


def rasterise(uvs: np.ndarray, triangles: np.ndarray, values: np.ndarray, size: int) -> Canvas:
    """Interpolate vertex values over the texels of a square texture.

    Args:
        uvs: (n, 2), v = 0 at the top.
        triangles: (m, 3).
        values: (n, k).
        size: pixels on each side.

    Returns:
        The canvas.
    """
    index = np.full((size, size), -1, np.int32)
    weight = np.zeros((size, size, 2), np.float32)
    pixels = uvs * size - 0.5
    for number, corners in enumerate(pixels[triangles]):
        low = np.maximum(np.ceil(corners.min(axis=0) - 0.5).astype(int), 0)
        high = np.minimum(np.floor(corners.max(axis=0) + 0.5).astype(int), size - 1)
        if (high < low).any():
            continue
        x, y = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
        (ax, ay), (bx, by), (cx, cy) = corners
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if abs(area) < 1e-9:
            continue
        second = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
        third = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
        inside = (second >= -0.02) & (third >= -0.02) & (second + third <= 1.02)
        index[y[inside], x[inside]] = number
        weight[y[inside], x[inside]] = np.stack([second[inside], third[inside]], axis=1)
    rows, cols = np.nonzero(index >= 0)
    corner = triangles[index[rows, cols]]
    second, third = weight[rows, cols].T
    mixed = (
        values[corner[:, 0]] * (1 - second - third)[:, None]
        + values[corner[:, 1]] * second[:, None]
        + values[corner[:, 2]] * third[:, None]
    )
    return Canvas(size, rows, cols, mixed.astype(np.float32))


def occlusion(points: np.ndarray, turned: np.ndarray, area: np.ndarray, reach_m: float) -> np.ndarray:
    """Ambient occlusion between surface discs (after Bunnell, GPU Gems 2, chapter 14), in one pass.

    Args:
        points: (n, 3).
        turned: (n, 3) unit normals.
        area: (n,) square metres that each point stands for.
        reach_m: discs farther away do not darken.

    Returns:
        (n,) float64, 1 open to 0 closed.
    """
    dark = np.zeros(len(points))
    for start in range(0, len(points), 512):
        rows = slice(start, start + 512)
        to = points[None, :, :] - points[rows, None, :]
        square = np.einsum("ijk,ijk->ij", to, to) + 1e-9
        distance = np.sqrt(square)
        receiver = np.einsum("ijk,ik->ij", to, turned[rows]) / distance
        emitter = -np.einsum("ijk,jk->ij", to, turned) / distance
        solid = area[None, :] / (np.pi * square + area[None, :])
        near = np.clip(1 - distance / reach_m, 0, 1)
        dark[rows] = (solid * np.clip(receiver, 0, 1) * np.clip(0.25 + emitter, 0, 1) * near).sum(axis=1)
    return 1.0 / (1.0 + 2.2 * dark)


def point_areas(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(n,) a third of the area of the triangles round each point."""
    corners = points[triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 6
    return sum(np.bincount(triangles[:, k], area, len(points)) for k in range(3))


class VolumeNoise:
    """Smooth noise in space, so that paint has no seams where the texture has."""

    def __init__(self, seed: int, size: int = 96) -> None:
        """Fill the lattice.

        Args:
            seed: for the generator.
            size: cells on each side before the pattern repeats.
        """
        lattice = np.random.default_rng(seed).standard_normal((size, size, size)).astype(np.float32)
        lattice = ndimage.gaussian_filter(lattice, 1.1, mode="wrap")
        self._lattice = lattice / lattice.std()

    def at(self, points: np.ndarray, cell_m: float, octaves: int = 1) -> np.ndarray:
        """Noise at points.

        Args:
            points: (n, 3) metres.
            cell_m: size of a feature.
            octaves: each halves the size and the strength.

        Returns:
            (n,) float32 of standard deviation near 1.
        """
        total = np.zeros(len(points), np.float32)
        for octave in range(octaves):
            scaled = (points + 0.37 * (octave + 1)).T * (2.5 * 2**octave / cell_m)
            total += ndimage.map_coordinates(self._lattice, scaled, order=1, mode="grid-wrap") / 2**octave
        return total
