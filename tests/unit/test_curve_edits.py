"""Edits of stretches of curves: what they do, where they stop, and that they come back from JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS
from app.core.curve_edits import AMOUNTS, KINDS, CurveEdit, edit_envelope, edited, edited_visemes, edits_data, edits_of
from app.core.errors import PresetError
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning, tuned_animation, tuning_stages
from app.core.tuning_window import tuned_around

JAW = ARKIT_INDEX["jawOpen"]
FPS = 60.0


@pytest.fixture
def track(rng) -> BlendshapeTrack:
    t = np.arange(300) / FPS
    weights = 0.3 + 0.2 * np.sin(2 * np.pi * t[:, None] * np.linspace(0.5, 4, 52)) + 0.02 * rng.standard_normal((300, 52))
    return BlendshapeTrack(weights.astype(np.float32), FPS, 0.25)


def edit(kind, amount, channels=("jawOpen",), start_s=1.0, end_s=2.0) -> CurveEdit:
    return CurveEdit(kind, channels, start_s, end_s, amount)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_picked_shapes_change_and_only_within_the_stretch(track, kind):
    made = edited(track, [edit(kind, AMOUNTS[kind][2])])
    changed = np.abs(made.weights - track.weights)
    inside = (track.times_s > 1.0) & (track.times_s < 2.0)
    assert changed[inside, JAW].max() > 0.01
    assert not changed[~inside].any()
    assert not np.delete(changed, JAW, axis=1).any()


@pytest.mark.parametrize("kind", KINDS)
def test_no_edit_pops(track, kind):
    """No step of the change from frame to frame is larger than a quintic edge of 60 ms allows."""
    calm = track.with_weights(np.full_like(track.weights, 0.5))
    amount = {"scale": 0.0, "offset": -0.5}.get(kind, AMOUNTS[kind][2])
    change = edited(calm, [edit(kind, amount)]).weights[:, JAW] - calm.weights[:, JAW]
    # the steepest slope of 6x^5 - 15x^4 + 10x^3 is 15/8
    assert np.abs(np.diff(change)).max() <= 0.5 * 15 / 8 / (0.06 * FPS) + 1e-6


def test_what_each_kind_does_in_the_middle(track):
    middle = np.abs(track.times_s - 1.5) < 0.3
    raw = track.weights[middle, JAW]
    assert edited(track, [edit("scale", 0.5)]).weights[middle, JAW] == pytest.approx(0.5 * raw, abs=1e-6)
    assert edited(track, [edit("offset", 0.1)]).weights[middle, JAW] == pytest.approx(raw + 0.1, abs=1e-6)
    flat = edited(track, [edit("flatten", 1.0)]).weights[middle, JAW]
    assert np.abs(np.diff(flat, n=2)).max() < 1e-6
    smooth = edited(track, [edit("smooth", 60.0)]).weights[middle, JAW]
    assert np.abs(np.diff(smooth, n=2)).max() < 0.3 * np.abs(np.diff(raw, n=2)).max()


def test_an_offset_never_leaves_the_range_that_a_weight_has(track):
    low, high = (edited(track, [edit("offset", amount)]).weights[:, JAW] for amount in (-1.0, 1.0))
    assert (low.min(), high.max()) == (0.0, 1.0)


def test_edits_follow_one_another_and_empty_channels_mean_all(track):
    once = edited(track, [edit("scale", 0.5, channels=())])
    twice = edited(track, [edit("scale", 0.5, channels=()), edit("scale", 2.0, channels=())])
    assert once.weights[75] == pytest.approx(0.5 * track.weights[75])
    assert twice.weights[75] == pytest.approx(track.weights[75])
    assert edited(track, [edit("scale", 0.5, start_s=30.0, end_s=31.0)]) is track


def test_a_short_stretch_has_half_of_it_for_each_edge():
    short = replace(edit("scale", 0.0), end_s=1.06)
    assert edit_envelope(short, np.array([1.0, 1.015, 1.03, 1.045, 1.06])) == pytest.approx([0, 0.5, 1, 0.5, 0])


def test_visemes_follow_edits_of_the_whole_mouth_and_their_sum_stays_one(rng):
    weights = rng.dirichlet(np.ones(15), 300).astype(np.float32)
    visemes = BlendshapeTrack(weights, FPS, 0.0, VISEME_CHANNELS)
    assert edited_visemes(visemes, [edit("scale", 0.5)]) is visemes
    half = edited_visemes(visemes, [edit("scale", 0.5, channels=())])
    assert half.weights[90, 1:] == pytest.approx(0.5 * weights[90, 1:])
    assert half.weights.sum(axis=1) == pytest.approx(np.ones(300), abs=1e-5)


def test_the_offset_of_picture_and_sound_moves_the_edits_along(track):
    stages = tuning_stages(track, Tuning(offset_ms=100.0), edits=[edit("scale", 0.0)])
    assert stages["edited"].sample(1.5)[JAW] == 0.0
    assert stages["tuned"].sample(1.6)[JAW] == 0.0
    assert stages["smooth"] is track


@pytest.mark.parametrize("kind", KINDS)
def test_a_stretch_tuned_by_itself_is_what_tuning_everything_gives(track, kind):
    raw = Animation(track)
    edits = [edit(kind, AMOUNTS[kind][2], start_s=0.5, end_s=3.0), edit("smooth", 80.0, start_s=2.5, end_s=4.0)]
    tuning = Tuning(smoothing_ms={"jaw": 30.0})
    whole = tuned_animation(raw, tuning, (), edits)
    part = tuned_around(raw, None, tuning, (), (2.0, 2.2), edits=edits)
    frames = (track.times_s >= 2.0) & (track.times_s <= 2.2)
    assert part.arkit.weights[frames] == pytest.approx(whole.arkit.weights[frames], abs=2e-6)


def test_edits_come_back_from_json():
    edits = (edit("scale", 0.5), CurveEdit("smooth", (), 0.0, 1.0, 40.0, 20.0))
    assert edits_of(json.loads(json.dumps(edits_data(edits)))) == edits


@pytest.mark.parametrize(
    "row",
    [7, {}, {"kind": "scale"}, {"amount": 99.0}, {"channels": ["nose"]}, {"end_s": 0.0}, {"start_s": float("nan")}, {"extra": 1}],
)
def test_damaged_edits_are_refused(row):
    good = edits_data([edit("scale", 0.5)])[0]
    damaged = row if not isinstance(row, dict) or set(row) <= {"kind"} else good | row
    with pytest.raises(PresetError):
        edits_of([damaged])
    with pytest.raises(PresetError):
        edits_of({"edits": []})
