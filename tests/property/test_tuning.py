"""Tuning: identity is bit for bit, times mean the same at every rate, contacts survive."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, mirrored
from app.core.regions import PARTS, REGIONS
from app.core.smoothing import filter_kernel, filtered, kernel_delay_s
from app.core.track import BlendshapeTrack
from app.core.tuning import ShapeTuning, Tuning, apply_tuning, tuning_stages

TRACKS = st.builds(
    BlendshapeTrack,
    arrays(np.float32, st.tuples(st.integers(0, 20), st.just(52)), elements=st.floats(-2, 2, width=32)),
    st.sampled_from([24.0, 30.0, 59.94, 60.0]),
    st.sampled_from([0.0, 0.5, -0.25]),
)
CHANNELS = st.sampled_from(ARKIT_CHANNELS)
FACTORS = st.floats(0, 2)
TUNINGS = st.builds(
    Tuning,
    shapes=st.dictionaries(
        CHANNELS,
        st.builds(
            ShapeTuning, FACTORS, st.floats(-0.5, 0.5), st.booleans(), st.booleans(), st.none() | st.just(0.0), st.none() | st.just(1.0)
        ),
        max_size=4,
    ),
    symmetry=st.floats(0, 1),
    regions=st.dictionaries(st.sampled_from(tuple(REGIONS)), FACTORS),
    intensity=FACTORS,
    smoothing_ms=st.dictionaries(st.sampled_from(tuple(PARTS)), st.floats(0, 200)),
    kind=st.sampled_from(["offline", "live"]),
    keep_contacts=st.booleans(),
    attack_ms=st.floats(0, 200),
    release_ms=st.floats(0, 200),
    ease_in_ms=st.floats(0, 500),
    ease_out_ms=st.floats(0, 500),
    offset_ms=st.floats(-300, 300),
)


@given(TRACKS, st.dictionaries(CHANNELS, st.just(ShapeTuning())), st.sampled_from(["offline", "live"]), st.booleans())
def test_identity_changes_no_bit(track, shapes, kind, keep):
    tuning = Tuning(
        shapes=shapes, regions=dict.fromkeys(REGIONS, 1.0), smoothing_ms=dict.fromkeys(PARTS, 0.0), kind=kind, keep_contacts=keep
    )
    tuned = apply_tuning(track, tuning)
    assert tuned.weights.tobytes() == track.weights.tobytes()
    assert (tuned.fps, tuned.start_s) == (track.fps, track.start_s)


@given(TRACKS)
def test_no_tuning_returns_the_track_itself(track):
    assert all(stage is track for stage in tuning_stages(track, Tuning()).values())


@settings(max_examples=60)
@given(TRACKS, TUNINGS)
def test_any_tuning_keeps_frames_and_finiteness(track, tuning):
    tuned = apply_tuning(track, tuning)
    assert tuned.weights.shape == track.weights.shape and np.isfinite(tuned.weights).all()
    assert tuned.start_s == track.start_s + tuning.offset_ms / 1e3


@given(CHANNELS, st.booleans())
def test_a_linked_edit_goes_to_both_sides(channel, linked):
    tuning = Tuning(linked=linked).with_shape(channel, ShapeTuning(gain=0.5))
    assert set(tuning.shapes) == ({channel, mirrored(channel)} if linked else {channel})
    assert not tuning.with_shape(channel, ShapeTuning()).shapes


@given(st.floats(0.001, 0.3), st.sampled_from([24.0, 30.0, 60.0, 120.0]), st.sampled_from(["offline", "live"]))
def test_kernels_sum_to_one_and_have_the_asked_spread(spread_s, fps, kind):
    kernel = filter_kernel(spread_s, fps, kind)
    assert abs(kernel.sum() - 1) < 1e-9 and kernel.min() >= 0
    lags = np.arange(len(kernel)) / fps
    spread = np.sqrt(kernel @ lags**2 - (kernel @ lags) ** 2)
    # binning over frames adds at most the spread of one frame
    assert abs(spread - spread_s) < 0.6 / fps + 0.03 * spread_s


@given(st.floats(0.02, 0.2), st.sampled_from([30.0, 60.0]))
def test_the_live_filter_is_as_late_as_it_says(spread_s, fps):
    kernel = filter_kernel(spread_s, fps, "live")
    ramp = np.arange(600, dtype=np.float32)[:, None] / fps
    late = (ramp - filtered(ramp, kernel, "live"))[-1, 0]
    assert abs(late - kernel_delay_s(kernel, fps)) < 1e-3


@given(st.floats(0.02, 0.2), st.sampled_from(["offline", "live"]))
def test_smoothing_is_the_same_at_every_rate(spread_s, kind):
    def at(fps: float) -> np.ndarray:
        times_s = np.arange(int(3 * fps)) / fps
        wave = np.sin(2 * np.pi * 2 * times_s)[:, None]
        return np.interp(
            np.arange(1, 2.5, 0.1),
            times_s + (0.5 / fps if kind == "live" else 0),
            filtered(wave, filter_kernel(spread_s, fps, kind), kind)[:, 0],
        )

    # the live filter's bins reach half a frame into the past, which is part of its printed delay
    assert np.abs(at(60.0) - at(240.0)).max() < 0.06


@settings(max_examples=30)
@given(TRACKS, st.integers(0, 19), st.floats(5, 150))
def test_live_smoothing_knows_no_future(track, frame, ms):
    tuning = Tuning(smoothing_ms=dict.fromkeys(PARTS, ms), kind="live", attack_ms=40, release_ms=80)
    if len(track) <= frame + 1:
        return
    changed = track.weights.copy()
    changed[frame + 1 :] += 0.3
    assert np.array_equal(
        apply_tuning(track.with_weights(changed), tuning).weights[: frame + 1], apply_tuning(track, tuning).weights[: frame + 1]
    )


@given(st.floats(0, 2), st.floats(0, 2))
def test_strengths_multiply(lower, jaw):
    weights = np.full((4, 52), 0.25, np.float32)
    tuned = apply_tuning(BlendshapeTrack(weights, 60.0), Tuning(regions={"lower": lower, "jaw": jaw}, keep_contacts=False))
    assert np.allclose(tuned.column("jawOpen"), 0.25 * lower * jaw, atol=1e-6)
    assert np.allclose(tuned.column("mouthPucker"), 0.25 * lower, atol=1e-6)
    assert np.array_equal(tuned.column("browInnerUp"), weights[:, ARKIT_INDEX["browInnerUp"]])
