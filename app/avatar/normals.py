"""Vertex normals, and how much each morph target turns them."""

from __future__ import annotations

import numpy as np

#: a vector shorter than this has no direction
_TINY = 1e-20
#: a surface whose areas add up to more than this share of their sizes has a hole too large to have an inside
_OPEN_SHARE = 0.25
#: a head faces its middle with about 0.6 of its area when it is inside out, folds and mouth included
_INSIDE_OUT = 0.3


def unit_vectors(vectors: np.ndarray) -> np.ndarray:
    """Vectors scaled to length 1.

    Args:
        vectors: (n, 3).

    Returns:
        (n, 3) of the same dtype; (0, 1, 0) where the input has no direction.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    upright = np.zeros_like(vectors)
    upright[:, 1] = 1
    return np.where(lengths > _TINY, vectors / np.where(lengths > _TINY, lengths, 1), upright).astype(vectors.dtype)


def turned_inside_out(positions: np.ndarray, triangles: np.ndarray) -> bool:
    """Whether a closed surface shows its back to the outside.

    Args:
        positions: (n, 3).
        triangles: (m, 3) indices.

    Returns:
        True when nearly all of its area faces its own middle; False for open surfaces such as hair cards.
    """
    if not len(triangles):
        return False
    corners = positions[triangles].astype(np.float64)
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sizes = np.linalg.norm(areas, axis=1)
    total = float(sizes.sum())
    # on a closed surface the areas cancel out
    if total <= _TINY or float(np.linalg.norm(areas.sum(0))) > _OPEN_SHARE * total:
        return False
    centres = corners.mean(1)
    outward = centres - (centres * sizes[:, None]).sum(0) / total
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), _TINY)
    return float(np.einsum("ni,ni->n", areas, outward).sum()) < -_INSIDE_OUT * total


class SmoothNormals:
    """Area-weighted vertex normals of one mesh, neutral and deformed.

    Vertices that an exporter split (texture seams) stay smooth: they share one normal when they share place and,
    where given, authored normal, so that deliberate hard edges stay hard.

    Args:
        positions: (n, 3) neutral vertices.
        triangles: (m, 3) indices.
        authored: (n, 3) normals of the file, or None.
    """

    def __init__(self, positions: np.ndarray, triangles: np.ndarray, authored: np.ndarray | None = None) -> None:
        scale = 1e5 / max(float(np.ptp(positions, axis=0).max()), 1e-12)
        key = np.round((positions - positions.min(0)) * scale)
        if authored is not None:
            key = np.concatenate([key, np.round(authored * 100)], axis=1)
        _, first, self._group = np.unique(key.astype(np.int64), axis=0, return_index=True, return_inverse=True)
        self._group = self._group.reshape(-1)
        self._first = first
        self._positions = positions.astype(np.float64)
        self._triangles = self._group[triangles]
        self._corners = triangles
        self._faces = self._face_normals(self._positions, slice(None))
        self._sums = self._scatter(self._faces, self._triangles)
        self._neutral = unit_vectors(self._sums)

    def neutral(self) -> np.ndarray:
        """(n, 3) float32 unit normals of the undeformed mesh."""
        return self._neutral[self._group].astype(np.float32)

    def delta(self, displacement: np.ndarray, moved: np.ndarray) -> np.ndarray:
        """How the normals change at full weight: exact normals of neutral + displacement minus those of neutral.

        Args:
            displacement: (n, 3) position deltas.
            moved: (n,) bool, vertices that it moves.

        Returns:
            (n, 3) float32, zero away from the moved vertices and their neighbours.
        """
        touched = np.flatnonzero(moved[self._corners].any(1))
        result = np.zeros(displacement.shape, np.float32)
        if not len(touched):
            return result
        change = self._face_normals(self._positions + displacement, touched) - self._faces[touched]
        triangles = self._triangles[touched]
        sums = self._sums + self._scatter(change, triangles)
        groups = np.unique(triangles)
        turned = np.zeros_like(sums)
        turned[groups] = unit_vectors(sums[groups]) - self._neutral[groups]
        flat = (np.linalg.norm(sums, axis=1) <= _TINY) | (np.linalg.norm(self._sums, axis=1) <= _TINY)
        turned[flat] = 0
        made: np.ndarray = turned[self._group].astype(np.float32)
        return made

    def _face_normals(self, positions: np.ndarray, which: np.ndarray | slice) -> np.ndarray:
        a, b, c = (positions[self._corners[which, i]] for i in range(3))
        return np.cross(b - a, c - a)

    def _scatter(self, faces: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        n = len(self._first)
        sums = np.empty((n, 3))
        corners = triangles.T.reshape(-1)
        for axis in range(3):
            sums[:, axis] = np.bincount(corners, np.tile(faces[:, axis], 3), minlength=n)
        return sums
