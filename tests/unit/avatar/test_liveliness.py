from __future__ import annotations

import numpy as np
import pytest

from app.avatar.liveliness import BREATH, Liveliness, LivelinessSettings
from app.core.acting.eyes import blink_profile
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, weights_from

BLINK = ARKIT_INDEX["eyeBlinkLeft"]
EYES = [i for i, name in enumerate(ARKIT_CHANNELS) if name.startswith("eye")]


def poses(life: Liveliness, seconds: float = 120.0, fps: float = 100.0, **arguments):
    return [life.at(i / fps, **arguments) for i in range(int(seconds * fps))]


def blink_starts(life: Liveliness, seconds: float = 600.0) -> np.ndarray:
    closure = np.array([pose.arkit[BLINK] for pose in poses(life, seconds)])
    return np.flatnonzero((closure[1:] > 0) & (closure[:-1] == 0)) / 100.0


def test_the_same_seed_and_time_give_the_same_pose_in_any_order():
    times = np.random.default_rng(3).uniform(0, 300, 200)
    first, second = Liveliness(7), Liveliness(7)
    forward = {t: first.at(t) for t in sorted(times)}
    for t in times:
        again = second.at(t)
        np.testing.assert_array_equal(again.arkit, forward[t].arkit)
        np.testing.assert_array_equal(again.head_rotation, forward[t].head_rotation)
        assert again.chest_lift == forward[t].chest_lift


def test_other_seeds_give_other_lives():
    assert not np.array_equal(blink_starts(Liveliness(1), 60), blink_starts(Liveliness(2), 60))


def test_blinks_come_at_natural_intervals_with_occasional_doubles():
    gaps = np.diff(blink_starts(Liveliness(5)))
    double = gaps < 1.0
    assert 0.02 < double.mean() < 0.3
    # a gap after a double starts at its first blink's successor, so only the long ones are intervals
    assert gaps[~double].min() > 1.5
    assert gaps[~double].max() < 6.3
    assert 10 < 60 / gaps.mean() < 25  # blinks a minute


def test_lids_close_fully_fast_and_open_slower():
    times = np.linspace(0, 0.4, 401)
    closure = np.array([blink_profile(t) for t in times])
    assert closure.max() == 1.0
    assert closure[-1] == 0.0
    shut = np.flatnonzero(closure == 1.0)
    closing, opening = times[shut[0]], times[np.flatnonzero(closure > 0)[-1]] - times[shut[-1]]
    assert 0.08 <= closing <= 0.15
    assert closing < opening <= 0.2


def test_eyes_jump_and_rest_and_move_together():
    frames = np.array([pose.arkit for pose in poses(Liveliness(9), 60)])
    left = frames[:, ARKIT_INDEX["eyeLookOutLeft"]] - frames[:, ARKIT_INDEX["eyeLookInLeft"]]
    right = frames[:, ARKIT_INDEX["eyeLookInRight"]] - frames[:, ARKIT_INDEX["eyeLookOutRight"]]
    np.testing.assert_array_equal(left, right)
    still = np.abs(np.diff(left)) < 1e-6
    assert still.mean() > 0.9
    assert 0.02 < np.abs(left).max() < 0.6


def test_weights_stay_in_range_and_only_eyes_are_touched():
    frames = np.array([pose.arkit for pose in poses(Liveliness(2, LivelinessSettings(gaze=2.0)), 60)])
    assert frames.min() >= 0
    assert frames.max() <= 1
    assert not np.delete(frames, EYES, axis=1).any()


def test_the_head_moves_smoothly_and_little():
    rotations = np.degrees([pose.head_rotation for pose in poses(Liveliness(4), 120)])
    assert 0.5 < np.abs(rotations).max() < 8
    assert np.abs(np.diff(rotations, axis=0)).max() * 100 < 15  # degrees a second


def test_breath_takes_about_four_seconds():
    lift = np.array([pose.chest_lift for pose in poses(Liveliness(1), 40)])
    assert lift.min() >= 0
    assert lift.max() <= 1
    peaks = np.flatnonzero((lift[1:-1] > lift[:-2]) & (lift[1:-1] >= lift[2:])) / 100
    np.testing.assert_allclose(np.diff(peaks), BREATH, atol=0.05)


def test_a_source_that_owns_the_eyes_keeps_them():
    for pose in poses(Liveliness(6), 30, 50, source_owns_eyes=True):
        assert not pose.arkit.any()
    assert any(pose.chest_lift > 0.5 for pose in poses(Liveliness(6), 5, source_owns_eyes=True))


@pytest.mark.parametrize("settings", [LivelinessSettings(enabled=False), LivelinessSettings(blinks=0, gaze=0, head=0, breathing=0)])
def test_switched_off_means_nothing_at_all(settings):
    for pose in poses(Liveliness(6, settings), 20, 30):
        assert not pose.arkit.any()
        assert not pose.head_rotation.any()
        assert pose.chest_lift == 0


def test_life_adds_to_a_source_without_leaving_the_range():
    life = Liveliness(3)
    weights = weights_from({"eyeBlinkLeft": 0.7, "eyeLookOutLeft": 1.0, "jawOpen": 1.2})
    for pose in poses(life, 20):
        mixed = pose.added_to(weights)
        assert mixed[BLINK] == max(np.float32(0.7), pose.arkit[BLINK])
        assert mixed[ARKIT_INDEX["eyeLookOutLeft"]] == 1.0
        assert mixed[ARKIT_INDEX["jawOpen"]] == np.float32(1.2)
