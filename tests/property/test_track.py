"""Sampling, joining and resampling of tracks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import TrackError
from app.core.track import Animation, BlendshapeTrack, concatenate, resampled

WEIGHTS = hnp.arrays(np.float32, st.tuples(st.integers(1, 20), st.just(2)), elements=st.floats(-1, 2, width=32))
RATES = st.sampled_from([24.0, 25.0, 29.97, 30.0, 59.904, 60.0, 100.0])
CHANNELS = ("jawOpen", "mouthClose")


@given(WEIGHTS, RATES, st.floats(-5, 5))
def test_sampling_at_a_frame_time_gives_that_frame(weights, fps, start_s):
    track = BlendshapeTrack(weights, fps, start_s, CHANNELS)
    for i, t in enumerate(track.times_s):
        np.testing.assert_allclose(track.sample(t), weights[i], atol=1e-4)


@given(WEIGHTS, RATES, st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_samples_never_leave_the_range_of_the_frames(weights, fps, t):
    sample = BlendshapeTrack(weights, fps, 0.0, CHANNELS).sample(t)
    assert (sample >= weights.min(axis=0) - 1e-6).all() and (sample <= weights.max(axis=0) + 1e-6).all()


def test_sampling_holds_the_ends_and_an_empty_track_is_zero():
    track = BlendshapeTrack(np.array([[0.25, 0.0], [0.75, 1.0]]), 30, 1.0, CHANNELS)
    assert track.sample(-9)[0] == 0.25 and track.sample(99)[0] == 0.75
    assert track.sample(1 + 1 / 60)[0] == pytest.approx(0.5)
    assert not BlendshapeTrack(np.zeros((0, 2)), 30, 0.0, CHANNELS).sample(0.5).any()


def test_a_track_is_a_value_nobody_can_change():
    mine = np.zeros((3, 52), np.float32)
    track = BlendshapeTrack(mine, 60)
    mine[:] = 1
    assert not track.weights.any()
    with pytest.raises(ValueError, match="read-only"):
        track.weights[0, 0] = 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_numbers_are_refused(bad):
    weights = np.zeros((2, 52), np.float32)
    weights[1, 3] = bad
    with pytest.raises(TrackError, match="not numbers"):
        BlendshapeTrack(weights, 60)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), RATES)
def test_joining_chunks_restores_the_whole(sizes, fps):
    whole = np.random.default_rng(0).random((sum(sizes), 52), np.float32)
    chunks, at = [], 0
    for size in sizes:
        chunks.append(Animation(BlendshapeTrack(whole[at : at + size], fps, at / fps), label="x"))
        at += size
    joined = concatenate(chunks)
    np.testing.assert_array_equal(joined.arkit.weights, whole)
    assert joined.arkit.channels == ARKIT_CHANNELS and joined.label == "x"


def test_chunks_with_a_gap_are_refused():
    one = Animation(BlendshapeTrack(np.zeros((3, 52)), 30, 0.0))
    late = Animation(BlendshapeTrack(np.zeros((3, 52)), 30, 0.2))
    with pytest.raises(ValueError, match="do not meet"):
        concatenate([one, late])


def test_resampling_states_its_error():
    ramp = np.linspace(0, 1, 61, dtype=np.float32)[:, None]
    slow, error = resampled(BlendshapeTrack(ramp, 60, 0.0, ("jawOpen",)), 30)
    assert slow.fps == 30 and abs(slow.duration_s - 61 / 60) < 0.04 and error < 0.02
    flicker = np.tile(np.array([[0.0], [1.0]], np.float32), (30, 1))
    _, error = resampled(BlendshapeTrack(flicker, 60, 0.0, ("jawOpen",)), 30)
    assert error == pytest.approx(1.0)
