"""What goes wrong with Voice Live and Realtime: each fault ends in one sentence, and what can go on goes on."""

from __future__ import annotations

import socket
import threading

import numpy as np
import pytest

from app.conversation.events import AnswerEnded, AnswerPart, Believed, Told, UserText
from app.conversation.realtime import voice_live
from app.conversation.realtime.openai_realtime import RealtimeDialogue, RealtimeSettings
from app.conversation.realtime.voice_live import VoiceLiveDialogue, VoiceLiveSettings
from app.keys.access import ChatAccess, SpeechAccess
from tests.clouds.realtime_service import Script, serving
from tests.clouds.realtime_talk import DIALECTS, Ear, dialogue_for, speak, voice


def is_sentence(text: str) -> bool:
    """One line for a person."""
    return text.endswith(".") and "\n" not in text and len(text) < 220 and "Traceback" not in text and "Error(" not in text


def refused_once(dialect, status, headers=None, **more):
    """What is told when the first handshake is answered with a status."""
    with serving(dialect, Script(refusals=[(status, headers or {})])) as service:
        dialogue, ear = dialogue_for(service, **more), Ear()
        dialogue.start(ear)
        told = ear.wait(Told)
        dialogue.close()
    return told, service


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "check the key"), (403, "does not let this account in"), (404, "has no deployment"), (400, "check the endpoint")],
)
def test_a_refusal_for_good_ends_it(dialect, status, words):
    told, service = refused_once(dialect, status)
    assert told.kind == "ended" and words in told.sentence and is_sentence(told.sentence)
    assert len(service.handshakes) == 1, "nothing is tried again that cannot work"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry-After": "0"}), (503, {"retry-after": "0.1"})])
def test_a_busy_service_is_tried_again(dialect, status, headers):
    with serving(dialect, Script(sound=voice(), refusals=[(status, headers)])) as service:
        dialogue, ear = dialogue_for(service), Ear()
        dialogue.start(ear)
        dialogue.say("Hello.")
        assert ear.wait(AnswerEnded) == AnswerEnded(1, True)
        dialogue.close()
    (told,) = ear.of(Told)
    assert told.kind == "notice" and is_sentence(told.sentence) and len(service.handshakes) == 2


def test_a_quota_that_lasts_is_not_waited_for():
    told, _ = refused_once("openai", 429, {"Retry-After": "600"})
    assert told.kind == "ended" and "in 10 minutes" in told.sentence and is_sentence(told.sentence)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nobody_listens_there(dialect):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        access = ChatAccess(url, "my-realtime", "k") if dialect == "openai" else SpeechAccess("k", endpoint=url)
        make = (RealtimeDialogue, RealtimeSettings) if dialect == "openai" else (VoiceLiveDialogue, VoiceLiveSettings)
        dialogue, ear = make[0](access, make[1]()), Ear()
        dialogue.start(ear)
        told = ear.wait(Told)
        dialogue.close()
    assert told.kind == "ended" and "cannot be reached at 127.0.0.1" in told.sentence and is_sentence(told.sentence)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_service_that_never_answers_is_given_up(dialect):
    with serving(dialect, Script(mute_handshakes=1)) as service:
        dialogue, ear = dialogue_for(service, handshake_s=0.3), Ear()
        dialogue.start(ear)
        told = ear.wait(Told)
        dialogue.close()
    assert told.kind == "ended" and "did not answer" in told.sentence and is_sentence(told.sentence)


def test_a_socket_that_drops_in_an_answer_keeps_what_came_and_goes_on(service, talk):
    dialogue, ear = talk
    service.script.drop_at_ms = 500
    dialogue.say("Tell me something.")
    ended = ear.wait(AnswerEnded)
    assert not ended.complete and "missing" in ended.sentence and is_sentence(ended.sentence)
    part = ear.of(AnswerPart)[0].arriving
    assert part.ended and not part.complete and 0 < part.duration_s <= 0.5
    dialogue.say("Go on.")
    assert ear.wait(AnswerEnded, 2) == AnswerEnded(2, True)
    said = [(item["role"], item["content"][0]["text"]) for item in service.connections[1].items.values()]
    assert [line for line in said if line[0] == "user"] == [("user", "Tell me something."), ("user", "Go on.")]
    assert any(role == "assistant" and text.startswith("Good") for role, text in said), "the new session knows what was said"
    dialogue.interrupt(0.2)
    ear.wait(Believed)
    assert not ear.of(Told), "the sentence came with the answer that broke off"


def test_what_is_played_of_a_lost_answer_is_not_cut_in_a_session_that_never_knew_it(service, talk):
    dialogue, ear = talk
    service.script.drop_at_ms = 500
    dialogue.say("Tell me something.")
    ear.wait(AnswerEnded)
    service.wait_for(lambda s: len(s.of_type("session.update")) == 2)
    dialogue.interrupt(0.2)
    assert ear.wait(Believed).turn == 1
    dialogue.say("Go on.")
    ear.wait(AnswerEnded, 2)
    assert not service.truncated and not [told for told in ear.of(Told) if told.kind == "error"]


def test_a_socket_that_drops_in_silence_is_told_once(service, talk):
    _, ear = talk
    service.wait_for(lambda s: s.of_type("session.update"))
    service.drop()
    told = ear.wait(Told)
    service.wait_for(lambda s: len(s.of_type("session.update")) == 2)
    assert told.kind == "notice" and "made again" in told.sentence and is_sentence(told.sentence) and len(ear.of(Told)) == 1


def test_what_is_said_while_the_connection_is_made_is_not_lost(service, talk):
    dialogue, ear = talk
    service.wait_for(lambda s: s.of_type("session.update"))
    service.drop()
    ear.wait(Told)
    speak(dialogue)
    assert ear.wait(AnswerEnded) == AnswerEnded(1, True)
    assert ear.wait(UserText, final=True).text == "What time is it?"


def test_a_service_that_does_not_come_back_is_given_up(service, talk):
    _, ear = talk
    service.wait_for(lambda s: s.of_type("session.update"))
    service.script.refusals = [(503, {"retry-after": "0"})] * 9
    service.drop()
    told = ear.wait(Told, kind="ended")
    assert "not available" in told.sentence and len(service.handshakes) == 4


@pytest.mark.parametrize(
    ("status", "details", "words"),
    [
        ("failed", {"type": "failed", "error": {"type": "server_error", "code": "server_error"}}, "ask again"),
        ("failed", {"type": "failed", "error": {"type": "rate_limit_exceeded", "code": "rate_limit_exceeded"}}, "quota"),
        ("incomplete", {"type": "incomplete", "reason": "content_filter"}, "content filter"),
        ("incomplete", {"type": "incomplete", "reason": "max_output_tokens"}, "permitted length"),
        ("failed", None, "could not answer"),
    ],
)
def test_an_answer_that_fails_says_why(service, talk, status, details, words):
    dialogue, ear = talk
    service.script.status = (status, details)
    dialogue.say("Hello.")
    ended = ear.wait(AnswerEnded)
    assert not ended.complete and words in ended.sentence and is_sentence(ended.sentence)


def test_an_error_of_the_service_is_told_without_the_key(service, talk):
    dialogue, ear = talk
    said = "Incorrect API key provided:\n a-good-key. " + "See the manual. " * 30
    service.script.extra = ({"type": "error", "error": {"type": "server_error", "code": "odd", "message": said}},)
    dialogue.say("Hello.")
    told = ear.wait(Told)
    assert told.kind == "error" and is_sentence(told.sentence) and "a-good-key" not in told.sentence and "Incorrect" in told.sentence


def test_a_cancel_that_comes_too_late_is_no_error(service, talk):
    dialogue, ear = talk
    error = {"type": "invalid_request_error", "code": "response_cancel_not_active", "message": "Cancellation failed"}
    service.script.extra = ({"type": "error", "error": error},)
    dialogue.say("Hello.")
    ear.wait(AnswerEnded)
    assert not ear.of(Told)


def test_a_question_while_the_answer_still_comes_is_answered_after_it(service, talk):
    dialogue, ear = talk
    service.script.hold_at_ms = 300
    dialogue.say("Tell me something.")
    assert service.holding.wait(10)
    service.script.hold_at_ms = None
    dialogue.say("No, something else.")
    ear.wait(AnswerEnded, complete=True)
    assert [(event.turn, event.complete) for event in ear.of(AnswerEnded)] == [(1, False), (2, True)] and not ear.of(Told)


def test_an_answer_that_has_not_begun_can_be_stopped(service, talk):
    dialogue, ear = talk
    service.script.hold_at_ms = 300
    dialogue.say("Tell me something.")
    dialogue.interrupt(0.0)
    assert not ear.wait(AnswerEnded).complete
    service.script.hold_at_ms = None
    dialogue.say("Something else.")
    assert ear.wait(AnswerEnded, 2) == AnswerEnded(2, True)


def test_messages_that_cannot_be_read_are_left_out(service, talk):
    dialogue, ear = talk
    service.script.extra = (
        {"type": "response.audio_timestamp.delta", "response_id": "other", "text": "x", "audio_offset_ms": "soon"},
        {"type": "something.new", "value": 1},
        {"type": "input_audio_buffer.speech_started", "audio_start_ms": "never"},
    )
    dialogue.say("Hello.")
    assert ear.wait(AnswerEnded, complete=True).turn >= 1
    assert all(is_sentence(told.sentence) and told.kind == "notice" for told in ear.of(Told))


def test_what_cannot_be_written_down_is_said_once(service, talk):
    dialogue, ear = talk
    service.script.transcript = None
    speak(dialogue)
    ear.wait(AnswerEnded)
    (told,) = ear.of(Told)
    assert told.kind == "notice" and "could not write down" in told.sentence


def voice_live_turn(script, **wishes):
    """One typed turn with Voice Live: the ear, the speech, the sessions that were asked for."""
    with serving("voice-live", script) as service:
        dialogue, ear = dialogue_for(service, **wishes), Ear()
        dialogue.start(ear)
        dialogue.say("Hello.")
        ear.wait(AnswerEnded)
        dialogue.close()
    return ear, ear.of(AnswerPart)[0].arriving.so_far(), [event["session"] for event in service.of_type("session.update")]


def test_blendshapes_that_come_as_a_string_are_read():
    _, speech, _ = voice_live_turn(Script(sound=voice(), face_as_text=True))
    assert sum(len(chunk.values) for chunk in speech.facial) == 60


def test_a_face_without_rolls_is_filled_up():
    _, speech, _ = voice_live_turn(Script(sound=voice(), face_values=52))
    values = np.concatenate([chunk.values for chunk in speech.facial])
    assert values.shape == (60, 55) and not values[:, 52:].any() and values[1:, :52].all()


def test_a_face_of_another_form_is_left_out_and_said_once():
    ear, speech, _ = voice_live_turn(Script(sound=voice(), face_values=61))
    (told,) = ear.of(Told)
    assert not speech.facial and speech.visemes and "unknown form" in told.sentence and is_sentence(told.sentence)


def test_a_face_of_another_rate_is_said():
    ear, _, _ = voice_live_turn(Script(sound=voice(), face_fps=30))
    (told,) = ear.of(Told)
    assert "30 frames per second" in told.sentence and is_sentence(told.sentence)


def test_a_voice_without_visemes_is_said():
    ear, speech, _ = voice_live_turn(Script(sound=voice(), visemes=(), face_values=0))
    (told,) = ear.of(Told)
    assert not speech.visemes and "no visemes" in told.sentence and speech.audio.duration_s == 1.0


def test_a_service_that_refuses_blendshapes_is_asked_without():
    ear, speech, sessions = voice_live_turn(Script(sound=voice(), refused_wishes=("blendshapes",)))
    assert [session.get("animation") for session in sessions] == [{"outputs": ["viseme_id", "blendshapes"]}, {"outputs": ["viseme_id"]}]
    assert speech.visemes and not speech.facial and not ear.of(Told)


def test_a_service_that_refuses_the_session_altogether_says_why():
    with serving("voice-live", Script(refused_wishes=("pcm16",))) as service:
        dialogue, ear = dialogue_for(service), Ear()
        dialogue.start(ear)
        told = ear.wait(Told)
        dialogue.close()
    assert told.kind == "error" and "cannot have pcm16" in told.sentence and len(service.of_type("session.update")) == 4


def test_an_openai_voice_of_voice_live_is_asked_for_no_visemes():
    ear, _, (session,) = voice_live_turn(Script(sound=voice(), visemes=()), voice="marin", cancels_echo=False)
    assert session["voice"] == {"type": "openai", "name": "marin"} and "animation" not in session and not ear.of(Told)
    assert "input_audio_echo_cancellation" not in session


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_token_opens_the_door(dialect):
    with serving(dialect, Script(sound=voice(0.2))) as service:
        asked = []

        def token():
            asked.append(threading.current_thread())
            return service.key

        access = ChatAccess(service.url, "m", token=token) if dialect == "openai" else SpeechAccess(endpoint=service.url, token=token)
        make = (RealtimeDialogue, RealtimeSettings) if dialect == "openai" else (VoiceLiveDialogue, VoiceLiveSettings)
        dialogue, ear = make[0](access, make[1]()), Ear()
        dialogue.start(ear)
        dialogue.say("Hello.")
        ear.wait(AnswerEnded)
        dialogue.close()
    assert service.handshakes[0][2]["authorization"] == f"Bearer {service.key}"
    assert asked and not any(thread.name.startswith("dialogue") for thread in asked), "a slow token must not hold up the loop"


def test_nothing_is_told_after_the_end(service):
    dialogue, ear = dialogue_for(service), Ear()
    service.script.hold_at_ms = 300
    dialogue.start(ear)
    dialogue.say("Hello.")
    assert service.holding.wait(10)
    ear.wait(AnswerPart)
    dialogue.close()
    n = len(ear.events)
    dialogue.say("Hello?")
    dialogue.hear(np.zeros(160, np.float32))
    dialogue.close()
    assert len(ear.events) == n


def test_a_dialogue_that_is_closed_at_once_opens_nothing():
    dialogue, ear = VoiceLiveDialogue(SpeechAccess("k", endpoint="http://127.0.0.1:9"), VoiceLiveSettings()), Ear()
    dialogue.close()
    dialogue.start(ear)
    dialogue.close()
    assert ear.events == []


def test_keys_are_in_no_words_of_the_dialogue():
    dialogue = VoiceLiveDialogue(SpeechAccess("planted-key", endpoint="http://127.0.0.1:9"), VoiceLiveSettings())
    assert "planted-key" not in repr(dialogue) + repr(vars(dialogue)["_place"]) + dialogue.label + repr(vars(dialogue)["_access"])
    assert dialogue.label == voice_live.NAME
