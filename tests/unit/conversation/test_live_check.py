"""The script for a person with keys, run against servers on this machine with the real SDKs."""

from __future__ import annotations

import json

import pytest

from app.cli import main
from app.conversation.check.live import LINE, Proof, Trial, word_errors
from app.keys.access import ChatAccess, SpeechAccess
from tests.clouds import speech_synthesis
from tests.clouds.chat_service import KEY, ChatService
from tests.clouds.realtime_service import RealtimeService
from tests.clouds.speech_both import SpeechService, tones

VOICE = "azure:en-US-JennyNeural"
SPEECH = "planted-speech-key-of-the-trial"


@pytest.fixture
def clouds():
    """All services."""
    with SpeechService(keys=(SPEECH,)) as speech, ChatService() as chat:
        live = RealtimeService("voice-live")
        try:
            yield speech, chat, live
        finally:
            live.close()


def proofs(tmp_path, speech=None, chat=None, live=None, **more) -> dict[str, Proof]:
    """Try what is given."""
    counted = []
    trial = Trial(
        SpeechAccess(key=SPEECH, endpoint=speech.address) if speech else SpeechAccess(),
        ChatAccess(chat.url, "gpt-5", KEY) if chat else ChatAccess(),
        ChatAccess(live.url, "gpt-realtime", live.key) if live else ChatAccess(),
        tmp_path,
        lambda *what: counted.append(what),
        voice_id=VOICE,
        **{"lanes": ("azure-visemes", "azure-blendshapes"), **more},
    )
    found = {proof.step: proof for proof in trial.proofs()}
    assert not any(SPEECH in str(each) or KEY in str(each) for each in found.values())
    found["counted"] = Proof("counted", "ok", "", {"of": {service for service, *_ in counted}})
    return found


def test_everything_that_a_key_proves(clouds, tmp_path, monkeypatch):
    speech, chat, live = clouds
    monkeypatch.setattr(speech_synthesis, "hum", tones)
    found = proofs(tmp_path, speech, chat, live, line="one two three four")
    synthesis = found["synthesis"].figures
    assert found["synthesis"].state == "ok" and synthesis["voices"] >= 14 and synthesis["viseme_events"] > 5
    assert synthesis["blendshape_frames"] > 30 and synthesis["blendshapes_expected_per_s"] == 60
    assert synthesis["blendshapes_from"] < 0 and synthesis["words"] == 4
    assert 0 < synthesis["first_sound_ms"] < 5000
    assert found["lane azure-visemes"].figures["frames"] > 10 and found["lane azure-blendshapes"].figures["frames"] > 10
    assert found["recognition"].state == "ok" and found["recognition"].figures["word_errors"] == 0
    talk = found["chat"].figures
    assert (
        found["chat"].state == "ok" and talk["limit_is_called"] == "max_completion_tokens" and "temperature" in talk["refused_parameters"]
    )
    assert talk["tokens"] and talk["first_token_ms"] > 0
    spoken = found["speech to speech"]
    assert spoken.state == "ok" and spoken.figures["events"]["AnswerPart"] >= 1 and spoken.figures["viseme_events"] > 0
    assert found["counted"].figures["of"] == {"tts", "stt", "chat"}


def test_what_is_not_configured_is_not_tried(tmp_path):
    found = proofs(tmp_path)
    assert {proof.state for step, proof in found.items() if step != "counted"} == {"note"}


def test_what_fails_is_one_sentence_and_the_rest_goes_on(clouds, tmp_path):
    speech, chat, _ = clouds
    speech.refuse = 401
    found = proofs(tmp_path, speech, chat)
    assert found["synthesis"].state == "problem" and "refused the key" in found["synthesis"].sentence
    assert found["recognition"].state == "note" and found["chat"].state == "ok"


def test_the_verb_writes_a_report_without_keys(clouds, tmp_path, monkeypatch, capsys):
    speech, chat, _ = clouds
    for name, value in {
        "SPEECH_KEY": SPEECH, "SPEECH_ENDPOINT": speech.address, "OPENAI_BASE_URL": chat.url, "OPENAI_API_KEY": KEY, "OPENAI_MODEL": "mini",
        **{f"XDG_{place}_HOME": str(tmp_path / place) for place in ("CONFIG", "STATE", "CACHE")},
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("app.conversation.check.live.LANES", ("azure-visemes",))
    monkeypatch.setattr(speech_synthesis, "S_PER_CHARACTER", 0.02)
    report = tmp_path / "report.json"
    assert main(["doctor", "--azure", "--live", "--report", str(report)]) in (0, 3)
    out = capsys.readouterr().out
    data = json.loads(report.read_text())
    steps = {proof["step"]: proof["state"] for proof in data["proofs"]}
    assert steps["synthesis"] == "ok" == steps["chat"] and steps["speech to speech"] == "note"
    assert SPEECH not in report.read_text() + out and KEY not in report.read_text() + out and "blendshapes_per_s" in out
    assert main(["doctor", "--azure", "--live", "--report", str(tmp_path / "none" / "report.json")]) == 3
    assert "another place" in capsys.readouterr().err


def test_words_are_compared_without_points_and_capitals():
    assert word_errors(LINE, LINE.lower().replace(",", "")) == 0
    assert word_errors("one two three", "one three four") == 2 and word_errors("one", "") == 1
