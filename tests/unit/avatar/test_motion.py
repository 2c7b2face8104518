from __future__ import annotations

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.motion import find_skeleton, rotation_matrix
from app.avatar.rig import AvatarRig
from app.core.arkit import weights_from

ANGLES = np.array([0.1, -0.2, 0.15])


@pytest.fixture
def brunette(shared) -> AvatarRig:
    return AvatarRig(load_avatar(shared / "data" / "avatars" / "rpm_talkinghead_brunette-t.glb"))


def test_signs_are_those_of_an_animator():
    forward, up = np.array([0, 0, 1]), np.array([0, 1, 0])
    assert (rotation_matrix(np.array([0.2, 0, 0])) @ forward)[1] < 0  # looks down
    assert (rotation_matrix(np.array([0, 0.2, 0])) @ forward)[0] > 0  # turns to its left, which is +x
    assert (rotation_matrix(np.array([0, 0, 0.2])) @ up)[0] < 0  # leans to its right


@pytest.mark.shared
def test_the_head_turns_as_a_rigid_body_and_the_feet_stay(brunette):
    before = [part.positions.copy() for part in brunette.parts]
    brunette.set_head_rotation(ANGLES)
    brunette.pose(np.zeros(52, np.float32))
    by_name = {part.source.mesh: (old, part) for old, part in zip(before, brunette.parts, strict=True)}
    for name in ("EyeLeft", "Wolf3D_Hair", "Wolf3D_Glasses"):
        old, part = by_name[name]
        pairs = np.linalg.norm(old[:50] - old[50:100], axis=1), np.linalg.norm(part.positions[:50] - part.positions[50:100], axis=1)
        np.testing.assert_allclose(*pairs, atol=1e-5)
        assert np.linalg.norm(part.positions - old, axis=1).min() > 0.001
        expected = part.source.normals @ rotation_matrix(ANGLES).T
        assert np.abs(part.normals - expected).max() < 0.05
    for name in ("Wolf3D_Outfit_Footwear", "Wolf3D_Outfit_Bottom"):
        old, part = by_name[name]
        np.testing.assert_array_equal(part.positions, old)


@pytest.mark.shared
def test_turning_comes_after_morphing_and_ends_exactly_at_rest(brunette):
    head = next(part for part in brunette.parts if part.source.mesh == "Wolf3D_Head")
    weights = weights_from({"jawOpen": 0.8, "mouthSmileLeft": 0.5})
    brunette.pose(weights)
    straight = head.positions.copy()
    brunette.set_head_rotation(ANGLES, 0.5)
    brunette.pose(weights)
    turned = head.positions.copy()
    brunette.pose(np.zeros(52, np.float32))
    neutral_turned = head.positions.copy()
    face = straight[:, 1] > np.percentile(straight[:, 1], 50)
    moved, moved_turned = (straight - head.source.positions)[face], (turned - neutral_turned)[face]
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), np.linalg.norm(moved_turned, axis=1), atol=1e-5)
    brunette.reset()
    for part in brunette.parts:
        np.testing.assert_array_equal(part.positions, part.source.positions)
        np.testing.assert_array_equal(part.normals, part.source.normals)


@pytest.mark.shared
def test_breathing_moves_the_chest_and_leaves_head_and_legs(brunette):
    brunette.set_head_rotation((0, 0, 0), 1.0)
    brunette.pose(np.zeros(52, np.float32))
    moved = {part.source.mesh: np.abs(part.positions - part.source.positions).max() for part in brunette.parts}
    assert 0.002 < moved["Wolf3D_Outfit_Top"] < 0.01
    assert moved["EyeLeft"] == moved["Wolf3D_Outfit_Footwear"] == 0


@pytest.mark.shared
def test_nothing_is_sent_again_while_nothing_changes(brunette):
    brunette.set_head_rotation(ANGLES)
    brunette.pose(np.zeros(52, np.float32))
    revisions = [part.revision for part in brunette.parts]
    brunette.set_head_rotation(ANGLES)
    brunette.pose(np.zeros(52, np.float32))
    assert [part.revision for part in brunette.parts] == revisions


def test_a_head_without_joints_turns_as_a_whole(face_writer, tmp_path):
    rig = AvatarRig(load_avatar(face_writer.save(tmp_path / "face.glb")))
    rig.set_head_rotation((0, 0.3, 0))
    rig.pose(np.zeros(52, np.float32))
    part = rig.parts[0]
    pivot = find_skeleton(rig.avatar).head_pivot
    expected = (part.source.positions - pivot) @ rotation_matrix(np.array([0, 0.3, 0])).T + pivot
    np.testing.assert_allclose(part.positions, expected, atol=1e-5)
