"""Culling groups of triangles: nothing visible is lost, nothing is drawn twice."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from app.avatar.model import Material, MeshPart, MorphTargets
from app.avatar.motion import Skeleton
from app.render.clusters import cluster
from app.render.culling import Culling


def sheet(n: int, alpha_mode="OPAQUE", targets=None) -> MeshPart:
    """A sheet of 2 n n triangles in the unit square."""
    y, x = (a.reshape(-1) for a in np.mgrid[0 : n + 1, 0 : n + 1] / n)
    positions = np.stack([x, y, np.zeros_like(x)], axis=1).astype(np.float32)
    row, column = (a.reshape(-1) for a in np.mgrid[0:n, 0:n])
    a = row * (n + 1) + column
    triangles = np.concatenate([np.stack([a, a + 1, a + n + 1], 1), np.stack([a + 1, a + n + 2, a + n + 1], 1)]).astype(np.uint32)
    normals = np.tile(np.float32([0, 0, 1]), (len(positions), 1))
    return MeshPart(
        "sheet", positions, normals, positions[:, :2], triangles, Material(alpha_mode=alpha_mode, base_color=(1.0, 1.0, 1.0, 0.5)), targets
    )


def culling(part: MeshPart) -> Culling:
    """Of one part alone."""
    return Culling([SimpleNamespace(clusters=cluster(part), posed=SimpleNamespace(source=part))])


def drawn(part: MeshPart, *asked, **more) -> set[tuple[int, ...]]:
    """The triangles that are submitted."""
    first, count = culling(part).runs(*asked, **more)[0]
    flat = cluster(part).triangles.reshape(-1)
    return {tuple(t) for a, n in zip(first, count, strict=True) for t in flat[a : a + n].reshape(-1, 3).tolist()}


def left_of(x: float) -> np.ndarray:
    """Frustum planes that keep what lies left of x."""
    planes = np.tile([0.0, 0.0, 0.0, 1.0], (6, 1))
    planes[0] = [-1.0, 0.0, 0.0, x]
    return planes


def test_every_triangle_is_in_exactly_one_group():
    part = sheet(40)
    groups = cluster(part)
    assert groups.starts[-1] == len(part.triangles)
    assert sorted(map(tuple, groups.triangles.tolist())) == sorted(map(tuple, part.triangles.tolist()))


@pytest.mark.parametrize("x", [-1.0, 0.2, 0.5, 2.0])
def test_what_is_inside_is_drawn_and_most_of_the_rest_is_not(x):
    part = sheet(60)
    needed = {tuple(t) for t in part.triangles.tolist() if part.positions[t, 0].min() < x}
    submitted = drawn(part, left_of(x))
    assert needed <= submitted
    assert len(submitted) <= len(needed) + 0.35 * len(part.triangles)


def test_what_the_head_carries_is_looked_for_where_it_went():
    turn = Skeleton(None, np.zeros(3), np.zeros((0, 3)), 1.0).turn(np.array([0.0, 0.0, np.pi / 2]), 0.0)
    assert not drawn(sheet(40), left_of(-0.2))
    assert len(drawn(sheet(40), left_of(-0.2), turn=turn)) == 2 * 40 * 40


def test_what_turns_its_back_is_left_out_unless_it_has_two_sides():
    part, everything = sheet(40), left_of(2.0)
    before, behind = np.array([0.5, 0.5, 3.0]), np.array([0.5, 0.5, -3.0])
    assert len(drawn(part, everything, before)) == len(part.triangles)
    assert not drawn(part, everything, behind)
    assert drawn(replace(part, material=replace(part.material, double_sided=True)), everything, behind)


def test_groups_reach_as_far_as_morph_targets_push_them():
    deltas = np.zeros((1, 41 * 41, 3), np.float32)
    deltas[..., 0] = -5.0
    targets = MorphTargets(("jawOpen",), deltas, np.zeros_like(deltas), np.zeros(1, np.float32))
    assert len(drawn(sheet(40, targets=targets), left_of(-4.0))) == 2 * 40 * 40
    assert not drawn(sheet(40), left_of(-4.0))


def test_blended_parts_keep_their_order():
    part = sheet(40, "BLEND")
    np.testing.assert_array_equal(cluster(part).triangles, part.triangles)


def test_mirrored_winding_is_turned_to_the_normals_on_double_sided_parts_only():
    part = sheet(10)
    flipped = part.triangles.copy()
    flipped[::3] = flipped[::3, ::-1]
    for double_sided in (True, False):
        mirrored = replace(part, triangles=flipped, material=Material(double_sided=double_sided))
        a, b, c = (mirrored.positions[cluster(mirrored).triangles[:, k]] for k in range(3))
        assert (np.cross(b - a, c - a)[:, 2] > 0).all() == double_sided
