"""Our WebSocket: read by a client that knows the document only, and by ours; slow ones, uninvited ones, and servers that go."""

from __future__ import annotations

import json
import socket
import struct
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.core.errors import ServiceError, StreamingError
from app.core.face_frame import FaceFrame
from app.core.head import ANGLES
from app.streaming.address import Address
from app.streaming.broadcast import Broadcast, StreamOptions
from app.streaming.listener import FaceListener
from app.streaming.websocket.messages import Hello, MessageReader, encode_face
from app.streaming.websocket.server import FaceServer
from tests.unit.streaming.test_broadcast import until

OPEN = Address("websocket", "127.0.0.1", 0)


def joined(server: FaceServer, **more):
    return connect(f"ws://127.0.0.1:{server.port}/", compression=None, proxy=None, **more)


def offer(server: FaceServer, face: FaceFrame) -> None:
    server.send(face, time.perf_counter())


@pytest.fixture
def server():
    made = FaceServer(OPEN)
    yield made
    made.close()


def test_a_stranger_reads_names_first_and_then_numbers(server, rng):
    sent = FaceFrame(rng.random(52).astype(np.float32), rng.random(9).astype(np.float32), 12.5, 750, 60.0, "Anna")
    with joined(server) as client:
        assert json.loads(client.recv())["names"] == list(ARKIT_CHANNELS)
        offer(server, sent)
        hello = json.loads(client.recv())
        assert (hello["subject"], hello["fps"], hello["angles"]) == ("Anna", 60.0, list(ANGLES))
        message = client.recv()
        time_s, index, flags, *values = struct.unpack("<dII61f", message)
        assert (time_s, index, flags) == (12.5, 750, 2)
        assert np.array_equal(np.float32(values), np.concatenate([sent.weights, sent.angles]))
        counters = server.counters()
        assert (counters.clients, counters.frames, counters.dropped) == (1, 1, 0) and counters.bytes > len(message)


def test_our_own_client_hears_it_joins_again_and_tells_while_it_cannot(rng):
    weights = rng.random(52).astype(np.float32)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = Address("websocket", "127.0.0.1", probe.getsockname()[1])
    supply = lambda _: FaceFrame(weights, subject="Anna")  # noqa: E731
    with Broadcast(supply, [address], StreamOptions(100)), FaceListener(address) as first, FaceListener(address) as listener:
        until(lambda: all(each.counters() and each.counters()[0].frames > 20 for each in (first, listener)))
        assert np.array_equal(listener.newest().face.weights, weights) and listener.newest().sender.subject == "Anna"
        first.close()
        until(lambda: listener.counters()[0].frames > 25)
        again = FaceListener(address)
    until(lambda: again.fault != "")
    assert "has gone" in again.fault or "No faces are served" in again.fault
    heard = again.newest()
    with Broadcast(supply, [address], StreamOptions(100)):
        until(lambda: again.newest() is not heard and again.fault == "")
    again.close()
    with pytest.raises(ServiceError, match="No faces are served at 127"):
        FaceListener(address)


def test_a_slow_client_loses_faces_and_holds_nobody_up(server):
    sleeper = socket.socket()
    sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    sleeper.connect(("127.0.0.1", server.port))
    words = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    sleeper.sendall(f"{words}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
    face = FaceFrame(np.zeros(52, np.float32))
    with joined(server) as client:
        until(lambda: server.counters().clients == 2)
        for index in range(600):
            offer(server, FaceFrame(face.weights, index=index))
            while not isinstance(message := client.recv(timeout=5), bytes):
                pass
            assert struct.unpack_from("<dI", message)[1] == index
        assert server.counters().dropped > 100
        began_s = time.perf_counter()
        server.close()
        assert time.perf_counter() - began_s < 3.0, "nobody waits for its goodbye"
    sleeper.close()


def test_others_need_a_token_and_pages_of_strangers_stay_out(server):
    with pytest.raises(StreamingError, match="can be reached by others; give it a token with --token"):
        FaceServer(Address("websocket", "0.0.0.0", 0))
    for origin, may in (("http://localhost:5173", True), ("https://evil.example", False), ("null", False)):
        try:
            joined(server, additional_headers={"Origin": origin}).close()
        except InvalidStatus as refused:
            assert not may and refused.response.status_code == 403
        else:
            assert may
    guarded = FaceServer(Address("websocket", "0.0.0.0", 0), "open sesame")
    try:
        place = f"ws://127.0.0.1:{guarded.port}/"
        for path in ("", "?token=wrong"):
            with pytest.raises(InvalidStatus):
                connect(place + path, proxy=None)
        connect(f"{place}?token=open%20sesame", proxy=None, additional_headers={"Origin": "https://stage.example"}).close()
        with pytest.raises(ServiceError, match="refuses: Give this server's token"):
            FaceListener(Address("websocket", "127.0.0.1", guarded.port))
        FaceListener(Address("websocket", "127.0.0.1", guarded.port), token="open sesame").close()
    finally:
        guarded.close()
    with pytest.raises(StreamingError, match="it is in use"):
        FaceServer(Address("websocket", "127.0.0.1", server.port))


def test_names_in_another_order_are_placed_by_name():
    names = ("jawOpen", "somethingNew", "EyeBlink_L")
    reader = MessageReader()
    assert not list(reader.faces(Hello(names, ("HeadRoll",), 30.0, "Ben").text()))
    (face,) = reader.faces(struct.pack("<dII4f", 1.0, 7, 3, 0.5, 0.9, 0.25, 0.1))
    assert (face.weights[ARKIT_INDEX["jawOpen"]], face.weights[ARKIT_INDEX["eyeBlinkLeft"]]) == (0.5, 0.25)
    assert face.weights.sum() == 0.75 and face.angles[ANGLES.index("HeadRoll")] == np.float32(0.1)
    assert (face.subject, face.fps, face.index, face.is_held) == ("Ben", 30.0, 7, True)


@settings(max_examples=50)
@given(text=st.text(max_size=20), data=st.binary(max_size=300), fps=st.sampled_from([None, "60", -1.0, 0, 1e9, float("nan"), True]))
def test_any_messages_end_in_faces_or_a_sentence(text, data, fps):
    good, reader = encode_face(FaceFrame(np.zeros(52, np.float32))), MessageReader()
    odd = json.dumps({"protocol": "visemesync-faces", "version": 1, "names": [text], "angles": [], "fps": fps, "subject": text})
    for message in (text, data, odd, Hello().text(), data, good[:16] + data, good):
        try:
            assert all(np.isfinite(face.weights).all() for face in reader.faces(message))
        except StreamingError as error:
            assert str(error).endswith(".")
