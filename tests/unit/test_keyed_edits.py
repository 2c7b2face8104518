"""Edits that draw shapes: curves through keys, poses, what was pasted, the mirror; and keys that stand for frames."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_CHANNELS, VISEME_INDEX, mirrored
from app.core.curve_edits import CurveEdit, CurveKey, edit_envelope, edited, edited_visemes, edits_data, edits_of
from app.core.edits.keyed import automatic_slopes, curve_values, moved_keys, room_s, with_key
from app.core.edits.reducing import MOST_ERROR, reduced
from app.core.errors import PresetError
from app.core.track import BlendshapeTrack
from app.core.visemes import VISEME_RECIPES, expanded

FPS = 60.0
JAW, SMILE_LEFT, SMILE_RIGHT = (ARKIT_INDEX[name] for name in ("jawOpen", "mouthSmileLeft", "mouthSmileRight"))
heights = st.lists(st.floats(0, 1, width=32), min_size=2, max_size=8)
gaps = st.lists(st.integers(1, 40), min_size=8, max_size=8)


@pytest.fixture
def track(rng) -> BlendshapeTrack:
    t = np.arange(240) / FPS
    weights = 0.4 + 0.3 * np.sin(2 * np.pi * t[:, None] * np.linspace(0.5, 4, 52)) + 0.02 * rng.standard_normal((240, 52))
    return BlendshapeTrack(weights.astype(np.float32), FPS)


def keys_at(values: list[float], frames: list[int]) -> tuple[CurveKey, ...]:
    times = 0.5 + np.cumsum([0, *frames])[: len(values)] / FPS
    return tuple(CurveKey(float(t), float(v)) for t, v in zip(times, values, strict=True))


def keyed(keys: tuple[CurveKey, ...], channel: str = "jawOpen") -> CurveEdit:
    return CurveEdit("keys", (channel,), 0.0, 1.0, 1.0).with_curves({channel: keys})


@given(heights, gaps)
def test_a_curve_passes_through_its_keys_and_overshoots_nothing(values, frames):
    keys = keys_at(values, frames)
    times = np.array([key.time_s for key in keys])
    assert np.array_equal(curve_values(keys, times), [key.value for key in keys])
    for left, right in itertools.pairwise(keys):
        between = curve_values(keys, np.linspace(left.time_s, right.time_s, 101))
        assert between.min() >= min(left.value, right.value) - 1e-12
        assert between.max() <= max(left.value, right.value) + 1e-12
        steps = np.diff(between) * np.sign(right.value - left.value)
        assert steps.min() >= -1e-12


@given(heights, gaps, st.integers(0, 7))
def test_a_moved_key_changes_the_slopes_of_its_neighbours_only(values, frames, place):
    keys = keys_at(values, frames)
    place %= len(keys)
    other = moved_keys(keys, frozenset((place,)), 0.0, 0.1)
    changed = np.flatnonzero(automatic_slopes(keys) != automatic_slopes(other))
    assert all(abs(i - place) <= 1 for i in changed)


def test_own_slopes_are_kept_on_both_sides_of_a_key():
    keys = (CurveKey(0.0, 0.0), CurveKey(1.0, 0.5, before=2.0, after=-1.0), CurveKey(2.0, 0.0))
    step = 1e-5
    left, at, right = curve_values(keys, np.array([1 - step, 1, 1 + step]))
    assert ((at - left) / step, (right - at) / step) == pytest.approx((2.0, -1.0), abs=1e-3)


def test_keys_never_pass_one_another_and_stay_within_a_weight():
    keys = keys_at([0.0, 0.5, 0.2], [10, 10])
    assert room_s(keys, frozenset((1,)), 1 / FPS) == pytest.approx((-9 / FPS, 9 / FPS))
    assert room_s(keys, frozenset((0, 1, 2)), 1 / FPS) == (-np.inf, np.inf)
    moved = moved_keys(keys, frozenset((0, 1, 2)), -0.2, -0.3)
    assert np.diff([key.time_s for key in moved]) == pytest.approx(np.diff([key.time_s for key in keys]))
    assert [key.value for key in moved] == pytest.approx([0.0, 0.2, 0.0])
    assert moved_keys((CurveKey(0, 1.2),), frozenset((0,)), 0.0, 1.0)[0].value == 1.2
    put = with_key(keys, CurveKey(keys[1].time_s + 0.4 / FPS, 0.9), 1 / FPS)
    assert [key.value for key in put] == [0.0, 0.9, 0.2]


def test_the_frames_of_keys_have_their_values_to_the_bit_and_nothing_else_changes(track):
    keys = keys_at([0.1, 0.9, 0.3], [20, 30])
    edit = keyed(keys)
    made = edited(track, [edit])
    for key in keys:
        assert made.weights[round(key.time_s * FPS), JAW] == np.float32(key.value)
    changed = np.abs(made.weights - track.weights)
    outside = (track.times_s <= edit.start_s) | (track.times_s >= edit.end_s)
    assert changed[~outside, JAW].max() > 0.05
    assert not changed[outside].any()
    assert not np.delete(changed, JAW, axis=1).any()
    envelope = edit_envelope(edit, track.times_s)
    inside = (track.times_s >= keys[0].time_s) & (track.times_s <= keys[-1].time_s)
    assert np.array_equal(envelope[inside], np.ones(inside.sum()))


def test_one_key_is_a_bump_with_soft_edges(track):
    edit = keyed((CurveKey(1.0, 0.95),))
    assert (edit.start_s, edit.end_s) == pytest.approx((0.94, 1.06))
    calm = track.with_weights(np.zeros_like(track.weights))
    made = edited(calm, [edit]).weights[:, JAW]
    assert made[60] == np.float32(0.95)
    assert np.count_nonzero(made) == 7


def test_each_channel_of_an_edit_can_have_a_curve_of_its_own(track):
    curves = {"jawOpen": keys_at([0.1, 0.9], [30]), "mouthPucker": keys_at([0.7, 0.2, 0.4], [20, 30])}
    edit = CurveEdit("keys", (), 0, 1, 1.0).with_curves(curves)
    assert edit.counts == (2, 3)
    assert edit.curves == curves
    made = edited(track, [edit])
    assert made.weights[30, JAW] == np.float32(0.1)
    assert made.weights[50, ARKIT_INDEX["mouthPucker"]] == np.float32(0.2)
    assert edits_of(json.loads(json.dumps(edits_data([edit])))) == (edit,)
    later = edit.placed(edit.start_s + 1, edit.end_s + 1, lambda t: t + 1)
    assert [key.time_s for key in later.curves["jawOpen"]] == pytest.approx([1.5, 2.0])
    squeezed = edit.placed(1.0, 1.1, lambda _: 1.05)
    assert edits_of(edits_data([squeezed])) == (squeezed,)


def test_a_pose_draws_its_shapes_towards_its_values_by_its_strength(track):
    edit = CurveEdit("pose", ("mouthSmileLeft", "jawOpen"), 1.0, 2.0, 0.5, values=(0.8, 0.0))
    made = edited(track, [edit])
    assert made.weights[90, SMILE_LEFT] == pytest.approx(0.5 * track.weights[90, SMILE_LEFT] + 0.4, abs=1e-6)
    assert made.weights[90, JAW] == pytest.approx(0.5 * track.weights[90, JAW], abs=1e-6)
    full = edited(track, [replace(edit, amount=1.0)])
    assert full.weights[90, SMILE_LEFT] == np.float32(0.8)
    assert np.array_equal(full.weights[:60], track.weights[:60])
    assert np.array_equal(full.weights[121:], track.weights[121:])


def test_a_pose_of_the_whole_mouth_moves_visemes_too(rng):
    visemes = BlendshapeTrack(rng.dirichlet(np.ones(15), 180).astype(np.float32), FPS, 0.0, VISEME_CHANNELS)
    recipe = expanded(VISEME_RECIPES["aa"])
    values = tuple(recipe.get(name, 0.0) for name in ARKIT_CHANNELS)
    edit = CurveEdit("pose", ARKIT_CHANNELS, 1.0, 2.0, 1.0, values=values)
    made = edited_visemes(visemes, [edit]).weights
    assert made[90, VISEME_INDEX["aa"]] == pytest.approx(1.0, abs=0.05)
    assert made.sum(axis=1) == pytest.approx(np.ones(180), abs=0.05)
    assert np.array_equal(made[:60], visemes.weights[:60])
    rest = edited_visemes(visemes, [replace(edit, values=(0.0,) * 52)]).weights
    assert rest[90, 0] == 1.0
    smile = CurveEdit("pose", ("mouthSmileLeft",), 1.0, 2.0, 1.0, values=(1.0,))
    assert edited_visemes(visemes, [smile, keyed(keys_at([0.1, 0.9], [30]))]) is visemes


def test_mirroring_a_stretch_twice_is_the_stretch(track):
    edit = CurveEdit("mirror", (), 1.0, 2.0, 1.0, edge_ms=60.0)
    made = edited(track, [edit])
    full = edit_envelope(edit, track.times_s) == 1.0
    assert full.sum() > 50
    for name, i in ARKIT_INDEX.items():
        assert np.array_equal(made.weights[full, i], track.weights[full, ARKIT_INDEX[mirrored(name)]])
    assert np.array_equal(edited(track, [edit, edit]).weights[full], track.weights[full])
    alone = edited(track, [replace(edit, channels=("mouthSmileLeft",))])
    assert np.array_equal(alone.weights, track.weights)
    pair = edited(track, [replace(edit, channels=("mouthSmileLeft", "mouthSmileRight"))])
    assert np.array_equal(pair.weights[full, SMILE_LEFT], track.weights[full, SMILE_RIGHT])


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=40))
def test_reduced_frames_are_within_the_stated_error(values):
    times = np.arange(len(values)) / FPS
    keys = reduced(times, np.array(values))
    assert np.abs(curve_values(keys, times) - values).max() <= MOST_ERROR
    assert (keys[0].time_s, keys[-1].time_s) == (times[0], times[-1])


def test_smooth_motion_needs_few_keys():
    times = np.arange(120) / FPS
    assert len(reduced(times, 0.5 - 0.5 * np.cos(2 * np.pi * times))) <= 16
    assert len(reduced(times, np.full(120, 0.3))) == 2


def test_what_is_pasted_where_it_was_copied_changes_nothing_by_more_than_the_stated_error(track):
    part = slice(60, 121)
    curves = {name: reduced(track.times_s[part], track.weights[part, i]) for name, i in ARKIT_INDEX.items()}
    edit = CurveEdit("paste", (), float(track.times_s[60]), float(track.times_s[120]), 1.0).with_curves(curves)
    made = edited(track, [edit])
    assert np.abs(made.weights - track.weights).max() <= MOST_ERROR + 1e-6
    assert np.array_equal(made.weights[~np.isin(np.arange(240), np.arange(60, 121))], np.delete(track.weights, np.arange(60, 121), axis=0))


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "pose", "values": [0.5, 0.5]}, {"kind": "keys", "keys": []}, {"counts": [1]},
        {"keys": [[1, 0, None, None], [1, 0.5, None, None]]},
        {"channels": ["viseme_aa"]}, {"keys": [[1.0, float("nan"), None, None]]},
    ],
)  # fmt: skip
def test_damaged_curves_are_refused(row):
    data = edits_data([keyed(keys_at([0.1, 0.9], [30]))])[0]
    data.pop("counts")
    assert edits_of([data])
    with pytest.raises(PresetError):
        edits_of([data | row])
