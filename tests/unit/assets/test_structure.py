"""The bundled avatars have the structure of a genuine Avaturn T2, and are clean files."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS

COUNTS = {"Head_Mesh": 72, "Teeth_Mesh": 20, "Tongue_Mesh": 21, "EyeAO_Mesh": 32, "Eyelash_Mesh": 31, "Eye_Mesh": 11}
EXTRAS = {"mouthOpen", "mouthSmile", "eyesClosed", "eyesLookUp", "eyesLookDown"}
UNMORPHED = {"Body_Mesh", "avaturn_hair_0", "avaturn_look_0"}


def test_meshes_and_their_number_of_targets(subject):
    found = {part.mesh: len(part.targets.names) for part in subject.avatar.parts if part.targets is not None}
    assert found == COUNTS
    assert {part.mesh for part in subject.avatar.parts if part.targets is None} == UNMORPHED


def test_head_has_all_arkit_shapes_visemes_and_extras(subject):
    names = subject.part("Head_Mesh").targets.names
    assert set(names) == {*ARKIT_CHANNELS, *VISEME_CHANNELS, *EXTRAS}
    assert names[:5] == ("mouthOpen", "viseme_sil", "viseme_PP", "viseme_FF", "viseme_TH")
    assert names[-1] == "browOuterUpRight"
    assert names.index("jawOpen") == 49


def test_targets_and_their_order_are_those_of_a_real_file(subject, shared):
    facts = json.loads((shared / "data/avatars/avaturn_t2_structure.json").read_text("utf-8"))["targetNames"]
    assert {mesh: list(subject.part(mesh).targets.names) for mesh in facts} == facts


def test_default_weights_are_zero(subject):
    for part in subject.avatar.parts:
        if part.targets is not None:
            assert not part.targets.default_weights.any()


def test_one_skeleton_of_54_joints_with_eyes(subject):
    names = [joint.name for joint in subject.avatar.joints]
    assert len(names) == 54
    assert {"Hips", "Spine", "Spine1", "Spine2", "Neck", "Head", "LeftEye", "RightEye", "LeftArm", "RightHand"} <= set(names)
    parents = {joint.name: subject.avatar.joints[joint.parent].name for joint in subject.avatar.joints if joint.parent >= 0}
    assert parents["LeftEye"] == parents["RightEye"] == "Head"
    assert parents["Head"] == "Neck"


def test_metres_feet_on_the_ground_facing_forward(subject):
    body = np.concatenate([part.positions for part in subject.avatar.parts])
    assert -0.006 < body[:, 1].min() < 0.006
    assert 1.66 < body[:, 1].max() < 1.86
    assert subject.part("Head_Mesh").positions[:, 2].max() > subject.joint("Head")[2] + 0.08
    assert subject.joint("LeftArm")[0] > 0.1


def test_arms_hang(subject):
    shoulder, hand = subject.joint("LeftArm"), subject.joint("LeftHand")
    assert shoulder[1] - hand[1] > 2.0 * abs(hand[0] - shoulder[0])


def test_files_stay_small(root):
    for name in ("avatar.glb", "avatar_man.glb", "avatar_stylised.glb"):
        assert (root / "assets" / name).stat().st_size <= 12_000_000


def test_geometry_is_sound(subject):
    for part in subject.avatar.parts:
        assert np.isfinite(part.positions).all()
        assert part.triangles.max() < len(part.positions)
        assert np.allclose(np.linalg.norm(part.normals, axis=1), 1, atol=0.01)
        if part.targets is not None:
            assert np.isfinite(part.targets.positions).all()
            assert np.isfinite(part.targets.normals).all()
            assert np.linalg.norm(part.targets.positions, axis=2).max() < 0.045


def test_moving_targets_move_normals_too(subject):
    head = subject.part("Head_Mesh").targets
    moving = [name for name in head.names if name != "viseme_sil"]
    for name in moving:
        row = head.names.index(name)
        assert np.linalg.norm(head.positions[row], axis=1).max() > 0.001, name
        assert np.linalg.norm(head.normals[row], axis=1).max() > 0.05, name


def test_cut_at_the_neck_does_not_show(subject):
    head, body = subject.part("Head_Mesh"), subject.part("Body_Mesh")
    places = {tuple(np.round(p, 6)): i for i, p in enumerate(body.positions)}
    shared_points = [(i, places[tuple(np.round(p, 6))]) for i, p in enumerate(head.positions) if tuple(np.round(p, 6)) in places]
    assert len(shared_points) > 30
    for on_head, on_body in shared_points:
        assert np.dot(head.normals[on_head], body.normals[on_body]) > 0.999
        assert np.abs(subject.part("Head_Mesh").targets.positions[:, on_head]).max() < 1e-3


@pytest.mark.parametrize("name", ["avatar_build/source.py", "licences/avatars.md", "licences/makehuman-mpfb-CC0-1.0.md"])
def test_origin_is_told(root, name):
    text = (root / "assets" / name).read_text("utf-8")
    assert "CC0" in text
