"""A full server is waited for as it asks; a server that stops hands its voices on, and no frame is lost or comes twice."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import numpy as np
import pytest
from fastapi import FastAPI, Response, WebSocket, WebSocketDisconnect

from app.core.errors import ServiceError
from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.lipsync.mock import MockSource
from app.remote.client.remote_source import RemoteSource
from app.remote.link.meter import LinkMeter, LinkStatus
from app.remote.link.waiting import Busy
from app.remote.protocol import messages as m
from app.remote.protocol.wire import decode, encode
from tests.wires.relay import Relay


def speech_of(duration_s: float) -> Speech:
    """Silence; the mock does not listen."""
    return Speech(AudioClip(np.zeros(round(16000 * duration_s), np.float32), 16000))


def expected(duration_s: float, fps: float = 60) -> np.ndarray:
    """What the mock makes of it."""
    return concatenate(list(MockSource(fps).generate(speech_of(duration_s), threading.Event()))).arkit.weights


class FullServer:
    """A server of ours that is full a few times, and then gives one frame.

    Args:
        times: how often it is full.
        after_s: when it asks to come again.
    """

    def __init__(self, times: int, after_s: float) -> None:
        self.sessions: list[str] = []
        self.asked_s: list[float] = []
        self.app = FastAPI()
        self.app.get("/")(lambda: {"status": "ok", "mode": "mock", "fps": 30})
        self.app.get("/health")(lambda: {"status": "healthy", "label": "MOCK"})
        self.app.get("/v1/health/ready")(lambda: {})

        @self.app.websocket("/v1/stream")
        async def stream(socket: WebSocket) -> None:
            await socket.accept()
            self.sessions.append(socket.headers["x-session-id"])
            self.asked_s.append(time.monotonic())
            await socket.receive()
            if len(self.sessions) <= times:
                words = "The server carries 4 voices at once and all are taken; try again in a moment."
                await socket.send_text(encode(m.Failed("busy", words, after_s)))
                await socket.close(1013)
                return
            ready = m.Ready("token", 0, False, "mock", "MOCK", True, 60, 0.0, 9.0, 9.0)
            await socket.send_text(encode(ready))
            await socket.send_bytes(encode(m.Frames(0, 0, 0.0, np.full((6, 52), 0.5, np.float32))))
            await socket.send_text(encode(m.Ended(6)))
            with suppress(WebSocketDisconnect, RuntimeError):
                while True:
                    await socket.receive_text()


def test_a_full_server_is_asked_again_when_it_says_so_and_by_another_word(start_app):
    server = FullServer(2, 0.3)
    seen: list[LinkStatus] = []
    source = RemoteSource(start_app(server.app), on_status=seen.append)
    track = concatenate(list(source.generate(speech_of(0.1), threading.Event()))).arkit
    assert len(track) == 6 and (track.weights == 0.5).all() and len(set(server.sessions)) == 3
    assert (np.diff(server.asked_s) >= 0.3).all() and server.asked_s[-1] - server.asked_s[0] < 3
    told = {status.message for status in seen if status.state == "reconnecting"}
    assert len(told) == 1 and "carries 4 voices at once and all are taken; it is tried again until a place is free." in told.pop()
    source.close()


def test_a_server_that_stays_full_says_so_and_a_cancelled_voice_does_not_wait(start_app):
    url = start_app(FullServer(9, 60.0).app)
    with pytest.raises(Busy, match=r"The server 127.0.0.1:\d+ carries 4 voices at once and all are taken; try again in 60 s, or choose"):
        list(RemoteSource(url).generate(speech_of(0.1), threading.Event()))
    cancel, begun_s = threading.Event(), time.monotonic()
    patient = RemoteSource(url, on_status=lambda status: status.state == "reconnecting" and cancel.set())
    patient.patient = True
    assert list(patient.generate(speech_of(0.1), cancel)) == [] and time.monotonic() - begun_s < 3
    meter = LinkMeter()
    ear = RemoteSource(url).live(meter, lambda _: None)
    while meter.status.state != "reconnecting":
        ear.push(np.zeros(160, np.float32))
        threading.Event().wait(0.01)
    assert "all are taken; it is tried again until a place is free" in meter.status.message and meter.status.healthy
    ear.close()


def test_a_bridge_that_is_full_is_asked_again_too(start_app):
    bridge, asked = FastAPI(), []
    bridge.get("/")(lambda: {"mode": "real"})
    bridge.get("/health")(lambda: {"status": "healthy"})

    @bridge.post("/process-sync")
    def process():
        asked.append(time.monotonic())
        if len(asked) < 2:
            return Response('{"detail": "All 2 places are taken; try again."}', 503, {"Retry-After": "1"})
        return {"frames": [{"timestamp": 0.0, "blendshapes": {"jawOpen": 0.5}}, {"timestamp": 0.033, "blendshapes": {"jawOpen": 0.5}}]}

    track = concatenate(list(RemoteSource(start_app(bridge)).generate(speech_of(0.06), threading.Event()))).arkit
    assert len(asked) == 2 and asked[1] - asked[0] >= 1.0 and track.column("jawOpen")[0] == 0.5


@pytest.fixture
def relay():
    """Makes one -> see Relay."""
    made: list[Relay] = []

    def make(target: int) -> Relay:
        made.append(Relay(target))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_clip_moves_on_from_a_server_that_stops(start_server, relay, monkeypatch):
    monkeypatch.setattr("app.remote.client.stream_client.MAX_AHEAD_S", 0.5)
    first, second = start_server(drain_s=8.0), start_server()
    front = relay(first.port)
    source = RemoteSource(front.url)
    chunks = source.generate(speech_of(60.0), threading.Event())
    came = [next(chunks) for _ in range(10)]
    front.target = second.port
    stopping, begun_s = threading.Thread(target=first.stop), time.monotonic()
    stopping.start()
    came += list(chunks)
    stopping.join(20)
    assert time.monotonic() - begun_s < 6  # nobody waited for the end of the grace
    assert np.array_equal(concatenate(came).arkit.weights, expected(60.0))
    assert source.status.reconnects == 1 and source.status.dropped == 0 and second.state.streams is not None
    source.close()


def test_a_microphone_moves_on_from_a_server_that_stops(start_server, relay):
    first, second = start_server(drain_s=8.0), start_server()
    front, meter = relay(first.port), LinkMeter()
    ear = RemoteSource(front.url, fps=60).live(meter, lambda _: None)
    rows: list[np.ndarray] = []

    def speak_until(enough) -> None:
        give_up_s = time.monotonic() + 10
        while not enough():
            assert time.monotonic() < give_up_s
            rows.append(ear.push(np.zeros(160, np.float32)))
            threading.Event().wait(0.01)

    speak_until(lambda: sum(map(len, rows)) > 60)
    front.target = second.port
    stopping, begun_s = threading.Thread(target=first.stop), time.monotonic()
    stopping.start()
    speak_until(lambda: not stopping.is_alive())
    assert time.monotonic() - begun_s < 6  # nobody waited for the end of the grace
    before = sum(map(len, rows))
    speak_until(lambda: sum(map(len, rows)) > before + 30)
    heard = np.concatenate(rows)
    assert np.array_equal(heard, expected(len(heard) / 60)[: len(heard)])
    assert meter.status.state == "streaming" and meter.status.reconnects == 1 and 0 <= ear.behind_s < 0.5
    ear.close()


def test_a_lone_server_that_stops_serves_its_voices_to_the_end_of_its_grace(start_server, monkeypatch):
    monkeypatch.setattr("app.remote.client.stream_client.MAX_AHEAD_S", 0.5)
    server = start_server(drain_s=0.4)
    source = RemoteSource(server.url, give_up_s=20.0)
    chunks = source.generate(speech_of(20.0), threading.Event())
    came = [next(chunks) for _ in range(10)]
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    stopping.join(20)
    start_server(port=server.port)
    came += list(chunks)
    assert np.array_equal(concatenate(came).arkit.weights, expected(20.0)) and source.status.reconnects >= 1
    source.close()


def test_decode_takes_what_old_servers_say():
    assert decode('{"type": "error", "code": "busy", "message": "full"}') == m.Failed("busy", "full", 0.0)
    with pytest.raises(ServiceError):
        decode('{"type": "error", "code": "busy", "message": "full", "retry_after_s": "soon"}')
