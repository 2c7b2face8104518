"""The project's own lip measures: the same numbers as the shared scorer, and the right sign on made-up tracks."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("soundfile")

from models.arkit_names import INDEX
from models.measure import COLUMNS, aperture, mean_measures, measures
from models.train.evaluate import Scorer, recorded_clips

PHONES = [("sil", 0.0, 0.3), ("M", 0.3, 0.4), ("AA1", 0.4, 0.6), ("S", 0.6, 0.7), ("UW1", 0.7, 0.9), ("sil", 0.9, 1.2)]


def track(**curves: np.ndarray) -> np.ndarray:
    """(72, 52) weights at 60 fps."""
    weights = np.zeros((72, len(INDEX)))
    for name, curve in curves.items():
        weights[:, INDEX[name]] = curve
    return weights


def held(start_s: float, end_s: float) -> np.ndarray:
    """(72,) one from start to end, with soft flanks."""
    t = np.arange(72) / 60
    return np.clip(np.minimum(t - start_s, end_s - t) / 0.03, 0, 1)


@pytest.mark.parametrize("kind", ["calm", "wild"])
def test_the_numbers_are_those_of_the_shared_scorer(shared, rng, kind):
    scorer = Scorer(shared / "bench" / "lipsync_score.py")
    clips = list(recorded_clips(shared / "data", scorer))
    assert clips
    for clip in clips:
        count = len(clip.samples) * 60 // 16000
        noise = np.stack([np.convolve(row, np.hanning(9) / 4, "same") for row in rng.normal(0, 1, (len(INDEX), count))], 1)
        weights = np.clip(noise * (0.2 if kind == "calm" else 0.6), 0, 1)
        own = measures(weights, [(p + stress, start, end) for p, stress, start, end in clip.phones], 60.0)
        theirs = scorer.score(weights, clip.phones)
        for key in COLUMNS:
            assert own[key] == pytest.approx(theirs[key], abs=0.3 if key == "score" else 5.0 if key == "lag_ms" else 0.01), (clip.name, key)


def test_a_mouth_that_does_what_the_phones_ask_scores_high():
    good = track(jawOpen=0.5 * held(0.38, 0.62) + 0.06 * held(0.58, 0.92), mouthPucker=held(0.68, 0.92), mouthStretchLeft=held(0.58, 0.72))
    found = measures(good, PHONES, 60.0)
    assert found["closure"] == 1 and found["open_vowel"] == 1 and found["rest"] < 0.05 and found["rounding"] > 0.5
    assert found["score"] > 80
    assert found["labiodental"] is None


def test_a_mouth_that_hangs_open_is_told_off():
    found = measures(track(jawOpen=np.full(72, 0.4)), PHONES, 60.0)
    assert found["closure"] == 0 and found["rest"] > 0.9 and found["spurious"] == 0 and found["score"] < 40


def test_a_shut_mouth_is_spurious_on_every_vowel():
    found = measures(track(jawOpen=held(0.32, 0.38)), PHONES, 60.0)
    assert found["spurious"] == 1 and found["false_closure"] == 1


def test_a_late_mouth_has_a_positive_lag():
    early = measures(track(jawOpen=0.5 * held(0.38, 0.62)), PHONES, 60.0)
    late = measures(track(jawOpen=0.5 * held(0.44, 0.68)), PHONES, 60.0)
    assert late["lag_ms"] == pytest.approx(early["lag_ms"] + 60, abs=6)


def test_the_mean_names_the_worst_clip():
    rows = [measures(track(jawOpen=0.5 * held(0.38, 0.62)), PHONES, 60.0), measures(track(jawOpen=np.full(72, 0.4)), PHONES, 60.0)]
    mean = mean_measures(rows)
    assert mean["lowest"] == rows[1]["score"] < mean["score"] < rows[0]["score"]
    assert "labiodental" not in mean


def test_lips_never_overlap():
    assert aperture(track(mouthClose=np.ones(72))).max() == 0 and aperture(track(jawOpen=np.ones(72))).min() == 1
