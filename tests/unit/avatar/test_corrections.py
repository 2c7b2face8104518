from __future__ import annotations

import json

import numpy as np
import pytest

from app.avatar.corrections import NEUTRAL_CORRECTIONS, VISEMESYNC_CORRECTIONS, RigCorrections
from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.arkit import VISEME_CHANNELS, weights_from
from app.core.errors import AvatarError


@pytest.fixture
def mouth(writer, square, tmp_path) -> AvatarRig:
    """A head with jawOpen, jawForward and viseme_O (half a jawOpen), and teeth in two rows without any target."""
    vertices, triangles = square
    forward, opened, rounded = (np.zeros((4, 3), np.float32) for _ in range(3))
    forward[:2, 2], opened[:2, 1], rounded[:2, 1] = 0.1, -0.4, -0.2
    targets = [{"POSITION": writer.array(delta)} for delta in (opened, forward, rounded)]
    names = {"targetNames": ["jawOpen", "jawForward", "viseme_O"]}
    writer.mesh({"POSITION": writer.array(vertices)}, triangles, targets=targets, extras=names)
    rows = np.concatenate([square[0] * 0.2 + [0.4, -0.25, -0.1], square[0] * 0.2 + [0.4, 0.1, -0.1]]).astype(np.float32)
    both = np.concatenate([triangles, triangles + 4]).astype(np.uint16)
    writer.mesh({"POSITION": writer.array(rows)}, both, name="Teeth_Mesh")
    writer.node(mesh=0)
    writer.node(mesh=1)
    return AvatarRig(load_avatar(writer.save(tmp_path / "mouth.glb")))


def test_underbite_moves_the_neutral_back_and_is_undone(mouth):
    neutral = mouth.parts[0].positions.copy()
    mouth.set_corrections(RigCorrections(underbite=0.7))
    np.testing.assert_allclose(mouth.parts[0].positions[0, 2], neutral[0, 2] - 0.07, atol=1e-6)
    assert mouth.applied == {}
    mouth.pose(weights_from({"jawForward": 1.0}))
    np.testing.assert_allclose(mouth.parts[0].positions[0, 2], neutral[0, 2] + 0.03, atol=1e-6)
    mouth.set_corrections(NEUTRAL_CORRECTIONS)
    mouth.reset()
    np.testing.assert_array_equal(mouth.parts[0].positions, neutral)


def test_jaw_forward_is_damped_and_limits_hold(mouth):
    mouth.set_corrections(RigCorrections(jaw_forward_gain=0.3, limits={"jawOpen": (0.0, 0.5)}))
    mouth.pose(weights_from({"jawForward": 1.0, "jawOpen": 0.9}))
    assert mouth.applied == pytest.approx({"jawForward": 0.3, "jawOpen": 0.5})
    moved = mouth.parts[0].positions - mouth.avatar.parts[0].positions
    np.testing.assert_allclose(moved[0], [0, -0.2, 0.03], atol=1e-6)


def test_only_the_lower_teeth_follow_the_jaw_and_only_when_asked(mouth):
    teeth = mouth.parts[1]
    mouth.pose(weights_from({"jawOpen": 1.0}))
    moved = teeth.positions - teeth.source.positions
    assert moved[:4, 1].max() < -0.3
    np.testing.assert_array_equal(moved[4:], 0)
    mouth.set_corrections(RigCorrections(teeth_follow=False))
    np.testing.assert_array_equal(teeth.positions, teeth.source.positions)


@pytest.mark.parametrize(
    "corrections", [NEUTRAL_CORRECTIONS, VISEMESYNC_CORRECTIONS, RigCorrections(0.2, 0.5, False, {"mouthFunnel": (0.0, 0.6)}, True)]
)
def test_settings_survive_json(corrections):
    assert RigCorrections.from_json(json.loads(json.dumps(corrections.to_json()))) == corrections


def test_missing_fields_keep_their_defaults():
    assert RigCorrections.from_json({}) == NEUTRAL_CORRECTIONS


@pytest.mark.parametrize(
    "data",
    [
        None, [], {"underbite": 2}, {"underbite": "x"}, {"underbite": None}, {"jaw_forward_gain": float("nan")}, {"limits": 3},
        {"limits": {"jawOpen": [1]}}, {"limits": {"jawOpen": [1, 0]}}, {"limits": {"jawOpen": ["a", "b"]}}, {"limits": {"jawOpen": 1}},
    ],
)  # fmt: skip
def test_bad_settings_end_in_one_sentence(data):
    with pytest.raises(AvatarError):
        RigCorrections.from_json(data)


@pytest.mark.shared
def test_upper_teeth_stay_though_their_edges_hang_below_the_lip_line(shared):
    # facecap's teeth part is the upper row alone; the lower row belongs to its head
    rig = AvatarRig(load_avatar(shared / "data" / "avatars" / "facecap_gltfpack_meshopt_ktx2.glb"))
    rig.pose(weights_from({"jawOpen": 1.0}))
    teeth = next(part for part in rig.parts if part.source.mesh == "teeth")
    np.testing.assert_array_equal(teeth.positions, teeth.source.positions)


@pytest.mark.shared
def test_teeth_that_open_take_the_jaws_share_of_visemes_they_lack(shared):
    avatar = load_avatar(shared / "data" / "avatars" / "rpm_talkinghead_brunette-t.glb")
    for follow, moves in ((True, True), (False, False)):
        rig = AvatarRig(avatar, RigCorrections(teeth_follow=follow))
        teeth = next(part for part in rig.parts if part.source.mesh == "Wolf3D_Teeth")
        rig.pose(np.zeros(52, np.float32), weights_from({"viseme_RR": 1.0}, VISEME_CHANNELS))
        drop = float((teeth.source.positions - teeth.positions)[:, 1].max())
        assert (0.002 < drop < 0.01) if moves else drop == 0
