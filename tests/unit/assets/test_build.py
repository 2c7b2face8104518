"""The build's own mathematics, and that the same inputs give the same bytes."""

from __future__ import annotations

import numpy as np
import pytest

CUBE = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)


@pytest.mark.parametrize("selected", [np.zeros(6, bool), np.ones(6, bool), np.arange(6) < 2], ids=["none", "all", "some"])
def test_refinement_leaves_no_gap(builder, selected):
    surface = builder("surface").refine(CUBE, CUBE, CORNERS[:, :2], 8, selected)
    edges = np.sort(np.concatenate([surface.triangles[:, [k, (k + 1) % 3]] for k in range(3)]), axis=1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses == 2).all()


def test_refinement_is_linear_and_keeps_a_translation(builder):
    surface = builder("surface").refine(CUBE, CUBE, CORNERS[:, :2], 8, np.ones(6, bool))
    assert np.allclose(np.asarray(surface.operator.sum(axis=1)), 1)
    shift = np.array([1.0, 2.0, 3.0])
    assert np.allclose(surface.operator @ (CORNERS + shift), surface.operator @ CORNERS + shift)


def test_catmull_clark_of_a_cube_is_the_known_one(builder):
    moved = builder("surface").smoothing(CUBE, 8) @ CORNERS
    assert np.allclose(np.linalg.norm(moved - 0.5, axis=1), np.sqrt(3) * 0.5 * 5 / 9)


def test_a_share_of_a_swing_keeps_radii(builder):
    swing = builder("face_shapes").swing
    points = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 2.0]])
    quarter = np.array([[0.0, -1.0, 1.0], [0.0, -2.0, -2.0]])
    half = points + swing(points, quarter, np.zeros(2), 0.5)
    assert np.allclose(np.linalg.norm(half, axis=1), [1, 2])
    assert np.allclose(half[0], [0, np.sqrt(0.5), np.sqrt(0.5)])


def test_cloth_is_cut_on_the_line(builder):
    mesh = builder("cloth_mesh")
    points = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    cloth = mesh.Cloth(points, np.eye(4), np.array([[0, 1, 2], [0, 2, 3]]))
    kept = mesh.cut(cloth, 0.25 - cloth.points[:, 1])
    assert kept.points[:, 1].max() == pytest.approx(0.25)
    assert np.allclose(kept.weights.sum(axis=1), 1)
    assert len(mesh.rims(kept)) == 1


def test_every_recipe_names_real_shapes(builder):
    from app.core.arkit import ARKIT_CHANNELS, VISEMES

    visemes = builder("visemes")
    assert set(visemes.VISEMES) == set(VISEMES)
    for recipe in (*visemes.VISEMES.values(), *visemes.EXTRAS.values()):
        assert set(visemes.expanded(recipe, frozenset(ARKIT_CHANNELS))) <= set(ARKIT_CHANNELS)


def test_painting_and_writing_are_deterministic(builder, tmp_path):
    picture, glb = builder("picture"), builder("glb")
    painted = [picture.encode(builder("paint_small").paint_lashes(20, 10, 3)) for _ in range(2)]
    assert painted[0] == painted[1]
    part = glb.Part(
        "Flat_Mesh", CORNERS[:3], np.tile([0.0, 0, 1], (3, 1)), CORNERS[:3, :2], np.array([[0, 1, 2]]), np.zeros((3, 4), np.uint8),
        np.tile(np.array([1, 0, 0, 0], np.float32), (3, 1)), "Plain", {"jawOpen": (CORNERS[:3] * 0.01, np.zeros((3, 3)))}, ("jawOpen",),
    )  # fmt: skip
    material = {"Plain": {"pbrMetallicRoughness": {"baseColorTexture": {"index": "lash"}}}}
    model = glb.Model((part,), material, {"lash": painted[0]}, ("Hips",), (-1,), np.zeros((1, 3)), "nobody")
    files = [tmp_path / "a.glb", tmp_path / "b.glb"]
    for file in files:
        glb.write_glb(model, file)
    assert files[0].read_bytes() == files[1].read_bytes()
