"""What is sent to be spoken."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import SpeechError
from app.speech.azure.ssml import FACIAL, MAX_BYTES, MAX_CHARS, SYNTHESIS, documents, is_ssml, language_of
from app.speech.delivery import Delivery

JENNY = "en-US-JennyNeural"
PLAIN = Delivery(facial=False)


def ssml_of(text: str, delivery: Delivery = PLAIN, speed: float = 1.0, voice: str = JENNY) -> str:
    (document,) = documents(text, voice, delivery, speed)
    return document.ssml


def test_a_text_is_wrapped_in_its_voice_and_escaped():
    ssml = ssml_of('Tom & "Jerry" < cat')
    (voice,) = ElementTree.fromstring(ssml)
    assert voice.text == 'Tom & "Jerry" < cat' and voice.attrib == {"name": JENNY}
    assert "prosody" not in ssml and "express-as" not in ssml and "viseme" not in ssml


def test_rate_pitch_style_and_blendshapes_are_asked_for():
    ssml = ssml_of("Hello.", Delivery(rate=1.2, pitch=-10, style="cheerful", degree=1.5), speed=0.5)
    assert '<prosody rate="-40%" pitch="-10%">Hello.</prosody>' in ssml
    assert '<mstts:express-as style="cheerful" styledegree="1.5">' in ssml and f'name="{JENNY}">{FACIAL}' in ssml


@pytest.mark.parametrize(("asked", "sent"), [(4.0, "+100%"), (0.1, "-50%")])
def test_a_rate_out_of_range_is_limited(asked, sent):
    assert f'rate="{sent}"' in ssml_of("Hi.", Delivery(rate=asked, facial=False))


def test_sentences_go_one_by_one_and_long_ones_in_parts():
    texts = [d.text for d in documents("One. Two! 三。四。 ... " + "word " * 1000, JENNY, PLAIN)]
    assert [d.text for d in documents("كيف؟ نعم.", JENNY, PLAIN)] == ["كيف؟", "نعم."]
    assert texts[:4] == ["One.", "Two!", "三。", "四。"]
    assert all(len(text) <= MAX_CHARS for text in texts) and "".join(texts[4:]).count("word") == 1000


@given(st.text(min_size=1, max_size=300), st.floats(0.25, 3))
def test_any_text_becomes_ssml_that_a_parser_takes(text, speed):
    try:
        made = list(documents("a" + text, JENNY, Delivery(style='a"b'), speed))
    except SpeechError:
        assert is_ssml("a" + text)
        return
    assert all(ElementTree.fromstring(document.ssml).tag == f"{{{SYNTHESIS}}}speak" for document in made)


def test_nothing_to_say_is_said():
    with pytest.raises(SpeechError, match="nothing to say; type"):
        list(documents(" ... ", JENNY, PLAIN))


@pytest.mark.parametrize(
    ("voice", "language"),
    [(JENNY, "en-US"), ("zh-CN-liaoning-XiaobeiNeural", "zh-CN-liaoning"), ("en-GB-Ollie:DragonHDLatestNeural", "en-GB"), ("odd", "en-US")],
)
def test_the_language_stands_in_the_name(voice, language):
    assert language_of(voice) == language


# -- typed SSML


def test_typed_ssml_gets_only_what_it_lacks():
    (document,) = documents('<speak>Wait <break time="1s"/> here.</speak>', JENNY, Delivery())
    root = ElementTree.fromstring(document.ssml)
    assert root.attrib["version"] == "1.0" and document.text == "Wait here."
    assert f'<voice name="{JENNY}">{FACIAL}Wait <break time="1s"/> here.</voice></speak>' in document.ssml


def test_typed_voices_and_mouth_shapes_stay_as_they_are():
    typed = (
        f'<speak version="1.0" xmlns="{SYNTHESIS}" xmlns:mstts="http://www.w3.org/2001/mstts" xml:lang="de-DE">'
        '<voice name="de-DE-KatjaNeural"><mstts:viseme type="redlips_front"/>Hallo.</voice></speak>'
    )
    (document,) = documents(typed, JENNY, Delivery())
    assert document.ssml == typed and document.text == "Hallo."


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("<speak>Tom & Jerry</speak>", "not well-formed at line 1"),
        ("<speak>One <b>two</speak>", "not well-formed"),
        ("<speak>One", "not well-formed"),
        ("<SPEAK>One</SPEAK>", "must begin with <speak …> in small letters"),
        ('<speak xmlns="urn:other">One</speak>', "another language"),
        ("<speak> ... </speak>", "holds nothing to say"),
        (f"<speak>{'ä' * MAX_BYTES}</speak>", "64 KB"),
        ('<speak><!DOCTYPE x [<!ENTITY a "b">]>&a;</speak>', "document type"),
    ],
)
def test_what_the_service_would_refuse_is_one_sentence(typed, words):
    with pytest.raises(SpeechError, match=words) as caught:
        list(documents(typed, JENNY, Delivery()))
    assert str(caught.value).endswith(".") and "; " in str(caught.value)


def test_a_text_about_ssml_is_a_text():
    assert not is_ssml("Type <speak> first.") and not is_ssml("<speaker>") and is_ssml(" <speak>Hi</speak>")


def test_a_service_gets_the_text_without_marks_and_pauses_as_breaks():
    made = list(documents("Hello [smile] there. [pause 300] How [angry 0.5] are [pause] you? [/] [smlie]", JENNY, PLAIN))
    assert [document.text for document in made] == ["Hello there.", "How are you?"]
    assert '<break time="300ms"/>' in made[1].ssml and '<break time="400ms"/>' in made[1].ssml
    assert not any("[" in document.ssml for document in made)
    (typed,) = documents("<speak>One [pause 250] two [wink].</speak>", JENNY, PLAIN)
    assert '<break time="250ms"/>' in typed.ssml and "[" not in typed.ssml and typed.text == "One two."
