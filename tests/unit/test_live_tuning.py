"""A live face is tuned frame by frame as the whole track would be, and a change while it runs makes no jump out of nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX
from app.core.live_tuning import LiveTuner
from app.core.track import BlendshapeTrack
from app.core.tuning import ShapeTuning, Tuning, apply_tuning

FPS = 60.0
TUNINGS = {
    "gains": Tuning(intensity=1.3, shapes={"jawOpen": ShapeTuning(gain=0.5), "browInnerUp": ShapeTuning(mute=True)}, symmetry=0.5),
    "smoothing": Tuning(smoothing_ms={"lips": 40.0, "brows": 200.0, "jaw": 10.0}),
    "attack": Tuning(attack_ms=30.0, release_ms=120.0),
    "all": Tuning(intensity=0.8, smoothing_ms={"lips": 25.0, "jaw": 25.0}, release_ms=60.0, keep_contacts=False),
}


@pytest.fixture
def frames(rng) -> np.ndarray:
    t = np.arange(200) / FPS
    jaw = np.clip(0.25 + 0.3 * np.sin(2 * np.pi * 3 * t), 0, 1)
    weights = 0.1 * rng.random((200, 52)).cumsum(axis=0) % 0.4
    weights[:, ARKIT_INDEX["jawOpen"]] = jaw
    return weights.astype(np.float32)


@pytest.mark.parametrize("name", TUNINGS)
@pytest.mark.parametrize("block", [1, 3, 200])
def test_frame_by_frame_is_what_live_smoothing_of_the_whole_gives(frames, name, block):
    tuner = LiveTuner(FPS, TUNINGS[name])
    made = np.concatenate([tuner.push(frames[i : i + block]) for i in range(0, len(frames), block)])
    wanted = apply_tuning(BlendshapeTrack(frames, FPS), replace(TUNINGS[name], kind="live")).weights
    assert made == pytest.approx(wanted, abs=2e-5)


def test_the_default_gives_the_very_same_frames(frames):
    assert LiveTuner(FPS, Tuning()).push(frames) is frames


def test_a_change_while_it_runs_goes_on_from_the_past(frames):
    tuner = LiveTuner(FPS, Tuning())
    tuner.push(frames[:100])
    tuner.set_tuning(TUNINGS["smoothing"])
    made = tuner.push(frames[100:])
    wanted = apply_tuning(BlendshapeTrack(frames, FPS), replace(TUNINGS["smoothing"], kind="live")).weights[100:]
    assert made == pytest.approx(wanted, abs=2e-3)


def test_the_delay_is_that_of_the_most_smoothed_part():
    assert LiveTuner(FPS, Tuning()).delay_ms == 0.0
    tuning = TUNINGS["smoothing"]
    assert LiveTuner(FPS, tuning).delay_ms == max(tuning.live_delay_ms(FPS).values())
    assert LiveTuner(FPS, tuning).delay_ms > 200
