"""``remote:URL`` against our server and against VisemeSync's bridge."""

from __future__ import annotations

import asyncio
import math
import secrets
import signal
import socket as sockets
import subprocess
import sys
import threading
import time

import httpx
import numpy as np
import pytest
from fastapi import FastAPI, File, HTTPException, UploadFile, WebSocket

from app.core.arkit import ARKIT_CHANNELS
from app.core.errors import ServiceError
from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.lipsync.mock import MockSource
from app.lipsync.registry import make_source
from app.remote.client.remote_source import RemoteSource
from app.remote.link.meter import LinkStatus
from app.remote.sources import register


def speech_of(samples: np.ndarray, rate: int = 16000) -> Speech:
    """A speech without phones."""
    return Speech(AudioClip(samples.astype(np.float32) / 32768, rate))


def whole(source: RemoteSource, speech: Speech, cancel=None):
    """All chunks joined."""
    return concatenate(list(source.generate(speech, cancel or threading.Event())))


def mock_bridge() -> FastAPI:
    """VisemeSync's bridge in mock mode, from its contract: the duration is guessed from the byte count."""
    app = FastAPI()
    sessions: dict[str, list[dict]] = {}

    def frames_of(data: bytes) -> list[dict]:
        count = max(int(len(data) / 32000 * 30), 30)
        return [
            {"frame": i, "timestamp": i / 30, "blendshapes": {n: 0.4 + 0.3 * math.sin(i / 5) * (n == "jawOpen") for n in ARKIT_CHANNELS}}
            for i in range(count)
        ]

    async def read(audio: UploadFile) -> list[dict]:
        data = await audio.read()
        if len(data) < 1000:
            raise HTTPException(400, "Audio too short")
        return frames_of(data)

    @app.get("/")
    async def root():
        return {"status": "ok", "a2f_available": False, "mode": "mock", "fps": 30}

    @app.get("/health")
    async def health():
        config = {"fps": 30, "model": "claire", "emotion_strength": 0.6, "smoothing": 0.3}
        return {"status": "healthy", "processor_ready": True, "active_sessions": 0, "active_connections": 0, "config": config}

    @app.post("/process")
    async def process(audio: UploadFile = File()):  # noqa: B008
        frames = await read(audio)
        name = secrets.token_hex(4)
        sessions[name] = frames
        return {"session_id": name, "frame_count": len(frames), "duration_sec": len(frames) / 30, "fps": 30, "process_time_sec": 0.0}

    @app.post("/process-sync")
    async def process_sync(audio: UploadFile = File()):  # noqa: B008
        frames = await read(audio)
        return {"fps": 30, "frame_count": len(frames), "frames": frames}

    @app.websocket("/ws/{name}")
    async def play(socket: WebSocket, name: str):
        await socket.accept()
        await socket.receive_json()
        for frame in sessions[name]:
            await socket.send_json({"type": "frame", "data": frame})
            await asyncio.sleep(1 / 30)
        await socket.send_json({"type": "complete"})

    return app


def test_our_server_gives_what_its_source_gives(start_server, hum):
    source = RemoteSource(start_server().url, fps=60)
    speech = speech_of(hum(2.51))
    animation = whole(source, speech)
    expected = concatenate(list(MockSource(60).generate(speech, threading.Event())))
    assert np.array_equal(animation.arkit.weights, expected.arkit.weights)
    assert animation.is_mock and "MOCK" in source.label and not animation.owns_eyes
    status = source.status
    assert (status.state, status.server, status.mock, status.received) == ("done", "ours", True, 151)
    assert status.round_trip_ms > 0 and status.dropped == 0 and not status.message


@pytest.mark.parametrize("fps", [24.0, 29.97, 60.0])
def test_any_rate_and_length_ends_with_the_sound(start_server, hum, fps):
    url = start_server().url
    for duration_s in (0.01, 1.003):
        track = whole(RemoteSource(url, fps=fps), speech_of(hum(duration_s))).arkit
        assert track.fps == fps and abs(track.end_s - duration_s) <= 1 / fps


def test_chunks_come_before_the_clip_is_done(start_server, hum):
    chunks = list(RemoteSource(start_server().url).generate(speech_of(hum(6.0)), threading.Event()))
    assert len(chunks) >= 6 and chunks[0].arkit.duration_s < 1.0


def test_the_bridge_works_unmodified_its_wrong_length_included(start_app, hum):
    url = start_app(mock_bridge())
    source = RemoteSource(url, fps=30)
    # 24 kHz sound has 48000 bytes per second: the mock's animation is half as long again as the clip
    clip = AudioClip(np.zeros(48000, np.float32), 24000)
    animation = whole(source, Speech(clip))
    assert len(animation.arkit) == 60 and animation.is_mock and "MOCK" in source.label
    assert np.allclose(animation.arkit.weights[30, ARKIT_CHANNELS.index("jawOpen")], 0.4 + 0.3 * math.sin(6), atol=1e-3)
    assert source.status.server == "bridge" and source.status.model == "claire" and "3.0 s of a clip of 2.0 s" in source.status.message


def test_a_bridge_that_sends_too_little_ends_at_rest(start_app):
    clip = AudioClip(np.zeros(8000 * 10, np.float32), 8000)
    source = RemoteSource(start_app(mock_bridge()), fps=60)
    track = whole(source, Speech(clip)).arkit
    assert track.duration_s == 10.0 and track.sample(4.5).max() > 0.1 and not track.sample(5.6).any()
    assert source.status.dropped > 250


def test_a_bridge_that_sends_nonsense_is_one_sentence(start_app, hum):
    app = FastAPI()
    answers = {"/health": {"status": "healthy", "config": []}, "/": {"fps": "many"}}
    for path, answer in answers.items():
        app.get(path)(lambda answer=answer: answer)
    frames = [
        3,
        {},
        {"timestamp": "x", "blendshapes": {}},
        {"timestamp": 0.0, "blendshapes": {"jawOpen": 9, "nose": 1, "mouthClose": None}},
    ]
    app.post("/process-sync")(lambda: {"frames": frames})
    track = whole(RemoteSource(start_app(app)), speech_of(hum(0.5))).arkit
    assert track.column("jawOpen").max() == 1.0
    frames.clear()
    with pytest.raises(ServiceError, match="sent no frames"):
        whole(RemoteSource(start_app(app)), speech_of(hum(0.5)))


def test_a_server_that_is_not_there_is_one_sentence(hum):
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    source = RemoteSource(f"127.0.0.1:{port}")
    with pytest.raises(ServiceError, match="cannot be reached: nothing listens on port"):
        list(source.generate(speech_of(hum(1.0)), threading.Event()))
    assert source.status.state == "lost" and not source.status.healthy


@pytest.mark.parametrize("url", ["", "ftp://x", "http://", "host:notaport"])
def test_an_impossible_address_is_one_sentence(url):
    register()
    with pytest.raises(ServiceError, match="not a server address"):
        RemoteSource(url)
    if url:
        with pytest.raises(ServiceError):
            make_source(f"remote:{url}")


def test_a_token_in_the_address(start_server, hum):
    url = start_server(token="open-sesame-0123").url
    with pytest.raises(ServiceError, match="wants a token"):
        whole(RemoteSource(url), speech_of(hum(0.2)))
    assert len(whole(RemoteSource(f"{url}/t/open-sesame-0123/"), speech_of(hum(0.2))).arkit) == 12


def test_cancel_frees_the_place_on_the_server(start_server, hum, eventually):
    server = start_server()
    cancel = threading.Event()
    chunks = RemoteSource(server.url).generate(speech_of(hum(30.0)), cancel)
    next(chunks)
    cancel.set()
    assert list(chunks) == []
    eventually(lambda: server.state.engine.voices == 0)


@pytest.mark.slow
def test_a_server_that_stays_away_leaves_the_face_at_rest_and_says_so(start_server, hum):
    server = start_server(window_s=1.0, drain_s=0.0)
    seen: list[LinkStatus] = []
    source = RemoteSource(server.url, on_status=seen.append, give_up_s=0.4)
    chunks = source.generate(speech_of(hum(60.0)), threading.Event())
    got = [next(chunks)]
    server.stop()
    with pytest.raises(ServiceError, match="the face rests from there"):
        for chunk in chunks:
            got.append(chunk)
    track = concatenate(got).arkit
    assert track.duration_s == pytest.approx(60.0, abs=1 / 60) and not track.weights[-1].any()
    assert source.status.dropped > 0 and source.status.state == "lost" and "reconnecting" in {s.state for s in seen}


def start_process(port: int) -> subprocess.Popen:
    """`serve` in a process of its own, ready to answer."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--source", "mock", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    give_up_s = time.monotonic() + 60
    while time.monotonic() < give_up_s:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/v1/health/ready").is_success:
                return process
        except httpx.TransportError:
            threading.Event().wait(0.02)
    raise AssertionError("the server did not start")


@pytest.mark.slow
def test_a_killed_server_is_taken_up_within_a_second_of_its_return(hum, monkeypatch):
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # as far ahead as a live microphone would be, so that the stream is still running when its server dies
    monkeypatch.setattr("app.remote.client.stream_client.MAX_AHEAD_S", 0.5)
    speech = speech_of(hum(40.0))
    process = start_process(port)
    resumed_s: list[float] = []

    def watch(status: LinkStatus) -> None:
        if status.reconnects and not resumed_s:
            resumed_s.append(time.monotonic())

    source = RemoteSource(f"http://127.0.0.1:{port}", on_status=watch, give_up_s=60.0)
    chunks = source.generate(speech, threading.Event())
    got = [next(chunks), next(chunks)]
    process.send_signal(signal.SIGKILL)
    process.wait()
    rest: list = []
    reader = threading.Thread(target=lambda: rest.extend(chunks))
    reader.start()
    process = start_process(port)
    back_s = time.monotonic()
    try:
        reader.join(60)
        assert not reader.is_alive() and resumed_s[0] - back_s < 1.0
        animation = concatenate([*got, *rest])
        expected = concatenate(list(MockSource(60).generate(speech, threading.Event())))
        assert np.array_equal(animation.arkit.weights, expected.arkit.weights)
        assert source.status.reconnects == 1 and source.status.received == 2400
    finally:
        process.terminate()
        process.wait()


def test_the_server_needs_no_window_system():
    imports = "import sys, app.remote.server.serving, app.remote.client.remote_source"
    code = f"{imports}; sys.exit(any(n.startswith(('PySide6', 'OpenGL')) for n in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
