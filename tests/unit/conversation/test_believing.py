"""What the model may believe that it said, cut at what was heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.conversation.chain.believing import Said, heard_of
from app.core.speech import AudioClip, Phone, Speech, Word
from app.speech.hibari import HibariEngine

RATE = 1000


def sound(seconds: float, begins_s: float = 0.0, ends_s: float | None = None) -> AudioClip:
    samples = np.zeros(round(seconds * RATE), np.float32)
    samples[round(begins_s * RATE) : round((seconds if ends_s is None else ends_s) * RATE)] = 0.5
    return AudioClip(samples, RATE)


def timed(text: str, *ends_s: float, seconds: float) -> Speech:
    starts_s = (0.0, *ends_s[:-1])
    words = tuple(Word(name, start_s, end_s) for name, start_s, end_s in zip(text.split(), starts_s, ends_s, strict=True))
    return Speech(sound(seconds), text, words=words)


def test_words_of_a_service_are_cut_where_they_end():
    part = Said("Well, the bus is late. ", timed("Well the bus is late", 0.3, 0.4, 0.8, 0.9, 1.4, seconds=2.0))
    assert heard_of([part], 0.0) == ""
    assert heard_of([part], 0.29) == ""
    assert heard_of([part], 0.31) == "Well,"
    assert heard_of([part], 0.79) == "Well, the"
    assert heard_of([part], 1.39) == "Well, the bus is"
    assert heard_of([part], 1.41) == "Well, the bus is late."
    assert heard_of([part], 9.0) == "Well, the bus is late."


def test_the_second_sentence_counts_from_where_the_first_one_ends():
    parts = [Said("One two. ", timed("One two", 0.4, 0.8, seconds=1.0)), Said("Three four.", timed("Three four", 0.3, 0.7, seconds=1.0))]
    assert heard_of(parts, 0.9) == "One two."
    assert heard_of(parts, 1.2) == "One two."
    assert heard_of(parts, 1.31) == "One two. Three"
    assert heard_of(parts, 2.0) == "One two. Three four."


def test_without_word_times_the_words_of_the_phones_count():
    phones = (
        Phone("sil", 0, 0.2),
        Phone("HH", 0.2, 0.3, "Hi"),
        Phone("AY1", 0.3, 0.5, "Hi"),
        Phone("B", 0.5, 0.9, "Bob"),
        Phone("sil", 0.9, 1),
    )
    part = Said("Hi, Bob!", Speech(sound(1.0), "Hi Bob", phones))
    assert heard_of([part], 0.45) == ""
    assert heard_of([part], 0.55) == "Hi,"
    assert heard_of([part], 0.91) == "Hi, Bob!"


def test_without_any_times_the_voice_is_shared_out_by_letters():
    part = Said("abcd efgh ijkl mnop", Speech(sound(2.0, 0.5, 1.5)))
    assert [heard_of([part], t) for t in (0.5, 0.7, 0.76, 1.01, 1.6)] == [
        "", "", "abcd", "abcd efgh", "abcd efgh ijkl mnop",
    ]  # fmt: skip


def test_what_the_voice_reads_otherwise_lies_between_what_it_reads_as_written():
    words = (Word("costs", 0.0, 0.4), Word("three", 0.4, 0.7), Word("dollars", 0.7, 1.2), Word("today", 1.2, 1.6))
    part = Said("costs $3 today", Speech(sound(2.0), "", words=words))
    assert heard_of([part], 1.1) == "costs" and heard_of([part], 1.21) == "costs $3"
    assert heard_of([part], 1.61) == "costs $3 today"


def test_a_word_of_two_halves_is_one_word():
    part = Said("a well-known man", timed("a well-known man", 0.1, 0.9, 1.3, seconds=1.5))
    assert heard_of([part], 0.6) == "a" and heard_of([part], 0.91) == "a well-known"


def test_scripts_without_spaces_are_cut_between_signs():
    words = (Word("今天", 0.0, 0.4), Word("天气", 0.4, 0.8), Word("很好", 0.8, 1.2))
    part = Said("今天天气很好。", Speech(sound(1.5), "", words=words))
    assert heard_of([part], 0.41) == "今天" and heard_of([part], 0.85) == "今天天气" and heard_of([part], 1.5) == "今天天气很好。"


def test_what_did_not_come_was_not_heard():
    """The sound lags behind its word times, or there are no word times at all while it comes."""
    part = Said("one two three four", timed("one two", 0.4, 0.8, seconds=0.9), complete=False)
    assert heard_of([part], 0.9) == "one two"
    blind = Said("one two three four five six seven", Speech(sound(0.5)), complete=False)
    assert heard_of([blind], 0.5) == "one two"


def test_the_embedded_voice_is_cut_to_the_word():
    text = "Every morning at four he lit the oven, and by six the whole street smelled of bread."
    speeches = list(HibariEngine().synthesize(text, "heart"))
    (speech,) = speeches
    ends = {phone.word: phone.end_s for phone in speech.phones if phone.word}
    assert heard_of([Said(text, speech)], ends["oven"] + 0.01) == "Every morning at four he lit the oven,"
    assert heard_of([Said(text, speech)], ends["street"] - 0.02) == "Every morning at four he lit the oven, and by six the whole"


TEXTS = st.text(alphabet="abcd '’-,.!?\n今天é", min_size=0, max_size=40)


@st.composite
def said(draw) -> Said:
    text, seconds = draw(TEXTS), draw(st.floats(0, 3))
    names = draw(st.lists(st.text(alphabet="abcd'今é", min_size=1, max_size=4), max_size=8)) if draw(st.booleans()) else text.split()
    times = sorted(draw(st.lists(st.floats(0, 3), min_size=len(names), max_size=len(names))))
    words = tuple(Word(name, max(0.0, end_s - 0.1), end_s) for name, end_s in zip(names, times, strict=True))
    return Said(text, Speech(sound(seconds), text, words=words if draw(st.booleans()) else ()), draw(st.booleans()))


@settings(max_examples=300, deadline=None)
@given(st.lists(said(), max_size=4), st.floats(0, 12), st.floats(0, 12))
def test_the_belief_is_a_beginning_of_the_answer_and_grows_with_what_was_heard(parts, a_s, b_s):
    answer = "".join(part.text for part in parts)
    less, more = heard_of(parts, min(a_s, b_s)), heard_of(parts, max(a_s, b_s))
    assert answer.startswith(more) and more.startswith(less)
    if all(part.complete for part in parts):
        assert heard_of(parts, 100.0) == answer.rstrip()


@pytest.mark.parametrize("heard_s", [0.0, 1.0])
def test_an_answer_without_a_sound_was_not_heard(heard_s):
    assert heard_of([], heard_s) == ""
