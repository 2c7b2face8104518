"""Motion at another frame rate: what it costs is said with channel and time; lips that meet stay together."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX
from app.core.lips import lip_opening
from app.core.resampling import at_rate
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack

JAW, CLOSE = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthClose"]


def talking(fps: float = 60.0, seconds: float = 2.0) -> BlendshapeTrack:
    """A mouth that stays open but for one frame in the middle."""
    weights = np.zeros((round(seconds * fps), 52), np.float32)
    weights[:, JAW] = 0.5
    weights[len(weights) // 2 + 1, JAW] = 0.0
    return BlendshapeTrack(weights, fps, 0.5)


@pytest.mark.parametrize("fps", [12.0, 24.0, 30.0, 60.0, 100.0])
def test_a_line_stays_a_line_at_any_rate(fps):
    weights = np.zeros((121, 52), np.float32)
    weights[:, JAW] = np.linspace(0, 1, 121)
    made = at_rate(BlendshapeTrack(weights, 60.0, side=SideChannels(("HeadYaw",), weights[:, [JAW]])), fps)
    times = made.track.times_s
    inner = (times > 0.1) & (times < 1.9)
    assert made.track.column("jawOpen")[inner] == pytest.approx(times[inner] / 2, abs=1e-6)
    assert made.track.side is not None and made.track.side.values[inner, 0] == pytest.approx(times[inner] / 2, abs=1e-6)
    assert made.track.end_s == pytest.approx(121 / 60, abs=1 / fps)


def test_the_error_says_where_and_when():
    made = at_rate(talking(), 24.0)
    assert made.channel == "jawOpen" and abs(made.time_s - 1.5) < 0.05
    assert made.error == pytest.approx(np.abs(made.track.sample(talking().times_s) - talking().weights).max(), abs=1e-7)
    assert f"{made.error:.3f} (jawOpen at 1.5" in made.sentence
    assert at_rate(talking(), 60.0).sentence == ""


def test_lips_that_meet_for_a_frame_still_meet_at_half_the_rate_and_less():
    for fps in (30.0, 24.0, 15.0):
        made = at_rate(talking(), fps)
        assert lip_opening(made.track.weights).min() < 0.05, fps
    assert at_rate(talking(), 30.0).kept_closures >= 1


def test_half_the_rate_is_the_mean_of_what_it_stands_for():
    weights = np.zeros((120, 52), np.float32)
    weights[::2, ARKIT_INDEX["browInnerUp"]] = 1.0  # flickers at the old rate
    made = at_rate(BlendshapeTrack(weights, 60.0), 30.0)
    assert made.track.column("browInnerUp")[1:-1] == pytest.approx(0.5, abs=1e-6)


def test_frames_on_the_grid_begin_at_a_whole_number():
    made = at_rate(BlendshapeTrack(talking().weights, 50.0, 0.233), 60.0, on_grid=True)
    assert made.track.start_s * 60 == pytest.approx(14.0, abs=1e-9)
    assert at_rate(BlendshapeTrack(np.zeros((0, 52), np.float32), 50.0), 60.0).track.fps == 60.0
