from __future__ import annotations

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.pose import find_bones, turn_between
from app.avatar.skins import normal_matrices
from app.core.errors import AvatarError


def skinned(writer, square, joints: np.ndarray, weights: np.ndarray, **extra) -> None:
    """The square on two joints: joint 0 at the origin, joint 1 moved by (0, 2, 0) after binding."""
    vertices, triangles = square
    delta = np.zeros((4, 3), np.float32)
    delta[2, 0] = 1
    attributes = {"POSITION": writer.array(vertices), "JOINTS_0": writer.array(joints), "WEIGHTS_0": writer.array(weights), **extra}
    writer.mesh(attributes, triangles, targets=[{"POSITION": writer.array(delta)}], extras={"targetNames": ["jawOpen"]})
    bind = np.tile(np.eye(4, dtype=np.float32).reshape(16), (2, 1))
    writer.add("skins", {"joints": [1, 2], "inverseBindMatrices": writer.array(bind)})
    writer.node(mesh=0, skin=0, translation=[100, 0, 0])
    writer.node(name="Hips", children=[2])
    writer.node(name="Head", translation=[0, 2, 0], rotation=[0, 0, 0.70710678, 0.70710678])


def test_vertices_follow_their_joints_and_ignore_the_meshs_node(writer, square, tmp_path):
    joints = np.array([[0, 1, 9, 9]] * 4, np.uint8)
    weights = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 2, 0, 0], [0.5, 0.5, 0, 0]], np.float32)
    skinned(writer, square, joints, weights)
    avatar = load_avatar(writer.save(tmp_path / "a.glb"))
    part = avatar.parts[0]
    # joint 1 turns (x, y) into (-y, x + 2)
    np.testing.assert_allclose(part.positions, [[0, 0, 0], [0, 3, 0], [-1, 3, 0], [-0.5, 1.5, 0]], atol=1e-5)
    np.testing.assert_allclose(part.targets.positions[0, 2], [0, 1, 0], atol=1e-6)
    np.testing.assert_allclose(part.skin.weights.sum(1), 1)
    assert [avatar.joints[j].name for j in part.skin.joints[1]][1] == "Head"
    assert avatar.joints[1].parent == 0


def test_eight_influences_fold_to_the_four_largest(writer, square, tmp_path):
    first = np.array([[0, 0, 0, 0]] * 4, np.uint8)
    second = np.array([[1, 1, 1, 0]] * 4, np.uint8)
    low, high = np.full((4, 4), 0.01, np.float32), np.array([[0.3, 0.3, 0.3, 0.05]] * 4, np.float32)
    extra = {"JOINTS_1": writer.array(second), "WEIGHTS_1": writer.array(high)}
    skinned(writer, square, first, low, **extra)
    binding = load_avatar(writer.save(tmp_path / "a.glb")).parts[0].skin
    assert binding.joints.shape == (4, 4)
    np.testing.assert_allclose(np.sort(binding.weights[0])[::-1], np.array([0.3, 0.3, 0.3, 0.05]) / 0.95, atol=1e-6)


def test_normalized_weights_and_short_joints_are_read(writer, square, tmp_path):
    weights = np.array([[255, 0, 0, 0]] * 4, np.uint8)
    vertices, triangles = square
    attributes = {
        "POSITION": writer.array(vertices),
        "JOINTS_0": writer.array(np.ones((4, 4), np.uint16)),
        "WEIGHTS_0": writer.array(weights, normalized=True),
    }
    writer.mesh(attributes, triangles)
    writer.add("skins", {"joints": [1, 2]})
    writer.node(mesh=0, skin=0)
    writer.node(name="Hips", children=[2])
    writer.node(name="Head", translation=[0, 2, 0])
    part = load_avatar(writer.save(tmp_path / "a.glb")).parts[0]
    np.testing.assert_allclose(part.positions - vertices, [[0, 2, 0]] * 4)


def test_a_joint_that_does_not_exist_is_refused(writer, square, tmp_path):
    skinned(writer, square, np.full((4, 4), 7, np.uint8), np.full((4, 4), 0.25, np.float32))
    with pytest.raises(AvatarError, match="joint"):
        load_avatar(writer.save(tmp_path / "a.glb"))


def test_normals_use_the_inverse_transpose(rng):
    matrices = rng.standard_normal((20, 3, 3))
    expected = np.linalg.inv(matrices).transpose(0, 2, 1)
    ours = normal_matrices(matrices)
    scale = (ours / expected).reshape(20, 9)
    np.testing.assert_allclose(scale, np.tile(scale[:, :1], (1, 9)), rtol=1e-6)
    assert (scale > 0).all()


@pytest.mark.parametrize(
    "names",
    [
        ["mixamorig:Head", "mixamorig:LeftArm", "mixamorig:RightForeArm"],
        ["Head", "LeftArm", "RightForeArm"],
        ["J_Bip_C_Head", "J_Bip_L_UpperArm", "J_Bip_R_LowerArm"],
        ["head", "upperarm_l", "lowerarm_r"],
        ["DEF-head", "upper_arm.L", "forearm.R"],
    ],
)
def test_bones_are_found_in_every_dialect(names):
    assert find_bones(names) == {"head": 0, "upper_arm_left": 1, "forearm_right": 2}


def test_turning_takes_one_direction_to_another(rng):
    for _ in range(20):
        a, b = (v / np.linalg.norm(v) for v in rng.standard_normal((2, 3)))
        turn = turn_between(a, b)
        np.testing.assert_allclose(turn @ a, b, atol=1e-9)
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-9)


AVATARS = ["rpm_talkinghead_brunette-t.glb", "rpm_basim_avatar1.glb", "avaturn_t1_official_default_model.glb"]


@pytest.mark.shared
@pytest.mark.parametrize("file", AVATARS)
def test_real_arms_hang_down_and_the_face_stays(shared, file):
    stored, relaxed = (load_avatar(shared / "data" / "avatars" / file, pose) for pose in ("file", "relaxed"))
    names = [joint.name for joint in relaxed.joints]
    for side, sign in (("Left", 1), ("Right", -1)):
        arm, fore, hand = (relaxed.joints[names.index(f"{side}{bone}")].world[:3, 3] for bone in ("Arm", "ForeArm", "Hand"))
        upper, lower = (fore - arm) / np.linalg.norm(fore - arm), (hand - fore) / np.linalg.norm(hand - fore)
        assert upper[1] < -0.95
        assert 0 < sign * upper[0] < 0.3
        assert 0.9 < upper @ lower < 0.999
        assert lower[2] > upper[2]
    width = [np.ptp(np.concatenate([p.positions for p in a.parts])[:, 0]) for a in (stored, relaxed)]
    assert width[1] < 0.8 < width[0]
    head = [next(p for p in a.parts if p.mesh in ("Wolf3D_Head", "avaturn_hair_0")).positions for a in (stored, relaxed)]
    top = head[0][:, 1] > np.percentile(head[0][:, 1], 30)
    np.testing.assert_allclose(head[0][top], head[1][top], atol=1e-3)
