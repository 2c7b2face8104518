"""What travels beside the 52 channels: through cutting, joining, resampling, tuning, files; and how it turns head and eyes."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX
from app.core.head import LOOK_PER_RADIAN, has_head, head_rotations, with_gaze_of_angles
from app.core.side import SideChannels
from app.core.speech import AudioClip, Speech
from app.core.track import Animation, BlendshapeTrack, concatenate, resampled
from app.core.tuning import Tuning, tuned_animation
from app.core.tuning_window import tuned_around
from app.formats.registry import read_track, write_track
from app.lipsync.recorded import RecordedSource

NAMES = ("HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "RightEyeYaw", "RightEyePitch", "Slate")


def take(n: int = 120, fps: float = 60.0) -> BlendshapeTrack:
    """A talking head that turns, with a slate."""
    t = np.arange(n) / fps
    weights = np.zeros((n, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.3 + 0.2 * np.sin(5 * t)
    yaw = 0.3 * np.sin(2 * t)
    side = np.stack([yaw, 0.1 * np.cos(t), 0.05 * t, -yaw, 0.05 * t, -yaw, 0.05 * t, np.full(n, 7.5)], axis=1)
    return BlendshapeTrack(weights, fps, side=SideChannels(NAMES, side))


def columns(track: BlendshapeTrack) -> np.ndarray:
    assert track.side is not None and track.side.names == NAMES and len(track.side) == len(track)
    return track.side.values


def test_as_many_frames_as_weights():
    with pytest.raises(ValueError, match="side channels"):
        BlendshapeTrack(np.zeros((3, 52)), 60.0, side=SideChannels(("a",), np.zeros((2, 1))))
    with pytest.raises(ValueError, match="values must be"):
        SideChannels(("a", "b"), np.zeros((2, 1)))


@pytest.mark.parametrize("spelling", ["HeadYaw", "headYaw", "head_yaw", "HEAD YAW"])
def test_any_spelling_is_found(spelling):
    found = take().side.find(spelling)
    assert found is not None and np.array_equal(found, columns(take())[:, 0])
    assert take().side.find("TailYaw") is None


def test_cutting_joining_and_resampling():
    track = take()
    parts = [Animation(track.between(a, b)) for a, b in ((0, 50), (50, 51), (51, 120))]
    assert np.array_equal(columns(concatenate(parts).arkit), columns(track))
    assert concatenate([parts[0], Animation(replace(parts[1].arkit, side=None))]).arkit.side is None
    half, _ = resampled(track, 30.0)
    assert np.allclose(columns(half), columns(track)[::2], atol=1e-6)


def test_tuning_leaves_them_and_moves_them_along():
    animation = Animation(take())
    tuning = Tuning(intensity=0.5, offset_ms=40.0, smoothing_ms={"lips": 30.0}, ease_out_ms=200.0)
    made = tuned_animation(animation, tuning).arkit
    assert np.array_equal(columns(made), columns(animation.arkit)) and made.start_s == pytest.approx(0.04)
    around = tuned_around(animation, None, tuning, (), (0.5, 1.0)).arkit
    assert np.array_equal(columns(around), columns(animation.arkit)) and around.start_s == pytest.approx(0.04)


@pytest.mark.parametrize("ending", [".csv", ".json"])
def test_files_keep_them(tmp_path, ending):
    assert write_track(tmp_path / f"t{ending}", take()) == ()
    back = read_track(tmp_path / f"t{ending}")
    assert back.side is not None
    for i, name in enumerate(NAMES):
        assert np.allclose(back.side.find(name), columns(take())[:, i], atol=1e-6), name


@pytest.mark.parametrize("fps", [60.0, 30.0, 24.0])
def test_a_recorded_source_gives_them_and_ends_with_a_straight_head(tmp_path, fps):
    write_track(tmp_path / "t.csv", take())
    source = RecordedSource(tmp_path / "t.csv", fps)
    track = concatenate(list(source.generate(Speech(AudioClip(np.zeros(3 * 16000, np.float32), 16000)), threading.Event()))).arkit
    assert track.side is not None and len(track) == 3 * fps
    yaw, slate = track.side.find("HeadYaw"), track.side.find("Slate")
    assert np.allclose(yaw[: int(1.9 * fps)], 0.3 * np.sin(2 * track.times_s[: int(1.9 * fps)]), atol=2e-3)
    assert not yaw[int(2.5 * fps) :].any() and np.allclose(slate, 7.5)


def test_the_head_turns_as_the_rig_is_asked():
    track = take()
    turns = head_rotations(track)
    assert has_head(track) and np.allclose(turns[:, 1], -columns(track)[:, 0]) and np.allclose(turns[:, 0], columns(track)[:, 1])
    assert np.allclose(turns[:, 2], -columns(track)[:, 2])
    still = replace(track, side=None)
    assert not has_head(still) and not head_rotations(still).any() and head_rotations(still).shape == (120, 3)


def test_degrees_are_told_from_radians():
    track = take()
    in_degrees = replace(track, side=SideChannels(NAMES[:3], np.degrees(columns(track)[:, :3])))
    assert np.allclose(head_rotations(in_degrees), head_rotations(track), atol=1e-6)


def test_eye_angles_fill_still_eyes_only():
    track = take()
    looking = with_gaze_of_angles(track)
    yaw = columns(track)[:, 3].astype(np.float64)
    right = np.clip(yaw * LOOK_PER_RADIAN[0], 0, 1)  # positive goes to the avatar's right
    assert np.allclose(looking.column("eyeLookInLeft"), right, atol=1e-6)
    assert np.allclose(looking.column("eyeLookOutRight"), right, atol=1e-6)
    assert looking.column("eyeLookDownLeft")[-1] > 0 and not looking.column("eyeLookUpLeft").any()
    weights = track.weights.copy()
    weights[:, ARKIT_INDEX["eyeLookInLeft"]] = 0.1
    own = track.with_weights(weights)
    assert with_gaze_of_angles(own) is own


@pytest.mark.shared
@pytest.mark.parametrize("name", ["Angry_MySlate_164_iPhone_cal", "Fearful_MySlate_161_iPhone_cal", "Sad_MySlate_167_iPhone_cal"])
def test_signs_and_scale_are_those_of_real_captures(shared, name):
    track = read_track(shared / "data" / "captures" / "livelink" / f"{name}.csv")
    weights = track.weights.copy()
    looks = [i for channel, i in ARKIT_INDEX.items() if channel.startswith("eyeLook")]
    weights[:, looks] = 0
    made = with_gaze_of_angles(track.with_weights(weights))
    for side in ("Left", "Right"):
        for one, other in (("Out", "In"), ("Up", "Down")):
            real = track.column(f"eyeLook{one}{side}") - track.column(f"eyeLook{other}{side}")
            ours = made.column(f"eyeLook{one}{side}") - made.column(f"eyeLook{other}{side}")
            assert np.corrcoef(real, ours)[0, 1] > 0.9 and np.abs(real - ours).mean() < 0.06
