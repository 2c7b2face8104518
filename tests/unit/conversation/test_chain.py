"""The chain: turns from words to sound, with the embedded voice, and steps that do what the test tells them."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from app.conversation.chain import chain as module
from app.conversation.chain.chain import Chain
from app.conversation.chain.listening import Manners
from app.conversation.chain.pacing import Pacing
from app.conversation.chain.speaking import SentenceVoice
from app.conversation.chat.memory import ChatMemory
from app.conversation.events import AnswerEnded, AnswerPart, AnswerText, Believed, Reached, Told, UserBegan, UserText
from app.conversation.steps import Message, Recognised
from app.conversation.turns import waterfall
from app.core.errors import SpeechError
from app.speech.hibari import HibariEngine
from tests.unit.conversation.parties import NO_KEY, FedRecogniser, Listener, Spoken, until


@pytest.fixture(scope="module")
def engine() -> HibariEngine:
    return HibariEngine()


@pytest.fixture
def talk(engine):
    """``chain, heard = talk(chat)``: a chain that has begun, and the listener that it tells."""
    chains = []

    def begin(chat, recogniser=None, voice=engine, **how):
        heard = Listener()
        chain = Chain(recogniser, chat, SentenceVoice(voice, "heart"), ChatMemory("Be brief."), **how)
        chain.start(heard)
        if recogniser is not None:
            until(lambda: hasattr(recogniser, "feed"))
        chains.append(chain)
        return chain, heard

    yield begin
    for chain in chains:
        chain.close()


def test_a_typed_turn_is_answered_sentence_by_sentence(talk):
    chat = Spoken(["Hello ", "there! How a", "re you? I am", " fine."])
    chain, heard = talk(chat, parts_ahead=None)
    chain.say("  Hi.  ")
    heard.wait(AnswerEnded)
    assert [part.text for part in heard.parts(1)] == ["Hello there!", "How are you?", "I am fine."]
    assert all(part.complete and part.so_far().phones for part in heard.parts(1))
    assert heard.text(1) == "Hello there! How are you? I am fine."
    assert chat.asked == [(Message("system", "Be brief."), Message("user", "Hi."))]
    assert heard.events[0] == UserText(1, "Hi.", True, heard.events[0].at_s)
    assert heard.ends() == [AnswerEnded(1, True)]


def test_the_first_sentence_sounds_while_the_rest_is_thought(talk):
    more = threading.Event()
    chain, heard = talk(Spoken(["First. S", more, "econd."]))
    chain.say("go")
    assert heard.wait(AnswerPart).arriving.text == "First." and not heard.of(AnswerEnded)
    more.set()
    heard.wait(AnswerEnded)
    assert len(heard.parts(1)) == 2


def test_the_moments_of_a_turn_are_told_in_their_order(talk):
    recogniser = FedRecogniser()
    chain, heard = talk(Spoken(["Yes."]), recogniser)
    chain.hear(np.zeros(160, np.float32))
    last_word_s = time.perf_counter()
    recogniser.feed(Recognised("is it", False))
    recogniser.feed(Recognised("is it so", True, last_word_s, "en-US"))
    heard.wait(AnswerEnded)
    assert recogniser.heard == 160 and isinstance(heard.events[0], UserBegan)
    assert [(event.text, event.final, event.turn) for event in heard.of(UserText)] == [("is it", False, 1), ("is it so", True, 1)]
    assert [event.stage for event in heard.of(Reached)] == ["last_word", "final_text", "first_token", "first_sound"]
    (turn,) = heard.turns()
    assert turn.language == "en-US" and turn.marks["last_word"] == last_word_s
    assert [wait.stage for wait in waterfall(turn)] == ["final_text", "first_token", "first_sound"]
    assert all(0 <= wait.duration_s < 20 for wait in waterfall(turn))


def test_no_more_than_two_sentences_are_made_before_they_are_heard(talk):
    sentence = "This is a sentence that takes a good while to be said by anybody. "
    chain, heard = talk(Spoken([sentence * 8]))
    chain.say("go")
    heard.wait(AnswerPart, 3)
    chain.interrupt(0.5)
    heard.wait(Believed)
    assert len(heard.parts(1)) == 3


def test_an_interruption_cuts_memory_where_it_was_heard(talk):
    never = threading.Event()
    chat = Spoken(["One two three four. ", "Five six seven.", never], ["Right."])
    chain, heard = talk(chat)
    chain.say("count")
    first = heard.wait(AnswerPart).arriving.so_far()
    end_s = next(phone.end_s for phone in reversed(first.phones) if phone.word == "two")
    chain.interrupt(end_s + 0.02)
    assert heard.wait(Believed) == Believed(1, "One two", end_s + 0.02)
    assert heard.ends()[0] == AnswerEnded(1, False)
    chain.interrupt(0.0)
    chain.say("go on")
    heard.wait(AnswerEnded, 2)
    assert chat.asked[1][1:] == (Message("user", "count"), Message("assistant", "One two"), Message("user", "go on"))
    assert len(heard.of(Believed)) == 1


def test_an_answer_that_is_whole_is_cut_too_while_it_is_heard(talk):
    chat = Spoken(["One two three four five six seven eight nine ten."], ["Yes."])
    chain, heard = talk(chat)
    chain.say("count")
    assert heard.wait(AnswerEnded).complete
    chain.interrupt(0.0)
    assert heard.wait(Believed).text == ""
    chain.say("again")
    heard.wait(AnswerEnded, 2)
    assert [message.text for message in chat.asked[1]] == ["Be brief.", "count", "again"]
    assert len(heard.of(AnswerEnded)) == 2


def test_typing_during_an_answer_interrupts_it(talk):
    never = threading.Event()
    chain, heard = talk(Spoken(["This goes on and on and on for quite a while. And", never], ["Yes."]))
    chain.say("go")
    heard.wait(AnswerPart)
    chain.say("stop")
    assert heard.wait(Believed).turn == 1
    assert heard.wait(AnswerEnded, 2) == AnswerEnded(2, True)


def test_nothing_of_an_interrupted_answer_comes_afterwards_and_no_thread_stays(talk):
    never, before = threading.Event(), threading.active_count()
    chain, heard = talk(Spoken(["One. Two", never]))
    chain.say("go")
    heard.wait(AnswerPart)
    start_s = time.perf_counter()
    chain.interrupt(0.1)
    heard.wait(Believed)
    told_s = time.perf_counter() - start_s
    assert isinstance(heard.events[-1], Believed) and isinstance(heard.events[-2], AnswerEnded) and told_s < 1.0
    chain.close()
    assert threading.active_count() <= before


def test_closing_tells_nothing_more(talk):
    recogniser, chat, never = FedRecogniser(), Spoken(["One. Two", threading.Event()]), threading.Event()
    chain, heard = talk(chat, recogniser)
    chain.say("go")
    heard.wait(AnswerText)
    chain.close()
    n = len(heard.events)
    recogniser.feed(Recognised("late", True))
    chain.say("late")
    chain.hear(np.zeros(10, np.float32))
    chain.interrupt(1.0)
    chain.close()
    assert len(heard.events) == n and chat.closed and recogniser.closed and not never.is_set()


def test_who_is_told_may_close(engine):
    closed = threading.Event()
    chain = Chain(None, Spoken(["One."]), SentenceVoice(engine, "heart"), ChatMemory())

    def tell(event):
        if isinstance(event, AnswerPart):
            chain.close()
            closed.set()

    chain.start(tell)
    chain.say("go")
    assert closed.wait(20)


@pytest.mark.parametrize("pieces", [[NO_KEY], ["Half of it is said. The other ha", NO_KEY]], ids=["at once", "half-way"])
def test_a_chat_that_fails_is_told_and_the_next_turn_goes_on(talk, pieces):
    chat = Spoken(pieces, ["Now it works."])
    chain, heard = talk(chat, parts_ahead=None)
    chain.say("go")
    ended = heard.wait(AnswerEnded)
    assert heard.of(Told) == [Told(str(NO_KEY), "error")] and ended == AnswerEnded(1, False, str(NO_KEY))
    assert [part.text for part in heard.parts(1)] == ["Half of it is said."] * (len(pieces) - 1)
    chain.say("again")
    assert heard.wait(AnswerEnded, 2) == AnswerEnded(2, True)
    said = [message.text for message in chat.asked[1] if message.role == "assistant"]
    assert said == ["Half of it is said."] * (len(pieces) - 1)


class _Hoarse(HibariEngine):
    """A voice that fails once."""

    fails = 1

    def synthesize(self, text, voice_id="heart", speed=1.0, cancel=None):
        if "Two" in text and self.fails:
            self.fails -= 1
            raise SpeechError("The voice is hoarse; wait a minute.")
        yield from super().synthesize(text, voice_id, speed, cancel)


def test_a_voice_that_fails_leaves_the_text_and_the_next_turn_goes_on(talk):
    chat = Spoken(["One. Two. Three."], ["Two."])
    chain, heard = talk(chat, voice=_Hoarse(), parts_ahead=None)
    chain.say("go")
    ended = heard.wait(AnswerEnded)
    assert ended == AnswerEnded(1, False, "The voice is hoarse; wait a minute.")
    assert [part.text for part in heard.parts(1)] == ["One."] and heard.text(1) == "One. Two. Three."
    chain.say("again")
    assert heard.wait(AnswerEnded, 2).complete and len(heard.parts(2)) == 1
    assert chat.asked[1][2].text == "One. Two. Three."


def test_a_mistake_of_the_program_ends_the_turn_and_not_the_conversation(talk, monkeypatch):
    reported = []
    monkeypatch.setattr(threading, "excepthook", reported.append)
    chain, heard = talk(Spoken([ZeroDivisionError()], ["Fine."]))
    chain.say("go")
    assert "mistake" in heard.wait(AnswerEnded).sentence
    chain.say("again")
    assert heard.wait(AnswerEnded, 2).complete and reported[0].exc_type is ZeroDivisionError


def test_a_recogniser_that_fails_is_told(talk):
    recogniser = FedRecogniser()
    _, heard = talk(Spoken(), recogniser, languages=("en-US", "de-DE"))
    recogniser.fail("The service ended; start it again.")
    assert heard.wait(Told) == Told("The service ended; start it again.", "error") and recogniser.asked_for == ("en-US", "de-DE")


def test_what_was_no_word_is_no_turn(talk):
    recogniser = FedRecogniser()
    chain, heard = talk(Spoken(["Yes."]), recogniser)
    recogniser.feed(Recognised("", True))
    recogniser.feed(Recognised("h", False))
    recogniser.feed(Recognised("", True))
    chain.say("   ")
    chain.end_of_speech()
    heard.wait(AnswerEnded)
    assert [(event.turn, event.text, event.final) for event in heard.of(UserText)] == [(1, "h", False), (1, "", True), (1, "let go", True)]


def test_clearing_forgets_and_stops(talk):
    chat = Spoken(["One. Two", threading.Event()], ["Yes."])
    chain, heard = talk(chat)
    chain.say("go")
    heard.wait(AnswerPart)
    chain.clear()
    chain.say("again")
    heard.wait(AnswerEnded)
    assert [message.text for message in chat.asked[1]] == ["Be brief.", "again"] and heard.of(AnswerEnded) == [AnswerEnded(2, True)]


def test_a_sign_of_attention_may_be_told_not_to_interrupt(talk, monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr(module, "Pacing", lambda ahead: Pacing(ahead, lambda: now_s[0]))
    recogniser = FedRecogniser()
    chat = Spoken(["This goes on and on and on for quite a while. And", threading.Event()], ["Yes."], ["Good."])
    chain, heard = talk(chat, recogniser, manners=Manners(backchannels_interrupt=False))
    chain.say("go")
    heard.wait(AnswerPart)
    for what in (Recognised("Mm", False), Recognised("Mm-hm.", True), Recognised("Yeah, okay.", True)):
        recogniser.feed(what)
    recogniser.feed(Recognised("Yeah but", False))
    heard.wait(UserBegan)
    assert [event.text for event in heard.of(UserText)] == ["go", "Yeah but"] and len(heard.of(UserBegan)) == 1
    recogniser.feed(Recognised("Yeah, but why?", True))
    assert heard.wait(AnswerEnded, 2) == AnswerEnded(2, True) and heard.of(Believed)[0].turn == 1
    recogniser.feed(Recognised("Yes.", True))
    now_s[0] += 60
    recogniser.feed(Recognised("Yes.", True))
    assert heard.wait(AnswerEnded, 3) == AnswerEnded(3, True)
    finals = [event.text for event in heard.of(UserText) if event.final]
    assert finals == ["go", "Yeah, but why?", "Yes."], "it was attention while the answer was to be heard, and a turn afterwards"


def test_by_default_a_sign_of_attention_is_a_turn(talk):
    recogniser = FedRecogniser()
    chain, heard = talk(Spoken(["This goes on and on for quite a while. And", threading.Event()], ["Good."]), recogniser)
    chain.say("go")
    heard.wait(AnswerPart)
    recogniser.feed(Recognised("Yeah.", True))
    assert heard.wait(AnswerEnded, 2).turn == 2


def test_a_voice_is_noticed_before_any_word_of_it_is_known(talk, engine):
    from app.audio.clips import resample
    from app.conversation.recognition.voice_activity import VoiceActivity

    recogniser = FedRecogniser()
    chain, heard = talk(Spoken(), recogniser, activity=VoiceActivity())
    speech = resample(next(iter(engine.synthesize("Where is the station?", "heart"))).audio, 16000).samples
    quiet = np.zeros(8000, np.float32)
    for block in np.array_split(np.concatenate([quiet, speech, np.zeros(48000, np.float32), speech]), 400):
        chain.hear(block)
    heard.wait(UserBegan, 2)
    assert len(heard.of(UserBegan)) == 2 and not heard.of(UserText)


def test_a_persona_that_greets_speaks_first_and_remembers_it(talk):
    """What a greeting says is an answer like any other: it can be interrupted, and the model knows of it."""
    chat = Spoken(["Fine."])
    chain, heard = talk(chat, greeting="Hello! What shall we talk about?", parts_ahead=None)
    assert heard.wait(AnswerEnded) == AnswerEnded(1, True)
    assert heard.text(1) == "Hello! What shall we talk about?" and len(heard.parts(1)) == 2
    chain.say("How are you?")
    assert heard.wait(AnswerEnded, 2).turn == 2
    assert chat.asked == [
        (Message("system", "Be brief."), Message("assistant", "Hello! What shall we talk about?"), Message("user", "How are you?"))
    ]
