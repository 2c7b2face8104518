"""The browser client in real headless Chromium, driven through the DevTools protocol."""

from __future__ import annotations

import base64
import io
import json
import re
import socket as sockets
import subprocess
import sys
import threading
import time

import httpx
import numpy as np
import pytest
import soundfile
from fastapi import FastAPI, Response, WebSocket

from app.remote.server.pages import WEB
from tests.browsers.chromium import CHROMIUM, Page

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")]

#: a scene of two meshes whose targets lie in different order, and what they showed over the sound's time
SCENE = """
window.meshes = [
  {morphTargetDictionary: {jawOpen: 1, mouthSmile_L: 0, viseme_aa: 2}, morphTargetInfluences: [0, 0, 0]},
  {morphTargetDictionary: {'blendShape1.JawOpen': 0}, morphTargetInfluences: [0]}, {}];
window.scene = {traverse(visit) { meshes.forEach(visit); }};
window.client = new Audio2FaceClient({serverUrl: SERVER, smoothing: 1});
window.seen = []; window.events = [];
for (const name of ['processing', 'speaking', 'error']) client.on(name, (value) => events.push([name, value.message ?? value]));
client.on('frame', () => seen.push([element.currentTime, meshes[0].morphTargetInfluences[1], meshes[1].morphTargetInfluences[0]]));
window.wav = Uint8Array.from(atob(WAV), (c) => c.charCodeAt(0));
window.blob = new Blob([wav], {type: 'audio/wav'});
window.element = new Audio(URL.createObjectURL(blob));
"""


def wav_of(samples: np.ndarray) -> str:
    """A WAV in base64, as a JavaScript literal."""
    file = io.BytesIO()
    soundfile.write(file, samples, 16000, format="WAV")
    return json.dumps(base64.b64encode(file.getvalue()).decode())


def prepare(page: Page, url: str, hum, where: str | None = None) -> None:
    """Open a page of the server, load the classic script, build the scene."""
    page.open((where or url) + "/v1/health/ready")
    source = httpx.get(f"{where or url}/audio2face-client.js", verify=False).text
    page.run(source + f"\nconst SERVER = {json.dumps(url)}; const WAV = {wav_of(hum(1.5))};" + SCENE)


@pytest.mark.parametrize("stream", [True, False], ids=["websocket", "batch"])
def test_the_face_follows_the_sounds_clock(page, start_server, hum, stream):
    url = start_server().url
    prepare(page, url, hum)
    assert page.run("client.initializeWithScene(scene)") is True
    assert page.run("client.checkConnection()")["connected"] is True
    page.run(f"client.configure({{useWebSocket: {json.dumps(stream)}}}).processAndAnimate(wav.buffer, element)")
    shown = np.array(page.run("seen"))
    wav = {"audio": ("speech.wav", base64.b64decode(json.loads(wav_of(hum(1.5)))))}
    frames = httpx.post(url + "/process-sync", files=wav).json()["frames"]
    expected = np.interp(shown[:, 0], [f["timestamp"] for f in frames], [f["blendshapes"]["jawOpen"] for f in frames])
    # the callback reads the clock a little after the frame was chosen
    assert len(shown) > 15 and np.median(np.abs(shown[:, 1] - expected)) < 0.03 and np.ptp(shown[:, 1]) > 0.1
    assert np.array_equal(shown[:, 1], shown[:, 2])
    assert page.run("events") == [["processing", True], ["processing", False], ["speaking", True], ["speaking", False]]
    assert page.run("meshes[0].morphTargetInfluences") == [0, 0, 0]
    assert page.run("client.getDebugState()")["meshes"] == 2


def test_the_smoothing_does_not_depend_on_the_display_rate(page, start_server, hum):
    prepare(page, start_server().url, hum)
    page.run("client.initializeWithScene(scene); client.configure({smoothing: 0.3, intensity: 9, useWebSocket: false})")
    assert page.run("client.intensity") == 2.0
    script = """[30, 60, 144].map((rate) => { client.reset(); client.frames = [{frame: 0, timestamp: 0, blendshapes: {jawOpen: 0.25}}];
      for (let i = 0; i < rate / 2; i++) client.follow(0, 1 / rate); return client.current.jawOpen; })"""
    values = page.run(script)
    assert np.ptp(values) < 1e-9 and values[0] == pytest.approx(0.5 * (1 - 0.7**30))


def test_a_pause_holds_the_face_and_a_new_clip_replaces_the_old(page, start_server, hum):
    prepare(page, start_server().url, hum)
    page.run("client.initializeWithScene(scene); window.first = client.processAndAnimate(blob, element); 0")
    page.run("new Promise((done) => client.on('frame', () => element.currentTime > 0.3 && (element.pause(), done())))")
    a, b = page.run("""new Promise((done) => setTimeout(() => { const a = meshes[0].morphTargetInfluences[1];
      setTimeout(() => done([a, meshes[0].morphTargetInfluences[1]]), 150); }, 50))""")
    assert a == b
    page.run("window.again = new Audio(URL.createObjectURL(blob)); client.processAndAnimate(blob, again).then(() => first)")
    assert page.run("client.isSpeaking") is False and page.run("again.ended") is True


def test_it_stands_in_for_visemesyncs_client(page, start_server, hum):
    url = start_server().url
    prepare(page, url, hum)
    addresses = "['ws://gpu.example:8000/', 'gpu.example:8000', {serverUrl: 'https://gpu.example/t/word/'}, null, undefined]"
    made = page.run(f"{addresses}.map((where) => {{ const each = new Audio2FaceClient(where); return [each.serverUrl, each.wsUrl]; }})")
    near = ["http://localhost:8000", "ws://localhost:8000"]
    assert made == [["http://gpu.example:8000", "ws://gpu.example:8000"]] * 2 + [
        ["https://gpu.example/t/word", "wss://gpu.example/t/word"],
        near,
        near,
    ]
    # what its pages call and read, in their order
    page.run("window.other = new Audio2FaceClient(); window.told = []; window.warned = [];"
             "other.configure({serverUrl: SERVER, intensity: 1.0, smoothing: 0.3, useWebSocket: true}); other.configure({serverUrl: ''});"
             "window.visemes = {morphTargetDictionary: {viseme_aa: 0}, morphTargetInfluences: [0]};"
             "window.found = other.initializeWithScene({traverse: (visit) => visit(visemes)});"
             "other.on('warning', ({message}) => warned.push(message)); other.on('error', ({message}) => told.push(message));"
             "other.on('frame', (data) => told.push([data.frameIndex, data.activeShapes, data.timestamp])); 0")  # fmt: skip
    warning = page.run("warned")[0]
    assert page.run("found") is False and "no ARKit blendshapes" in warning and "viseme_aa" in warning
    assert page.run("other.initializeWithScene(scene)") is True and page.run("other.warning") == "" and len(page.run("warned")) == 1
    assert page.run("other.connect()")["connected"] is True
    page.run("other.processAndAnimate(blob, element)")
    told = np.array(page.run("told"))
    assert len(told) > 15 and (np.diff(told[:, 0]) >= 0).all() and np.allclose(told[:, 0], np.floor(told[:, 2] * 30 + 1e-6), atol=1)
    assert (told[:, 1] > 0).any()
    state = page.run("other.getDebugState()")
    assert (state["bufferedFrames"], state["meshCount"], state["connected"], state["animating"]) == (45, 2, True, False)
    shown = "[other.frameBuffer.length, other.meshMappings.size, other.arkitShapes.length, other.isAnimating, other.ws]"
    assert page.run(shown) == [45, 2, 52, False, None] and page.run("other.settings.smoothing") == 0.3
    page.run("other.setIntensity(0.01); other.settings.smoothing = 0.5; other.reset(); 0")
    assert page.run("[other.settings.intensity, other.smoothing, other.currentValues]") == [0.1, 0.5, {}]


def interrupted() -> FastAPI:
    """A bridge that is full once, and whose stream is cut in the middle, as when its server stops."""
    app, asked = FastAPI(), []
    frames = [{"frame": i, "timestamp": i / 30, "blendshapes": {"jawOpen": 0.5}} for i in range(45)]
    app.get("/v1/health/ready")(lambda: {})

    @app.post("/process")
    def process():
        asked.append(0)
        if len(asked) == 1:
            return Response('{"detail": "The server carries 2 voices at once and all are taken; try again."}', 503, {"Retry-After": "1"})
        return {"session_id": "w1-abc", "frame_count": 45, "duration_sec": 1.5, "fps": 30, "process_time_sec": 0.1}

    @app.post("/process-sync")
    def process_sync():
        return {"fps": 30, "frame_count": 45, "frames": frames}

    @app.websocket("/ws/{name}")
    async def play(socket: WebSocket, name: str):
        await socket.accept()
        await socket.receive_json()
        for frame in frames[:12]:
            await socket.send_json({"type": "frame", "data": frame})
        await socket.close(1012)

    return app


def test_a_full_server_is_asked_again_and_a_cut_stream_is_taken_up(page, start_app, hum):
    url = start_app(interrupted())
    page.open(url + "/v1/health/ready")
    page.run((WEB / "audio2face-client.js").read_text() + f"\nconst SERVER = {json.dumps(url)}; const WAV = {wav_of(hum(1.5))};" + SCENE)
    page.run("client.initializeWithScene(scene); window.busy = []; client.on('busy', (each) => busy.push(each.retryAfter)); 0")
    begun_s = time.monotonic()
    page.run("client.processAndAnimate(blob, element)")
    assert time.monotonic() - begun_s > 2.4 and page.run("busy") == [1]
    assert page.run("client.frames.map((each) => each.frame)") == list(range(45))
    assert not [each for each in page.run("events") if each[0] == "error"] and page.run("seen.at(-1)[1]") == 0.5


def test_what_goes_wrong_is_said(page, start_server, hum):
    server = start_server(token="open-sesame-0123")
    prepare(page, server.url, hum)
    assert "token" in page.run("client.checkConnection()")["error"]
    assert page.run("client.configure({token: 'open-sesame-0123'}).checkConnection()")["connected"] is True
    short = page.run("client.processAndAnimate(new Blob(['x']), element).catch((error) => error.message)")
    assert "1 bytes" in short and page.run("events.at(-1)") == ["error", short]
    wrong = page.run("client.configure({token: 'another'}).checkConnection()")["error"]
    assert "refuses this token" in wrong
    page.run("client.configure({serverUrl: 'http://127.0.0.1:9/'}); 0")
    assert page.run("client.serverUrl + ' ' + client.wsUrl") == "http://127.0.0.1:9 ws://127.0.0.1:9"
    nobody = page.run("client.checkConnection()")["error"]
    assert "cannot be reached; start it, or check its address and port (usually 8000) and its firewall" in nobody
    encrypted = page.run("client.configure({serverUrl: 'https://127.0.0.1:9/'}).checkConnection()")["error"]
    assert "open https://127.0.0.1:9/health in a tab once and accept it" in encrypted
    with sockets.create_server(("127.0.0.1", 0)) as silent:
        page.run(f"client.configure({{serverUrl: 'http://127.0.0.1:{silent.getsockname()[1]}'}}); 0")
        page.run("AbortSignal.timeout = AbortSignal.timeout.bind(AbortSignal, 300); 0")
        assert "firewall" in (sentence := page.run("client.checkConnection()")["error"]) and "try curl" in sentence


def test_a_server_that_answers_other_pages_only_is_said(page, start_server, start_app):
    closed, page_of = start_server(), start_app(interrupted())
    page.open(page_of.replace("127.0.0.1", "elsewhere.localhost") + "/v1/health/ready")
    page.run((WEB / "audio2face-client.js").read_text() + "; 0")
    sentence = page.run(f"new Audio2FaceClient({json.dumps(closed.url)}).checkConnection()")
    assert sentence["connected"] or "start it with --cors http://elsewhere.localhost" in sentence["error"]
    other = page.run(f"new Audio2FaceClient({json.dumps(page_of)}).checkConnection()")["error"]
    assert "answers, but not to pages of http://elsewhere.localhost" in other and "--cors" in other


@pytest.fixture
def certificate(tmp_path):
    """A self-signed certificate and its key."""
    files = [tmp_path / "cert.pem", tmp_path / "key.pem"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    subprocess.run([*command, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


def test_a_page_over_https_is_told_about_mixed_content_and_may_use_tls(page, hum, certificate):
    command = [sys.executable, "-m", "app", "serve", "--source", "mock", "--port", "0"]
    command += ["--tls-cert", str(certificate[0]), "--tls-key", str(certificate[1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            url = re.search(r"https://\S+", process.stdout.readline())[0]
            prepare(page, "http://server.example:8000", hum, where=url)
            error = page.run("client.checkConnection()")["error"]
            assert "mixed content" in error and "wss://" in error
            assert page.run("client.processAndAnimate(blob, element).catch((error) => error.message)") == error
            page.run(f"client.configure({{serverUrl: {json.dumps(url)}}}).initializeWithScene(scene)")
            page.run("client.processAndAnimate(blob, element)")
            assert page.run("seen.length") > 15
        finally:
            process.terminate()


def test_the_module_exports_the_same_class(page, start_server):
    url = start_server().url
    page.open(url + "/v1/health/ready")
    assert (
        page.run(f"import('{url}/audio2face-client.mjs').then((m) => m.default === m.Audio2FaceClient && m.default.name)")
        == "Audio2FaceClient"
    )


@pytest.mark.skipif(not (WEB / "node_modules" / "three").is_dir(), reason="npm install was not run in app/remote/web")
def test_the_demo_page_shows_the_default_avatar_speaking(page, start_server, hum):
    page.open(start_server().url + "/demo/")
    give_up_s = time.monotonic() + 60
    while not page.run("Boolean(window.demo?.ready)"):
        assert time.monotonic() < give_up_s, page.run("document.getElementById('status').textContent")
        threading.Event().wait(0.1)
    assert page.run("demo.client.getDebugState().meshes") >= 5
    page.run(f"window.wav = Uint8Array.from(atob({wav_of(hum(6.0))}), (c) => c.charCodeAt(0)); window.widest = 0;"
             "demo.client.on('frame', (f) => window.widest = Math.max(window.widest, demo.head.morphTargetInfluences"
             "[demo.head.morphTargetDictionary.jawOpen])); 0")  # fmt: skip
    page.run("demo.client.processAndAnimate(wav.buffer, new Audio(URL.createObjectURL(new Blob([wav], {type: 'audio/wav'}))))")
    assert page.run("window.widest") > 0.1
    picture = base64.b64decode(page.call("Page.captureScreenshot")["data"])
    assert len(picture) > 20_000
