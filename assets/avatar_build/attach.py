"""Carry morph targets from a surface to geometry that lies on or near it (cards, shells, strips)."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree


def nearest_binding(points: np.ndarray, surface: np.ndarray, neighbours: int = 6) -> sparse.csr_matrix:
    """Bind points to a surface by inverse-distance weights of the nearest surface points.

    Args:
        points: (n, 3).
        surface: (m, 3).
        neighbours: how many surface points carry each point.

    Returns:
        (n, m) sparse rows that sum to 1; ``binding @ values`` interpolates any per-point values.
    """
    distance, index = cKDTree(surface).query(points, neighbours)
    weight = 1.0 / np.maximum(distance, 1e-5) ** 2
    weight /= weight.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(points)), neighbours)
    return sparse.csr_matrix((weight.ravel(), (rows, index.ravel())), (len(points), len(surface)))
