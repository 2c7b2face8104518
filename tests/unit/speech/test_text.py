"""What the voice gets to read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import SpeechError
from app.speech.text import EARLY_CUT_CHARS, normalise, prepare, split_sentences


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("It costs $3.50/hr.", "It costs 3 dollars and 50 cents per hour."),
        ("Pay $1.01 or £0.99 or €5.", "Pay 1 dollar and 1 cent or 99 pence or 5 euros."),
        ("$1,250,000", "1,250,000 dollars"),
        ("$3 million", "$3 million"),
        ("60 MB/s and 5 km/h", "60 megabytes per second and 5 kilometers per hour"),
        ("See https://www.example.com/a_b?x=1 now.", "See example dot com slash a b now."),
        ("Go to example.org.", "Go to example dot org."),
        ("Mail jo.doe@example.com!", "Mail jo dot doe at example dot com!"),
        ("main.py stays", "main.py stays"),
        ("nginx serves JSON", "engine X serves Jason"),
        ("Use a tool, e.g. a hammer, i.e. this.", "Use a tool, for example a hammer, that is this."),
        ("open 24/7", "open twenty-four seven"),
        ("v2.1 and 1.2.3", "version 2 point 1 and 1 point 2 point 3"),
        ("about 1e-5", "about 1 times ten to the minus 5"),
        ("**bold** and `code`", "bold and code"),
        ("either/or", "either/or"),
    ],
)
def test_readings(written, read):
    assert normalise(written) == read


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Hello. I am here! Are you? Yes…  Fine.", ["Hello.", "I am here!", "Are you?", "Yes…", "Fine."]),
        ("Dr. Smith met J. Doe at 5 p.m. today.", ["Dr. Smith met J. Doe at 5 p.m. today."]),
        ("Use tools, e.g. Dr. Smith's. Done.", ["Use tools, e.g. Dr. Smith's.", "Done."]),
        ("He said “Stop.” Then he left.", ["He said “Stop.”", "Then he left."]),
        ("One line\nanother line", ["One line", "another line"]),
        ("Pi is 3.14 or so.", ["Pi is 3.14 or so."]),
    ],
)
def test_sentences(text, sentences):
    assert split_sentences(text) == sentences


@pytest.mark.parametrize("text", ["", "   \n\t ", "😀", "世界", "!!! ...", "😀 世界 ❤️", "\u200b", "Привет", "مرحبا", "—"])
def test_what_cannot_be_said_ends_in_one_sentence(text):
    with pytest.raises(SpeechError) as caught:
        prepare(text)
    assert str(caught.value).count(". ") == 0
    assert str(caught.value).endswith(".")


def test_the_rest_is_said_and_the_loss_reported():
    prepared = prepare("Hello 世界 there 😀. Привет means hi.")
    assert [s.spoken for s in prepared.sentences] == ["Hello there.", "means hi."]
    assert prepared.skipped == ("世界", "😀", "Привет")
    assert prepared.note == "Left out what the English voice cannot say: 世界 😀 Привет."
    assert prepare("Café in Zürich — 5 °C.").note == ""


def test_a_long_first_sentence_is_cut_at_a_clause():
    text = "In the beginning of the long story there was a small village by the sea, where nobody ever locked a door at night. End."
    assert len(text) > EARLY_CUT_CHARS
    first, second, third = prepare(text).sentences
    assert first.spoken.endswith("by the sea,") and first.goes_on and not first.continues
    assert second.spoken.startswith("where") and second.continues
    assert third.spoken == "End."
    assert len(prepare("A short one, with a comma.").sentences) == 1


@given(st.text(max_size=200))
def test_any_text_is_spoken_or_refused_with_a_sentence(text):
    try:
        prepared = prepare(text)
    except SpeechError as error:
        assert str(error)
    else:
        assert all(sentence.spoken.strip() for sentence in prepared.sentences)
