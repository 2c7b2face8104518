"""Whatever JSON strangers send to a real server ends in one documented sentence, or works; the server stays up and keeps nothing of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import struct
import threading
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from app.remote.server.serving import GracefulServer, bind, config_for, create_app
from app.remote.server.settings import ServerSettings
from app.remote.server.state import ServerState

CODES = {
    "bad_message": 1007, "bad_option": 1008, "gap": 1008, "unknown_token": 1008, "busy": 1013, "too_long": 1009, "idle": 1008,
    "slow": 1008, "engine": 1011, "closing": 1012,
}  # fmt: skip
#: values as text: JSON knows some that Python cannot write
leaves = st.one_of(
    st.sampled_from([
        "1e400", "-1e400", "NaN", "-Infinity", "1e308", "9" * 400, "9" * 5000, "-0", "1e-320", "9007199254740991", "9007199254740992",
        "4294967295", "18446744073709551616", "0.5", "1", "30", "true", "null", '""', '"\\ud800"', '"\\u0000"', '"joy"', '"start"',
        "[" * 2000 + "]" * 2000, '{"a":' * 2000 + "1" + "}" * 2000, "[" * 100_000,
    ]),
    st.integers().map(str), st.floats().map(json.dumps), st.text(max_size=8).map(json.dumps),
)  # fmt: skip
named = st.sampled_from([
    "rate", "encoding", "fps", "frames", "blinks", "seed", "emotion", "first_sample", "first_frame", "keep", "token", "next_frame", "id",
    "time_s", "weights", "channels", "message", "code", "joy", "type", "action", "lead_s", "messages", "role", "content", "stream",
]) | st.text(max_size=4)  # fmt: skip


def listed(values: list[str]) -> str:
    """An array."""
    return "[" + ",".join(values) + "]"


def mapped(pairs: list[tuple[str, str]]) -> str:
    """An object; names may come twice."""
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in pairs) + "}"


def objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Objects with names that mean something."""
    return st.lists(st.tuples(named, values), max_size=4).map(mapped)


anything = st.recursive(leaves, lambda x: st.lists(x, max_size=3).map(listed) | objects(x), max_leaves=6)
types = st.sampled_from(["start", "resume", "ack", "end", "ping", "cancel", "ready", "frames", "ended", "error"])
spoken = st.builds(
    lambda word, rest: f'{{"type":"{word}",{mapped(rest)[1:]}', types, st.lists(st.tuples(named, anything), min_size=1, max_size=4)
)
block = struct.pack("<2sBBIQd", b"VS", 1, 1, 0, 0, 0.0) + bytes(3200)
orderly = st.sampled_from(
    ['{"type":"start","keep":true}', '{"type":"start"}', '{"type":"end"}', '{"type":"ack","next_frame":9007199254740991}', block]
)
conversations = st.lists(anything | spoken | orderly | st.binary(max_size=40), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[str, ServerState]]:
    """A server as it is served, in a thread."""
    chosen = ServerSettings(source="mock", port=0, drain_s=0.0)
    listener = bind(chosen)
    app = create_app(chosen, answering=lambda lines: " ".join(text for _, text in lines))
    server = GracefulServer(config_for(app, log_config=None), app.state.server)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), name="asyncio_strangers", daemon=True)
    thread.start()
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    while not server.started and thread.is_alive():
        thread.join(0.01)
    yield address, app.state.server
    server.should_exit = True
    thread.join(20)


def is_a_sentence(text: str) -> bool:
    """One, that a person can read."""
    return bool(re.fullmatch(r"[A-Z][^\n]{10,400}\.", text))


def heard(socket: ClientConnection) -> tuple[list[dict], int]:
    """What a server says in text until it closes, and how it closes."""
    said = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            word = socket.recv(10)
            if isinstance(word, str):
                said.append(json.loads(word))
    assert socket.close_code is not None
    return said, socket.close_code


def is_well(address: str, state: ServerState) -> bool:
    """Whether a server serves, and has forgotten who left."""
    for _ in range(500):
        if not state.sockets and state.engine.voices == 0:
            return httpx.get(f"http://{address}/v1/health/ready").is_success
        threading.Event().wait(0.01)
    return False


@pytest.mark.slow
def test_any_words_to_a_stream(listening):
    address, state = listening

    @settings(max_examples=60, deadline=None)
    @given(conversations)
    def check(words):
        with connect(f"ws://{address}/v1/stream", compression=None, max_size=None) as socket:
            with contextlib.suppress(ConnectionClosed):
                for word in (*words, '{"type":"cancel"}'):
                    socket.send(word)
            said, close = heard(socket)
        errors = [word for word in said if word["type"] == "error"]
        assert len(errors) <= 1 and errors == [word for word in said[-1:] if word["type"] == "error"]
        assert close == (CODES[errors[0]["code"]] if errors else 1000)
        assert all(is_a_sentence(word["message"]) for word in errors)

    check()
    assert is_well(address, state)


@pytest.mark.slow
def test_any_words_to_the_bridge(listening):
    address, state = listening
    sound = {"audio": ("a.pcm", bytes(3200), "audio/pcm")}
    session = httpx.post(f"http://{address}/process", files=sound).json()["session_id"]

    @settings(max_examples=60, deadline=None)
    @given(st.lists(anything | objects(anything) | st.binary(max_size=20), max_size=4))
    def check(words):
        with connect(f"ws://{address}/ws/{session}", compression=None, max_size=None) as socket:
            with contextlib.suppress(ConnectionClosed):
                for word in (*words, '{"action":"start","lead_s":5}'):
                    socket.send(word)
            said, close = heard(socket)
        assert close == 1000 and said[-1] == {"type": "complete"}
        errors = [word for word in said if word["type"] == "error"]
        assert len(errors) <= len(words) and all(is_a_sentence(word["message"]) for word in errors)

    check()
    assert is_well(address, state)


@pytest.mark.slow
def test_any_question_and_any_text(listening):
    address, state = listening
    line = st.builds(lambda text: f'[{{"role":"user","content":{text}}}]', leaves)

    @settings(max_examples=40, deadline=None)
    @given(
        st.builds(lambda m, rest: f'{{"messages":{m},{mapped(rest)[1:]}', line | anything, st.lists(st.tuples(named, anything), min_size=1))
        | anything
    )
    def check(body):
        answer = client.post("/v1/chat/completions", content=body.encode())
        assert answer.status_code in (200, 400, 413), answer.text
        assert answer.is_success or is_a_sentence(answer.json()["detail"])
        refused = client.post("/speech", content=f'{{"voice":1,"text":{body}}}'.encode())
        assert refused.status_code in (400, 413) and is_a_sentence(refused.json()["detail"])

    with httpx.Client(base_url=f"http://{address}") as client:
        check()
    assert is_well(address, state)
