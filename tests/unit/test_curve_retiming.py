"""Time scale of stretches: exact at the ends, monotone, and nothing outside moves; frames that times snap to, and typed times."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS
from app.core.curve_edits import edited, edited_visemes, edits_data, edits_of, retimed_spans, retiming
from app.core.curve_retiming import sources_s
from app.core.errors import PresetError, TimecodeError
from app.core.frame_grid import FrameGrid, shown_length, typed_length, typed_time
from app.core.timecode import clip_count
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import Tuning, tuned_animation
from app.core.tuning_window import tuned_around

JAW = ARKIT_INDEX["jawOpen"]
FPS = 60.0


def bump(middle_s: float = 1.5) -> BlendshapeTrack:
    """Three seconds in which every curve rises and falls once, about 0.2 s wide."""
    t = np.arange(180) / FPS
    one = 0.8 * np.exp(-(((t - middle_s) / 0.1) ** 2))
    return BlendshapeTrack(np.repeat(one[:, None], 52, axis=1).astype(np.float32), FPS)


@given(
    st.floats(0.2, 1.5), st.floats(0.1, 1.0), st.floats(-0.3, 0.3), st.floats(0.3, 3.5), st.sampled_from([24.0, 30.0, 60.0, 90.0]),
)  # fmt: skip
def test_a_retiming_is_exact_at_its_ends_runs_forwards_and_moves_nothing_outside(start_s, length_s, by_s, factor, fps):
    was_s, now_s = (start_s, start_s + length_s), (start_s + by_s, start_s + by_s + factor * length_s)
    edit = retiming(("jawOpen",), was_s, now_s)
    spans = retimed_spans(edit)
    assert spans[0] == pytest.approx(was_s) and spans[1] == pytest.approx(now_s)
    times_s = np.linspace(edit.start_s, edit.end_s, 2001)
    came_s = sources_s(times_s, (edit.start_s, edit.end_s), *spans)
    assert came_s[[0, -1]] == pytest.approx([edit.start_s, edit.end_s])
    assert np.diff(came_s).min() > -1e-9
    assert sources_s(np.array(now_s), (edit.start_s, edit.end_s), *spans) == pytest.approx(np.array(was_s))
    noise = np.random.default_rng(round(1e6 * start_s)).random((round(5 * fps), 52)).astype(np.float32)
    track = BlendshapeTrack(noise, fps, -0.5)
    made = edited(track, [edit]).weights
    outside = (track.times_s <= edit.start_s) | (track.times_s >= edit.end_s)
    assert np.array_equal(made[outside], noise[outside])
    assert np.array_equal(np.delete(made, JAW, axis=1), np.delete(noise, JAW, axis=1))
    assert noise[:, JAW].min() <= made[:, JAW].min() and made[:, JAW].max() <= noise[:, JAW].max()


def test_what_is_retimed_is_longer_later_and_as_high():
    track = bump()
    slow = edited(track, [retiming((), (1.3, 1.7), (1.3, 2.1))])
    assert slow.sample(1.7)[JAW] == pytest.approx(0.8, abs=0.003)
    assert np.count_nonzero(slow.weights[:, JAW] > 0.4) == pytest.approx(2 * np.count_nonzero(track.weights[:, JAW] > 0.4), abs=1)
    later = edited(track, [retiming((), (1.3, 1.7), (1.4, 1.8))])
    assert later.weights[:, JAW].max() == pytest.approx(0.8, abs=1e-6)
    assert later.times_s[np.argmax(later.weights[:, JAW])] == pytest.approx(1.6, abs=1e-3)
    # soft: the change of speed at the edges is no jump of the curve
    assert np.abs(np.diff(later.weights[:, JAW], n=2)).max() < 3 * np.abs(np.diff(track.weights[:, JAW], n=2)).max()


def test_a_retiming_to_the_same_place_changes_no_bit():
    track = bump()
    made = edited(track, [retiming((), (1.3, 1.7), (1.3, 1.7))])
    assert np.array_equal(made.weights, track.weights)


def test_visemes_follow_and_a_part_by_itself_is_what_all_of_it_gives(rng):
    weights = rng.dirichlet(np.ones(15), 180).astype(np.float32)
    visemes = BlendshapeTrack(weights, FPS, 0.0, VISEME_CHANNELS)
    edit = retiming((), (1.0, 1.5), (1.1, 1.9))
    moved = edited_visemes(visemes, [edit])
    assert moved.weights.min() >= 0 and moved.weights.sum(axis=1).min() > 0.99
    raw = Animation(bump(), visemes)
    whole = tuned_animation(raw, Tuning(), (), [edit])
    part = tuned_around(raw, None, Tuning(), (), (1.2, 1.3), edits=[edit])
    frames = slice(73, 78)
    assert part.arkit.weights[frames] == pytest.approx(whole.arkit.weights[frames], abs=2e-6)


def test_a_retiming_comes_back_from_json_and_a_damaged_one_is_refused():
    edit = retiming(("jawOpen",), (1.0, 1.5), (1.1, 1.9))
    (row,) = json.loads(json.dumps(edits_data([edit])))
    assert edits_of([row]) == (edit,)
    for values in ([], [0.5], [0.5, 0.2, 0.1]):
        with pytest.raises(PresetError):
            edits_of([row | {"values": values}])


def test_times_snap_to_frames_of_an_exact_rate():
    grid = FrameGrid(Fraction(30000, 1001))
    assert grid.snapped(1.02) == pytest.approx(31 * 1001 / 30000)
    assert grid.stretch(1.0, 1.004) == pytest.approx((30 * 1001 / 30000, 31 * 1001 / 30000))
    assert FrameGrid(Fraction(25), on=False).stretch(1.0, 1.004) == (1.0, 1.004)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0.35", 0.35), ("350 ms", 0.35), ("0,35s", 0.35), ("9 f", 0.36), ("+9 frames", 0.36), ("-40ms", -0.04), ("00:00:01:05", 1.2)],
)
def test_lengths_are_typed_with_units(text, seconds):
    assert typed_length(text, clip_count(25.0, "01:00:00:00"), "s") == pytest.approx(seconds)


def test_places_are_typed_too_and_what_is_none_is_refused_in_a_sentence():
    clip = clip_count(25.0, "01:00:00:00")
    assert typed_time("01:00:02:05", clip, "s", 0.0) == pytest.approx(2.2)
    assert typed_time("-2 f", clip, "s", 1.0) == pytest.approx(0.92)
    assert typed_time("12", clip, "f", 0.0) == pytest.approx(0.48)
    assert shown_length(0.48, FrameGrid(Fraction(25))) == "12 f" and shown_length(0.48, FrameGrid(Fraction(25), on=False)) == "0.480 s"
    for text in ("", "soon", "3 parsecs", "1:2:3:4:5"):
        with pytest.raises(TimecodeError, match=r"[;.] write it like|type a timecode|write it"):
            typed_time(text, clip, "s", 0.0)
