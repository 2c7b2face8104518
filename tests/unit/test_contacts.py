"""Lips are brought together where a source left them open, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS, VISEME_INDEX
from app.core.contacts import RAMP_S, contact_envelope
from app.core.lips import closure_rate, lip_opening
from app.core.speech import Phone
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning, apply_tuning, tuned_animation

PHONES = (Phone("AA1", 0.2, 0.5), Phone("B", 0.5, 0.56), Phone("AE1", 0.56, 0.9), Phone("M", 0.9, 0.9), Phone("P", 1.0, 1.05))


def open_mouth(fps: float, **others: float) -> BlendshapeTrack:
    """A mouth that never closes."""
    weights = np.zeros((round(1.5 * fps), 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.4
    for name, value in others.items():
        weights[:, ARKIT_INDEX[name]] = value
    return BlendshapeTrack(weights, fps)


@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0])
@pytest.mark.parametrize("others", [{}, {"mouthUpperUpLeft": 0.5, "mouthLowerDownRight": 0.5, "mouthFunnel": 0.4}])
def test_open_lips_close_on_their_phones_only(fps, others):
    track = open_mouth(fps, **others)
    assert closure_rate(track, PHONES) == 0.0
    tuned = apply_tuning(track, Tuning(close_lips=1.0), PHONES)
    assert closure_rate(tuned, PHONES) == 1.0
    away = [i for i, t in enumerate(track.times_s) if all(not p.start_s - 0.1 < t < p.end_s + 0.1 for p in PHONES if p.symbol in "BP")]
    assert np.array_equal(tuned.weights[away], track.weights[away])
    assert (tuned.weights[:, ARKIT_INDEX["mouthClose"]] <= tuned.weights[:, ARKIT_INDEX["jawOpen"]] + 1e-6).all()


def test_without_phones_or_strength_nothing_changes():
    track = open_mouth(60.0)
    assert np.array_equal(apply_tuning(track, Tuning(close_lips=1.0)).weights, track.weights)
    assert apply_tuning(track, Tuning(), PHONES) is track


def test_half_strength_closes_half():
    track = open_mouth(60.0)
    half = lip_opening(apply_tuning(track, Tuning(close_lips=0.5), PHONES).weights).min()
    assert 0.05 < half < 0.3


def test_the_closing_is_no_jump():
    envelope = contact_envelope(open_mouth(60.0), PHONES)
    assert np.abs(np.diff(envelope)).max() < 1.2 * 2.0 / (60.0 * RAMP_S)
    assert envelope.max() == 1.0


def test_visemes_give_way_to_pp():
    weights = np.zeros((90, 15), np.float32)
    weights[:, VISEME_INDEX["aa"]] = 1.0
    animation = Animation(open_mouth(60.0), BlendshapeTrack(weights, 60.0, 0.0, VISEME_CHANNELS))
    tuned = tuned_animation(animation, Tuning(close_lips=1.0), PHONES).visemes
    at_b = tuned.sample(0.53)
    assert at_b[VISEME_INDEX["PP"]] == pytest.approx(1.0, abs=1e-5)
    assert at_b[VISEME_INDEX["aa"]] == pytest.approx(0.0, abs=1e-5)
    assert tuned.weights.sum(axis=1) == pytest.approx(np.ones(90), abs=1e-5)
