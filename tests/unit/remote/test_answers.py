"""What nobody answers otherwise: errors of one sentence, HEAD, and logs that call an end an end."""

from __future__ import annotations

import json
import struct

import httpx
import numpy as np
import pytest
from websockets.sync.client import connect

from app.remote.protocol import messages as m
from app.remote.protocol.wire import decode, encode

FORM = {"content-type": "multipart/form-data; boundary=x"}
#: a second of silence, which claims 2^31 - 1 samples a second
FAST = b"RIFF" + struct.pack("<I4s4sIHHIIHH4sI", 32036, b"WAVE", b"fmt ", 16, 1, 1, 2**31 - 1, 32000, 2, 16, b"data", 32000) + bytes(32000)


def answered(url: str, method: str, path: str, **options) -> tuple[int, str]:
    """Status and sentence of an error."""
    answer = httpx.request(method, url + path, timeout=30, **options)
    assert list(answer.json()) == ["detail"], answer.text
    return answer.status_code, answer.json()["detail"]


#: method, path, what is sent, status
WRONG = [
    ("POST", "/process", {}, 422),
    ("POST", "/process", {"json": {"audio": "speech.wav"}}, 422),
    ("POST", "/process-sync", {"data": {"audio": "speech.wav"}}, 422),
    ("POST", "/process-sync", {"content": b"--x\r\nbroken", "headers": FORM}, 422),
    ("POST", "/process", {"content": b"--x", "headers": {"content-type": "multipart/form-data"}}, 400),
    ("POST", "/process", {"files": [("audio", ("a.wav", bytes(2000)))] * 2}, 400),
    ("POST", "/process", {"files": {"audio": ("a.wav", FAST)}}, 500),
    ("GET", "/process", {}, 405),
    ("PUT", "/health", {}, 405),
    ("GET", "/nothing", {}, 404),
    ("GET", "/demo/a%00", {}, 404),
    ("GET", "/demo/three/a%00.js", {}, 404),
    ("POST", "/speech", {"content": b"[" * 60_000}, 400),
    ("POST", "/speech", {"content": b'{"text":' + b"[" * 30_000 + b"]" * 30_000 + b"}"}, 400),
    ("POST", "/speech", {"content": b'{"text":"a","speed":1e400}'}, 400),
    ("POST", "/speech", {"content": b'{"text":"\\ud800"}'}, 400),
    ("POST", "/v1/chat/completions", {"content": b'{"messages":' + b"9" * 5000 + b"}"}, 400),
]  # fmt: skip


def test_every_error_is_one_sentence(start_server):
    url = start_server().url
    for method, path, options, status in WRONG:
        found, sentence = answered(url, method, path, **options)
        assert found == status, (path, sentence)
        assert sentence.endswith(".") and ". " not in sentence and len(sentence) < 200


def test_what_breaks_is_logged_and_said(start_server, caplog):
    def broken(_):
        raise ZeroDivisionError

    url = start_server(answering=broken).url
    question = {"messages": [{"role": "user", "content": "Why?"}]}
    with caplog.at_level("ERROR", "visemesync.server"):
        status, sentence = answered(url, "POST", "/v1/chat/completions", json=question)
    assert status == 500 and sentence.startswith("Something went wrong on the server; try again")
    assert caplog.records[-1].exc_info[0] is ZeroDivisionError


def test_halves_of_characters_are_answered(start_server):
    url = start_server(answering=lambda lines: lines[-1][1] * 2).url
    question = b'{"messages":[{"role":"user","content":"\\ud800"}]}'
    answer = httpx.post(url + "/v1/chat/completions", content=question)
    assert answer.is_success and answer.json()["choices"][0]["message"]["content"] == "??"


def test_head_is_answered_like_get(start_server):
    url = start_server().url
    for path in ("/", "/health", "/v1/health/ready", "/metrics", "/audio2face-client.js"):
        head, whole = httpx.head(url + path), httpx.get(url + path)
        assert head.status_code == whole.status_code == 200 and head.content == b""
        assert head.headers["content-type"] == whole.headers["content-type"] and int(head.headers["content-length"]) > 10
        asked = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "GET"}
        assert httpx.options(url + path, headers=asked).is_success or path == "/metrics"  # which is for no page
        assert httpx.options(url + path).headers["allow"] == "GET, HEAD"


def test_a_lead_that_is_none_is_said_and_the_start_may_come_again(start_server):
    url = start_server().url
    session = httpx.post(url + "/process", files={"audio": ("a.pcm", bytes(3200), "audio/pcm")}).json()["session_id"]
    with connect(f"ws{url[4:]}/ws/{session}") as socket:
        for lead in ("1e400", "9" * 400, "NaN", '"soon"', "true", "[" * 500 + "]" * 500):
            socket.send('{"action": "start", "lead_s": ' + lead + "}")
            answer = json.loads(socket.recv(5))
            assert answer == {"type": "error", "message": "lead_s is a number of seconds from 0 to 5; send the start again."}
        socket.send("[" * 100_000)
        assert json.loads(socket.recv(5))["message"].startswith("Send {")
        socket.send('{"action": "start", "lead_s": 5}')
        assert json.loads(socket.recv(5))["type"] == "frame"


def stream(url: str, keep: bool):
    """A stream that has begun."""
    socket = connect(f"ws{url[4:]}/v1/stream", compression=None, max_size=1 << 20)
    socket.send(encode(m.Start(keep=keep)))
    assert isinstance(decode(socket.recv(5)), m.Ready)
    socket.send(encode(m.Sound(0, 0, 0.0, np.zeros(1600, "<i2").tobytes())))
    return socket


def test_only_a_lost_connection_is_called_one(start_server, eventually, caplog):
    server = start_server()
    with caplog.at_level("INFO", "visemesync.server"):
        for keep in (True, False) * 4:
            with stream(server.url, keep) as socket:
                socket.send(encode(m.End()))
                while not isinstance(decode(socket.recv(5)), m.Ended):
                    continue
        with stream(server.url, True) as socket:
            socket.send(encode(m.Cancel()))
        eventually(lambda: not server.state.sockets)
        assert not [record for record in caplog.records if "lost" in record.getMessage()]
        with stream(server.url, True) as socket:
            socket.recv(5)
        eventually(lambda: not server.state.sockets)
        assert caplog.records[-1].getMessage() == "client left"
        socket = stream(server.url, True)
        socket.recv(5)
        socket.socket.shutdown(2)
        eventually(lambda: not server.state.sockets)
        assert caplog.records[-1].getMessage() == "connection lost"
        socket.close()


@pytest.mark.parametrize("emotion", ['{"joy":1e308}', '{"joy":-1}', '{"joy":true}', "[]", '{"joy":' + "9" * 400 + "}"])
def test_a_wrong_emotion_is_told_its_range(emotion):
    with pytest.raises(m.WireError, match="must be names with strengths from 0 to 1"):
        decode('{"type":"start","emotion":' + emotion + "}")
