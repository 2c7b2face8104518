"""Emotion keys, transitions, and Audio2Emotion with its licence and its quirks."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.nvidia.audio2emotion import (
    LICENCE_CONDITION,
    Audio2Emotion,
    EmotionSmoother,
    PostProcessing,
    load_audio2emotion,
    recognised_emotion,
)
from models.nvidia.emotion import EmotionCurve, emotion_curve, emotion_vector, with_transitions
from models.nvidia.errors import BundleError
from models.nvidia.names import EMOTIONS
from models.nvidia.parameters import EmotionTuning

NAMES = ("angry", "disgust", "fear", "happy", "neutral", "sad")
TABLE = {"angry": 1, "disgust": 3, "fear": 4, "happy": 6, "neutral": -1, "sad": 9}


@pytest.fixture
def model(bundles) -> Audio2Emotion:
    return load_audio2emotion(bundles / "emotion", accept_licence=True, engine="torch", device="cpu")


def test_keys_are_linear_and_hold_outside():
    curve = EmotionCurve(np.array([1.0, 2.0]), np.array([[0.0, 1.0], [1.0, 0.0]], np.float32))
    assert curve.at(np.array([0.0, 1.25, 9.0])).tolist() == [[0, 1], [0.25, 0.75], [1, 0]]


def test_emotions_fade_in_from_their_time_on():
    curve = with_transitions([0.0, 1.0, 3.0], np.array([[0.0], [1.0], [0.0]], np.float32), 0.5)
    assert curve.at(np.array([0.9, 1.0, 1.25, 1.5, 2.9, 3.25, 4.0]))[:, 0] == pytest.approx([0, 0, 0.5, 1, 1, 0.5, 0])


def test_an_emotion_that_interrupts_a_fade_starts_where_it_was():
    curve = with_transitions([0.0, 1.0, 1.25], np.array([[0.0], [1.0], [0.0]], np.float32), 0.5)
    assert curve.at(np.array([1.25, 1.5, 1.75, 2.0]))[:, 0] == pytest.approx([0.5, 0.25, 0, 0])
    assert (np.diff(curve.times_s) > 0).all()


def test_the_tuning_decides_the_curve():
    default = np.full(10, 0.2, np.float32)
    assert emotion_curve(EmotionTuning(), EMOTIONS, default).at(np.zeros(1))[0] == pytest.approx(default)
    begun = emotion_curve(EmotionTuning(beginning={"anger": 0.5}), EMOTIONS, default).at(np.zeros(1))[0]
    assert begun.tolist() == emotion_vector({"anger": 0.5}).tolist()
    late = emotion_curve(EmotionTuning(beginning={"anger": 1.0}, keys=((2.0, {"joy": 1.0}),)), EMOTIONS, default)
    assert late.at(np.array([0.0, 2.25, 3.0]))[:, [1, 6]] == pytest.approx(np.array([[1, 0], [0.5, 0.5], [0, 1]]))


@pytest.mark.parametrize("values", [{"rage": 1.0}, {"joy": 1.5}, {"joy": -0.1}, {"joy": float("nan")}])
def test_wrong_emotions_are_refused(values):
    with pytest.raises(BundleError):
        emotion_vector(values)
    with pytest.raises(BundleError):
        EmotionTuning(keys=((0.0, values),))


def test_keys_must_be_in_order():
    with pytest.raises(BundleError, match="rising"):
        EmotionTuning(keys=((1.0, {}), (0.5, {})))


def test_the_licence_comes_first(bundles, tmp_path):
    for folder in (bundles / "emotion", tmp_path):
        with pytest.raises(BundleError, match="licence"):
            load_audio2emotion(folder)
    assert "prohibited" in LICENCE_CONDITION
    assert not EmotionTuning().recognise


def test_a_face_bundle_is_no_emotion_bundle(bundles):
    with pytest.raises(BundleError, match="not an Audio2Emotion bundle"):
        load_audio2emotion(bundles / "regression", accept_licence=True)


def reference(frames: np.ndarray, s: PostProcessing, beginning: np.ndarray) -> np.ndarray:
    """The eight steps written out plainly."""
    before, blended, out = beginning.copy(), None, []
    for logits in frames:
        p = np.exp(logits * s.contrast) / np.exp(logits * s.contrast).sum()
        p[[i for i, n in enumerate(NAMES) if TABLE[n] < 0]] = 0
        p[np.argsort(-p)[s.max_emotions :]] = 0
        y = before.copy()
        for i, name in enumerate(NAMES):
            if TABLE[name] >= 0:
                y[TABLE[name]] = p[i]
        y = (1 - s.blend) * y + s.blend * before
        before = y.copy()
        if s.use_preferred:
            y = (1 - s.preferred_strength) * y + s.preferred_strength * s.preferred
        if blended is not None:
            w = min(s.fixed_dt / max(s.transition_s, 1e-3), 1)
            y = w * y + (1 - w) * blended
        blended = y.copy()
        out.append(y * s.strength)
    return np.array(out)


@pytest.mark.parametrize("changes", [{}, {"max_emotions": 2, "contrast": 2.0}, {"use_preferred": True, "preferred": np.full(10, 0.3)}])
def test_post_processing_step_by_step(changes):
    settings = PostProcessing(TABLE, **changes)
    logits = np.random.default_rng(0).normal(size=(20, 6))
    beginning = np.linspace(0, 1, 10)
    smoother = EmotionSmoother(settings, NAMES, beginning)
    assert np.allclose([smoother.step(row) for row in logits], reference(logits, settings, beginning))


def test_unmapped_emotions_keep_their_beginning():
    """The SDK's carry-over: joy's neighbours that no recogniser names never fade."""
    smoother = EmotionSmoother(PostProcessing(TABLE, strength=1.0), NAMES, np.ones(10))
    for _ in range(50):
        out = smoother.step(np.zeros(6))
    assert out[EMOTIONS.index("pain")] == pytest.approx(1.0)
    assert out[EMOTIONS.index("joy")] < 0.4


def test_values_that_are_not_numbers_become_neutral():
    smoother = EmotionSmoother(PostProcessing(TABLE), NAMES)
    assert np.isfinite(smoother.step(np.full(6, np.nan))).all()


def test_a_clip_becomes_keys(model, noise):
    curve = recognised_emotion(model, noise, fps=30)
    assert curve.values.shape == (60, 10) and curve.times_s[1] == 533 / 16000
    assert curve.values.min() >= 0 and curve.values.max() <= 0.6
    held = recognised_emotion(model, noise, fps=30, every=100)
    assert np.array_equal(held.values[:10], curve.values[:10])


def test_engines_agree_on_emotion(bundles, model, noise):
    other = load_audio2emotion(bundles / "emotion", accept_licence=True, engine="onnxruntime", device="cpu")
    assert np.abs(recognised_emotion(other, noise).values - recognised_emotion(model, noise).values).max() < 1e-4


def test_empty_clips_stops_and_wrong_windows(model, noise):
    assert recognised_emotion(model, noise[:0]).values.tolist() == [[0.0] * 10]
    assert len(recognised_emotion(model, noise, stop=lambda: True).times_s) == 1
    with pytest.raises(BundleError, match="window"):
        recognised_emotion(model, noise, window=100)


def test_a_users_tuning_replaces_the_bundles(model, noise):
    weak = recognised_emotion(model, noise, tuning=EmotionTuning(emotion_strength=0.1, enable_preferred_emotion=False))
    assert weak.values.max() <= 0.1


def test_wrong_emotion_bundles_are_refused(copy):
    folder = copy("emotion")
    path = folder / "model_config.json"
    data = json.loads(path.read_text("utf-8"))
    data["post_processing_config"]["emotion_correspondence"]["angry"] = 10
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(BundleError, match="angry must be a whole number from -1 to 9"):
        load_audio2emotion(folder, accept_licence=True)
