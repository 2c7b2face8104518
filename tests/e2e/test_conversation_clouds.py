"""The whole loop with the real SDKs and servers on this machine: a spoken question in, an answer with sound, mouth and face out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import soundfile
from aiohttp import web

from app.conversation.chat.personas import Persona
from app.conversation.choice import Partners, Ways, make_dialogue
from app.conversation.events import AnswerEnded, AnswerPart, Believed, Told, UserBegan, UserText
from app.conversation.turns import waterfall
from app.keys.access import ChatAccess, SpeechAccess
from app.speech.azure.cache import LineCache
from app.speech.azure.engine import AzureEngine
from tests.clouds.chat_service import ANSWER, KEY, ChatService
from tests.clouds.speech_both import SpeechService
from tests.clouds.speech_recognition import spoken
from tests.clouds.speech_synthesis import S_PER_CHARACTER
from tests.unit.conversation.parties import Listener

SPEECH_KEY = "planted-key-of-the-speech-0123456789"
WHOLE = "".join(ANSWER)
VOICE = "azure:en-US-JennyNeural"
PERSONA = Persona("test", "Test", "Be brief.", azure_voice="en-US-JennyNeural")
BLOCK = 320


class SpeechServer(SpeechService):
    """Both halves of the Speech service.

    Attributes:
        refused: a part of the path of the half that refuses with 401, "" for none.
    """

    refused = ""

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if self.refused and self.refused in request.path:
            return web.Response(status=401, text="Unauthorized")
        return await super()._serve(request)


@pytest.fixture
def speech():
    with SpeechServer((SPEECH_KEY,)) as server:
        yield server


@pytest.fixture
def chat():
    with ChatService() as service:
        yield service


@pytest.fixture
def talk(speech, chat, tmp_path, monkeypatch):
    """``dialogue, heard = talk(model)``: a conversation in the cloud that has begun."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    ended = []

    def begin(model="gpt", **chosen):
        ways = Ways(SpeechAccess(SPEECH_KEY, endpoint=speech.address), ChatAccess(chat.url, model, KEY))
        engine = AzureEngine(lambda: ways.speech, LineCache(tmp_path / "lines"), first_s=5.0)
        partners = Partners(**{"voice_id": VOICE, "hands_free": False, "parts_ahead": None, **chosen})
        dialogue, heard = make_dialogue(partners, PERSONA, ways, engine=engine), Listener()
        ended.extend((dialogue.close, engine.close))
        dialogue.start(heard)
        return dialogue, heard

    yield begin
    for end in ended:
        end()


def ask(dialogue, words: str, pause: threading.Event | None = None) -> None:
    """Say tones that the server knows as words; with a pause after each block, in their own time."""
    samples = spoken(words, 0.2)
    for at in range(0, len(samples), BLOCK):
        dialogue.hear(samples[at : at + BLOCK])
        if pause is not None:
            pause.wait(BLOCK / 16000)
    dialogue.end_of_speech()


def test_a_spoken_question_is_answered_with_sound_mouth_and_face(talk, chat, speech):
    dialogue, heard = talk()
    assert dialogue.label == f"Azure · gpt at {chat.host} · {dialogue.label.rpartition(' · ')[2]}" and not dialogue.is_stand_in
    ask(dialogue, "one two three")
    heard.wait(AnswerEnded)
    assert [event.text for event in heard.of(UserText) if event.final] == ["One two three."] and heard.of(UserBegan)
    assert heard.text(1) == WHOLE and heard.ends() == [AnswerEnded(1, True)]
    parts = [part.so_far() for part in heard.parts(1)]
    assert "".join(part.text for part in parts).replace(" ", "") == WHOLE.replace(" ", "")
    for part in parts:
        assert part.audio.duration_s > 0.3 and np.abs(part.audio.samples).max() > 0.05
        assert {event.viseme_id for event in part.visemes} - {0} and sum(len(f.values) for f in part.facial) > 10 and part.words
    assert chat.bodies()[0]["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "One two three."}]
    (turn,) = heard.turns()
    assert [wait.stage for wait in waterfall(turn)] == ["final_text", "first_token", "first_sound"]
    assert sum(wait.duration_s for wait in waterfall(turn)) < 20


def test_the_next_question_hangs_on_what_was_heard_of_the_answer(talk, chat, speech):
    speech.chunk_pause_s = 0.05
    dialogue, heard = talk(parts_ahead=1)
    ask(dialogue, "one two")
    part = heard.wait(AnswerPart).arriving
    heard_s = 11.5 * S_PER_CHARACTER  # "Hello there" has eleven letters
    for piece in part.pieces(threading.Event()):
        assert len(piece.samples) >= 0
        if part.duration_s > heard_s:
            break
    dialogue.interrupt(heard_s)
    believed = heard.wait(Believed)
    assert believed.turn == 1 and WHOLE.startswith(believed.text) and believed.text.rstrip(",") in ("Hello", "Hello there")
    ask(dialogue, "three")
    heard.wait(AnswerEnded, 2)
    assert {"role": "assistant", "content": believed.text} in chat.bodies()[1]["messages"]


def told(heard) -> str:
    """The one sentence that was told, which names no key."""
    (said,) = {event.sentence for event in heard.of(Told) if event.kind == "error"}
    assert said[-1] == "." and "\n" not in said and KEY not in said and SPEECH_KEY not in said
    return said


@pytest.mark.parametrize(
    ("model", "says", "text"),
    [("missing", "has no model", ""), ("busy-300", "", ""), ("forbidden", "", ""), ("drops", "", "Hello"), ("half", "", "Hello")],
)
def test_a_chat_that_fails_is_told_and_the_conversation_goes_on(talk, chat, model, says, text):
    dialogue, heard = talk(model)
    for turn in (1, 2):
        ask(dialogue, "one two")
        ended = heard.wait(AnswerEnded, turn)
        assert ended == AnswerEnded(turn, False, told(heard)) and says in ended.sentence
        assert heard.text(turn) == text
    assert len(chat.bodies()) >= 2


def test_a_slow_chat_is_waited_for(talk, chat):
    dialogue, heard = talk("slow")
    ask(dialogue, "one")
    heard.wait(UserText)
    chat.release.set()
    assert heard.wait(AnswerEnded).complete and heard.text(1) == WHOLE


def test_a_chat_that_stalls_is_given_up_at_once_when_it_is_interrupted(talk, chat):
    dialogue, heard = talk("stalls")
    ask(dialogue, "one")
    heard.wait(UserText)
    until = threading.Event()
    while not chat.bodies():
        until.wait(0.01)
    dialogue.interrupt(0.0)
    assert heard.wait(Believed).text == "" and chat.left.wait(10) is not None
    chat.release.set()


def test_a_voice_that_drops_in_the_middle_of_a_sentence_leaves_the_text_and_the_next_turn_speaks(talk, speech):
    speech.drop_after = 2
    dialogue, heard = talk()
    ask(dialogue, "one")
    ended = heard.wait(AnswerEnded)
    assert not ended.complete and ended.sentence == told(heard)
    assert heard.text(1) == WHOLE and not heard.parts(1)[0].complete and heard.parts(1)[0].duration_s > 0.1
    ask(dialogue, "two")
    assert heard.wait(AnswerEnded, 2).complete and all(part.complete for part in heard.parts(2))


@pytest.mark.parametrize(("half", "in_text"), [("/tts/", True), ("/speech/", False)])
def test_a_key_that_speech_refuses_is_told(talk, speech, half, in_text):
    speech.refused = half
    dialogue, heard = talk()
    if in_text:
        ask(dialogue, "one")
        assert heard.wait(AnswerEnded).sentence == told(heard) and heard.text(1) == WHOLE and not heard.parts(1)
    else:
        ask(dialogue, "one")
        heard.wait(Told)
        dialogue.say("typed instead")
        assert heard.wait(AnswerEnded).complete
    assert "key" in told(heard)


def test_a_recogniser_whose_line_drops_loses_no_word(talk, speech):
    speech.drop_after_s = [0.5]
    dialogue, heard = talk()
    ask(dialogue, "one two three four", threading.Event())
    heard.wait(AnswerEnded)
    assert [event.text for event in heard.of(UserText) if event.final] == ["One two three four."]


def test_converse_keeps_the_answers_and_no_key(root, speech, chat, tmp_path):
    soundfile.write(str(tmp_path / "question.wav"), spoken("one two three", 0.3), 16000)
    home = tmp_path / "home"
    keep = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    mine = {
        "PYTHONPATH": str(root), "NO_PROXY": "127.0.0.1,localhost", "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state"), "SPEECH_KEY": SPEECH_KEY,
        "SPEECH_ENDPOINT": speech.address,
        "AZURE_OPENAI_ENDPOINT": chat.url, "AZURE_OPENAI_DEPLOYMENT": "gpt", "AZURE_OPENAI_API_KEY": KEY,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }  # fmt: skip
    words = ["--in", "question.wav", "--text", "And now?", "-o", "out", "--fast", "--source", "visemes", "--voice", VOICE, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "app", "converse", *words], cwd=tmp_path, env={**keep, **mine}, capture_output=True, text=True, timeout=200,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [turn["asked"] for turn in report["turns"]] == ["One two three.", "And now?"] and not report["stand_in"]
    for name in ("01", "02"):
        folder = tmp_path / "out" / name
        assert {path.name for path in folder.iterdir()} == {"answer.wav", "answer.csv", "words.json", "answer.vstake"}
        assert len(json.loads((folder / "words.json").read_text())["words"]) == len(WHOLE.split())
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()) + (done.stdout + done.stderr).encode()
    assert SPEECH_KEY.encode() not in written and KEY.encode() not in written
