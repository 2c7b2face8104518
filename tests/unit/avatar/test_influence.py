"""Which shapes move a point of the face, by how many millimetres, and what of the face a shape moves."""

from __future__ import annotations

import time

import numpy as np
import pytest

from app.avatar.corrections import NEUTRAL_CORRECTIONS, RigCorrections
from app.avatar.gltf import load_avatar
from app.avatar.influence import Influence, belonging
from app.avatar.model import Avatar, Material, MeshPart, MorphTargets
from app.avatar.rig import AvatarRig
from app.core.arkit import weights_from
from app.render.anatomy import head_of, mouth_of


def grid() -> Avatar:
    """A sheet of 5 x 5 vertices, 4 cm wide: a smile lifts its right edge by 10 mm, a jaw all of it by 4, its middle does nothing."""
    x, y = (a.reshape(-1) for a in np.meshgrid(np.linspace(-0.02, 0.02, 5), np.linspace(0, 0.04, 5)))
    positions = np.stack([x, y, np.zeros(25)], axis=1).astype(np.float32)
    corner = np.arange(20).reshape(4, 5)[:, :4].reshape(-1)
    triangles = np.concatenate([np.stack([corner, corner + 1, corner + 5], 1), np.stack([corner + 1, corner + 6, corner + 5], 1)])
    deltas = np.zeros((3, 25, 3), np.float32)
    deltas[0, x > 0.015, 1], deltas[1, :, 1], deltas[2, :, 2] = 0.01, -0.004, 0.008
    names = ("mouthSmileLeft", "jawOpen", "jawForward")
    targets = MorphTargets(names, deltas, np.zeros_like(deltas), np.zeros(3, np.float32))
    normals = np.tile(np.float32([0, 0, 1]), (25, 1))
    uvs = np.zeros((25, 2), np.float32)
    return Avatar("grid", (MeshPart("Head", positions, normals, uvs, triangles.astype(np.uint32), Material("skin"), targets=targets),))


def reach(movers) -> dict[str, float]:
    return {mover.channel: mover.reach_mm for mover in movers}


def test_a_point_moves_by_the_shares_of_its_corners_and_through_the_corrections():
    rig = AvatarRig(grid())
    influence, part = Influence(rig), rig.parts[0]
    # between the vertices 3 and 4 of the first row, the second of which the smile lifts
    found = influence.at(part, (3, 4, 9), (0.5, 0.5, 0.0))
    assert [mover.channel for mover in found] == ["jawForward", "mouthSmileLeft", "jawOpen"]
    assert reach(found) == pytest.approx({"jawForward": 8.0, "mouthSmileLeft": 5.0, "jawOpen": 4.0}, abs=1e-3)
    assert belonging(found) == ("jawForward", "mouthSmileLeft", "jawOpen")
    limits = {"mouthSmileLeft": (0.0, 0.5)}
    rig.set_corrections(RigCorrections(jaw_forward_gain=0.25, limits=limits))
    assert not influence.is_current
    assert reach(Influence(rig).at(part, (3, 4, 9), (0.5, 0.5, 0.0))) == pytest.approx(
        {"jawOpen": 4.0, "mouthSmileLeft": 2.5, "jawForward": 2.0}, abs=1e-3
    )
    rig.set_corrections(NEUTRAL_CORRECTIONS)


def test_a_region_is_lit_where_its_shape_moves_the_skin():
    rig = AvatarRig(grid())
    (lit,) = Influence(rig).region(["mouthSmileLeft"])
    assert np.array_equal(lit > 0, rig.parts[0].source.positions[:, 0] > 0.015) and lit.max() == 1.0
    (both,) = Influence(rig).region(["mouthSmileLeft", "jawOpen"])
    assert both.min() == pytest.approx(np.sqrt((0.4 - 0.06) / 0.94), abs=1e-3) and both.max() == 1.0
    assert Influence(rig).region(["browInnerUp"]) == [None]


@pytest.fixture(scope="module")
def woman(root) -> AvatarRig:
    return AvatarRig(load_avatar(root / "assets/avatar.glb"))


def lip_corner(rig: AvatarRig, side: float) -> tuple[int, int]:
    """Part and vertex at a corner of the lips: 26 mm beside their middle, on the outside of the face."""
    place = max((i for i, part in enumerate(rig.parts) if part.drive is not None), key=lambda i: len(rig.parts[i].positions))
    positions = rig.parts[place].source.positions
    middle = mouth_of(rig.avatar, head_of(rig.avatar))
    away = np.linalg.norm(positions - middle - np.array([0.026 * side, 0.0, 0.0]), axis=1)
    away[positions[:, 2] < middle[2] - 0.004] = np.inf
    return place, int(np.argmin(away))


@pytest.mark.parametrize(("side", "own", "other"), [(1.0, "Left", "Right"), (-1.0, "Right", "Left")])
def test_a_lip_corner_is_moved_most_by_the_smile_of_its_side(woman, side, own, other):
    place, vertex = lip_corner(woman, side)
    influence = Influence(woman)
    began = time.perf_counter()
    found = influence.at(woman.parts[place], (vertex, vertex, vertex), (1.0, 0.0, 0.0))
    assert time.perf_counter() - began < 0.05
    by = reach(found)
    assert found[0].channel == f"mouthSmile{own}"
    assert by[f"mouthSmile{own}"] > 5.0 and by[f"mouthStretch{own}"] > 2.0
    assert by[f"mouthSmile{own}"] > 3 * by.get(f"mouthSmile{other}", 0.0)
    assert not {mover.channel for mover in found} & {"browInnerUp", "eyeBlinkLeft", "eyeBlinkRight"}


def test_what_is_said_of_a_point_is_what_the_rig_does_to_it(woman):
    place, vertex = lip_corner(woman, 1.0)
    part = woman.parts[place]
    woman.reset()
    rest = part.positions[vertex].copy()
    for mover in Influence(woman).at(part, (vertex, vertex, vertex), (1.0, 0.0, 0.0))[:6]:
        woman.pose(weights_from({mover.channel: 1.0}))
        assert 1e3 * np.linalg.norm(part.positions[vertex] - rest) == pytest.approx(mover.reach_mm, abs=0.01)
    woman.reset()
    lit = Influence(woman).region(["mouthSmileLeft"])[place]
    assert lit.max() == pytest.approx(1.0, abs=0.01)
    assert lit[part.source.positions[:, 0] < -0.03].max() < 0.1
