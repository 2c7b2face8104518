"""The routes for pages without a key: a voice, and somebody who answers."""

from __future__ import annotations

import base64
import io
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
import soundfile

from app.commands.serve import scripted_answer
from app.conversation.chat.habits import Habits
from app.conversation.chat.openai_chat import OpenAiChat
from app.conversation.steps import Message
from app.core.speech import AudioClip, Speech
from app.keys.access import ChatAccess
from app.remote.server.embedded_voice import MOST_CHARACTERS, MOST_WAITING, EmbeddedVoice
from app.speech.engine import Voice


def asked(url: str, body: object, **headers: str) -> httpx.Response:
    """Have a text spoken."""
    return httpx.post(f"{url}/speech", json=body, headers=headers, timeout=30)


def test_a_text_is_spoken_as_wav_and_with_its_visemes(start_server):
    url = start_server().url
    assert httpx.get(f"{url}/voices", timeout=30).json()["voices"][0]["id"] == "heart"
    answer = asked(url, {"text": "Hello, my baby."})
    samples, rate = soundfile.read(io.BytesIO(answer.content))
    assert answer.headers["content-type"] == "audio/wav" and rate == 24000 and 0.5 < len(samples) / rate < 3 and np.abs(samples).max() > 0.1
    said = asked(url, {"text": "Hello, my baby.", "voice": "heart", "speed": 2.0}, accept="application/json").json()
    quick, _ = soundfile.read(io.BytesIO(base64.b64decode(said["audio"])))
    assert len(quick) < 0.75 * len(samples) and said["duration_sec"] == pytest.approx(len(quick) / rate, abs=1e-3)
    offsets = [each["audioOffset"] for each in said["visemes"]]
    assert 21 in {each["visemeId"] for each in said["visemes"]} and offsets == sorted(offsets) and offsets[-1] < said["duration_sec"] * 1000


@pytest.mark.parametrize(("body", "status", "words"), [
    ({"text": 3}, 400, "Send text"), ({}, 400, "Send text"), ([], 400, "JSON object"), ({"text": "x", "speed": 9}, 400, "0.5 to 2"),
    ({"text": "x", "voice": "../x"}, 400, "choose one of heart"), ({"text": "..."}, 400, "."),
    ({"text": "x" * (MOST_CHARACTERS + 1)}, 413, "1000"),
    ({"text": "x", "more": "y" * 70_000}, 413, "64 KiB"),
])  # fmt: skip
def test_what_cannot_be_spoken_is_refused_with_a_sentence(start_server, body, status, words):
    answer = asked(start_server().url, body)
    assert answer.status_code == status and words in answer.json()["detail"] and answer.json()["detail"].endswith(".")


class Slow:
    """A voice that speaks when it is let."""

    def __init__(self) -> None:
        self.let = threading.Event()

    def voices(self) -> tuple[Voice, ...]:
        return (Voice("slow", "Slow", "en-US", "", True),)

    def warm_up(self) -> None:
        """Nothing is slow to load."""

    def synthesize(self, text, voice_id, speed=1.0, cancel=None):
        assert self.let.wait(20)
        yield Speech(AudioClip(np.zeros(2400, np.float32), 24000), text)


def test_too_many_texts_are_told_to_come_back(start_server, eventually):
    server, voice = start_server(), Slow()
    server.state.voice = EmbeddedVoice(voice)
    with ThreadPoolExecutor(MOST_WAITING) as pool:
        waiting = [pool.submit(asked, server.url, {"text": "x"}) for _ in range(MOST_WAITING)]
        eventually(lambda: server.state.voice._waiting == MOST_WAITING)
        busy = asked(server.url, {"text": "x"})
        voice.let.set()
        assert {each.result().status_code for each in waiting} == {200}
    assert busy.status_code == 503 and busy.headers["retry-after"] == "2" and asked(server.url, {"text": "x"}).status_code == 200


def test_the_scripted_persona_answers_any_client_of_chat_completions(monkeypatch, start_server, tmp_path):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    url = start_server(answering=scripted_answer).url
    chat = OpenAiChat(ChatAccess(f"{url}/v1", "scripted"), habits=Habits(tmp_path / "habits.json"))
    pieces = list(chat.reply([Message("system", "x"), Message("user", "Count to three")], threading.Event()))
    chat.close()
    assert "".join(pieces) == "One, two, three." and len(pieces) == 3
    whole = httpx.post(f"{url}/v1/chat/completions", json={"messages": [{"role": "user", "content": "Thanks"}]}).json()
    assert whole["choices"][0]["message"] == {"role": "assistant", "content": "You are very welcome."}


@pytest.mark.parametrize("body", [
    {}, {"messages": []}, {"messages": ["x"]}, {"messages": [{"role": "user"}]}, {"messages": [{"role": "user", "content": [1]}]},
    {"messages": [{"role": "user", "content": "x"}] * 65},
])  # fmt: skip
def test_a_question_in_another_form_is_refused(start_server, body):
    answer = httpx.post(f"{start_server(answering=scripted_answer).url}/v1/chat/completions", json=body)
    assert answer.status_code == 400 and "essage" in answer.json()["detail"]


def test_a_server_on_which_nobody_answers_says_so_and_tokens_are_asked_for(start_server):
    server = start_server(token="open-sesame-0123")
    body = {"messages": [{"role": "user", "content": "x"}]}
    assert httpx.post(f"{server.url}/v1/chat/completions", json=body).status_code == 401
    assert asked(server.url, {"text": "x"}).status_code == 401 and httpx.get(f"{server.url}/voices").status_code == 401
    answer = httpx.post(f"{server.url}/v1/chat/completions", json=body, headers={"authorization": "Bearer open-sesame-0123"})
    assert answer.status_code == 404 and "Nobody answers" in answer.json()["detail"]
    for page in ("/conversation/", "/azure-services-a2f.js", "/azure-services-a2f.mjs"):
        assert httpx.get(server.url + page).status_code == 200
    assert "export { AzureServicesA2F }" in httpx.get(f"{server.url}/azure-services-a2f.mjs").text
    assert httpx.get(f"{server.url}/conversation").headers["location"] == "conversation/"
