from __future__ import annotations

import numpy as np
import pytest

from app.avatar.corrections import RigCorrections
from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.arkit import ARKIT_CHANNELS, MOUTH_CHANNELS, VISEME_CHANNELS, canonical_name, weights_from


@pytest.fixture
def rig(face_writer, tmp_path) -> AvatarRig:
    return AvatarRig(load_avatar(face_writer.save(tmp_path / "face.glb")))


def arkit(**weights: float) -> np.ndarray:
    return weights_from(weights)


def visemes(**weights: float) -> np.ndarray:
    return weights_from({f"viseme_{k}": v for k, v in weights.items()}, VISEME_CHANNELS)


def test_a_channel_moves_its_target_and_nothing_else(rig):
    rig.pose(arkit(jawOpen=0.5))
    expected = rig.avatar.parts[0].positions.copy()
    expected[0, 1] -= 0.25
    np.testing.assert_allclose(rig.parts[0].positions, expected, atol=1e-6)
    assert rig.applied == {"jawOpen": 0.5}


def test_reset_restores_the_neutral_exactly(rig):
    rig.pose(arkit(jawOpen=0.3), None, {"mouthOpen": 1.0})
    rig.reset()
    np.testing.assert_array_equal(rig.parts[0].positions, rig.avatar.parts[0].positions)
    np.testing.assert_array_equal(rig.parts[0].normals, rig.avatar.parts[0].normals)
    assert rig.applied == {}


def test_the_same_weights_change_nothing(rig):
    rig.pose(arkit(jawOpen=0.5))
    revision = rig.parts[0].revision
    rig.pose(arkit(jawOpen=0.5))
    rig.pose(arkit(jawOpen=0.5, browInnerUp=0.7, jawLeft=1.0))
    assert rig.parts[0].revision == revision
    rig.pose(arkit(jawOpen=0.6))
    assert rig.parts[0].revision == revision + 1


def test_visemes_replace_the_mouth_of_an_avatar_that_has_only_visemes_for_it(rig):
    rig.pose(arkit(jawOpen=1.0), visemes(aa=0.5))
    moved = rig.parts[0].positions - rig.avatar.parts[0].positions
    # this face has jawOpen beside one viseme, so ARKit goes on driving it
    np.testing.assert_allclose(moved[:2, 1], [-0.5, 0.0], atol=1e-6)


def test_extras_are_driven_by_their_own_name(rig):
    rig.pose(arkit(), None, {"mouthOpen": 0.5, "unknown": 1.0})
    np.testing.assert_allclose(rig.parts[0].positions[2], [1, 0.75, 0], atol=1e-6)
    assert rig.extra_names == ("mouthOpen",)


def test_missing_names_are_those_no_part_has(rig):
    assert set(ARKIT_CHANNELS) - set(rig.arkit_missing) == {"jawOpen", "jawLeft"}
    assert set(VISEME_CHANNELS) - set(rig.viseme_missing) == {"viseme_aa"}


def test_the_loaded_avatar_is_never_changed(rig):
    before = rig.avatar.parts[0].positions.copy()
    rig.pose(arkit(jawOpen=1.0))
    np.testing.assert_array_equal(rig.avatar.parts[0].positions, before)


REAL = [
    ("rpm_talkinghead_brunette-t.glb", 52, 15), ("rpm_asanchezyali_69targets.glb", 52, 15), ("rpm_basim_avatar1.glb", 52, 15),
    ("rpm_forbiddenforge_visemes_only.glb", 0, 15), ("avaturn_t1_official_default_model.glb", 0, 0),
]  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize(("file", "n_arkit", "n_visemes"), REAL)
def test_real_avatars_have_what_their_makers_say(shared, file, n_arkit, n_visemes):
    rig = AvatarRig(load_avatar(shared / "data" / "avatars" / file))
    assert (52 - len(rig.arkit_missing), 15 - len(rig.viseme_missing)) == (n_arkit, n_visemes)
    assert (rig.has_arkit, rig.has_visemes) == (n_arkit > 0, n_visemes > 0)


@pytest.mark.shared
def test_every_channel_moves_the_brunette_by_its_own_deltas(shared):
    rig = AvatarRig(load_avatar(shared / "data" / "avatars" / "rpm_talkinghead_brunette-t.glb"))
    for channel in ARKIT_CHANNELS:
        rig.pose(arkit(**{channel: 0.75}))
        total = 0.0
        for part in rig.parts:
            expected = part.source.positions.copy()
            if part.source.targets:
                index = [canonical_name(name) for name in part.source.targets.names].index(channel)
                expected += 0.75 * part.source.targets.positions[index]
            np.testing.assert_allclose(part.positions, expected, atol=2e-5)
            total += float(np.abs(part.positions - part.source.positions).max())
        assert total > 1e-4, channel


@pytest.mark.shared
def test_viseme_weights_replace_the_mouth_channels_only(shared):
    rig = AvatarRig(load_avatar(shared / "data" / "avatars" / "rpm_talkinghead_brunette-t.glb"))
    rig.pose(np.ones(52, np.float32), visemes(aa=1.0))
    assert rig.applied.keys() == set(ARKIT_CHANNELS) - MOUTH_CHANNELS | {"viseme_aa"}


@pytest.mark.shared
def test_largest_deltas_match_the_measured_ones(shared):
    # specs/visemes.md section 7: all heads are one rig with jawOpen 0.0385, viseme_aa 0.0162 and viseme_PP 0.0055
    avatar = load_avatar(shared / "data" / "avatars" / "rpm_basim_avatar1.glb", pose="file")
    head = next(part for part in avatar.parts if part.mesh == "Wolf3D_Head")
    for name, expected in (("jawOpen", 0.0385), ("viseme_aa", 0.0162), ("viseme_PP", 0.0055)):
        assert np.abs(head.targets.positions[head.targets.names.index(name)]).max() == pytest.approx(expected, abs=0.002)


def test_what_would_be_sent_is_what_is_sent(rig, rng):
    rig.set_corrections(RigCorrections(jaw_forward_gain=0.3, limits={"jawOpen": (0.0, 0.5)}))
    weights = rng.random((5, len(ARKIT_CHANNELS))).astype(np.float32)
    for lane in (None, rng.random((5, 15)).astype(np.float32)):
        sent = rig.sent(weights, lane)
        for i, row in enumerate(weights):
            rig.pose(row, None if lane is None else lane[i])
            wanted = [rig.applied.get(name, 0.0) for name in ARKIT_CHANNELS]
            assert sent[i] == pytest.approx(wanted, abs=2e-5)


def test_a_channel_that_does_not_arrive_has_a_reason(rig):
    missing = rig.arkit_missing[0]
    assert rig.held_back(missing, False) == f"This avatar has no {missing}."
    present = next(name for name in ARKIT_CHANNELS if name not in rig.arkit_missing)
    assert rig.held_back(present, False) == ""
    rig.set_corrections(RigCorrections(limits={present: (0.0, 0.5)}))
    assert "between 0 and 0.5" in rig.held_back(present, False)


def test_blendshapes_alone_move_a_mouth_that_has_visemes_only(shared):
    rig = AvatarRig(load_avatar(shared / "data" / "avatars" / "rpm_forbiddenforge_visemes_only.glb"))
    assert rig.estimates_mouth
    rig.pose(arkit(jawOpen=0.4, browInnerUp=0.8))
    assert rig.applied["viseme_aa"] > 0.7 and "viseme_PP" not in rig.applied
    assert any(np.abs(part.positions - part.source.positions).max() > 0.003 for part in rig.parts)
    rig.pose(arkit(jawOpen=0.4), visemes(U=0.5))
    assert rig.applied == {"viseme_U": 0.5}


def test_a_mouth_with_arkit_shapes_is_never_estimated(rig):
    assert not rig.estimates_mouth
    rig.pose(arkit(jawLeft=1.0))
    assert "viseme_aa" not in rig.applied


def test_a_mouth_with_both_goes_by_shapes_when_the_corrections_say_so(shared):
    rig = AvatarRig(load_avatar(shared / "data" / "avatars" / "rpm_talkinghead_brunette-t.glb"))
    shapes, lane = arkit(jawOpen=0.6), visemes(PP=1.0)
    assert rig.has_visemes
    rig.set_corrections(RigCorrections(mouth_by_shapes=True))
    rig.pose(shapes, lane)
    assert rig.applied == pytest.approx({"jawOpen": 0.6}, abs=1e-6)
    rig.set_corrections(RigCorrections())
    rig.pose(shapes, lane)
    assert rig.applied == {"viseme_PP": 1.0}
