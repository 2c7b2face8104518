from __future__ import annotations

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.arkit import VISEME_CHANNELS, weights_from

VOWELS = ("a", "i", "u", "e", "o")


def doll(writer, names: tuple[str, ...] = ("A", "I", "U", "E", "O", "Blink")) -> None:
    """Two triangles left and right of x = 0; target k moves vertex k % 6 up by 0.1 * (k + 1), the last one moves all."""
    vertices = np.array([[-1, 0, 0], [-2, 0, 0], [-1, 1, 0], [1, 0, 0], [2, 0, 0], [1, 1, 0]], np.float32)
    targets = []
    for k in range(len(names)):
        delta = np.zeros((6, 3), np.float32)
        delta[slice(None) if k == len(names) - 1 else k % 6, 1] = 0.1 * (k + 1)
        targets.append({"POSITION": writer.array(delta)})
    writer.mesh(
        {"POSITION": writer.array(vertices)}, np.array([0, 1, 2, 3, 4, 5], np.uint8), targets=targets, extras={"targetNames": list(names)}
    )
    writer.node(mesh=0, name="Face")


def version_0(writer) -> None:
    groups = [
        {"presetName": vowel, "name": vowel.upper(), "binds": [{"mesh": 0, "index": k, "weight": 50}]} for k, vowel in enumerate(VOWELS)
    ]
    groups.append({"presetName": "blink", "name": "Blink", "binds": [{"mesh": 0, "index": 5, "weight": 100}]})
    writer.root["extensions"] = {"VRM": {"blendShapeMaster": {"blendShapeGroups": groups}}}


def version_1(writer) -> None:
    names = ("aa", "ih", "ou", "ee", "oh", "blink")
    preset = {name: {"morphTargetBinds": [{"node": 0, "index": k, "weight": 1.0}]} for k, name in enumerate(names)}
    writer.root["extensions"] = {"VRMC_vrm": {"expressions": {"preset": preset}}}


def rig_of(writer, tmp_path) -> AvatarRig:
    return AvatarRig(load_avatar(writer.save(tmp_path / "doll.vrm")))


def test_vowels_become_visemes_with_their_binds_weights(writer, tmp_path):
    doll(writer)
    version_0(writer)
    rig = rig_of(writer, tmp_path)
    assert rig.has_visemes
    rig.pose(np.zeros(52, np.float32), weights_from({"viseme_E": 1.0}, VISEME_CHANNELS))
    # VRM 0 looks backward and is turned; its target E is number 3 at half weight
    moved = rig.parts[0].positions - rig.avatar.parts[0].positions
    np.testing.assert_allclose(moved[3], [0, 0.2, 0], atol=1e-6)
    assert np.abs(np.delete(moved, 3, axis=0)).max() < 1e-6


def test_one_blink_is_split_into_two_eyes_on_the_right_sides(writer, tmp_path):
    for version, name in ((version_0, "0"), (version_1, "1")):
        fresh = type(writer)()
        doll(fresh)
        version(fresh)
        rig = AvatarRig(load_avatar(fresh.save(tmp_path / f"{name}.vrm")))
        rig.pose(weights_from({"eyeBlinkLeft": 1.0}))
        part = rig.parts[0]
        raised = part.positions[:, 1] > part.source.positions[:, 1] + 0.1
        # the avatar faces +z, so its left is +x
        np.testing.assert_array_equal(raised, part.positions[:, 0] > 0)


def test_consonants_are_mixed_from_vowels_and_said_so(writer, tmp_path):
    doll(writer)
    version_1(writer)
    rig = rig_of(writer, tmp_path)
    assert set(rig.viseme_missing) == {"viseme_sil", "viseme_PP"}
    assert any("vowel mouths" in problem for problem in rig.avatar.problems)


def test_perfect_sync_shapes_are_left_alone(writer, tmp_path):
    doll(writer, ("jawOpen", "viseme_aa", "eyeBlinkLeft", "eyeBlinkRight", "x", "Blink"))
    version_1(writer)
    names = rig_of(writer, tmp_path).avatar.parts[0].targets.names
    assert names.count("viseme_aa") == 1
    assert names.count("eyeBlinkLeft") == 1
    assert "viseme_DD" not in names


@pytest.mark.parametrize("version", [version_0, version_1])
def test_humanoid_bones_lower_arms_whatever_their_names(writer, tmp_path, version):
    doll(writer)
    version(writer)
    for k, x in ((1, 0.2), (2, 0.3), (3, 0.2)):
        writer.node(name=f"bone{k}", translation=[x, 0, 0], **({"children": [k + 1]} if k < 3 else {}))
    bones = {"leftUpperArm": 1, "leftLowerArm": 2, "leftHand": 3}
    humanoid = {"humanBones": [{"bone": bone, "node": node} for bone, node in bones.items()]}
    if version is version_1:
        humanoid = {"humanBones": {bone: {"node": node} for bone, node in bones.items()}}
    next(iter(writer.root["extensions"].values()))["humanoid"] = humanoid
    writer.add("skins", {"joints": [1, 2, 3]})
    avatar = load_avatar(writer.save(tmp_path / "doll.vrm"))
    shoulder, elbow = avatar.joints[0].world[:3, 3], avatar.joints[1].world[:3, 3]
    assert (elbow - shoulder)[1] < -0.28
