"""Text that people type: how it is read, where its sentences end, what mark-up becomes, and what is said to be left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import SpeechError
from app.speech.text import normalise, prepare


@pytest.mark.parametrize(
    ("written", "read"),
    [
        # fractions
        ("Add 1½ cups.", "Add 1 and a half cups."),
        ("2¾ inches", "2 and 3 quarters inches"),
        ("½ cup, ¾ tsp", "half a cup, 3 quarters of a teaspoon"),
        ("1 1/2 hours, 1-1/2 in.", "1 and a half hours, 1 and a half inches"),
        ("3/4 tsp", "3 quarters of a teaspoon"),
        ('5/8" wide', "5 eighths of an inch wide"),
        ("50/50, 60/40, 20/20", "50 50, 60 40, 20 20"),
        ("10/10", "10 out of 10"),
        ("⅓ of it", "one third of it"),
        # times
        ("Mon-Fri: 9am to 6pm", "Monday to Friday: 9 AM to 6 PM"),
        ("10:30am–4 p.m.", "10 30 AM to 4 PM."),
        ("9.05 pm or 9-11am", "9 oh 5 PM or 9 to 11 AM"),
        ("It is 14:00.", "It is 14 hundred hours."),
        ("0800 hours", "zero 8 hundred hours"),
        ("2h 30m", "2 hours 30 minutes"),
        # dates
        ("25.12.2024", "December 25, 2024"),
        ("31.12.99", "December 31, 1999"),
        ("Jan. 1st, 5 Mar. 2020", "January 1st, 5 March 2020"),
        ("Jan–Mar", "January to March"),
        # numbers that are names
        ("Call 1300 555 019.", "Call one three hundred, five five five, oh one nine."),
        ("Call (555) 010-4477.", "Call five five five, oh one oh, four four seven seven."),
        ("1-800-555-0199", "one, eight hundred, five five five, oh one nine nine"),
        ("+44 20 7946 0958", "plus four four, two oh, seven nine four six, oh nine five eight"),
        ("555.010.4477", "five five five, oh one oh, four four seven seven"),
        ("Dial 911", "Dial nine one one"),
        ("The code is 007.", "The code is zero zero seven."),
        ("PIN 0042, zip 02134", "PIN zero zero four two, zip zero two one three four"),
        ("In 1999 555 people came", "In 1999 555 people came"),
        ("1 000 000 and 1.000.000 and 1'000'000", "1,000,000 and 1,000,000 and 1,000,000"),
        # versions and addresses
        ("Version v2.3.1", "version 2 point 3 point 1"),
        ("version 1.2.3-beta.1", "version 1 point 2 point 3 beta 1"),
        ("192.168.0.1", "192 dot 168 dot 0 dot 1"),
        ("https://www.example.com/a_b?x=1, then", "example dot com slash a b, then"),
        ("http://localhost:8080/api", "localhost slash api"),
        # powers
        ("10^6 rows", "10 to the 6 rows"),
        ("10⁶, 10^-3, x² + y^3", "10 to the 6, 10 to the minus 3, x squared + y cubed"),
        ("5 m², 3 km^2, 2 m³", "5 square meters, 3 square kilometers, 2 cubic meters"),
        # units
        ("0.05 s, 1 s, 3s", "0.05 seconds, 1 second, 3 seconds"),
        ("the 1990s, the 20s", "the 1990s, the 20s"),
        ("2 tbsp, 5 V, 60 km/h, 24h", "2 tablespoons, 5 volts, 60 kilometers per hour, 24 hours"),
        ("5'10\" tall", "5 foot 10 tall"),
        ("Type 5 A, 9 A.M.", "Type 5 A, 9 AM."),
        # money
        ("£1.2m, €3bn, $5-10, -$5", "1.2 million pounds, 3 billion euros, 5 to 10 dollars, minus 5 dollars"),
        ("€3,50 and 5€ and US$20 and 50 EUR", "3 euros and 50 cents and 5 euros and 20 U.S. dollars and 50 euros"),
        ("$5.5", "5 dollars and 50 cents"),
        # ranges and signs
        ("10-15%, 1.5-2.5 kg", "10 to 15 percent, 1.5 to 2.5 kilograms"),
        ("-5 °C, −3, about .5", "minus 5 °C, minus 3, about point 5"),
        ("≤ 5, >= 3, 5 - 3 = 2", "at most 5, at least 3, 5 minus 3 = 2"),
        # names with signs, Roman numbers, abbreviations
        ("C# and .NET, C++", "C sharp and dot net, C plus plus"),
        ("World War II, Rocky IV, Super Bowl LVIII, page xii", "World War 2, Rocky 4, Super Bowl 58, page 12"),
        ("Henry VIII, the IV drip", "Henry VIII, the IV drip"),
        ("12 Park Ave., St. Louis", "12 Park Avenue, St. Louis"),
        ("I <3 it. 3 <5", "I love it. 3 <5"),
        ("Shh, hmm.", "[Shh](/ʃ/), hmm."),
    ],
)
def test_what_people_type_is_read_as_they_would(written, read):
    assert normalise(written) == read


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("On Jan. 1st at 10:05 a.m. EST we met.", 1),
        ("We met at 9 a.m. Then we left. At 5 p.m. Monday we ate.", 3),
        ("Open 9am to 6pm. Closed later.", 2),
        ("The U.S. Army came. It left the U.S. The end.", 3),
        ("No. 5 is alive. No. I am not.", 3),
        ("See p. 7 and fig. 3. Done.", 2),
        ("Go to 5 Main St. Louis is there.", 1),  # as "St. Louis": nobody can tell
    ],
)
def test_an_abbreviation_ends_no_sentence(text, sentences):
    assert len(prepare(text).sentences) == sentences


def spoken(text: str) -> list[str]:
    return [sentence.spoken for sentence in prepare(text).sentences]


def test_a_break_is_a_pause_and_no_word():
    prepared = prepare('<speak><voice name="x">Hello <break time="500ms"/> world.</voice> <break strength="strong"/>Bye.</speak>')
    assert [(s.spoken, s.pause_s) for s in prepared.sentences] == [("Hello,", 0.5), ("world.", 0.7), ("Bye.", 0.0)]
    first, second, _ = prepared.sentences
    assert first.goes_on and second.continues and first.written == "Hello"
    assert prepared.note == "Left out what the voice cannot do: voice."


@pytest.mark.parametrize(
    ("marked", "read"),
    [
        ("<speak>Hi, <emphasis level='strong'>you</emphasis> there.</speak>", ["Hi, you there."]),
        ("<prosody rate='slow' pitch=\"+5%\">Slowly</prosody> now.", ["Slowly now."]),
        ("The <sub alias='World Wide Web'>WWW</sub>.", ["The World Wide Web."]),
        ('<say-as interpret-as="characters">AB1</say-as>', ["A B one"]),
        ('<say-as interpret-as="telephone">555-0199</say-as>', ["five five five, oh one nine nine"]),
        ('The <say-as interpret-as="ordinal">22</say-as>.', ["The 22nd."]),
        ("<p>One</p><p>Two</p>", ["One", "Two"]),
        ("<!-- no --><desc>hidden</desc>Shown &amp; told", ["Shown & told"]),
        ('<?xml version="1.0"?><speak xmlns:m="http://x.y/z"><mstts:express-as style="sad">Oh.</mstts:express-as></speak>', ["Oh."]),
        ("un<b>believ</b>able", ["unbelievable"]),
        ("Hello <name>!", ["Hello name!"]),
        ("3 < 5 and a<b but b > a", ["3 < 5 and a<b but b > a"]),
        ("A line\nthat <break/> stops", ["A line", "that,", "stops"]),
    ],
)  # fmt: skip
def test_mark_up_is_done_or_left_out_and_never_read(marked, read):
    assert spoken(marked) == read


def test_mark_up_without_words_is_refused_as_empty():
    with pytest.raises(SpeechError):
        prepare("<speak><break time='1s'/></speak>")


def test_what_is_left_out_is_said():
    prepared = prepare("Great job! 🎉 世界 :-) <prosody rate='slow'>Bye.</prosody>")
    assert [sentence.spoken for sentence in prepared.sentences] == ["Great job!", "Bye."]
    assert prepared.note == "Left out what the English voice cannot say: :-) 🎉 世界; and what it cannot do: prosody."
    assert prepare("H₂O at 2ⁿᵈ, 10⁶ and 7⅞").note == ""


def test_a_long_first_sentence_is_not_cut_within_a_telephone_number():
    first = prepare(
        "Please call our service line on 1300 555 019 at any time between nine and five on weekdays, or write us a letter."
    ).sentences[0]
    assert first.spoken.endswith("on weekdays,")


@given(st.text(alphabet="0123456789.,:/-–+$€%^'\"()<>=&; aApPmMvVIXstC#½²°\n", max_size=60))
def test_any_mixture_of_signs_is_read_without_an_error(text):
    try:
        assert all(sentence.spoken.strip() for sentence in prepare(text).sentences)
    except SpeechError as error:
        assert str(error)


@given(st.text(alphabet="<>/= \"'abkrestpm1 .", max_size=60))
def test_any_broken_mark_up_is_taken_without_an_error(text):
    try:
        prepare(text)
    except SpeechError as error:
        assert str(error)
