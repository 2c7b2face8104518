"""Marks and emphasis in the embedded voice: nothing is read aloud, pauses are as long as they say, and stress is measured."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.speech import joined, words_of_phones
from app.speech.emphasis import WEIGHTS
from app.speech.markup import emphasis_of, without_markup
from app.speech.text import prepare

LINE = "I never said that she stole the money yesterday."


@pytest.fixture(scope="module")
def spoken(engine):
    """``spoken(text)``: all of it, and its words by name."""

    def do(text: str):
        speech = joined(list(engine.synthesize(text)))
        return speech, {word.text: word for word in words_of_phones(speech.phones)}

    return do


def sound_of(speech, word) -> np.ndarray:
    rate = speech.audio.rate
    return speech.audio.samples[round(word.start_s * rate) : round(word.end_s * rate)]


def pitch_hz(sound: np.ndarray, rate: int) -> float:
    """The median pitch of the voiced frames, by autocorrelation."""
    size, found = round(0.04 * rate), []
    for first in range(0, len(sound) - size, round(0.01 * rate)):
        frame = sound[first : first + size] - sound[first : first + size].mean()
        alike = np.correlate(frame, frame, "full")[size - 1 :]
        low, high = rate // 400, rate // 90
        lag = low + int(alike[low:high].argmax())
        if alike[0] > 1e-3 and alike[lag] > 0.5 * alike[0]:
            found.append(rate / lag)
    return float(np.median(found))


@pytest.mark.parametrize("level", ["strong", "moderate", "reduced"])
def test_an_emphasised_word_is_longer_louder_and_higher_and_the_rest_is_as_it_was(spoken, level):
    plain, before = spoken(LINE)
    made, after = spoken(LINE.replace("stole", f'<emphasis level="{level}">stole</emphasis>'))
    weight, rate = WEIGHTS[level], made.audio.rate
    old, new = sound_of(plain, before["stole"]), sound_of(made, after["stole"])
    assert len(new) / len(old) == pytest.approx(weight.longer, abs=0.01)
    decibels = 20 * np.log10(np.sqrt((new**2).mean() / (old**2).mean()))
    assert np.sign(decibels) == np.sign(weight.louder_db) and abs(decibels) > 0.4 * abs(weight.louder_db)
    semitones = 12 * np.log2(pitch_hz(new, rate) / pitch_hz(old, rate))
    assert semitones == pytest.approx(weight.semitones, abs=1.0)
    # what comes before is the same sound, and what comes after has moved as a whole
    count = round(before["stole"].start_s * rate)
    assert np.array_equal(plain.audio.samples[:count], made.audio.samples[:count]) and np.abs(new).max() <= 0.99
    by_s = made.audio.duration_s - plain.audio.duration_s
    assert after["money"].start_s - before["money"].start_s == pytest.approx(by_s, abs=1e-3)
    assert made.phones[-1].end_s == pytest.approx(made.audio.duration_s, abs=1e-6) and made.text == LINE
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in zip(made.phones, made.phones[1:], strict=False))


def test_marks_are_not_read_and_a_pause_inside_a_sentence_is_as_long_as_it_says(spoken):
    plain, words = spoken("Maybe my puppy barks again.")
    marked, others = spoken("Maybe [smile] my [angry 0.7] puppy [/] barks [smlie] again.")
    assert np.array_equal(plain.audio.samples, marked.audio.samples) and list(words) == list(others)
    for length_ms in (100, 300, 800):
        _, paused = spoken(f"Maybe my puppy [pause {length_ms}] barks again.")
        assert paused["barks"].start_s - paused["puppy"].end_s == pytest.approx(length_ms / 1000, abs=0.005)


def test_emphasis_travels_to_the_words_that_it_is_of():
    (first, second) = prepare('Say <emphasis>12 cats.</emphasis> Then <emphasis level="none">go</emphasis> home.').sentences
    assert first.written == "Say 12 cats." and first.spoken == "Say 12 cats." and second.emphasis == ()
    assert [(first.written[a:b], level) for a, b, level in first.emphasis] == [("12 cats", "moderate")]
    unmarked = without_markup('a <emphasis level="strong">b <emphasis>c</emphasis></emphasis>')
    assert emphasis_of(unmarked.text) == ("a b c", ((2, 5, "strong"),)) and unmarked.beyond == ()
