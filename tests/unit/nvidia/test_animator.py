"""Smoothing, mask, the short path, jaw, eyes and the ARKit mapping."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.nvidia.animator import SkinAnimator, TongueAnimator, TwoPole, face_mask, fit_jaw, skin_vertices
from models.nvidia.arkit import ArkitMapper, close_holds_jaw, tip_travel
from models.nvidia.eyes import EyeConvention, blink_curve, blink_times, eye_rotations, look_weights
from models.nvidia.names import SKIN_POSES
from models.nvidia.parameters import FaceParameters
from models.nvidia.solver import BlendshapeSolver


def test_smoothing_formula():
    """p += a (d - p), q += a (p - q), a = 1 - 0.5^(dt / tau); the first frame passes."""
    tau, dt = 0.02, 1 / 30
    alpha = 1 - 0.5 ** (dt / tau)
    values = np.random.default_rng(0).normal(size=(6, 2))
    p = q = values[0]
    expected = []
    for row in values:
        p = p + alpha * (row - p)
        q = q + alpha * (p - q)
        expected.append(q)
    assert np.allclose(TwoPole(tau, dt)(values), expected)
    assert np.array_equal(TwoPole(0.0, dt)(values), values)


@pytest.mark.parametrize("tau, alpha", [(0.0023, 0.99996), (0.006, 0.979)])
def test_smoothing_of_the_released_settings(tau, alpha):
    assert TwoPole(tau, 1 / 30).alpha == pytest.approx(alpha, abs=1e-3)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_smoothing_in_pieces_is_smoothing_at_once(pieces):
    values = np.random.default_rng(1).normal(size=(sum(pieces), 3))
    smooth = TwoPole(0.05, 1 / 60)
    parts = [smooth(part) for part in np.split(values, np.cumsum(pieces)[:-1])]
    assert np.allclose(np.concatenate(parts), TwoPole(0.05, 1 / 60)(values))


def test_mask_is_low_on_the_face(regression):
    mask = face_mask(np.array([0.0, 0.6, 1.0], np.float32), FaceParameters())
    assert mask == pytest.approx([1.0, 0.5, 0.0], abs=1e-3)
    assert regression.face.skin.height.min() >= 0 and regression.face.skin.height.max() <= 1


FACES = {
    "bundle": {},
    "smooth": {"upper_face_smoothing": 0.1, "lower_face_smoothing": 0.05, "face_mask_softness": 0.2},
    "strong": {"upper_face_strength": 1.7, "lower_face_strength": 0.3, "skin_strength": 0.5, "face_mask_level": 0.4},
    "offsets": {"eyelid_open_offset": -0.6, "lip_open_offset": 0.15, "blink_strength": 1.5},
}


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("model", ["regression", "diffusion"])
def test_short_path_equals_the_vertices(request, model, name):
    identity = request.getfixturevalue(model).face
    face = identity.face.changed(FACES[name])
    basis = identity.skin
    rng = np.random.default_rng(2)
    raw = rng.normal(size=(25, len(basis.shapes) if basis.shapes is not None else 3 * len(basis.rows)))
    blink = rng.random(25)
    solver = BlendshapeSolver(identity.skin_rig)
    long_way = solver.right_hand_side(skin_vertices(identity, face, raw, blink, 30.0))
    animator = SkinAnimator(identity, solver, face, 30.0)
    short_way = np.concatenate([animator.project(raw[:7], blink[:7]), animator.project(raw[7:], blink[7:])])
    assert np.abs(short_way - long_way).max() < 1e-5 * np.abs(long_way).max()


def test_tongue_path_equals_the_vertices(regression):
    identity = regression.face
    face = identity.face.changed({"tongue_height_offset": 1.0, "tongue_depth_offset": -0.5, "tongue_strength": 2.0})
    raw = np.random.default_rng(2).normal(size=(5, len(identity.tongue.shapes)))
    moved = np.einsum("fk,kpc->fpc", raw, identity.tongue.shapes) * 2.0
    vertices = identity.tongue.neutral + moved + np.array([0.0, 1.0, -0.5])
    solver = BlendshapeSolver(identity.tongue_rig)
    assert np.allclose(TongueAnimator(identity, solver, face).project(raw), solver.right_hand_side(vertices), atol=1e-3)


def test_strengths_and_offsets_move_the_face(regression):
    identity = regression.face
    solver = BlendshapeSolver(identity.skin_rig)
    jaw = list(solver.active).index(identity.skin_rig.names.index("jawOpen"))

    def jaw_of(**changes: float) -> float:
        raw = np.zeros((1, len(identity.skin.shapes)))
        raw[0, 0] = 5.0  # the component that opens the jaw
        face = identity.face.changed({"face_mask_level": 1.0, **changes})
        solver.reset()
        return solver.solve(SkinAnimator(identity, solver, face, 30.0).project(raw, np.zeros(1)))[0, solver.active[jaw]]

    assert jaw_of(skin_strength=0.0, lip_open_offset=0.0) == pytest.approx(0.0, abs=1e-6)
    assert jaw_of(lower_face_strength=2.0) > jaw_of(lower_face_strength=1.0) > 0
    assert jaw_of(lip_open_offset=0.2) > jaw_of(lip_open_offset=-0.2)


def rotation_about(axis: int, degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    out = np.eye(3)
    out[[i, j], [i, j]] = c
    out[i, j], out[j, i] = -s, s
    return out


@pytest.mark.parametrize("axis, degrees", [(0, 12.0), (1, -5.0), (2, 170.0)])
def test_jaw_fit_finds_the_rigid_motion(regression, axis, degrees):
    neutral = regression.face.neutral_jaw.astype(np.float64)
    turn, shift = rotation_about(axis, degrees), np.array([0.1, -1.0, 0.4])
    face = FaceParameters()
    deltas = (neutral @ turn.T + shift - neutral).reshape(1, 15)
    matrix = fit_jaw(neutral, deltas, face)[0]
    assert np.allclose(matrix[:3, :3], turn, atol=1e-9) and np.allclose(matrix[:3, 3], shift, atol=1e-6)


def test_jaw_fit_gives_rotations_only(regression):
    deltas = np.random.default_rng(0).normal(0, 5, (50, 15))
    turns = fit_jaw(regression.face.neutral_jaw, deltas, FaceParameters())[:, :3, :3]
    assert np.abs(np.linalg.det(turns) - 1).max() < 1e-9
    lifted = fit_jaw(regression.face.neutral_jaw, np.zeros((1, 15)), FaceParameters(lower_teeth_height_offset=0.5))[0]
    assert np.allclose(lifted, np.array([[1, 0, 0, 0], [0, 1, 0, 0.5], [0, 0, 1, 0], [0, 0, 0, 1]]), atol=1e-6)


def test_eyes_follow_the_formula(regression):
    table = regression.face.saccades
    face = FaceParameters(
        eyeballs_strength=0.5, saccade_strength=0.9, right_eye_rot_y_offset=-2, left_eye_rot_y_offset=2, eye_saccade_seed=4998
    )
    raw = np.random.default_rng(0).normal(size=(6, 4))
    eyes = eye_rotations(raw, table, face, 0, 60.0)
    for k in range(6):
        saccade = 0.9 * table[int((4998 + k * 0.5) % 5000)]
        assert eyes[k, :2] == pytest.approx(np.array([0, -2]) + 0.5 * raw[k, :2] + saccade, abs=1e-5)
        assert eyes[k, 3:5] == pytest.approx(np.array([0, 2]) + 0.5 * raw[k, 2:] + saccade, abs=1e-5)
        assert eyes[k, 2] == eyes[k, 5] == 0
    assert np.allclose(eye_rotations(raw[3:], table, face, 3, 60.0), eyes[3:])


def test_look_channels_split_by_sign():
    to_left = np.array([[15.0, 30.0, 0, 15.0, 30.0, 0]])
    look = look_weights(to_left)
    assert look["eyeLookOutLeft"][0] == look["eyeLookInRight"][0] == 1.0
    assert look["eyeLookDownLeft"][0] == look["eyeLookDownRight"][0] == 0.5
    assert look["eyeLookInLeft"][0] == look["eyeLookOutRight"][0] == look["eyeLookUpLeft"][0] == 0
    flipped = look_weights(to_left, EyeConvention(False, False))
    assert flipped["eyeLookUpLeft"][0] == 0.5 and flipped["eyeLookInLeft"][0] == 1.0


def test_blinks_are_seeded_and_the_same_however_they_are_asked_for():
    times = np.arange(1200) / 60
    curve = blink_curve(times, 3)
    assert 3 <= len(blink_times(20.0, 3)) <= 10
    assert curve.max() > 0.95 and curve.min() == 0 and 0.03 < (curve > 0).mean() < 0.2
    assert np.allclose(np.concatenate([blink_curve(times[:500], 3), blink_curve(times[500:], 3)]), curve)
    assert not np.allclose(blink_curve(times, 4), curve)


def test_arkit_mapping(regression):
    rig = regression.face.skin_rig
    mapper = ArkitMapper(rig.names[::-1], None)
    skin = np.zeros((2, 52))
    skin[:, rig.names[::-1].index("jawOpen")] = (0.2, 0.9)
    skin[:, rig.names[::-1].index("mouthClose")] = (0.3, 0.4)
    out = mapper.map(skin, None, {"eyeLookUpLeft": np.array([0.5, 0.0])})
    assert out[:, SKIN_POSES.index("jawOpen")] == pytest.approx([0.5, 1.0])
    assert out[:, SKIN_POSES.index("mouthClose")] == pytest.approx([0.3, 0.4])
    assert out[0, SKIN_POSES.index("eyeLookUpLeft")] == 0.5
    plain = ArkitMapper(rig.names, None, close_includes_jaw=False).map(skin[:, ::-1], None, {})
    assert plain[0, SKIN_POSES.index("jawOpen")] == pytest.approx(0.2)


def test_the_jaw_is_added_only_where_the_bundle_draws_mouth_close_with_it(regression):
    """NVIDIA's own set draws mouthClose on an open jaw, others move lips alone: the basis tells, by what of jawOpen is in it."""
    rig = regression.face.skin_rig
    jaw, close = rig.names.index("jawOpen"), rig.names.index("mouthClose")
    lips_alone, with_jaw = rig.deltas.copy(), rig.deltas.copy()
    lips_alone[close] = -0.3 * rig.deltas[jaw]
    with_jaw[close] = 0.9 * rig.deltas[jaw] + lips_alone[close] * 0.1
    assert not close_holds_jaw(replace(rig, deltas=lips_alone))
    assert close_holds_jaw(replace(rig, deltas=with_jaw))


def test_the_tongue_comes_out(regression):
    rig = regression.face.tongue_rig
    travel = tip_travel(rig)
    stretch, inwards = rig.names.index("tongueStretch"), rig.names.index("tongueIn")
    assert travel[stretch] == pytest.approx(3.0, abs=1e-3) and travel[inwards] < 0
    mapper = ArkitMapper(regression.face.skin_rig.names, rig)
    tongue = np.zeros((4, 16))
    tongue[1, stretch], tongue[2, stretch], tongue[3, inwards] = 1.0, 0.05, 1.0
    out = mapper.map(np.zeros((4, 52)), tongue, {})[:, SKIN_POSES.index("tongueOut")]
    assert out[0] == out[2] == out[3] == 0
    assert out[1] == pytest.approx((3.0 - 0.3) / (4.0 - 0.3), abs=1e-3)


def test_a_rig_at_rest_solves_to_a_constant(regression):
    """The blendshape neutral and the animator's neutral may differ; then rest is not zero, but it is still."""
    identity = regression.face
    moved = replace(identity, skin=replace(identity.skin, neutral=identity.skin.neutral + identity.skin_rig.deltas[17] * 0.4))
    solver = BlendshapeSolver(identity.skin_rig)
    projected = SkinAnimator(moved, solver, identity.face, 30.0).project(np.zeros((5, len(identity.skin.shapes))), np.zeros(5))
    weights = solver.solve(projected)
    assert weights[0, 17] > 0.01 and np.ptp(weights[3:], axis=0).max() < 1e-3
