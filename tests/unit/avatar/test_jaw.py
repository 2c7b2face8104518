"""A jaw joint without shapes opens the mouth; head and jaw are found under the names that rigs give them."""

from __future__ import annotations

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.jaw import opening
from app.avatar.pose import find_bones
from app.avatar.rig import AvatarRig
from app.core.arkit import weights_from
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions
from app.formats.scenes.gltf.writing import write
from tests.gltf.posed import posed

#: a head as a block of points: x and y over the face, z its front; the lowest two rows in front hang on the jaw
POINTS = np.array([(x, y, z) for z in (-0.08, 0.08) for y in np.linspace(1.5, 1.72, 9) for x in (-0.05, 0.0, 0.05)], np.float32)


def jawed(writer, jaw: str = "char:jaw", at=(0.0, -0.02, 0.01), teeth: bool = True) -> None:
    """A head without shapes on a head and a jaw joint, with lower teeth that hang on a child of the jaw."""
    share = np.where((POINTS[:, 1] < 1.56) & (POINTS[:, 2] > 0), 1.0, 0.0).astype(np.float32)
    triangles = np.array([[k, k + 1, k + 3] for k in range(len(POINTS) - 3)], np.uint16).reshape(-1)
    joints = np.tile(np.array([0, 1, 0, 0], np.uint8), (len(POINTS), 1))
    weights = np.stack([1 - share, share, 0 * share, 0 * share], axis=1)
    attributes = {"POSITION": writer.array(POINTS), "JOINTS_0": writer.array(joints), "WEIGHTS_0": writer.array(weights)}
    writer.mesh(attributes, triangles, name="headShape")
    writer.node(mesh=0, skin=0)
    writer.node(name="char:head", translation=[0, 1.6, 0], children=[2])
    writer.node(name=jaw, translation=list(at), children=[3])
    writer.node(name="char:lowerTeeth", translation=[0, -0.03, 0.06])
    bind = np.tile(np.eye(4, dtype=np.float32), (3, 1, 1))
    for i, height in enumerate((1.6, 1.6 + at[1], 1.57 + at[1])):
        bind[i, 3, 1] = -height  # column-major: translation stands in the last row
        bind[i, 3, 2] = -(0, at[2], 0.06 + at[2])[i]
    writer.add("skins", {"joints": [1, 2, 3], "inverseBindMatrices": writer.array(bind.reshape(3, 16))})
    roots = [0, 1]
    if teeth:
        row = POINTS[:9] * [0.3, 0.05, 0.2] + [0, 1.45, 0.08]
        hung = np.tile(np.array([2, 0, 0, 0], np.uint8), (9, 1))
        whole = np.tile(np.float32([1, 0, 0, 0]), (9, 1))
        writer.mesh(
            {"POSITION": writer.array(row.astype(np.float32)), "JOINTS_0": writer.array(hung), "WEIGHTS_0": writer.array(whole)},
            np.arange(9, dtype=np.uint16), name="lower",
        )  # fmt: skip
        roots.append(writer.node(mesh=1, skin=0))
    writer.root["scenes"] = [{"nodes": roots}]


@pytest.mark.parametrize("jaw", ["char:jaw", "CC_Base_JawRoot", "mixamorig:Jaw", "Jaw_M", "DEF-jaw", "lowerJaw", "顎"])
def test_a_jaw_joint_takes_chin_and_lower_teeth_down_and_back(writer, tmp_path, jaw):
    jawed(writer, jaw)
    avatar = load_avatar(writer.save(tmp_path / "a.glb"))
    rig = AvatarRig(avatar)
    assert "jawOpen" not in rig.arkit_missing
    rig.pose(weights_from({"jawOpen": 1.0}))
    head, teeth = (part.positions - part.source.positions for part in rig.parts)
    chin = np.linalg.norm(head, axis=1) > 1e-5
    assert np.array_equal(chin, (POINTS[:, 1] < 1.56) & (POINTS[:, 2] > 0))
    assert head[chin, 1].max() < -0.01 and head[chin, 2].max() < 0
    assert head[chin, 1].min() > -0.05
    assert teeth[:, 1].max() < -0.005
    assert avatar.problems[0].startswith(f"No shape moves the mouth; its jaw joint {jaw} turns instead")


@pytest.mark.parametrize("joint", [(0.0, 1.58, 0.0), (0.0, 1.52, 0.08), (0.0, 1.7, 0.06), (0.0, 1.4, -0.3)])
def test_the_chin_goes_down_and_back_wherever_the_joint_was_put(joint):
    share = np.where((POINTS[:, 1] < 1.56) & (POINTS[:, 2] > 0), 1.0, 0.0)
    rotation, pivot = opening(POINTS.astype(np.float64), share, np.array(joint), 0.22)
    chin = POINTS[share > 0].mean(0)
    moved = rotation @ (chin - pivot) + pivot - chin
    assert moved[0] == pytest.approx(0, abs=1e-9)
    assert -0.06 < moved[1] < -0.01
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_shapes_go_before_the_joint_and_without_a_jaw_nothing_is_invented(writer, square, tmp_path):
    jawed(writer, jaw="char:chinCtrl")
    assert "cannot move" in load_avatar(writer.save(tmp_path / "a.glb")).problems[0]


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("CC_Base_Head", ("CC_Base_NeckTwist01", "CC_Base_Hip")), ("char:def_c_head", ("char:def_c_neck",)), ("Head_M", ("HeadEnd_M",)),
        ("mixamorig:Head", ("mixamorig:HeadTop_End",)), ("J_Bip_C_Head", ("J_Bip_C_Neck",)), ("DEF-head", ("head_ctrl", "headIK")),
        ("Bip01 Head", ("Bip01 HeadNub",)), ("hero|rig:Head_JNT", ("hero|rig:Forehead_JNT",)), ("頭", ("首",)),
        ("head", ("headset", "HeadBand")),
        ("Genesis8Female:head", ("Genesis8Female:lEye",)), ("b_head", ("b_head_end", "b_hair_head")),
    ],
)  # fmt: skip
def test_the_head_is_found_among_its_namesakes(name, others):
    names = [*others, name, "spine"]
    assert find_bones(names)["head"] == len(others)


def test_what_the_file_itself_says_wins():
    assert find_bones(["head", "x"], {"head": 1})["head"] == 1


def test_the_jaw_joint_turns_in_an_exported_file_too(writer, tmp_path):
    """No shape of the file opens the mouth, so its joint does, about the same point as in the app."""
    jawed(writer)
    path = writer.save(tmp_path / "a.glb")
    motion = BlendshapeTrack(np.stack([weights_from({}), weights_from({"jawOpen": 1.0})]), 60.0)
    opened = posed(write(Performance(motion, avatar=path), WriteOptions()).data, 1, tmp_path)
    rig = AvatarRig(load_avatar(path))
    rig.pose(weights_from({"jawOpen": 1.0}))
    for part, wanted in zip(opened.parts, rig.parts, strict=True):
        np.testing.assert_allclose(part.positions, wanted.positions, atol=1e-5)
