"""Sentence after sentence from one server: asked once, connected once, and taken anew as soon as something is wrong."""

from __future__ import annotations

import gc
import threading
from collections import Counter

import numpy as np
import pytest
from fastapi import FastAPI, UploadFile
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from app.core.errors import ServiceError
from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.lipsync.mock import MockSource
from app.remote.client import known_server
from app.remote.client.remote_source import RemoteSource
from app.remote.link import retiming
from app.remote.protocol import messages as m
from app.remote.protocol.wire import decode, encode
from app.remote.server.application import create_app
from app.remote.server.settings import ServerSettings


class Counted:
    """An application and what reached it: HTTP requests, WebSockets and TCP connections."""

    def __init__(self, app) -> None:
        self._app = app
        self.seen: Counter[str] = Counter()
        self._peers: set[tuple[str, int]] = set()

    async def __call__(self, scope, receive, send) -> None:
        """ASGI."""
        if scope["type"] in ("http", "websocket"):
            self.seen[scope["type"]] += 1
            if scope["client"] not in self._peers:
                self._peers.add(scope["client"])
                self.seen["connections"] += 1
        await self._app(scope, receive, send)

    def since(self) -> dict[str, int]:
        """What came since the last look."""
        seen, self.seen = dict(self.seen), Counter()
        return seen


@pytest.fixture
def counted(start_app):
    """Our server with the mock, counted -> its address and the counter."""
    app = Counted(create_app(ServerSettings(source="mock", drain_s=1.0)))
    return start_app(app), app


def sentence(hum, duration_s: float = 0.6) -> Speech:
    """A short one."""
    return Speech(AudioClip(hum(duration_s).astype(np.float32) / 32768, 16000))


def say(source: RemoteSource, speech: Speech) -> np.ndarray:
    """All frames of a sentence."""
    return concatenate(list(source.generate(speech, threading.Event()))).arkit.weights


def test_a_line_of_sentences_costs_one_report_and_one_socket(counted, hum):
    url, app = counted
    source, speech = RemoteSource(url, fps=60), sentence(hum)
    expected = concatenate(list(MockSource(60).generate(speech, threading.Event()))).arkit.weights
    assert np.array_equal(say(source, speech), expected)
    assert app.since() == {"http": 3, "websocket": 1, "connections": 2}
    for _ in range(4):
        assert np.array_equal(say(source, speech), expected)
        assert source.status.state == "done" and source.status.reconnects == 0 and source.is_mock
    assert app.since() == {}


def test_sides_and_checks_of_one_server_share_its_report(counted, hum):
    url, app = counted
    first, second = RemoteSource(url), RemoteSource(url)
    first.check()
    assert app.since() == {"http": 3, "connections": 1}
    assert len(say(second, sentence(hum)))
    assert app.since() == {"websocket": 1, "connections": 1}
    first.check()
    assert app.since() == {"http": 3}


def test_a_report_is_not_believed_for_ever(counted, hum, monkeypatch):
    url, app = counted
    source = RemoteSource(url)
    say(source, sentence(hum))
    app.since()
    monkeypatch.setattr(known_server, "REPORT_S", 0.0)
    say(source, sentence(hum))
    assert app.since()["http"] == 3


def test_a_bridge_is_asked_once_and_kept(start_app, hum):
    bridge = FastAPI()
    bridge.get("/")(lambda: {"mode": "real"})
    bridge.get("/health")(lambda: {"status": "healthy"})

    async def frames(audio: UploadFile):
        return {"frames": [{"timestamp": i / 30, "blendshapes": {"jawOpen": 0.5}} for i in range(18)]}

    bridge.post("/process-sync")(frames)
    app = Counted(bridge)
    source = RemoteSource(start_app(app))
    say(source, sentence(hum))
    assert app.since() == {"http": 4, "connections": 1}
    say(source, sentence(hum))
    assert app.since() == {"http": 1}


def test_a_server_that_was_exchanged_between_two_sentences_is_no_loss(start_server, hum, eventually):
    server = start_server(idle_s=0.3)
    source, speech = RemoteSource(server.url), sentence(hum)
    expected = say(source, speech)
    eventually(lambda: not server.state.sockets)  # the server let the idle connection go
    assert np.array_equal(say(source, speech), expected) and source.status.reconnects == 0
    server.stop()
    start_server(port=server.port)
    assert np.array_equal(say(source, speech), expected) and source.status.reconnects == 0
    assert source.status.state == "done" and source.status.healthy


def test_a_server_that_went_away_between_two_sentences_is_asked_anew(start_server, hum):
    server = start_server()
    source, speech = RemoteSource(server.url), sentence(hum)
    say(source, speech)
    server.stop()
    with pytest.raises(ServiceError):
        say(source, speech)
    assert source.status.state == "lost"
    start_server(port=server.port)
    assert len(say(source, speech)) == 36


def test_a_kept_connection_does_not_hold_up_a_server_that_stops(start_server, hum):
    server = start_server(drain_s=30.0)
    source = RemoteSource(server.url)
    say(source, sentence(hum))
    assert len(server.state.sockets) == 1
    server.stop()


def test_nothing_stays_open_once_a_source_is_gone(start_server, hum, eventually):
    server = start_server()
    source = RemoteSource(server.url)
    say(source, sentence(hum))
    assert len(server.state.sockets) == 1
    del source
    gc.collect()
    eventually(lambda: not server.state.sockets)
    closed = RemoteSource(server.url)
    say(closed, sentence(hum))
    closed.close()
    eventually(lambda: not server.state.sockets)
    assert len(say(closed, sentence(hum))) == 36


def test_without_keep_the_connection_closes_and_stray_words_between_streams_are_ignored(start_server, hum):
    server = start_server()
    with connect(f"ws://127.0.0.1:{server.port}/v1/stream", compression=None) as socket:
        for keep in (True, True, False):
            socket.send(encode(m.Start(keep=keep)))
            assert isinstance(decode(socket.recv(5)), m.Ready)
            socket.send(encode(m.Sound(0, 0, 0.0, hum(0.2).tobytes())))
            socket.send(encode(m.End()))
            while not isinstance(message := decode(socket.recv(5)), m.Ended):
                assert isinstance(message, m.Frames)
            assert message == m.Ended(6)
            if keep:
                socket.send(encode(m.Ack(6)))
                socket.send(encode(m.End()))
                socket.send(encode(m.Ping(7)))
                assert decode(socket.recv(5)) == m.Pong(7)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(5)
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1000


def test_a_start_may_follow_the_end_at_once(start_server):
    """However the server's tasks take turns: a hundred streams of no sound, each begun the moment the last one ended."""
    server = start_server()
    with connect(f"ws://127.0.0.1:{server.port}/v1/stream", compression=None) as socket:
        for _ in range(100):
            socket.send(encode(m.Start(keep=True)))
            assert isinstance(decode(socket.recv(5)), m.Ready)
            socket.send(encode(m.End()))
            assert decode(socket.recv(5)) == m.Ended(0)


def test_frames_at_the_wanted_rate_are_not_computed_again(counted, hum, monkeypatch):
    def computed(*_):
        raise AssertionError("a frame on the grid was sampled again")

    monkeypatch.setattr(retiming.Retimer, "push", computed)
    assert len(say(RemoteSource(counted[0], fps=60), sentence(hum))) == 36
    with pytest.raises(AssertionError, match="sampled again"):
        say(RemoteSource(counted[0], fps=29.97), sentence(hum))
