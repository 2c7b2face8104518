"""How hair runs: over a smooth hull of the skull from a parting, then down, never through head, ears or neck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .figure import Figure
from .hairline import above_hairline_m

AZ_CELLS, Y_CELLS, Y_LOW, Y_HIGH = 72, 60, -0.22, 0.14


@dataclass(frozen=True)
class Hull:
    """A skull as an axis-aligned ellipsoid plus a table of how far the head reaches below it.

    Attributes:
        center: (3,) metres.
        radii: (3,) metres.
        reach: (AZ_CELLS, Y_CELLS) horizontal distance from the axis that hair must keep, by signed azimuth and height.
    """

    center: np.ndarray
    radii: np.ndarray
    reach: np.ndarray

    def dome(self, directions: np.ndarray, lift: np.ndarray) -> np.ndarray:
        """Points above the ellipsoid.

        Args:
            directions: (n, 3) on the unit sphere before scaling by the radii.
            lift: (n,) metres above the ellipsoid.

        Returns:
            (n, 3).
        """
        outward = directions / self.radii
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        return self.center + directions * self.radii + outward * lift[:, None]

    def outward(self, points: np.ndarray) -> np.ndarray:
        """(n, 3) unit normals: the ellipsoid's above its equator, horizontal below."""
        offset = (points - self.center) / self.radii**2
        offset[:, 1] = np.maximum(offset[:, 1], 0.0) + 0.15 / self.radii[1] * np.sign(offset[:, 1]) * (offset[:, 1] < 0)
        return offset / np.linalg.norm(offset, axis=1, keepdims=True)

    def pushed_out(self, points: np.ndarray, margin: np.ndarray | float) -> np.ndarray:
        """Move points that would lie in the head, ears or neck outwards to a margin.

        Args:
            points: (n, 3).
            margin: metres, scalar or (n,).

        Returns:
            (n, 3).
        """
        x, z = points[:, 0] - self.center[0], points[:, 2] - self.center[2]
        azimuth = np.arctan2(x, z) / (2 * np.pi) % 1.0 * AZ_CELLS
        height = (points[:, 1] - self.center[1] - Y_LOW) / (Y_HIGH - Y_LOW) * (Y_CELLS - 1)
        need = ndimage.map_coordinates(self.reach, [azimuth, np.clip(height, 0, Y_CELLS - 1)], order=1, mode="grid-wrap") + margin
        distance = np.hypot(x, z)
        grow = np.maximum(need / np.maximum(distance, 1e-6), 1.0)
        result = points.copy()
        result[:, 0] = self.center[0] + x * grow
        result[:, 2] = self.center[2] + z * grow
        return result


def fit_hull(figure: Figure) -> Hull:
    """Fit the ellipsoid to the scalp and fill the table from all of head and neck.

    Args:
        figure: the person.

    Returns:
        The hull.
    """
    body = figure.vertices[:13380]
    near = body[(body[:, 1] > figure.joint("Neck")[1] - 0.02) & (np.abs(body[:, 0]) < 0.12)]
    scalp = near[above_hairline_m(figure, near) > 0.004]
    x, y, z = scalp.T
    solution = np.linalg.lstsq(np.stack([x * x, y * y, z * z, y, z], axis=1), np.ones(len(scalp)), rcond=None)[0]
    a, b, c, d, e = solution
    center = np.array([0.0, -d / (2 * b), -e / (2 * c)])
    constant = 1 + b * center[1] ** 2 + c * center[2] ** 2
    radii = np.sqrt(constant / np.array([a, b, c]))
    return Hull(center, radii, _reach(near, center))


def _reach(points: np.ndarray, center: np.ndarray) -> np.ndarray:
    offset = points - center
    azimuth = (np.arctan2(offset[:, 0], offset[:, 2]) / (2 * np.pi) % 1.0 * AZ_CELLS).astype(int) % AZ_CELLS
    row = np.round((offset[:, 1] - Y_LOW) / (Y_HIGH - Y_LOW) * (Y_CELLS - 1)).astype(int)
    inside = (row >= 0) & (row < Y_CELLS)
    table = np.zeros((AZ_CELLS, Y_CELLS))
    np.maximum.at(table, (azimuth[inside], row[inside]), np.hypot(offset[inside, 0], offset[inside, 2]))
    table = ndimage.maximum_filter(table, (9, 3), mode=("wrap", "nearest"))
    return ndimage.gaussian_filter(table, (1.0, 1.5), mode=("wrap", "nearest"))


def smoothed(points: np.ndarray, sigma: float) -> np.ndarray:
    """Round the corners of a polyline, keeping its ends.

    Args:
        points: (k, 3).
        sigma: in samples.

    Returns:
        (k, 3).
    """
    share = np.linspace(0, 1, len(points))[:, None]
    straight = points[0] * (1 - share) + points[-1] * share
    return straight + ndimage.gaussian_filter1d(points - straight, sigma, axis=0, mode="constant") if sigma else points


def resampled(points: np.ndarray, count: int) -> np.ndarray:
    """Spread points evenly along a polyline.

    Args:
        points: (k, 3).
        count: how many to return.

    Returns:
        (count, 3).
    """
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0, length[-1], count)
    return np.stack([np.interp(at, length, points[:, k]) for k in range(3)], axis=1)
