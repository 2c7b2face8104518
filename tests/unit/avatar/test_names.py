"""Names as people's exporters write them, and what they drive."""

from __future__ import annotations

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.names.dialects import recognise
from app.avatar.names.spelling import spellings
from app.avatar.names.table import DIALECTS
from app.avatar.rig import AvatarRig
from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS, weights_from

EIGHT = (
    "jawOpen", "mouthFunnel", "mouthPucker", "mouthClose", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "eyeBlinkRight",
)  # fmt: skip
OCULUS = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou")


def snake(name: str) -> str:
    return "".join(f"_{c}" if c.isupper() else c for c in name)


def sided(name: str, left: str, right: str) -> str:
    return name.removesuffix("Left") + left if name.endswith("Left") else name.removesuffix("Right") + right if "Right" in name else name


SPELLINGS = {
    "shapes.": lambda n: f"shapes.{sided(n, '_L', '_R')}",
    "mesh name and dot": lambda n: f"Head.{n}",
    "two dots": lambda n: f"Armature.Face.{n}",
    "colon": lambda n: f"rig:{n}",
    "ARKit_": lambda n: f"ARKit_{n}",
    "BS_": lambda n: f"BS_{n}",
    "bs.": lambda n: f"bs.{n}",
    "unknown prefix": lambda n: f"MyHero_v2_{n}",
    "suffix": lambda n: f"{n}_blendshape",
    "numbers": lambda n: f"A{10 + EIGHT.index(n)}_{snake(n).replace('_', ' ').title().replace(' ', '_')}",
    "glued": lambda n: f"ARKit{n[0].upper()}{n[1:]}",
    "spaces": lambda n: snake(n).replace("_", " ").title(),
    "hyphens": lambda n: snake(n).replace("_", "-").lower(),
    "capitals": lambda n: n.upper(),
    "dot side": lambda n: sided(n, ".L", ".R"),
    "hyphen side": lambda n: sided(n, "-L", "-R"),
    "glued side": lambda n: sided(n, "L", "R"),
    "bracket side": lambda n: sided(n, " (L)", " (R)"),
    "lft and rgt": lambda n: sided(n, "_lft", "_rgt"),
    "prefix and dot side and number": lambda n: f"Face.{sided(n, '.L', '.R')}.001",
    "side in front": lambda n: f"L_{n[:-4]}" if n.endswith("Left") else f"R_{n[:-5]}" if n.endswith("Right") else n,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_arkit_names_in_any_dress_drive_their_channels(make_face, spelling):
    names = [SPELLINGS[spelling](name) for name in EIGHT]
    rig = AvatarRig(load_avatar(make_face(names)))
    assert set(ARKIT_CHANNELS) - set(rig.arkit_missing) == set(EIGHT)
    rig.pose(weights_from({"jawOpen": 1.0}))
    assert np.abs(rig.parts[0].positions - rig.avatar.parts[0].positions).max() == pytest.approx(0.02, abs=1e-6)


@pytest.mark.parametrize(
    ("names", "visemes", "arkit"),
    [
        (OCULUS, 15, 0),
        ([f"vrc.v_{name.lower()}" for name in OCULUS], 15, 0),
        ([f"Body.vrc.v_{name.lower()}" for name in OCULUS], 15, 0),
        ([f"viseme {name}" for name in OCULUS], 15, 0),
        ([f"Head.viseme_{name}" for name in OCULUS], 15, 0),
        ([f"Fcl_MTH_{vowel}" for vowel in "AIUEO"] + ["Fcl_EYE_Close_L", "Fcl_EYE_Close_R"], 13, 2),
        ([f"Face.M_F00_000_00_Fcl_MTH_{vowel}" for vowel in "AIUEO"] + ["Face.M_F00_000_00_Fcl_EYE_Close"], 13, 2),
        (["V_Open", "V_Explosive", "V_Dental_Lip", "V_Tight_O", "V_Tight", "V_Wide", "V_Affricate", "V_Lip_Open", "Eye_Blink_L"], 14, 1),
        (["Open", "Explosive", "Dental_Lip", "Tight_O", "Wide", "Affricate", "Lip_Open"], 14, 0),
        (["AE", "Ah", "B_M_P", "Ch_J", "EE", "Er", "F_V", "Ih", "K_G_H_NG", "Oh", "R", "S_Z", "T_L_D_N", "Th", "W_OO"], 14, 0),
        ([f"Genesis8Female__eCTRL{n}" for n in ("MouthOpen", "vAA", "vM", "vF", "vOW", "vUW", "vEE", "vS")], 14, 1),
        ([f"facs_ctrl_v{n}" for n in ("AA", "M", "F", "OW", "UW", "EE", "S")], 14, 0),
        (["あ", "い", "う", "え", "お", "まばたき"], 13, 2),
        (["MTH_A", "MTH_I", "MTH_U", "MTH_E", "MTH_O"], 13, 0),
    ],
)
def test_visemes_of_every_dialect_move_the_mouth(make_face, names, visemes, arkit):
    avatar = load_avatar(make_face(names))
    rig = AvatarRig(avatar)
    assert (15 - len(rig.viseme_missing), 52 - len(rig.arkit_missing)) == (visemes, arkit)
    assert rig.has_visemes and rig.estimates_mouth
    assert len(avatar.vocabulary.found) >= 1
    rig.pose(weights_from({}), weights_from({"viseme_aa": 1.0}, VISEME_CHANNELS))
    assert np.abs(rig.parts[0].positions - rig.avatar.parts[0].positions).max() > 0.01
    rig.pose(weights_from({"jawOpen": 0.6}))
    assert np.abs(rig.parts[0].positions - rig.avatar.parts[0].positions).max() > 0.005


def test_one_shape_opens_and_another_smiles_on_both_sides(make_face):
    rig = AvatarRig(load_avatar(make_face({"mouthOpen": "open", "mouthSmile": "smile"})))
    assert set(ARKIT_CHANNELS) - set(rig.arkit_missing) == {"jawOpen", "mouthSmileLeft", "mouthSmileRight"}
    neutral = rig.avatar.parts[0].positions
    rig.pose(weights_from({"mouthSmileLeft": 1.0}))
    moved = np.abs(rig.parts[0].positions - neutral)[:, 0]
    assert moved[neutral[:, 0] > 0.03].max() > 0.005
    assert moved[neutral[:, 0] < -0.03].max() == 0
    rig.pose(weights_from({"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0}))
    both = rig.parts[0].positions - neutral
    rig.pose(weights_from({}), None, {"mouthSmile": 1.0})
    np.testing.assert_allclose(both, rig.parts[0].positions - neutral, atol=1e-6)
    assert "only opens and closes, and smiles" in rig.avatar.problems[0]


def test_split_shapes_move_together(make_face):
    rig = AvatarRig(load_avatar(make_face({"jawOpen": "open", "browInnerUp_L": "brow", "browInnerUp_R": "lids", "cheekPuff_L": "smile"})))
    assert {"browInnerUp", "cheekPuff"}.isdisjoint(rig.arkit_missing)
    rig.pose(weights_from({"browInnerUp": 1.0}))
    moved = rig.parts[0].positions - rig.avatar.parts[0].positions
    assert moved[:, 1].max() == pytest.approx(0.01, abs=1e-6) and moved[:, 1].min() == pytest.approx(-0.01, abs=1e-6)


def test_names_may_stand_on_the_accessors_only(make_face):
    avatar = load_avatar(make_face(EIGHT, where="accessor"))
    assert avatar.parts[0].targets.names == EIGHT
    assert not any("no names" in problem for problem in avatar.problems)


@pytest.mark.parametrize(
    "names",
    [
        ["Smile", "Angry", "Fun"],
        ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "O", "U"],
        ["jawOpen_mouthFunnel", "jawOpen_mouthPucker", "jawOpen_mouthClose", "jawOpen_mouthLeft"],
        ["aa", "hat", "shoes"],
        ["V_Neck", "V_Shirt", "Open"],
        ["body_mouthClose", "pose_jawLeft"],
        ["target_0", "target_1", ""],
    ],
)
def test_what_is_no_set_of_names_is_left_alone(names):
    assert not recognise(names).recipes


def test_a_file_in_this_programs_own_names_needs_no_recipes():
    assert not recognise([*ARKIT_CHANNELS, *VISEME_CHANNELS, "mouthOpen", "mouthSmile", "eyesClosed", "eyesLookUp"]).recipes


def test_visemes_of_five_vowels_do_not_replace_an_arkit_mouth():
    names = [*ARKIT_CHANNELS, *(f"Fcl_MTH_{vowel}" for vowel in "AIUEO")]
    assert not any(name.startswith("viseme_") for name in recognise(names).recipes)


def test_meshes_with_other_prefixes_share_a_channel(writer, square, tmp_path):
    vertices, triangles = square
    for mesh in ("Head", "Teeth"):
        deltas = [{"POSITION": writer.array(np.full((4, 3), 0.1, np.float32))} for _ in EIGHT]
        names = [f"{mesh}.{name}" for name in EIGHT]
        writer.mesh({"POSITION": writer.array(vertices)}, triangles, name=mesh, targets=deltas, extras={"targetNames": names})
    writer.node(mesh=0)
    writer.node(mesh=1)
    rig = AvatarRig(load_avatar(writer.save(tmp_path / "a.glb")))
    rig.pose(weights_from({"jawOpen": 1.0}))
    for part in rig.parts:
        np.testing.assert_allclose(part.positions - part.source.positions, 0.1, atol=1e-6)


def test_lips_close_by_the_jaw_where_nothing_else_closes_them(make_face):
    rig = AvatarRig(load_avatar(make_face(["mouthOpen"])))
    for close, opening in ((0.0, 0.3), (0.2, 0.1), (0.5, 0.0)):
        rig.pose(weights_from({"jawOpen": 0.3, "mouthClose": close}))
        assert rig.applied.get("jawOpen", 0.0) == pytest.approx(opening, abs=1e-6)


def test_every_recipe_of_the_table_can_be_read_and_names_real_channels():
    for dialect in DIALECTS:
        names = [channel for key in dialect.recipes for channel in (key.replace("*", "Left"), key.replace("*", "Right"))]
        assert set(names) <= {*ARKIT_CHANNELS, *VISEME_CHANNELS}, dialect.name
        assert dialect.origin


def test_readings_put_the_side_last_and_take_prefixes_off():
    keys = [reading.key for reading in spellings("Head.mouthSmile.L")]
    assert keys[:2] == ["headmouthsmilel", "headmouthsmileleft"]
    assert "mouthsmileleft" in keys
    assert spellings("") == () and spellings("___") == ()
