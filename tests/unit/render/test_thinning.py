"""Fewer triangles: what is left lies where the surface was, and what must stay stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.avatar.model import Avatar, Material, MeshPart, MorphTargets
from app.render.clusters import cluster
from app.render.lean import LEAN, TOLERANCE, make_lean
from app.render.thinning import thin


def grid(n: int) -> tuple[np.ndarray, np.ndarray]:
    """(k, 2) places in the unit square and the triangles between them."""
    y, x = (a.reshape(-1) for a in np.mgrid[0 : n + 1, 0 : n + 1] / n)
    row, column = (a.reshape(-1) for a in np.mgrid[0:n, 0:n])
    a = row * (n + 1) + column
    triangles = np.concatenate([np.stack([a, a + 1, a + n + 1], 1), np.stack([a + 1, a + n + 2, a + n + 1], 1)])
    return np.stack([x, y], axis=1), triangles.astype(np.uint32)


def dome(n: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, normals and triangles of a shallow cap of a sphere of radius 1."""
    plane, triangles = grid(n)
    flat = 0.8 * (plane - 0.5)
    positions = np.concatenate([flat, np.sqrt(1.0 - np.square(flat).sum(axis=1, keepdims=True))], axis=1)
    return positions.astype(np.float32), positions.astype(np.float32), triangles


def area(positions: np.ndarray, triangles: np.ndarray) -> float:
    """Of all triangles, seen from above, those that are seen from below taken off."""
    a, b, c = (positions[triangles[:, k], :2] for k in range(3))
    return float(np.cross(np.pad(b - a, ((0, 0), (0, 1))), np.pad(c - a, ((0, 0), (0, 1))))[:, 2].sum() / 2)


def test_a_smooth_surface_needs_few_triangles_and_stays_where_it_was():
    positions, normals, triangles = dome()
    left = thin(positions[None], normals, triangles, np.zeros(len(positions), bool), 2e-3)
    assert len(left) < 0.35 * len(triangles)
    middles = positions[left].mean(axis=1)
    assert np.abs(np.linalg.norm(middles, axis=1) - 1.0).max() < 3 * 2e-3
    np.testing.assert_allclose(area(positions, left), area(positions, triangles), rtol=0.005)


def test_what_must_stay_stays_and_what_moves_in_an_expression_is_looked_at_there():
    positions, normals, triangles = dome()
    kept = positions[:, 0] > 0.2
    left = thin(positions[None], normals, triangles, kept, 2e-3)
    assert np.isin(np.flatnonzero(kept), left).all()
    wave = positions + np.float32([0, 0, 0.02]) * np.sin(60 * positions[:, :1])
    moving = thin(np.stack([positions, wave]), normals, triangles, np.zeros(len(positions), bool), 2e-3)
    assert len(moving) > 2 * len(thin(positions[None], normals, triangles, np.zeros(len(positions), bool), 2e-3))


def test_no_gap_opens_along_a_seam():
    positions, normals, triangles = dome(20)
    # the right half has vertices of its own along the middle, as where a texture is cut
    middle = np.flatnonzero(np.isclose(positions[:, 0], 0.0))
    twins = np.arange(len(positions))
    twins[middle] = len(positions) + np.arange(len(middle))
    right = positions[triangles].mean(axis=1)[:, 0] > 0
    cut = np.where(right[:, None], twins[triangles], triangles)
    both = np.concatenate([positions, positions[middle]])
    left = thin(both[None], np.concatenate([normals, normals[middle]]), cut, np.zeros(len(both), bool), 4e-3)
    assert len(left) < 0.6 * len(triangles)
    on_left, on_right = np.intersect1d(left, middle), np.intersect1d(left, twins[middle])
    np.testing.assert_array_equal(twins[on_left], on_right)
    np.testing.assert_allclose(area(both, left), area(positions, triangles), rtol=0.01)


def test_an_avatar_keeps_its_lips_and_what_tells_something():
    positions, normals, triangles = dome()
    lips = np.hypot(positions[:, 0], positions[:, 1]) < 0.1
    deltas = np.zeros((1, *positions.shape), np.float32)
    deltas[0, lips] = [0, -0.1, 0]
    targets = MorphTargets(("mouthClose",), deltas, np.zeros_like(deltas), np.zeros(1, np.float32))
    head = MeshPart("Head", positions, normals, positions[:, :2], triangles, Material("skin"), targets)
    parts = (head, replace(head, mesh="Teeth", material=Material("teeth")), replace(head, mesh="shirt", targets=None))
    tall = replace(head, mesh="body", positions=positions * np.float32(2e-3 / TOLERANCE), targets=None)
    avatar = Avatar("x", (*parts, tall))
    assert make_lean(avatar, lambda: True) is None and LEAN.of(avatar) is None
    face, teeth, shirt, _ = make_lean(avatar)
    assert teeth is None and face is not None and shirt is not None
    assert len(shirt.triangles) < len(face.triangles) < 0.8 * len(cluster(head).triangles)
    assert np.isin(np.flatnonzero(lips), face.triangles).all() and face.starts[-1] == len(face.triangles)
    assert make_lean(avatar) is LEAN.of(avatar)
