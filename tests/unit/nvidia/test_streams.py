"""The runners: streaming is offline, engines agree, the emotions arrive, a whole clip becomes weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.nvidia.emotion import EmotionCurve, constant_emotion
from models.nvidia.errors import BundleError
from models.nvidia.face import FaceFrames, FaceOptions, FaceSolver
from models.nvidia.model import NvidiaModel, joined_frames, open_model
from models.nvidia.names import EMOTIONS, SKIN_POSES
from models.nvidia.parameters import BlendshapeTuning, BundleTuning, EmotionTuning
from models.nvidia.solver import SolverMode
from models.nvidia.streams import DiffusionStream, RegressionStream


def streamed(model: NvidiaModel, samples: np.ndarray, cuts: list[int], fps: float) -> FaceFrames:
    """Push a clip in pieces, solving what is ready after each."""
    stream = model.stream(fps, BundleTuning(), model.gain(samples, BundleTuning(), normalise=False))
    solver = FaceSolver(model.face, BundleTuning(), float(stream.fps))
    parts = []
    for piece in np.split(samples, sorted(min(c, len(samples)) for c in cuts)):
        stream.push(piece)
        parts += [solver.process(raw) for raw in stream.frames()]
    stream.finish()
    parts += [solver.process(raw) for raw in stream.frames()]
    return joined_frames(parts, len(solver.names))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 32000), max_size=6), fps=st.sampled_from([24.0, 29.97, 30.0, 60.0]))
def test_streaming_equals_offline(regression, noise, cuts, fps):
    live, whole = streamed(regression, noise, cuts, fps), regression.animate(noise, fps)
    assert len(live) == len(whole)
    assert np.abs(live.weights - whole.weights).max() < 1e-5
    assert np.abs(live.arkit - whole.arkit).max() < 1e-5 and np.allclose(live.eyes, whole.eyes, atol=1e-4)


@pytest.mark.parametrize("cuts", [[], [100, 8000, 8001, 20000], list(range(0, 32000, 1000))])
def test_streaming_equals_offline_in_diffusion(diffusion, noise, cuts):
    live, whole = streamed(diffusion, noise, cuts, 60.0), diffusion.animate(noise)
    assert len(live) == len(whole) == 120
    assert np.abs(live.weights - whole.weights).max() < 1e-6


@pytest.mark.parametrize("name", ["regression", "diffusion", "joy"])
def test_engines_agree(bundles, noise, name):
    raw = {}
    for engine in ("torch", "onnxruntime"):
        model = open_model(bundles / name, engine, "cpu")
        assert model.network.name.startswith(engine)
        stream = model.stream(30.0, BundleTuning())
        if isinstance(stream, DiffusionStream):
            stream._noise = None
        stream.push(noise)
        stream.finish()
        raw[engine] = np.concatenate([np.concatenate([r.skin, r.tongue, r.jaw, r.eyes], axis=1) for r in stream.frames()])
    assert np.abs(raw["torch"] - raw["onnxruntime"]).max() < 1e-4
    assert np.ptp(raw["torch"]) > 0.1


def test_batches_equal_single_frames(regression, noise):
    curve = constant_emotion(np.zeros(10))
    parts = []
    for batch in (1, 64):
        stream = RegressionStream(regression.bundle, regression.network, 30, curve, batch=batch)
        stream.push(noise)
        stream.finish()
        parts.append(np.concatenate([r.skin for r in stream.frames()]))
    assert parts[0].shape == (60, 12) and np.abs(parts[0] - parts[1]).max() < 1e-5


def test_windows_see_the_right_samples(regression):
    """An impulse moves exactly the frames whose window holds it."""
    samples = np.zeros(32000, np.float32)
    samples[16000] = 1.0
    curve = constant_emotion(np.zeros(10))
    raws = []
    for sound in (samples, np.zeros_like(samples)):
        stream = RegressionStream(regression.bundle, regression.network, 30, curve)
        stream.push(sound)
        stream.finish()
        raws.append(np.concatenate([r.skin for r in stream.frames()]))
    moved = np.flatnonzero(np.abs(raws[0] - raws[1]).max(1) > 0)
    grid = stream.grid
    assert moved.tolist() == [k for k in range(60) if grid.start(k) <= 16000 < grid.end(k)]


def test_input_strength_reaches_the_network(regression, noise):
    own = regression.gain(noise, BundleTuning(), normalise=False)
    assert own == pytest.approx(1.3)
    assert regression.gain(noise, BundleTuning(face_changes={"input_strength": 0.5}), normalise=False) == 0.5
    peak = float(np.abs(noise).max())
    assert regression.gain(noise, BundleTuning(), normalise=True) * peak == pytest.approx(1.0)
    assert regression.gain(noise, BundleTuning(face_changes={"input_strength": 2.6}), normalise=True) * peak == pytest.approx(2.0)


def test_emotions_change_the_face_over_time(regression):
    silence = np.zeros(32000, np.float32)
    keys = ((0.0, {}), (1.0, {"joy": 1.0}))
    tuning = BundleTuning(emotion=EmotionTuning(keys=keys, live_transition_time=0.2))
    stream = regression.stream(30.0, tuning)
    stream.push(silence)
    stream.finish()
    skin = np.concatenate([r.skin for r in stream.frames()])
    assert np.ptp(skin[6:25], axis=0).max() < 1e-4
    assert np.abs(skin[30] - skin[50]).max() > 0.01
    assert np.ptp(skin[37:54], axis=0).max() < 1e-4


def test_diffusion_timing(diffusion):
    """Two seconds are six windows and 120 frames; timestamps as in the SDK."""
    stream = diffusion.stream(60.0, BundleTuning())
    assert [stream.first_sample(k) for k in range(3)] == [-16000, -8000, 0]
    assert [stream.timestamp(k, f) for k, f in ((0, 0), (1, 15), (1, 16), (1, 29), (2, 0))] == [-12000, 0, 266, 3733, 4000]
    stream.push(np.zeros(7999, np.float32))
    assert list(stream.frames()) == []
    stream.push(np.zeros(1, np.float32))
    first = list(stream.frames())
    assert [(r.start, len(r)) for r in first] == [(0, 15)]
    stream.push(np.zeros(24000, np.float32))
    stream.finish()
    rest = list(stream.frames())
    assert sum(map(len, first + rest)) == 120 and stream._window == 6


def test_diffusion_hands_its_state_on_and_repeats_itself(diffusion, noise):
    again = diffusion.animate(noise)
    assert np.array_equal(again.weights, diffusion.animate(noise).weights)
    silence = diffusion.animate(np.zeros_like(noise))
    late = diffusion.animate(np.concatenate([noise[:8000], np.zeros(24000, np.float32)]))
    assert np.abs(late.weights[70:] - silence.weights[70:]).max() > 1e-7


def test_two_seconds_of_noise_give_weights(bundles, noise):
    model = open_model(bundles / "regression", "onnxruntime", "cpu")
    frames = model.animate(noise, 30.0)
    assert frames.weights.shape == (60, 68) and frames.arkit.shape == (60, 52)
    assert np.isfinite(frames.weights).all() and frames.weights.min() >= 0 and frames.weights.max() <= 1
    assert frames.jaw.shape == (60, 4, 4) and frames.eyes.shape == (60, 6)
    assert np.ptp(frames.arkit[:, SKIN_POSES.index("jawOpen")]) > 0.05


def test_options_and_tuning_reach_the_weights(regression, noise):
    plain = regression.animate(noise, 30.0, options=FaceOptions(blinks=False, look=False))
    assert not plain.arkit[:, [i for i, n in enumerate(SKIN_POSES) if n.startswith("eyeLook")]].any()
    blinking = regression.animate(np.tile(noise, 4), 30.0, options=FaceOptions(look=False))
    still = regression.animate(np.tile(noise, 4), 30.0, options=FaceOptions(blinks=False, look=False))
    blink = SKIN_POSES.index("eyeBlinkLeft")
    assert (blinking.arkit[:, blink] - still.arkit[:, blink]).max() > 0.02
    wild = BundleTuning(blendshapes=BlendshapeTuning({"jawOpen": 5.0}, {"mouthLeft": -0.2}))
    loose = regression.animate(noise, 30.0, wild)
    assert loose.weights.max() > 1 and loose.weights.min() < 0
    clamped = BundleTuning(blendshapes=BlendshapeTuning({"jawOpen": 5.0}, {"mouthLeft": -0.2}, clamp=True))
    kept = regression.animate(noise, 30.0, clamped)
    assert kept.weights.max() <= 1 and kept.weights.min() >= 0
    admm = regression.animate(noise, 30.0, options=FaceOptions(SolverMode("admm", 30), blinks=False, look=False))
    assert 0 < np.abs(admm.weights - plain.weights).max() < 0.05


def test_no_sound_gives_no_frames(regression, diffusion):
    for model in (regression, diffusion):
        assert len(model.animate(np.zeros(0, np.float32))) == 0
        assert len(model.animate(np.zeros(1, np.float32))) == 1


def test_a_network_that_gives_no_numbers_is_refused(regression, noise):
    stream = RegressionStream(
        regression.bundle, regression.network, 30, EmotionCurve(np.zeros(1), np.full((1, len(EMOTIONS)), np.nan, np.float32))
    )
    stream.push(noise)
    stream.finish()
    with pytest.raises(BundleError, match="not numbers"):
        next(stream.frames())
