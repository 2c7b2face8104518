"""The warp of time: monotone, local, rigid where something was moved as a whole; and what follows it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.arkit import ARKIT_CHANNELS
from app.core.speech import FACIAL_VALUES, AudioClip, FacialFrames, Phone, Speech, VisemeEvent, as_heard, parted
from app.core.timing import changes
from app.core.timing.retimed import parts_retimed, retimed, warp_of
from app.core.timing.snapping import energy_edges
from app.core.timing.timed import timed_of
from app.core.timing.warp import Warp, of_alignment, of_change, of_pairs
from app.core.timing.warped import WORDS, WarpedMotion
from app.core.track import Animation, BlendshapeTrack

SYMBOLS = ["sil", "M", "AY1", "M", "AA1", "P", "sil", "B", "IY1", "sil"]
RATE, FPS = 8000, 60.0


def a_line(length_s: float = 0.1, times: int = 1) -> Speech:
    """Words of two sounds between silences, each sound so long."""
    symbols = SYMBOLS * times
    words = ["" if s == "sil" else f"w{i // 2}" for i, s in enumerate(symbols)]
    phones = tuple(Phone(s, i * length_s, (i + 1) * length_s, w) for i, (s, w) in enumerate(zip(symbols, words, strict=True)))
    return Speech(AudioClip(np.zeros(round(len(symbols) * length_s * RATE), np.float32), RATE), "", phones)


def dragged(speech: Speech, index: int, by_s: float) -> Speech:
    """The speech after a phone was moved."""
    timed = timed_of(speech)
    made = changes.moved(timed, "phones", index, by_s).timed
    return retimed(speech, made, warp_of(speech).followed_by(of_change(timed, made, speech.audio.duration_s)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0.002, 1.0), st.floats(0.002, 1.0)), min_size=1, max_size=12))
def test_a_warp_never_turns_back_and_can_be_turned_round(steps: list[tuple[float, float]]) -> None:
    """Whatever the knots: rising, through every knot, and back again."""
    knots = np.cumsum([(0.0, 0.0), *steps], axis=0)
    warp = of_pairs(map(tuple, knots.tolist()))
    now = np.linspace(-0.5, knots[-1, 1] + 0.5, 1500)
    heard = warp.back(now)
    assert (np.diff(heard) > 0).all()
    np.testing.assert_allclose(warp.at(heard), now, atol=1e-7)
    np.testing.assert_allclose(warp.at(np.array(warp.heard_s)), warp.now_s, atol=1e-9)


def test_a_phone_that_is_moved_moves_rigidly_and_the_rest_stays_to_the_bit():
    speech = dragged(a_line(), 3, 0.06)
    warp = warp_of(speech)
    inside, outside = np.linspace(0.36, 0.46, 20), np.concatenate([np.linspace(0, 0.2, 20), np.linspace(0.5, 1.0, 20)])
    np.testing.assert_allclose(warp.back(inside), inside - 0.06, atol=1e-9)
    assert (warp.back(outside) == outside).all() and (warp.at(outside) == outside).all()
    slopes = np.diff(warp.back(np.linspace(0.2, 0.5, 3001))) / 1e-4
    assert np.abs(np.diff(slopes)).max() < 0.05  # no corner: the speed changes little by little


def test_a_motion_follows_as_if_it_had_been_sampled_whole_however_it_was_dragged_there(rng):
    speech = a_line(times=30)
    weights = rng.random((round(speech.audio.duration_s * FPS), len(ARKIT_CHANNELS)), np.float32)
    motion, follower = Animation(BlendshapeTrack(weights, FPS), label="Audio2Face"), WarpedMotion()
    assert follower.of(motion, Warp.identity) is motion
    for index, by_s in ((3, 0.02), (3, 0.04), (84, -0.05), (3, -0.03), (203, 0.08), (81, 0.01)):
        speech = dragged(speech, index, by_s)
        warp = warp_of(speech)
        made = follower.of(motion, warp)
        np.testing.assert_array_equal(made.arkit.weights, motion.arkit.sample(warp.back(motion.arkit.times_s)))
    assert made.label == f"Audio2Face, {WORDS}" and follower.of(motion, warp) is made
    assert len(warp.knots) < 30


def test_a_motion_that_grows_is_warped_as_it_comes(rng):
    rows = rng.random((600, len(ARKIT_CHANNELS)), np.float32)
    rows.flags.writeable = False
    warp = warp_of(dragged(dragged(a_line(times=10), 53, 0.06), 3, 0.03))
    follower = WarpedMotion()
    for n in (100, 322, 330, 600):
        motion = Animation(BlendshapeTrack.of_checked(rows[:n], FPS))
        made = follower.of(motion, warp)
    np.testing.assert_array_equal(made.arkit.weights, motion.arkit.sample(warp.back(motion.arkit.times_s)))


def test_what_came_with_the_sound_follows_and_what_was_heard_is_never_lost(rng):
    speech = a_line(times=3)
    values = rng.random((180, FACIAL_VALUES), np.float32)
    events = tuple(VisemeEvent(i % 22, phone.start_s) for i, phone in enumerate(speech.phones))
    speech = Speech(speech.audio, "", speech.phones, events, (), (FacialFrames(values[:70]), FacialFrames(values[70:], 70)))
    once = dragged(speech, 13, 0.06)
    assert [event.offset_s for event in once.visemes] == pytest.approx([phone.start_s for phone in once.phones])
    at = round((once.phones[13].start_s + 0.05) * 60)
    place = at - 0.06 * 60
    wanted = values[int(place)] + (values[int(place) + 1] - values[int(place)]) * (place % 1)
    np.testing.assert_allclose(np.concatenate([chunk.values for chunk in once.facial])[at], wanted, atol=1e-5)
    twice = dragged(once, 13, -0.06)
    assert twice.heard is None and twice.facial is speech.facial and twice.phones == speech.phones
    assert as_heard(once).phones is speech.phones


def test_parts_of_a_line_follow_and_the_others_are_the_very_same():
    speech = a_line(times=3)
    parts = parted(speech, [0.0, 1.0, 2.0])
    now = dragged(speech, 13, 0.06)
    made = parts_retimed(parts, now, (1.2, 1.5))
    assert made[0][1] is parts[0][1] and made[2][1] is parts[2][1]
    assert made[1][1].phones[3].start_s == pytest.approx(0.36) and as_heard(made[1][1]).phones == parts[1][1].phones
    again = parted(now, [0.0, 1.0, 2.0])
    assert [p.phones for _, p in again] == [p.phones for _, p in made] and as_heard(again[1][1]).phones == parts[1][1].phones


def test_sounds_that_come_and_go_move_nothing_and_other_alignments_are_matched():
    timed = timed_of(a_line())
    fewer = changes.removed(timed, "phones", 4).timed
    assert of_change(timed, fewer, 1.0) is Warp.identity
    late = [Phone(p.symbol, p.start_s + 0.02, p.end_s + 0.02, p.word) for p in timed.phones if p.symbol != "AA1"]
    warp = of_alignment(timed, timed_of(Speech(a_line().audio, "", tuple(late))), 1.0)
    np.testing.assert_allclose(warp.at(np.array([0.15, 0.75])), [0.17, 0.77], atol=1e-9)


def test_edges_are_found_where_a_sound_sets_in_ends_and_changes(rng):
    rate = 16000
    t = np.arange(rate) / rate
    sound = np.zeros(rate, np.float32)
    vowel = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 8))
    sound[3200:8000] = 0.1 * vowel[3200:8000]
    sound[8000:11200] = 0.08 * rng.standard_normal(3200)
    edges = np.array(energy_edges(sound + 1e-4 * rng.standard_normal(rate).astype(np.float32), rate))
    for wanted_s in (0.2, 0.5, 0.7):
        assert np.abs(edges - wanted_s).min() < 0.012, wanted_s
    assert len(edges) < 12 and energy_edges(np.zeros(10, np.float32), rate) == ()
