"""Poses: those that come with the program, mirror images, files of poses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.arkit import ARKIT_CHANNELS, mirrored
from app.core.errors import PoseError
from app.core.poses import STOCK, FacePose, document, free_name, from_document

weights = st.dictionaries(st.sampled_from(ARKIT_CHANNELS), st.floats(-1, 2, width=32), min_size=1)


def test_the_programs_poses_have_their_own_names_and_say_what_a_face_can_do():
    names = [pose.name.lower() for pose in STOCK]
    assert len(names) == len(set(names)) >= 35
    for pose in STOCK:
        assert set(pose.channels) <= set(ARKIT_CHANNELS)
        assert 0.0 <= min(pose.values) <= max(pose.values) <= 1.0
    rest = STOCK[0]
    assert (rest.channels, set(rest.values)) == (ARKIT_CHANNELS, {0.0})
    closed = next(pose for pose in STOCK if pose.name.startswith("PP"))
    assert closed.weights["jawOpen"] == 0.0
    assert closed.edit(0, 1, 1.0, 60).whole_mouth


@given(weights)
def test_the_mirror_image_of_a_mirror_image_is_the_pose(values):
    pose = FacePose.of("A face", values)
    assert pose.mirror_image().mirror_image() == pose
    assert pose.mirror_image().weights == {mirrored(name): value for name, value in pose.weights.items()}
    assert {name: value for each in from_document(document([pose])) for name, value in each.weights.items()} == pytest.approx(
        pose.weights, abs=1e-5
    )


def test_a_part_of_a_pose_says_nothing_about_the_rest():
    smile = next(pose for pose in STOCK if pose.name == "Smile")
    assert set(smile.part(("mouthSmileLeft", "jawOpen")).channels) == {"mouthSmileLeft"}
    assert smile.part(()) == smile
    edit = smile.edit(1.0, 1.0, 0.4, 100.0)
    assert (edit.kind, edit.amount, edit.why) == ("pose", 0.4, "Pose Smile")
    assert edit.end_s > edit.start_s


def test_free_names_are_counted_on():
    assert [free_name("Smile", taken) for taken in ((), ("smile",), ("smile", "Smile 2"))] == ["Smile", "Smile 2", "Smile 3"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "holds no poses"),
        ({"version": 9}, "update the program"),
        ({"poses": 3}, "list"),
        ({"poses": [{"name": "a", "weights": {"nose": 1}}]}, "none of Apple's"),
        ({"poses": [{"name": "a", "weights": {"jawOpen": 9}}]}, "from -1 to 2"),
        ({"poses": [{"name": " ", "weights": {"jawOpen": 1}}]}, "type one"),
        ({"poses": [{"name": "a", "weights": {}}]}, "needs a name, and weights"),
    ],
)
def test_damaged_poses_are_refused_with_a_sentence(change, words):
    with pytest.raises(PoseError, match=words):
        from_document(document(STOCK) | change)
