"""Groups of neighbouring triangles, so that what lies outside the picture is not even submitted.

On software GL the vertices of the whole body cost as much as the pixels of the face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.avatar.model import MeshPart
from app.render.alpha import effective_alpha, without_holes
from app.render.lasting import once_for_each

_LEAF = 384
#: several targets move a vertex at once
_MORPH_REACH = 1.6


@dataclass(frozen=True)
class Clusters:
    """A part's triangles in an order in which each group is contiguous.

    Attributes:
        triangles: (m, 3) uint32, reordered; those that lie in holes are gone.
        starts: (k + 1,) int64, where each group begins, in triangles.
        centers: (k, 3) float64 metres.
        radii: (k,) float64 metres, grown by what morph targets can move.
    """

    triangles: np.ndarray
    starts: np.ndarray
    centers: np.ndarray
    radii: np.ndarray

    def ranges(self, visible: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Runs of visible groups.

        Args:
            visible: (k,) bool.

        Returns:
            First index and number of indices of each run, (n,) int64 each.
        """
        edges = np.flatnonzero(np.diff(visible, prepend=False, append=False))
        first, last = self.starts[edges[0::2]], self.starts[edges[1::2]]
        return 3 * first, 3 * (last - first)


@once_for_each
def cluster(part: MeshPart) -> Clusters:
    """Group a part's triangles by place.

    Blended parts stay one group in their own order, because that is the order they are blended in.

    Args:
        part: with at least one triangle.

    Returns:
        The groups.
    """
    return grouped(part, _faced(part, without_holes(part)))


def grouped(part: MeshPart, triangles: np.ndarray) -> Clusters:
    """Group some of a part's triangles.

    Args:
        part: whose vertices they have.
        triangles: (m, 3) uint32, at least one.
    """
    centroids = part.positions[triangles].mean(axis=1, dtype=np.float64)
    whole = np.arange(len(centroids))
    leaves = [whole] if effective_alpha(part) == "BLEND" else _split(centroids, whole)
    reach = _reach(part)
    spheres = [_sphere(part.positions, reach, np.unique(triangles[leaf])) for leaf in leaves]
    centers, radii = (np.array(column) for column in zip(*spheres, strict=True))
    starts = np.concatenate([[0], np.cumsum([len(leaf) for leaf in leaves])])
    return Clusters(np.ascontiguousarray(triangles[np.concatenate(leaves)]), starts, centers, radii)


def _faced(part: MeshPart, triangles: np.ndarray) -> np.ndarray:
    """(m, 3) triangles; on double-sided parts wound the way their normals point.

    Mirrored hair often keeps the winding of its original. Nothing is culled there, but the winding tells the shader
    which side is seen, and a back side has its normal turned.
    """
    if not part.material.double_sided or not len(triangles):
        return triangles
    a, b, c = (part.positions[triangles[:, k]] for k in range(3))
    normal = part.normals[triangles].sum(axis=1)
    wrong = np.einsum("ij,ij->i", np.cross(b - a, c - a), normal) < 0.0
    return np.where(wrong[:, None], triangles[:, ::-1], triangles)


def _split(centroids: np.ndarray, members: np.ndarray) -> list[np.ndarray]:
    """Halve along the widest axis until groups are small; the halves keep the file's order inside."""
    if len(members) <= _LEAF:
        return [np.sort(members)]
    mine = centroids[members]
    axis = int(np.argmax(np.ptp(mine, axis=0)))
    order = np.argsort(mine[:, axis], kind="stable")
    half = len(members) // 2
    return _split(centroids, members[order[:half]]) + _split(centroids, members[order[half:]])


def _reach(part: MeshPart) -> np.ndarray:
    """(n,) metres that morph targets can move each vertex."""
    if part.targets is None or not len(part.targets.names):
        return np.zeros(len(part.positions))
    deltas = part.targets.positions
    made: np.ndarray = _MORPH_REACH * np.linalg.norm(np.maximum(deltas.max(axis=0), -deltas.min(axis=0)), axis=1)
    return made


def _sphere(positions: np.ndarray, reach: np.ndarray, vertices: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and radius of a sphere that holds some vertices in any expression."""
    if not len(vertices):
        return np.zeros(3), 0.0
    points = positions[vertices].astype(np.float64)
    center = (points.min(axis=0) + points.max(axis=0)) / 2.0
    return center, float((np.linalg.norm(points - center, axis=1) + reach[vertices]).max())
