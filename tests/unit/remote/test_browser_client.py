"""The browser client in real headless Chromium, driven through the DevTools protocol."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
import threading
import time

import httpx
import numpy as np
import pytest
import soundfile

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


def test_what_goes_wrong_is_said(page, start_server, hum):
    server = start_server(token="open-sesame-0123")
    prepare(page, server.url, hum)
    assert "token" in page.run("client.checkConnection()")["error"]
    assert page.run("client.configure({token: 'open-sesame-0123'}).checkConnection()")["connected"] is True
    short = page.run("client.processAndAnimate(new Blob(['x']), element).catch((error) => error.message)")
    assert "1 bytes" in short and page.run("events.at(-1)") == ["error", short]
    page.run("client.configure({serverUrl: 'http://127.0.0.1:9/'}); 0")
    assert page.run("client.serverUrl + ' ' + client.wsUrl") == "http://127.0.0.1:9 ws://127.0.0.1:9"
    assert "cannot be reached" in page.run("client.checkConnection()")["error"]


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
