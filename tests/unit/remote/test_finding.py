"""What answers at an address is found out, and a microphone's voice goes through it."""

from __future__ import annotations

import socket as sockets
import threading
import time

import grpc
import numpy as np
import pytest
from fastapi import FastAPI

from app.core.errors import ServiceError
from app.remote.client.remote_source import RemoteSource
from app.remote.finding import find_server, server_label
from app.remote.link.keys import KEYS
from app.remote.link.meter import LinkMeter


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    """Nothing known from other tests."""
    monkeypatch.setattr(KEYS, "_known", {})


def free_port() -> int:
    """One that nobody listens on."""
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_our_server_and_its_token(start_server):
    server = start_server(token="open-sesame-0123")
    with pytest.raises(ServiceError, match="wants a token"):
        find_server(server.url)
    assert KEYS.find(f"remote:{server.url}") == ""
    with pytest.raises(ServiceError, match="refuses this token"):
        find_server(server.url, "wrong")
    for address, key in ((f"127.0.0.1:{server.port}", "open-sesame-0123"), (f"remote:{server.url}/t/open-sesame-0123", "")):
        found = find_server(address, key)
        assert found.spec == f"remote:{server.url}" and found.key == "open-sesame-0123" and found.status.server == "ours"
        assert found.status.mock and found.mode.startswith("MOCK") and found.status.round_trip_ms > 0
    assert server_label(found.spec, True).startswith("Remote (mock mode): 127.0.0.1:")


def test_a_bridge_and_what_is_neither(start_app):
    bridge = FastAPI()
    answers = {"/": {"status": "ok", "mode": "real", "fps": 30}, "/health": {"status": "healthy", "config": {"model": "mark"}}}
    for path, answer in answers.items():
        bridge.get(path)(lambda answer=answer: answer)
    found = find_server(start_app(bridge))
    assert (found.status.server, found.status.model, found.mode) == ("bridge", "mark", "real")
    with pytest.raises(ServiceError, match="not as a lip-sync server"):
        find_server(start_app(FastAPI()))
    for nowhere in (f"127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}", f"grpc://127.0.0.1:{free_port()}"):
        with pytest.raises(ServiceError, match="cannot be reached"):
            find_server(nowhere)
    with pytest.raises(ServiceError, match="Type the address"):
        find_server("  ")


def test_a_microservice_is_known_by_its_method(serve_microservice):
    asked: list[dict[str, str]] = []

    def process(requests, context):
        asked.append(dict(context.invocation_metadata()))
        if dict(context.invocation_metadata()).get("authorization") == "Bearer wrong":
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "no")
        list(requests)
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a header first")
        yield from ()

    with serve_microservice(process) as address:
        for text in (address, f"grpc://{address}", f"nim:{address}"):
            found = find_server(text, "right")
            assert found.spec == f"nim:{address}" and found.status.server == "nim" and found.status.healthy
        assert asked[-1]["authorization"] == "Bearer right"
        with pytest.raises(ServiceError, match="refuses this key"):
            find_server(address, "wrong")
    with (
        serve_microservice(process, "/other.Service/Method") as address,
        pytest.raises(ServiceError, match="no Audio2Face-3D microservice"),
    ):
        find_server(f"grpc://{address}")


def speak(ear, seconds: float, until=lambda rows: False) -> list[np.ndarray]:
    """Push sound in real time, in blocks of 10 ms."""
    came, begun_s, pushed = [], time.monotonic(), 0
    while time.monotonic() - begun_s < seconds:
        wanted = int((time.monotonic() - begun_s) * 16000)
        came.append(ear.push(np.full(wanted - pushed, 0.1, np.float32)))
        pushed = wanted
        if until(came):
            break
        threading.Event().wait(0.01)
    return came


@pytest.mark.slow
def test_a_microphone_through_a_server_that_comes_and_goes(start_server):
    server = start_server(drain_s=0.0)
    named, meter = [], LinkMeter()
    ear = RemoteSource(server.url, 60.0).live(meter, named.append)
    try:
        first = np.concatenate(speak(ear, 5.0, lambda came: sum(map(len, came)) > 60))
        assert len(first) > 60 and first.any() and named[0].mock and not named[0].owns_eyes
        assert 0 <= ear.behind_s < 1.0 and meter.status.round_trip_ms > 0 and meter.status.state == "streaming"
        server.stop()
        away = np.concatenate(speak(ear, 10.0, lambda came: any(len(rows) and not rows.any() for rows in came)))
        assert meter.status.state == "reconnecting" and ear.behind_s < 0
        tops = away.max(axis=1)
        assert tops[-1] == 0 and (np.diff(tops[-15:]) <= 1e-6).all()
        start_server(port=server.port)
        back = speak(ear, 10.0, lambda came: any(rows.any() for rows in came))
        assert np.concatenate(back).any() and meter.status.reconnects == 1 and meter.status.healthy
    finally:
        ear.close()
    assert meter.status.state == "idle"


def test_what_cannot_listen_says_so(start_app, start_server):
    bridge = FastAPI()
    for path, answer in {"/": {"mode": "real"}, "/health": {"status": "healthy"}}.items():
        bridge.get(path)(lambda answer=answer: answer)
    for url, words in ((start_app(bridge), "whole clips only"), (start_server(token="x" * 16).url, "wants a token")):
        ear = RemoteSource(url, 60.0).live(LinkMeter(), lambda _: None)
        with pytest.raises(ServiceError, match=words):
            speak(ear, 10.0)
        ear.close()


def test_a_microphone_leaves_its_place_on_the_server(start_server, eventually):
    server = start_server()
    ear = RemoteSource(server.url, 60.0).live(LinkMeter(), lambda _: None)
    speak(ear, 5.0, lambda came: any(map(len, came)))
    assert server.state.engine.voices == 1
    ear.close()
    eventually(lambda: server.state.engine.voices == 0)
