"""Emotion keys over time, and their text form."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.emotion import EMOTIONS, EmotionKey, EmotionSettings, EmotionTimeline, mixture
from app.core.errors import SourceError

JOY, FEAR = EMOTIONS.index("joy"), EMOTIONS.index("fear")
unit = st.floats(0, 1)
keys = st.builds(EmotionKey, st.floats(0, 30), st.tuples(*[unit] * len(EMOTIONS)), unit)
lines = st.builds(EmotionTimeline, st.lists(keys, max_size=6).map(tuple), st.floats(0, 3), unit)


def test_the_ten_names_stand_in_nvidias_order():
    assert EMOTIONS == ("amazement", "anger", "cheekiness", "disgust", "fear", "grief", "joy", "outofbreath", "pain", "sadness")


def test_the_networks_know_the_same_emotions():
    from models.feelings import EMOTIONS as OF_THE_NETWORKS

    assert EMOTIONS == OF_THE_NETWORKS


def test_a_clip_begins_neutral_and_goes_over_from_the_key_on():
    line = EmotionTimeline((mixture({"joy": 0.8}, 2.0),), transition_s=1.0)
    joy = line.at(np.array([0.0, 1.99, 2.0, 2.5, 3.0, 9.0]))[:, JOY]
    np.testing.assert_allclose(joy, [0, 0, 0, 0.4, 0.8, 0.8], atol=1e-6)


def test_a_key_at_the_start_holds_from_the_first_frame_on():
    line = EmotionTimeline((mixture({"joy": 0.5, "fear": 0.25}),), strength=0.5)
    assert line.is_constant
    rows = line.rows(3, 60.0)
    np.testing.assert_allclose(rows[:, [JOY, FEAR]], [[0.25, 0.125]] * 3)


def test_a_transition_that_is_cut_short_goes_on_from_where_it_was():
    line = EmotionTimeline((mixture({"joy": 1.0}, 1.0), mixture({}, 1.5)), transition_s=1.0)
    rows = line.at(np.linspace(0, 4, 2401))[:, JOY]
    assert rows.max() == pytest.approx(0.5)
    assert np.abs(np.diff(rows)).max() < 1.5 / 600 * 1.01  # smoothstep is never steeper than 1.5 per transition
    assert rows[-1] == 0


def test_no_transition_is_a_step():
    line = EmotionTimeline((mixture({"joy": 1.0}, 1.0),), transition_s=0.0)
    assert line.at(np.array([0.999, 1.0]))[:, JOY].tolist() == [0.0, 1.0]


def test_the_start_of_a_later_part_is_where_the_whole_is():
    line = EmotionTimeline((mixture({"fear": 1.0}, 0.4), mixture({"joy": 1.0}, 1.1)))
    np.testing.assert_array_equal(line.rows(60, 30.0, 1.0), line.rows(90, 30.0)[30:])


def test_deleting_the_first_key_makes_the_start_neutral():
    line = EmotionTimeline((mixture({"joy": 1.0}), mixture({"fear": 1.0}, 1.0)))
    assert [key.dominant for key in line.without(0).keys] == ["", "fear"]
    assert [key.dominant for key in line.without(1).keys] == ["joy"]


def test_a_key_in_the_same_place_replaces_the_one_there():
    line = EmotionTimeline().with_key(mixture({"joy": 1.0}, 1.0)).with_key(mixture({"fear": 1.0}, 1.0))
    assert [key.dominant for key in line.keys] == ["", "fear"]


def test_the_governing_key_is_the_last_one_before():
    line = EmotionTimeline((mixture({"joy": 1.0}, 1.0), mixture({"fear": 1.0}, 2.0)))
    assert [line.governing(t) for t in (-1, 0, 0.9, 1.0, 1.9, 2.0, 9)] == [0, 0, 0, 1, 1, 2, 2]


@given(lines, st.lists(st.floats(-1, 40), min_size=1, max_size=20))
def test_strengths_stay_strengths(line, times_s):
    rows = line.at(np.array(times_s))
    assert rows.dtype == np.float32 and rows.shape == (len(times_s), 10)
    assert rows.min() >= 0 and rows.max() <= line.strength + 1e-6


@given(lines)
def test_keys_are_in_order_and_one_is_at_the_start(line):
    times = [key.time_s for key in line.keys]
    assert times == sorted(times) and times[0] <= 0.0005


@given(st.builds(EmotionSettings, st.sampled_from(["off", "auto", "manual"]), lines, st.booleans()))
def test_plain_values_and_back(settings):
    assert EmotionSettings.from_data(json.loads(json.dumps(settings.to_data()))) == settings


@given(st.text(max_size=40) | st.integers() | st.none() | st.lists(st.text(max_size=3), max_size=2))
def test_anything_else_is_one_sentence(data):
    with pytest.raises(SourceError, match="set the emotions again"):
        EmotionSettings.from_data(data)


def test_what_is_left_out_is_at_its_default():
    assert EmotionSettings.from_data({}) == EmotionSettings()
    assert EmotionSettings.from_data({"mode": "auto"}) == EmotionSettings(mode="auto")


@pytest.mark.parametrize(
    "change",
    [{"version": 2}, {"mode": "loud"}, {"blinks": 1}, {"keys": 5}, {"keys": [{"time_s": 0}]}, {"transition_s": "x"}, {"strength": None}],
)
def test_settings_with_one_thing_wrong_are_refused(change):
    with pytest.raises(SourceError):
        EmotionSettings.from_data(EmotionSettings().to_data() | change)


@pytest.mark.parametrize(
    "make",
    [
        lambda: EmotionKey(-0.1),
        lambda: EmotionKey(0, (2.0, *[0.0] * 9)),
        lambda: EmotionKey(0, (0.0,) * 9),
        lambda: EmotionKey(float("nan")),
        lambda: EmotionTimeline((), -1.0),
        lambda: EmotionTimeline((), 0.5, 1.5),
        lambda: mixture({"envy": 1.0}),
        lambda: replace(EmotionKey(), strength=-1.0),
    ],
)
def test_impossible_values_are_refused(make):
    with pytest.raises(SourceError):
        make()
