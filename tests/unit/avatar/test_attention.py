"""The face that listens, thinks and speaks, as part of life."""

from __future__ import annotations

import numpy as np
import pytest

from app.avatar.attention import NOD_ENDS_S, Attention
from app.avatar.liveliness import EYE_REACH, LifePose, Liveliness, LivelinessSettings, still
from app.core.arkit import ARKIT_INDEX, MOUTH_CHANNELS

CALM = Liveliness(0, LivelinessSettings(blinks=0.0, gaze=0.0, head=0.0))


def gaze_deg(pose: LifePose) -> tuple[float, float]:
    """Where the left eye looks, in degrees to the avatar's left and up."""
    value = {name: float(pose.arkit[ARKIT_INDEX[name]]) for name in ARKIT_INDEX}
    aside = (value["eyeLookOutLeft"] - value["eyeLookInLeft"]) * EYE_REACH[0]
    return aside, (value["eyeLookUpLeft"] - value["eyeLookDownLeft"]) * EYE_REACH[1]


def poses(attention: Attention, times: np.ndarray, life: Liveliness = CALM) -> list[LifePose]:
    return [attention.added_to(life.at(t), t) for t in times.tolist()]


def test_without_a_mode_life_stays_as_it_is():
    life = Liveliness(0).at(5.0)
    assert Attention().added_to(life, 5.0) is life


def test_thinking_looks_up_and_aside_soon_and_comes_back():
    attention = Attention()
    attention.attend("thinking", 10.0)
    aside, up = gaze_deg(attention.added_to(still(), 10.7))
    assert abs(aside) > 6.0 and up > 3.0
    assert np.hypot(*gaze_deg(attention.added_to(still(), 10.1))) < 1.5
    attention.attend("speaking", 11.0)
    assert np.hypot(*gaze_deg(attention.added_to(still(), 11.5))) < 0.5


def test_a_gaze_shift_of_thinking_comes_with_a_blink():
    attention = Attention()
    attention.attend("thinking", 10.0)
    closed = max(float(pose.arkit[ARKIT_INDEX["eyeBlinkLeft"]]) for pose in poses(attention, np.arange(10.0, 10.6, 1 / 60)))
    assert closed > 0.4


def test_listening_looks_at_the_camera_through_a_nod():
    attention = Attention()
    attention.attend("listening", 1.0)
    attention.nod(3.0)
    times = np.arange(2.5, 3.0 + NOD_ENDS_S, 1 / 60)
    pitches = np.degrees([pose.head_rotation[0] for pose in poses(attention, times)])
    assert 2.0 < pitches.max() - pitches[0] < 5.0
    for pose, pitch in zip(poses(attention, times), pitches, strict=True):
        aside, up = gaze_deg(pose)
        assert abs(aside) < 0.1 and up == pytest.approx(pitch, abs=0.1), "the eyes hold the camera while the head moves"


def test_everything_is_eased():
    """No step between two pictures is larger than a blink's or a saccade's."""
    attention = Attention(3)
    for mode, t in (("listening", 0.5), ("thinking", 3.0), ("speaking", 4.2), ("listening", 6.0), ("thinking", 7.5)):
        attention.attend(mode, t)
        attention.nod(t + 1.0)
        made = poses(attention, np.arange(t, t + 1.2, 1 / 60))
        turns = np.degrees(np.abs(np.diff([pose.head_rotation for pose in made], axis=0)))
        mouth = np.abs(np.diff([pose.arkit[[ARKIT_INDEX[name] for name in sorted(MOUTH_CHANNELS)]] for pose in made], axis=0))
        assert turns.max() < 0.9 and mouth.max() < 0.04


def test_a_source_that_owns_the_eyes_keeps_them():
    attention = Attention()
    attention.attend("thinking", 0.0)
    pose = attention.added_to(still(), 1.0, source_owns_eyes=True)
    owned = [i for name, i in ARKIT_INDEX.items() if name.startswith(("eye", "brow"))]
    assert not pose.arkit[owned].any() and pose.head_rotation.any()


def test_the_same_history_gives_the_same_face():
    first, second = Attention(5), Attention(5)
    for attention in (first, second):
        attention.attend("thinking", 2.0)
    first.added_to(still(), 9.0)
    a, b = first.added_to(still(), 4.0), second.added_to(still(), 4.0)
    assert np.array_equal(a.arkit, b.arkit) and np.array_equal(a.head_rotation, b.head_rotation)


def test_it_stirs_only_while_something_moves():
    attention = Attention()
    assert not attention.stirs(0.0)
    attention.attend("listening", 1.0)
    assert attention.stirs(1.2) and not attention.stirs(2.0)
    attention.nod(3.0)
    assert attention.stirs(3.3) and not attention.stirs(4.5)
