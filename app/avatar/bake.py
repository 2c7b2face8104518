"""Baking a primitive into world space: vertices, normals and morph deltas in the chosen pose."""

from __future__ import annotations

import numpy as np

from app.avatar.fields import LARGEST_NUMBER, broken
from app.avatar.model import MorphTargets
from app.avatar.morphs import STILL, RawTargets
from app.avatar.normals import SmoothNormals, unit_vectors
from app.avatar.skins import normal_matrices


def bake_positions(positions: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Transform points.

    Args:
        positions: (n, 3).
        matrices: (n, 4, 4), or (1, 4, 4) for all.

    Returns:
        (n, 3) float32.

    Raises:
        AvatarError: they end up absurdly far away.
    """
    moved = np.einsum("nij,nj->ni", np.broadcast_to(matrices[:, :3, :3], (len(positions), 3, 3)), positions) + matrices[:, :3, 3]
    if not (np.abs(moved) <= LARGEST_NUMBER).all():
        raise broken("its vertices are absurdly far away")
    made: np.ndarray = moved.astype(np.float32)
    return made


def bake_directions(vectors: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Transform directions, by the same matrix for all or one per vertex.

    Args:
        vectors: (n, 3).
        matrices: (n, 3, 3) or (1, 3, 3).

    Returns:
        (n, 3) float64.
    """
    if len(matrices) == 1:
        made: np.ndarray = vectors @ matrices[0].T
        return made
    made = np.einsum("nij,nj->ni", matrices, vectors)
    return made


def bake_normals(normals: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """(n, 3) float32 unit normals in world space."""
    return unit_vectors(bake_directions(normals, normal_matrices(matrices[:, :3, :3]))).astype(np.float32)


def bake_targets(raw: RawTargets, normals: np.ndarray, matrices: np.ndarray, smooth: SmoothNormals, extent: float) -> MorphTargets:
    """Targets in world space, with normal deltas throughout.

    Args:
        raw: as read; its arrays are reused.
        normals: (n, 3) neutral normals in the primitive's own space.
        matrices: (n, 4, 4) or (1, 4, 4) skinning matrices.
        smooth: of the baked neutral mesh.
        extent: the part's size in world units, against which deltas count as nothing.

    Returns:
        The baked targets; deltas below STILL * extent are zero.
    """
    linear = matrices[:, :3, :3]
    for_normals = normal_matrices(linear)
    # a unit normal n becomes C n / |C n|, so its change is scaled by the same length
    lengths = np.maximum(np.linalg.norm(bake_directions(normals, for_normals), axis=1), 1e-20)
    for i in range(len(raw.names)):
        rows = np.flatnonzero(raw.positions[i].any(axis=1))
        delta = np.zeros((len(normals), 3))
        delta[rows] = bake_directions(raw.positions[i][rows], of_rows(linear, rows))
        reach = largest_of_three(delta)
        if not (reach <= LARGEST_NUMBER).all():
            raise broken("its morph targets are absurdly large")
        moved = reach > STILL * extent
        delta[~moved] = 0
        raw.positions[i] = delta
        if not moved.any():
            raw.normals[i] = 0
        elif raw.has_normals[i]:
            turned = np.flatnonzero(raw.normals[i].any(axis=1))
            change = bake_directions(raw.normals[i][turned], of_rows(for_normals, turned))
            raw.normals[i][turned] = np.clip(change / lengths[turned, None], -2, 2)
        else:
            raw.normals[i] = smooth.delta(delta, moved)
    return MorphTargets(raw.names, raw.positions, raw.normals, raw.default_weights)


def of_rows(matrices: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The matrices of some vertices; one matrix for all stays one."""
    return matrices if len(matrices) == 1 else matrices[rows]


def largest_of_three(vectors: np.ndarray) -> np.ndarray:
    """(n, 3) -> (n,) largest absolute component; much quicker than a reduction over so short an axis."""
    size = np.abs(vectors)
    made: np.ndarray = np.maximum(np.maximum(size[:, 0], size[:, 1]), size[:, 2])
    return made
