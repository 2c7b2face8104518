"""Voice Live and OpenAI's Realtime through their real SDKs, against a server on this machine: whole turns in both dialects."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from app.conversation.events import AnswerEnded, AnswerPart, AnswerText, Believed, Reached, Told, UserBegan, UserText
from app.conversation.realtime import service_dialogue
from app.conversation.realtime.spending import counted
from tests.clouds.realtime_service import RATE, RealtimeService, Script, serving
from tests.clouds.realtime_talk import KEY, Ear, dialogue_for, sound_of_a_user, speak, voice

pytest.importorskip("openai")
pytest.importorskip("azure.ai.voicelive")


def test_a_typed_turn_is_answered_aloud(service, talk):
    dialogue, ear = talk
    dialogue.say("What time is it?")
    ended = ear.wait(AnswerEnded)
    assert ended == AnswerEnded(1, True)
    (part,) = ear.of(AnswerPart)
    assert part.turn == 1 and part.arriving.complete and part.arriving.rate == RATE
    assert np.abs(part.arriving.so_far().audio.samples - voice()).max() < 1e-4
    assert "".join(event.delta for event in ear.of(AnswerText)) == part.arriving.text == "Good morning."
    said = ear.of(UserText)
    assert [(s.turn, s.text, s.final) for s in said] == [(1, "What time is it?", True)]
    stages = ear.stages(1)
    assert list(stages) == ["final_text", "first_token", "first_sound"] and sorted(stages.values()) == list(stages.values())
    assert not ear.of(Told)


def test_a_spoken_turn_has_its_text_and_its_moments(service, talk):
    dialogue, ear = talk
    began_s = time.perf_counter()
    speak(dialogue)
    assert ear.wait(AnswerEnded) == AnswerEnded(1, True)
    assert began_s - 1.5 < ear.wait(UserBegan).at_s < time.perf_counter()
    assert [(s.text, s.final) for s in ear.of(UserText)] == [("What tim", False), ("What time is it?", False), ("What time is it?", True)]
    stages = ear.stages(1)
    assert set(stages) == {"last_word", "final_text", "first_token", "first_sound"}
    heard = np.concatenate(service.heard)
    assert len(heard) == pytest.approx(1.1 * RATE, rel=0.04)
    spectrum = np.abs(np.fft.rfft(heard[: round(0.3 * RATE)]))
    assert spectrum.argmax() / 0.3 == pytest.approx(200, abs=5) and np.abs(heard).max() == pytest.approx(0.3, rel=0.05)


def test_the_last_word_is_where_the_voice_ended_not_where_the_service_noticed(service, talk, monkeypatch):
    """The service waits for silence; the turn's latency counts from the word. The clock here is one at which blocks are heard in time."""
    dialogue, ear = talk
    clock = SimpleNamespace(perf_counter=lambda: clock.now_s, now_s=100.0)
    monkeypatch.setattr(service_dialogue, "time", clock)
    for block in np.array_split(sound_of_a_user(0.4, 0.7), 55):
        clock.now_s += len(block) / 16000
        dialogue.hear(block)
    ear.wait(Reached, stage="last_word")
    assert ear.stages(1)["last_word"] == pytest.approx(100.4, abs=0.08)
    assert ear.of(UserBegan)[0].at_s == pytest.approx(100.0, abs=0.08)


def test_voice_live_brings_visemes_words_and_a_face():
    with serving("voice-live", Script(sound=voice())) as service:
        dialogue, ear = dialogue_for(service), Ear()
        dialogue.start(ear)
        dialogue.say("Hello.")
        ear.wait(AnswerEnded)
        dialogue.close()
        speech = ear.of(AnswerPart)[0].arriving.so_far()
    assert [(v.viseme_id, v.offset_s) for v in speech.visemes] == [(0, 0), (20, 0.06), (8, 0.2), (19, 0.28), (21, 0.32), (0, 0.95)]
    assert [(w.text, w.start_s, w.end_s) for w in speech.words] == [("Good", 0, 0.3), ("morning.", 0.3, 1.0)]
    frames = np.concatenate([chunk.values for chunk in speech.facial])
    assert frames.shape == (60, 55) and [chunk.first for chunk in speech.facial] == list(range(0, 60, 6))
    assert np.allclose(frames[:, 3], np.arange(60) / 1000)


def test_realtime_brings_sound_alone_and_says_that_it_hears_its_echo():
    with serving("openai", Script(sound=voice())) as service:
        dialogue, ear = dialogue_for(service), Ear()
        dialogue.start(ear)
        dialogue.say("Hello.")
        ear.wait(AnswerEnded)
        dialogue.close()
        speech = ear.of(AnswerPart)[0].arriving.so_far()
    assert dialogue.hears_echo and not (speech.visemes or speech.words or speech.facial) and speech.audio.duration_s == 1.0


def test_the_session_asks_for_what_the_services_offer(service, talk):
    session = service.wait_for(lambda s: s.of_type("session.update"))[0]["session"]
    path, query, headers = service.handshakes[0]
    if service.dialect == "openai":
        assert path == "/openai/v1/realtime" and query["model"] == "my-realtime" and headers["authorization"] == f"Bearer {KEY}"
        hearing = session["audio"]["input"]
        assert session["type"] == "realtime" and hearing["turn_detection"]["type"] == "server_vad"
        assert hearing["transcription"]["model"] and hearing["format"] == {"type": "audio/pcm", "rate": 24000}
    else:
        assert path == "/voice-live/realtime" and query["model"] == "gpt-realtime" and headers["api-key"] == KEY
        assert session["animation"]["outputs"] == ["viseme_id", "blendshapes"] and session["modalities"][-1] == "animation"
        assert session["output_audio_timestamp_types"] == ["word"] and session["turn_detection"]["auto_truncate"] is False
        assert session["input_audio_echo_cancellation"]["type"] == "server_echo_cancellation" and not talk[0].hears_echo


def test_an_interruption_is_cut_at_the_millisecond_that_was_heard(service, talk):
    dialogue, ear = talk
    service.script.hold_at_ms = 800
    dialogue.say("Tell me something.")
    assert service.holding.wait(10)
    ear.wait_for_sound(0.8)
    dialogue.interrupt(0.4321)
    believed = ear.wait(Believed)
    service.wait_for(lambda s: s.truncated)
    assert service.truncated == [(service.connections[0].item_id, 432)]
    assert ear.wait(AnswerEnded) == AnswerEnded(1, False)
    assert believed.turn == 1 and believed.heard_s == pytest.approx(0.4321) and believed.text == "Good"
    assert not ear.of(AnswerPart)[0].arriving.complete and not ear.of(Told)


def test_an_answer_that_still_grows_is_cut_where_all_that_came_was_heard(service, talk):
    """The service is ahead: its item is longer than what has come by now."""
    dialogue, ear = talk
    service.script.hold_at_ms = 500
    dialogue.say("Tell me something.")
    ear.wait_for_sound(0.5)
    dialogue.interrupt(0.5)
    ear.wait(Believed)
    service.wait_for(lambda s: s.truncated)
    assert service.truncated[0][1] == 500 and service.of_type("response.cancel")


def test_what_is_interrupted_after_the_service_has_finished_is_cut_too(service, talk):
    """Sound comes faster than it is played: nothing is left to cancel, but the model has to know."""
    dialogue, ear = talk
    dialogue.say("Tell me something.")
    ear.wait(AnswerEnded)
    dialogue.interrupt(0.25)
    ear.wait(Believed)
    service.wait_for(lambda s: s.truncated)
    assert service.truncated[0][1] == 250 and not service.of_type("response.cancel")
    dialogue.interrupt(0.5)
    dialogue.say("And then?")
    ear.wait(AnswerEnded, 2)
    assert len(ear.of(Believed)) == 1 and len(service.truncated) == 1


def test_an_answer_that_was_heard_to_its_end_is_not_cut(service, talk):
    dialogue, ear = talk
    dialogue.say("Tell me something.")
    ear.wait(AnswerEnded)
    dialogue.interrupt(1.0)
    dialogue.say("And then?")
    ear.wait(AnswerEnded, 2)
    assert not ear.of(Believed) and not service.truncated


def test_the_user_speaks_over_the_answer(service, talk):
    """The service stops by itself; how much was heard is told by whoever plays."""
    dialogue, ear = talk
    service.script.hold_at_ms = 600
    dialogue.say("Tell me something.")
    assert service.holding.wait(10)
    service.script.hold_at_ms = None
    ear.wait_for_sound(0.6)
    speak(dialogue, silence_s=0.1)
    ear.wait(UserBegan)
    dialogue.interrupt(0.3)
    ear.wait(Believed)
    dialogue.end_of_speech()
    ear.wait(AnswerEnded, complete=True)
    endings = [(event.turn, event.complete) for event in ear.of(AnswerEnded)]
    assert endings == [(1, False), (2, True)] and service.truncated[0][1] == 300
    assert not ear.of(Told), "a cancel that came too late is no error"


def test_push_to_talk_ends_the_turn_at_once(service, talk):
    dialogue, ear = talk
    speak(dialogue, silence_s=0.04)
    dialogue.end_of_speech()
    assert ear.wait(AnswerEnded) == AnswerEnded(1, True)


def test_a_text_that_comes_late_stands_before_its_answer(service, talk):
    dialogue, ear = talk
    service.script.late_transcript = True
    speak(dialogue)
    ear.wait(AnswerEnded)
    service.script.late_transcript = False
    service.drop()
    dialogue.say("And now?")
    ear.wait(AnswerEnded, 2)
    said = [(item["role"], item["content"][0]["text"]) for item in service.connections[-1].items.values()]
    assert said == [("user", "What time is it?"), ("assistant", "Good morning."), ("user", "And now?")]


def test_it_forgets_when_it_is_told_to(service, talk):
    dialogue, ear = talk
    dialogue.say("My name is Ann.")
    ear.wait(AnswerEnded)
    dialogue.clear()
    dialogue.say("Who am I?")
    ear.wait(AnswerEnded, 2)
    (item,) = service.connections[-1].items.values()
    assert len(service.connections) == 2 and item["content"][0]["text"] == "Who am I?" and not ear.of(Told)


def test_what_was_used_is_told(service):
    reports = []
    dialogue, ear = dialogue_for(service, spent=reports.append), Ear()
    dialogue.start(ear)
    speak(dialogue)
    ear.wait(AnswerEnded)
    dialogue.close()
    deadline = time.monotonic() + 5
    while len(reports) < 2 and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    answer, connection = reports
    counts = []
    for report in reports:
        counted(lambda *each: counts.append(each))(report)
    assert sum(amount for _, unit, amount, _ in counts if unit == "minutes_spoken") == pytest.approx(1 / 60)
    assert sum(amount for _, unit, amount, _ in counts if unit == "minutes_heard") == pytest.approx(1.1 / 60, rel=0.01)
    assert (answer.text_in, answer.audio_in, answer.cached_in, answer.text_out, answer.audio_out) == (10, 30, 4, 5, 15)
    assert answer.spoken_s == 1.0 and connection.heard_s == pytest.approx(1.1, abs=0.01) and 0 < connection.connected_s < 30
    assert {report.service for report in reports} == {"openai-realtime" if service.dialect == "openai" else "voice-live"}


def test_two_dialogues_do_not_disturb_each_other():
    with serving("openai", Script(sound=voice(0.3))) as one, serving("voice-live", Script(sound=voice(0.5))) as other:
        talks: list[tuple[RealtimeService, Ear]] = [(one, Ear()), (other, Ear())]
        dialogues = [dialogue_for(each) for each, _ in talks]
        for dialogue, (_, ear) in zip(dialogues, talks, strict=True):
            dialogue.start(ear)
            dialogue.say("Hello.")
        lengths = [ear.wait(AnswerEnded) and ear.of(AnswerPart)[0].arriving.duration_s for _, ear in talks]
        for dialogue in dialogues:
            dialogue.close()
    assert lengths == [0.3, 0.5]
