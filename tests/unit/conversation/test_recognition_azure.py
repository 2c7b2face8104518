"""Azure's recogniser with the real SDK: words from sound, the four languages, and every way in which a line can break."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from app.conversation.recognition import azure_repairs
from app.conversation.recognition.azure import AzureRecogniser
from app.conversation.recognition.azure_languages import LANGUAGES, asked_languages
from app.conversation.recognition.remembered import RememberedSound
from app.conversation.recognition.voice_activity import VoiceActivity
from app.conversation.steps import Recognised
from app.keys.access import SpeechAccess
from tests.clouds.speech_recognition import RecognitionServer, spoken

pytest.importorskip("azure.cognitiveservices.speech", reason="the extra azure is not installed")

BLOCK = 800


class Listening:
    """A recogniser, and what it told."""

    def __init__(self, recogniser: AzureRecogniser) -> None:
        self.recogniser = recogniser
        self.told: list[Recognised] = []
        self.sentences: list[str] = []
        self._changed = threading.Condition()

    def start(self, *languages: str) -> Listening:
        self.recogniser.start(lambda told: self._note(self.told, told), lambda sentence: self._note(self.sentences, sentence), languages)
        return self

    def _note(self, kept: list, what: object) -> None:
        with self._changed:
            kept.append(what)
            self._changed.notify_all()

    @property
    def finals(self) -> list[str]:
        return [told.text for told in self.told if told.final]

    def hear(self, sound: np.ndarray) -> None:
        for at in range(0, len(sound), BLOCK):
            self.recogniser.push(sound[at : at + BLOCK])

    def wait(self, finals: int = 0, sentences: int = 0, timeout_s: float = 20.0) -> bool:
        """Until so much was told; a microphone goes on meanwhile, and the SDK sends what it kept only when more comes."""
        give_up_s = time.perf_counter() + timeout_s
        while time.perf_counter() < give_up_s:
            with self._changed:
                if self._changed.wait_for(lambda: len(self.finals) >= finals and len(self.sentences) >= sentences, 0.05):
                    return True
            self.recogniser.push(np.zeros(BLOCK, np.float32))
        return False


@pytest.fixture
def server() -> Iterator[RecognitionServer]:
    with RecognitionServer() as made:
        yield made


@pytest.fixture
def listen(server) -> Iterator:
    made: list[AzureRecogniser] = []

    def begin(*languages: str, key: str = "good-key", address: str = "", **more) -> Listening:
        made.append(AzureRecogniser(SpeechAccess(key=key, endpoint=address or server.address), **more))
        # the words of the server's language are tones, which are no voice to anyone else
        made[-1]._voice = VoiceActivity(lambda _samples: 1.0)
        return Listening(made[-1]).start(*languages)

    yield begin
    server.slow_s = 0.0
    for recogniser in made:
        recogniser.close()
        for end in recogniser._ends:
            # the SDK waits 10 s for a service that is silent
            end.join(15.0)


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Breaks between lines are short."""
    monkeypatch.setattr(azure_repairs, "_WAITS_S", (0.01, 0.02))


def test_words_come_while_they_are_spoken_and_once_more_when_the_phrase_is_over(server, listen):
    heard = listen(silence_s=0.7)
    began_s = time.perf_counter()
    heard.hear(spoken("one two three"))
    assert heard.wait(finals=1)
    assert [told.text for told in heard.told] == ["one", "one two", "one two three", "One two three."]
    assert [told.final for told in heard.told] == [False, False, False, True]
    assert {told.language for told in heard.told} == {"en-US"}
    assert began_s - 2.0 < heard.told[-1].ended_s <= time.perf_counter()
    assert server.contexts[0]["phraseDetection"]["CONVERSATION"]["segmentation"]["segmentationSilenceTimeoutMs"] == 700


def test_phrases_follow_each_other_on_one_line(server, listen):
    heard = listen()
    heard.hear(np.concatenate([spoken("one two"), spoken("five"), spoken("nine, eight")]))
    assert heard.wait(finals=3)
    assert heard.finals == ["One two.", "Five.", "Nine eight."]
    assert len(server.handshakes) == 1


def test_the_spoken_one_of_several_languages_is_told(server, listen):
    heard = listen("en-GB", "de-DE", "en-US", "fr-FR", "it-IT", "es-ES")
    heard.hear(np.concatenate([spoken("one two"), spoken("drei vier")]))
    assert heard.wait(finals=2)
    assert [(told.text, told.language) for told in heard.told if told.final] == [("One two.", "en-GB"), ("Drei vier.", "de-DE")]
    # one of each tongue, and four at most
    assert server.contexts[0]["languageId"]["languages"] == ["en-GB", "de-DE", "fr-FR", "it-IT"]


def test_one_language_is_asked_for_as_such(server, listen):
    heard = listen("de-DE")
    heard.hear(spoken("eins"))
    assert heard.wait(finals=1)
    assert server.contexts[0]["phraseDetection"]["language"] == "de-DE"
    assert heard.told[-1].language == "de-DE"


def test_push_to_talk_joins_what_was_said_until_the_key_is_let_go(listen):
    heard = listen(hands_free=False)
    heard.hear(np.concatenate([spoken("one two"), spoken("three four", silence_s=0.0)]))
    heard.recogniser.end_of_speech()
    assert heard.wait(finals=1)
    assert heard.finals == ["One two. Three four."]


def test_a_key_let_go_without_a_word_gives_an_empty_text(listen, monkeypatch):
    monkeypatch.setattr("app.conversation.recognition.azure._REST_S", 0.3)
    heard = listen(hands_free=False)
    heard.hear(np.zeros(8000, np.float32))
    heard.recogniser.end_of_speech()
    assert heard.wait(finals=1)
    assert heard.finals == [""]


def test_a_cut_line_loses_and_doubles_no_word(server, listen):
    server.drop_after_s = [0.9, 0.7, None]
    heard = listen()
    heard.hear(np.concatenate([spoken("one two three four"), spoken("five six")]))
    assert heard.wait(finals=2)
    assert heard.finals == ["One two three four.", "Five six."]
    assert len(server.handshakes) == 3


def test_a_line_that_the_sdk_gives_up_is_replaced_by_another(server, listen, impatient):
    heard = listen()
    heard.hear(spoken("one two"))
    assert heard.wait(finals=1)
    server.refuse, server.refuse_times = 503, 6
    server.drop_after_s = []
    for link in tuple(server._links):
        server._loop.call_soon_threadsafe(link.request.transport.abort)
    heard.hear(spoken("three four five"))
    assert heard.wait(finals=2)
    assert heard.finals == ["One two.", "Three four five."]
    assert heard.sentences == []


def test_a_session_that_the_service_ends_goes_on_in_the_next(server, listen):
    server.end_turn_after_s = 1.0
    heard = listen()
    heard.hear(spoken("one two three four"))
    assert heard.wait(finals=2)
    assert heard.finals == ["One two three.", "Four."]


def test_words_that_the_service_never_finished_are_kept(server, listen):
    server.end_turn_after_s, server.forgets = 1.28, True
    heard = listen()
    heard.hear(spoken("one two three four five six"))
    assert heard.wait(finals=1)
    assert heard.finals == ["one two three four Five six."]


def test_a_service_that_stops_answering_is_asked_anew(server, listen):
    server.silent_lines = 1
    heard = listen(answer_s=0.4)
    heard.hear(spoken("one two three four five six seven"))
    assert heard.wait(finals=1)
    assert heard.finals == ["One two three four five six seven."]
    assert len(server.handshakes) == 2


def test_a_service_that_never_answers_is_named(server, listen):
    server.silent_lines = 9
    heard = listen(answer_s=0.3)
    heard.hear(spoken("one two three four five six seven"))
    assert heard.wait(sentences=1)
    assert "does not answer" in heard.sentences[0]


def test_a_slow_service_is_waited_for(server, listen):
    server.slow_s = 1.0
    heard = listen()
    heard.hear(spoken("one two"))
    assert heard.wait(finals=1)
    assert heard.finals == ["One two."]


@pytest.mark.parametrize(("status", "words"), [(401, "refused the key"), (403, "network rules"), (429, "quota"), (503, "not available")])
def test_a_refusal_is_one_sentence(server, listen, impatient, status, words):
    server.refuse = status
    heard = listen(key="secret-key-1234")
    heard.hear(spoken("one"))
    assert heard.wait(sentences=1)
    assert words in heard.sentences[0] and heard.sentences[0].endswith(".")
    assert "secret" not in heard.sentences[0] and "127.0.0.1" not in heard.sentences[0]


def test_a_wrong_key_is_refused_by_the_service(listen):
    heard = listen(key="wrong")
    assert heard.wait(sentences=1)
    assert "refused the key" in heard.sentences[0]


def test_one_refusal_before_success_is_not_seen(server, listen):
    server.refuse, server.refuse_times = 503, 1
    heard = listen()
    heard.hear(spoken("one two"))
    assert heard.wait(finals=1)
    assert heard.finals == ["One two."] and heard.sentences == []


def test_nobody_at_the_address_is_one_sentence(listen):
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    heard = listen(address=f"ws://127.0.0.1:{port}")
    assert heard.wait(sentences=1)
    assert "cannot be reached" in heard.sentences[0]


@pytest.mark.slow
def test_a_place_that_takes_the_call_and_says_nothing_is_given_up(server, listen):
    server.never_answers = True
    heard = listen(connect_s=0.4)
    assert heard.wait(sentences=1, timeout_s=5.0)
    assert "did not answer" in heard.sentences[0]


def test_without_a_key_it_says_what_is_missing(listen):
    heard = listen(key="")
    assert heard.wait(sentences=1)
    assert "SPEECH_KEY" in heard.sentences[0]


def test_sound_that_waits_for_an_answer_is_bounded():
    sound = RememberedSound(2.0, time_s=iter(np.arange(0, 100, 0.5)).__next__)
    for _ in range(20):
        sound.add(np.full(8000, 0.5, np.float32))
    assert sound.n == 160_000
    assert len(sound.rest()) <= 2 * 2 * 16000 + 16000
    assert sound.first == sound.n - len(sound.rest()) // 2
    assert sound.heard_s(sound.n - 4000) == pytest.approx(9.5 - 0.25)


def test_languages_are_tags_and_none_is_double():
    assert len(set(LANGUAGES)) == len(LANGUAGES) > 100
    assert asked_languages([]) == ("en-US",)
