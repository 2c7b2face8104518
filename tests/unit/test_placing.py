"""Moments of a line in another sound of it: by words, by phones, by the sound itself; order and context decide between words said twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.alignment import pairs, word_pairs
from app.core.outline import Outline, loudness, outline_data, outline_from, outline_of
from app.core.placing import Places
from app.core.speech import AudioClip, Phone, Speech

RATE = 16000


def line(words: str, step_s: float = 0.1, *, pause_s: float = 0.05, digest: str = "", named: bool = True) -> Outline:
    """A line of which every letter is a phone of its word."""
    phones, t = [Phone("sil", 0.0, 0.2)], 0.2
    for word in words.split():
        for letter in word.strip(",."):
            phones.append(Phone(letter.upper(), t, t + step_s, word if named else ""))
            t += step_s
        phones.append(Phone("sil", t, t + pause_s))
        t += pause_s
    return Outline(digest or f"{words} {step_s} {pause_s}", t + 0.2, (), tuple(phones))


def where(outline: Outline, word: str, nth: int = 0) -> tuple[float, float]:
    """The stretch of a word."""
    starts = [i for i, p in enumerate(outline.phones) if p.word == word and (i == 0 or outline.phones[i - 1].word != word)]
    first = starts[nth]
    last = next(i for i in range(first, len(outline.phones)) if outline.phones[i].word != word)
    return outline.phones[first].start_s, outline.phones[last - 1].end_s


def babble(seconds: float, seed: int) -> np.ndarray:
    """Noise that rises and falls as syllables do, never twice alike."""
    random = np.random.default_rng(seed)
    knots = random.uniform(0.02, 1.0, int(seconds * 5) + 2)
    t = np.arange(int(seconds * RATE)) / RATE
    return (0.3 * np.interp(t * 5, np.arange(len(knots)), knots) ** 2 * random.normal(0, 1, len(t))).astype(np.float32)


def test_every_word_is_found_in_a_slower_reading_with_more_and_fewer_words():
    old, new = line("one two three four five"), line("well one two and three five", 0.107)
    places = Places(old, new)
    assert places.is_same_line and places.means == "words"
    for word in ("one", "two", "three", "five"):
        assert places.stretch(*where(old, word)) == pytest.approx(where(new, word))
    assert places.stretch(*where(old, "four")) is None
    start_s, end_s = where(old, "one")[0], where(old, "three")[1]
    assert places.stretch(start_s, end_s) == pytest.approx((where(new, "one")[0], where(new, "three")[1]))


def test_a_word_said_twice_is_told_by_its_neighbours():
    old = line("the cat saw the dog and the bird")
    places = Places(old, new := line("the dog and the bird", 0.12))
    assert places.stretch(*where(old, "the", 1)) == pytest.approx(where(new, "the", 0))
    assert places.stretch(*where(old, "the", 2)) == pytest.approx(where(new, "the", 1))
    assert places.stretch(*where(old, "the", 0)) is None and places.stretch(*where(old, "saw")) is None
    assert pairs(["a", "b", "c", "b"], ["b", "c", "b"]) == [(1, 0), (2, 1), (3, 2)]
    assert pairs(["a", "b", "d"], ["b", "d", "b"]) == [(1, 0), (2, 1)]


def test_a_word_that_is_spelt_otherwise_keeps_what_lies_on_it_and_what_is_new_behind_a_word_is_no_part_of_it():
    assert word_pairs(["the", "colour", "walks"], ["The", "color,", "walked"]) == [(0, 0), (1, 1), (2, 2)]
    old, new = line("red colour now"), line("red color again now")
    places = Places(old, new)
    assert places.stretch(*where(old, "colour")) == pytest.approx(where(new, "color"))
    assert places.stretch(*where(old, "red")) == pytest.approx(where(new, "red"))


def test_in_a_pause_the_distance_to_the_word_stays():
    old, new = line("one two", pause_s=0.2), line("one two", pause_s=0.9)
    end_s, new_end_s = where(old, "one")[1], where(new, "one")[1]
    assert Places(old, new).moment(end_s + 0.05) == pytest.approx(new_end_s + 0.05)
    assert Places(old, new).moment(where(old, "two")[0] - 0.05) == pytest.approx(where(new, "two")[0] - 0.05)


def test_without_a_transcript_the_phones_tell_and_quite_another_line_is_none():
    old, new = line("perhapsmypuppybarks", named=False), line("perhapsmypupbarks", 0.12, named=False)
    places = Places(old, new)
    assert places.means == "phones" and places.is_same_line
    assert not Places(line("one two three"), line("quite another line")).is_same_line
    assert not Places(line("my dog barks"), line("the cat sat on my mat and slept there")).is_same_line


def test_a_trimmed_clip_is_found_by_how_loud_it_is():
    whole = babble(6.0, 1)
    old = outline_of(Speech(AudioClip(whole, RATE)))
    new = outline_of(Speech(AudioClip((0.5 * whole[int(1.2345 * RATE) : int(5.0 * RATE)]).astype(np.float32), RATE)))
    places = Places(old, new)
    assert places.means == "lag" and places.is_same_line
    assert places.lag_s == pytest.approx(1.2345, abs=0.003)
    assert places.stretch(2.0, 2.5) == pytest.approx((0.7655, 1.2655), abs=0.003)
    assert places.stretch(0.2, 0.6) is None and places.stretch(5.5, 5.8) is None
    back = Places(new, old)
    assert back.moment(0.7655) == pytest.approx(2.0, abs=0.003)
    assert not Places(old, outline_of(Speech(AudioClip(babble(6.0, 2), RATE)))).is_same_line
    silent = outline_of(Speech(AudioClip(np.zeros(RATE, np.float32), RATE)))
    assert not Places(silent, outline_of(Speech(AudioClip(np.zeros(2 * RATE, np.float32), RATE)))).is_same_line


def test_without_phones_a_trusted_sound_is_laid_from_its_first_to_its_last_noise():
    quiet = np.zeros(RATE // 2, np.float32)
    old = outline_of(Speech(AudioClip(np.concatenate([quiet, babble(2.0, 3), quiet]), RATE)))
    new = outline_of(Speech(AudioClip(np.concatenate([babble(3.0, 4), quiet]), RATE)))
    assert Places(old, new).stretch(0.5, 1.0) is None
    places = Places(old, new, trusted=True)
    assert places.is_same_line and places.moment(1.5) == pytest.approx(1.5, abs=0.1) and places.moment(0.5) < 0.1


def test_dragged_phones_take_along_what_lies_on_them():
    old = line("one two")
    moved = [
        Phone(p.symbol, p.start_s + (0.03 if p.word == "two" else 0.0), p.end_s + (0.03 if p.word == "two" else 0.0), p.word)
        for p in old.phones[:-1]
    ]
    new = Outline(old.digest, old.duration_s, (), tuple(moved))
    places = Places.retimed(old, new)
    start_s, end_s = where(old, "two")
    assert places.stretch(start_s, end_s) == pytest.approx((start_s + 0.03, end_s + 0.03))
    assert places.stretch(*where(old, "one")) == pytest.approx(where(old, "one"))


def test_an_outline_comes_back_from_a_file():
    old = outline_of(Speech(AudioClip(babble(2.0, 5), RATE), "one two", line("one two").phones))
    back = outline_from(outline_data(old))
    assert back.times_alike(old) and back.digest == old.digest and back.loud == pytest.approx(old.loud, abs=0.13)
    assert loudness(AudioClip(np.zeros(0, np.float32), RATE)).shape == (0,)


words = st.lists(st.sampled_from(["one", "two", "three", "four", "five", "six", "the", "a"]), min_size=1, max_size=12).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(words, words, st.floats(0.05, 0.2), st.floats(0.02, 0.5))
def test_time_never_runs_backwards_and_a_line_is_itself(said, later, step_s, pause_s):
    old, new = line(said), line(later, step_s, pause_s=pause_s)
    places = Places(old, new)
    grid = np.linspace(-0.1, old.duration_s + 0.1, 97)
    moved = np.array([places.moment(t) for t in grid])
    assert np.all(np.diff(moved) >= -1e-9) and moved.min() >= 0 and moved.max() <= new.duration_s
    for a, b in zip(grid, grid[5:], strict=False):
        found = places.stretch(a, b)
        assert found is None or 0 <= found[0] <= found[1] <= new.duration_s
    inside, itself = grid[20:-20], Places(old, line(said, digest="copied"))
    assert [itself.moment(t) for t in inside] == pytest.approx(inside.tolist())
    assert itself.is_same_line or not old.spoken
