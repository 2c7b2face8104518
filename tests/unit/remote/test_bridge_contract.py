"""VisemeSync's contract, over real HTTP and WebSocket."""

from __future__ import annotations

import asyncio
import io
import json
import socket as sockets
import threading
import time

import httpx
import numpy as np
import pytest
import soundfile
import soxr
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from app.core.arkit import ARKIT_CHANNELS
from app.remote.server.bridge_routes import frames_as_json
from app.remote.server.streams.bridge_sessions import frame_message
from app.remote.server.voices.animators import MockAnimator


def packed(samples: np.ndarray, rate: int, kind: str) -> bytes:
    """A sound file in memory."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind)
    return file.getvalue()


def upload(url: str, data: bytes, path: str = "/process-sync", content_type: str = "audio/wav") -> httpx.Response:
    """As VisemeSync's client sends it."""
    return httpx.post(url + path, files={"audio": ("speech.wav", data, content_type)}, timeout=30)


def test_root_and_health_have_exactly_what_the_client_reads(start_server):
    url = start_server().url
    assert httpx.get(url + "/").json() == {"status": "ok", "a2f_available": False, "mode": "mock", "fps": 30}
    health = httpx.get(url + "/health").json()
    assert health["status"] == "healthy" and health["processor_ready"] is True
    assert (health["active_sessions"], health["active_connections"]) == (0, 0)
    assert health["config"] == {"fps": 30, "model": "james", "emotion_strength": 0.6, "smoothing": 0.3}
    assert "MOCK" in health["label"]


@pytest.mark.parametrize(("kind", "rate"), [("WAV", 44100), ("MP3", 24000), ("OGG", 48000), ("FLAC", 16000), ("RAW", 16000)])
def test_every_kind_of_upload_gives_its_length_in_frames(start_server, hum, kind, rate):
    samples = soxr.resample(hum(1.5), 16000, rate)
    data = samples.tobytes() if kind == "RAW" else packed(samples, rate, kind)
    answer = upload(start_server().url, data).json()
    assert answer["fps"] == 30 and answer["frame_count"] == len(answer["frames"])
    assert abs(answer["frame_count"] - 45) <= (4 if kind == "MP3" else 1)
    assert [frame["frame"] for frame in answer["frames"]] == list(range(answer["frame_count"]))
    assert answer["frames"][30]["timestamp"] == pytest.approx(1.0)
    for frame in answer["frames"]:
        assert tuple(frame["blendshapes"]) == ARKIT_CHANNELS
        assert all(0 <= value <= 1 for value in frame["blendshapes"].values())


def test_raw_sound_of_another_rate_is_declared(start_server, hum):
    answer = upload(start_server().url, hum(1.0).tobytes(), content_type="audio/pcm;rate=8000").json()
    assert answer["frame_count"] == 60


def test_process_then_socket_plays_in_real_time(start_server, hum):
    server = start_server()
    answer = upload(server.url, packed(hum(0.6), 16000, "WAV"), "/process").json()
    assert set(answer) == {"session_id", "frame_count", "duration_sec", "fps", "process_time_sec"}
    assert len(answer["session_id"]) == 8 and answer["duration_sec"] == 0.6
    with connect(f"ws://127.0.0.1:{server.port}/ws/{answer['session_id']}") as socket:
        begun_s = time.monotonic()
        socket.send(json.dumps({"action": "start"}))
        arrivals, numbers = [], []
        while (message := json.loads(socket.recv(5)))["type"] == "frame":
            arrivals.append(time.monotonic() - begun_s)
            numbers.append(message["data"]["frame"])
    assert message == {"type": "complete"}
    assert numbers == list(range(answer["frame_count"]))
    early_s = np.array(arrivals) - np.arange(len(arrivals)) / 30
    assert early_s.min() > -0.005 and np.median(early_s) < 0.1


def test_a_socket_may_come_before_its_session_and_start_again(start_server, hum, monkeypatch):
    monkeypatch.setattr("app.remote.server.bridge_routes.SESSION_WAIT_S", 0.1)
    server = start_server()
    with connect(f"ws://127.0.0.1:{server.port}/ws/12345678") as socket:
        assert json.loads(socket.recv(5))["type"] == "error"
        with pytest.raises(ConnectionClosed):
            socket.recv(5)
    name = upload(server.url, packed(hum(0.1), 16000, "WAV"), "/process").json()["session_id"]
    for _ in range(2):
        with connect(f"ws://127.0.0.1:{server.port}/ws/{name}") as socket:
            socket.send("not json")
            assert json.loads(socket.recv(5))["type"] == "error"
            socket.send('{"action": "start"}')
            assert json.loads(socket.recv(5))["data"]["frame"] == 0


def test_sessions_are_dropped_after_their_time(start_server, hum, eventually):
    server = start_server(session_s=0.05)
    upload(server.url, packed(hum(0.1), 16000, "WAV"), "/process")
    assert len(server.state.sessions) == 1
    eventually(lambda: len(server.state.sessions) == 0)


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"", 400, "0 bytes"),
        (b"x" * 999, 400, "999 bytes"),
        (b"<html>" + b"a" * 2000, 500, "not readable"),
        (b"RIFF" + bytes(range(256)) * 8, 500, "not readable"),
        (np.random.default_rng(1).bytes(4000), 500, "not readable"),
    ],
    ids=["empty", "short", "page", "broken wav", "noise"],
)
def test_bad_uploads_are_answered_as_documented(start_server, data, status, words):
    url = start_server().url
    for path in ("/process", "/process-sync"):
        answer = upload(url, data, path)
        assert answer.status_code == status and words in answer.json()["detail"]


def test_limits_are_answered_as_documented(start_server, hum):
    server = start_server(max_upload_bytes=50_000, max_clip_s=1.0)
    big = upload(server.url, b"\0" * 200_000)
    assert big.status_code == 413 and "at most" in big.json()["detail"]

    def pieces():
        yield b'--x\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\n'
        for _ in range(100):
            yield b"\0" * 4096

    unsized = httpx.post(server.url + "/process", content=pieces(), headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert unsized.status_code == 413
    long = upload(server.url, hum(1.2).tobytes())
    assert long.status_code == 500 and "longer than 1 seconds" in long.json()["detail"]


def test_visemesyncs_page_on_another_port_of_this_machine_may_call(start_server, hum):
    url, page = start_server().url, {"Origin": "http://localhost:3000"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for answer in (
        httpx.get(url + "/health", headers=page),
        httpx.options(url + "/process", headers={**page, **asked}),
        httpx.post(url + "/process", files={"audio": ("a.wav", packed(hum(0.2), 16000, "WAV"))}, headers=page),
    ):
        assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == page["Origin"]


def test_any_page_may_call_where_that_was_asked_for(start_server):
    answer = httpx.get(start_server(cors=("*",)).url + "/health", headers={"Origin": "https://visemesync.example"})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_the_answer_with_all_frames_is_written_in_small_pieces():
    frames = np.random.default_rng(1).random((1000, 52)).astype(np.float32)

    async def read(rows: np.ndarray) -> list[str]:
        return [piece async for piece in frames_as_json(rows, 30)]

    pieces = asyncio.run(read(frames))
    answer = json.loads("".join(pieces))
    assert answer == {"fps": 30, "frame_count": 1000, "frames": [frame_message(frames, i, 30) for i in range(1000)]}
    assert len(pieces) > 30 and max(map(len, pieces)) < 64_000
    assert json.loads("".join(asyncio.run(read(frames[:0])))) == {"fps": 30, "frame_count": 0, "frames": []}


@pytest.mark.parametrize("path", ["/process", "/process-sync"])
def test_a_clip_whose_client_has_left_is_not_animated_to_its_end(start_server, hum, eventually, path):
    class Slow(MockAnimator):
        def run(self, heard):
            threading.Event().wait(0.05)
            return super().run(heard)

    server = start_server(Slow("james"))
    body = b'--x\r\nContent-Disposition: form-data; name="audio"; filename="speech.pcm"\r\nContent-Type: audio/pcm\r\n\r\n'
    body += hum(150.0).tobytes() + b"\r\n--x--\r\n"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with sockets.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(head.encode() + body)
        eventually(lambda: server.state.engine.voices == 1)
    eventually(lambda: server.state.engine.voices == 0)
    assert server.state.ready and len(server.state.sessions) == 0
