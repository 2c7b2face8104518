"""The conversation in the browser: without a key, with stand-ins for Azure, and when something is lost on the way."""

from __future__ import annotations

import base64
import json
import threading
import time

import httpx
import pytest

from app.commands.serve import scripted_answer
from app.remote.server.pages import WEB
from tests.browsers.chromium import CHROMIUM, Page
from tests.clouds import chat_service, speech_rest
from tests.clouds.chat_service import ChatService
from tests.clouds.speech_rest import SpeechRest
from tests.clouds.speech_synthesis import SynthesisServer

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]

#: a face of one mesh, and all that is told
SCENE = """
window.mesh = {morphTargetDictionary: {jawOpen: 0, mouthPressLeft: 1}, morphTargetInfluences: [0, 0]};
window.client = new Audio2FaceClient({serverUrl: SERVER, smoothing: 1});
client.initializeWithScene({traverse(visit) { visit(mesh); }});
window.services = new AzureServicesA2F(client);
window.told = []; window.widest = 0; window.pressed = 0;
for (const name of ['status', 'error', 'transcript', 'listening', 'thinking', 'response', 'speaking', 'lane', 'viseme', 'latency']) {
  services.on(name, (data) => told.push([name, data?.message ?? data]));
}
client.on('frame', () => {
  widest = Math.max(widest, mesh.morphTargetInfluences[0]);
  pressed = Math.max(pressed, mesh.morphTargetInfluences[1]);
});
window.until = (true_) => new Promise((done) => { const look = () => (true_() ? done() : requestAnimationFrame(look)); look(); });
0
"""


@pytest.fixture
def talk(page, start_server):
    """``talk(**server settings)`` -> a page with a conversation, and its server."""

    def open_(**settings) -> tuple[Page, str]:
        url = start_server(answering=scripted_answer, **settings).url
        page.open(url + "/v1/health/ready")
        sources = [httpx.get(f"{url}/{name}.js").text for name in ("audio2face-client", "azure-services-a2f")]
        page.run("\n".join(sources) + f"\nconst SERVER = {json.dumps(url)};" + SCENE)
        return page, url

    return open_


@pytest.fixture
def clouds():
    """Stand-ins for the Speech service and the chat."""
    with SpeechRest() as speech, ChatService(chat_service.KEY) as chat:
        yield speech, chat


def use(page: Page, speech: SpeechRest, chat: ChatService, model: str = "azure", key: str = speech_rest.KEY) -> None:
    """Give the page the keys of the stand-ins."""
    given = {
        "speech": {"key": key, "ttsEndpoint": f"{speech.url}/tts", "sttEndpoint": f"{speech.url}/stt"},
        "openai": {"endpoint": chat.url.rstrip("/"), "deployment": model, "key": chat_service.KEY},
    }
    assert page.run(f"services.configure({json.dumps(given)})") is True


def named(page: Page, name: str) -> list:
    """What was told under a name."""
    return [data for each, data in page.run("told") if each == name]


def test_without_a_key_the_server_speaks_and_answers(talk):
    page, _ = talk()
    answer = page.run("services.processMessage('Count to three, please.')")
    assert answer == "One, two, three." and named(page, "response") == [answer] and named(page, "error") == []
    assert "Scripted persona (no key) · Embedded voice of the server (no key)" in named(page, "status")[0]
    assert page.run("widest") > 0.1 and named(page, "lane") == ["Face: MOCK: not driven by the sound"]
    assert named(page, "thinking") == [True, False] and named(page, "speaking") == [True, False]
    assert len(named(page, "viseme")) > 5 and named(page, "latency")[0]["firstToken"] < named(page, "latency")[0]["firstSound"]
    assert page.run("services.conversationHistory") == [
        {"role": "user", "content": "Count to three, please."}, {"role": "assistant", "content": answer},
    ]  # fmt: skip


def test_with_keys_azure_speaks_and_answers(talk, clouds):
    page, _ = talk()
    speech, chat = clouds
    use(page, speech, chat, "gpt-5")
    assert page.run("services.processMessage('Hello?')") == "Hello there, friend. How are you?" and named(page, "error") == []
    assert page.run("widest") > 0.1 and len(speech.spoken) == 2
    assert '<voice name="en-US-AndrewMultilingualNeural">' in speech.spoken[0] and ">Hello there, friend.<" in speech.spoken[0]
    asked = [body.keys() - {"messages", "model", "stream"} for body in chat.bodies()]  # what a deployment does not take is left out
    assert asked == [{"max_tokens", "temperature"}, {"max_completion_tokens", "temperature"}, {"max_completion_tokens"}]
    assert chat.bodies()[0]["messages"][0]["role"] == "system"
    page.run("services.remember(); services.clearHistory()")
    assert page.run("new AzureServicesA2F(client).recall()") is True and page.run("services.conversationHistory") == []
    page.run("services.forget()")
    assert speech_rest.KEY not in page.run("JSON.stringify([sessionStorage, localStorage, services.getDebugState(), told])")


SDK = WEB / "node_modules" / "microsoft-cognitiveservices-speech-sdk"


@pytest.mark.skipif(not SDK.is_dir(), reason="npm install was not run in app/remote/web")
def test_azures_own_sdk_brings_the_visemes_that_take_over(talk):
    page, url = talk()
    page.run(httpx.get(f"{url}/conversation/speech-sdk.js").text + ";0")
    with SynthesisServer() as azure:
        given = {
            "speech": {"key": "good-key", "ttsEndpoint": f"{azure.address}/of/our/own"}
        }  # of the usual path it would ask for a redirection first
        assert page.run(f"services.configure({json.dumps(given)})") is True
        page.run("services.speak('Pop up. Bob ran far.')")
        assert named(page, "error") == [] and named(page, "lane") == ["Face: MOCK: not driven by the sound"] and page.run("widest") > 0.1
        told = named(page, "viseme")
        assert [each["visemeId"] for each in told[:3]] == [21, 8, 21] and len(azure.documents) == 2
        assert "redlips_front" in azure.documents[0] and "Pop up." in azure.documents[0]
        page.run("client.prepare = async () => { throw new Error('The server is away.'); }; told.length = pressed = 0")
        page.run("services.speak('Bob ran far.')")
        assert named(page, "lane") == ["Audio2Face is lost (The server is away.) Face: visemes"] and page.run("pressed") > 0.2
        page.run(f"services.configure({json.dumps({'speech': {'key': 'bad-key'}})})")
        page.run("told.length = 0; services.speak('Hello')")
        (error,) = named(page, "error")
        assert "check its key" in error and "bad-key" not in error


def test_visemes_take_over_when_the_server_is_lost_and_the_sound_goes_on(talk):
    page, _ = talk()
    page.run("client.prepare = async () => { throw new Error('The server is away.'); }")
    answer = page.run("services.processMessage('Say something with P, B, and M.')")
    assert "Peter Piper" in answer and named(page, "error") == []
    assert named(page, "lane") == ["Audio2Face is lost (The server is away.) Face: visemes"]
    assert page.run("pressed") > 0.2 and page.run("widest") > 0.2, "lips close for P, B and M, and the jaw opens"


def test_the_lanes_are_switched_while_it_speaks(talk):
    page, _ = talk()
    page.run("window.answer = services.processMessage('Tell me a story'); 0")
    page.run("until(() => services.isSpeaking)")
    page.run("services.setVisemeEnabled(true); until(() => pressed > 0.2)")
    page.run("services.setVisemeEnabled(false); 0")
    page.run("services.stop(); answer")
    assert ["visemes" in words for words in named(page, "lane")] == [False, True, False]


def test_an_interruption_is_silence_and_what_was_heard_is_believed(talk):
    page, _ = talk()
    page.run("window.element = null; services.on('audioReady', (ready) => element = ready.audioElement); services.configure()")
    page.run("window.answer = services.processMessage('Tell me a story'); until(() => element && element.currentTime > 1.0)")
    took_ms = page.run("{ const begun = performance.now(); services.stop(); performance.now() - begun }")
    assert page.run("element.paused") is True and took_ms < 50 and page.run("services.isSpeaking") is False
    assert page.run("answer") is None
    believed = page.run("services.conversationHistory.at(-1)")
    assert believed["role"] == "assistant" and believed["content"].startswith("Once there was") and len(believed["content"]) < 80
    assert page.run("until(() => mesh.morphTargetInfluences[0] === 0).then(() => true)") is True, "the mouth closes"
    page.run("services.processMessage('Count to three')")
    assert page.run("services.conversationHistory.length") == 4 and named(page, "error") == []


def test_what_goes_wrong_is_one_sentence_without_a_key(talk, clouds):
    page, _ = talk()
    speech, chat = clouds
    expected = {
        "missing": "has no missing", "busy-300": "try again in 300 seconds", "fault": "a fault of its own (500)",
        "filtered": "content filter",
        "forbidden": "does not let this page in", "breaks": "broke the answer off", "half": "lost in the middle", "cut": "content filter",
    }  # fmt: skip
    for model, words in expected.items():
        use(page, speech, chat, model)
        page.run("told.length = 0; services.clearHistory()")
        assert page.run("services.processMessage('Hello?')") is None
        (error,) = named(page, "error")
        assert words in error and chat_service.KEY not in error, error
        assert page.run("services.conversationHistory.at(-1).content") == ("Hello" if model in ("breaks", "half", "cut") else "Hello?")
    use(page, speech, chat, key="wrong")
    page.run("told.length = 0")
    page.run("services.processMessage('Hello?')")
    assert named(page, "error") == ["The Speech service refuses the key; copy it again from the page Keys and Endpoint of the resource."]


def test_push_to_talk_is_understood_and_answered(talk, clouds):
    page, _ = talk()
    speech, chat = clouds
    use(page, speech, chat)
    assert page.run("services.startListening()") is True and named(page, "listening") == [True]
    page.run("until(() => services.ears.voiced > 0)")  # Chromium's microphone beeps once a second
    page.run("services.stopListening()")
    assert named(page, "transcript") == [{"text": "Tell me a story.", "isFinal": True}] and named(page, "listening") == [True, False]
    (seconds, loudest), *_ = speech.heard
    assert seconds > 0.05 and loudest > 0.01


def test_an_utterance_ends_at_a_pause(talk):
    page, _ = talk()
    page.run("""window.wavs = []; window.onsets = 0; window.ears = new A2FEars((wav) => wavs.push(wav.size), () => onsets++);
      window.second = (level) => { for (let i = 0; i < 100; i++) ears.hear(new Float32Array(160).map((_, k) => level * Math.sin(k / 4))); }
      second(0.001); second(0.2); second(0.2); 0""")
    assert page.run("wavs") == [] and page.run("onsets") == 1
    page.run("second(0.001)")
    (size,) = page.run("wavs")
    assert (size - 44) / 32000 == pytest.approx(2.0 + 0.8 + 0.3, abs=0.25), "the word, the pause, and a little before"
    assert page.run("second(0.001); ears.close().then(() => wavs.length)") == 1
    page.run("for (let i = 0; i < 60; i++) second(0.2); 0")
    assert page.run("wavs.length") == 2, "a minute without a pause is cut"


def test_sentences_are_cut_as_they_come(talk):
    page, _ = talk()
    cut = """((text) => [1, 7, 1000].map((size) => { const cutter = new A2FSentences(), found = [];
      for (let i = 0; i < text.length; i += size) found.push(...cutter.push(text.slice(i, i + size)));
      return [...found, ...cutter.rest()]; }))"""
    text = "Dr. Smith paid 3.50 dollars, e.g. for **bread** 🎉. Really? 你好。Yes.\\n1. One\\n"
    ways = page.run(f'{cut}("{text}")')
    assert ways[0] == ways[1] == ways[2] and "".join(ways[0]) == text.replace("\\n", "\n")
    assert page.run(f"{json.dumps(ways[0])}.map(a2fSpeakable)") == [
        "Dr. Smith paid 3.50 dollars,", "e.g. for bread .", "Really?", "你好。", "Yes.", "1. One",
    ]  # fmt: skip


@pytest.mark.skipif(not (WEB / "node_modules" / "three").is_dir(), reason="npm install was not run in app/remote/web")
def test_the_page_shows_the_default_avatar_in_conversation(page, start_server, shots):
    page.call("Emulation.setDeviceMetricsOverride", width=640, height=400, deviceScaleFactor=1, mobile=False)
    page.open(start_server(answering=scripted_answer).url + "/conversation/")
    give_up_s = time.monotonic() + 60
    while not page.run("Boolean(window.conversation?.ready)"):
        assert time.monotonic() < give_up_s, page.run("document.body.innerText")
        threading.Event().wait(0.1)
    page.run("document.getElementById('text').value = 'Who are you?'; document.getElementById('ask').requestSubmit(); 0")
    page.run("new Promise((done) => conversation.services.on('viseme', ({index}) => index > 6 && done()))")
    (shots / "browser-conversation.png").write_bytes(base64.b64decode(page.call("Page.captureScreenshot")["data"]))
    page.run("new Promise((done) => conversation.services.on('latency', done))")
    text = page.run("document.getElementById('panel').innerText")
    assert "Who are you?" in text and "scripted stand-in" in text and "First word" in text and "(no key)" in text
    assert page.run("document.getElementById('error').textContent") == ""
