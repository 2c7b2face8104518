"""Several workers behind a real HAProxy: who gets where, what is open to whom, how it stops, and that no frame is lost on the way."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import socket as sockets
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.lipsync.mock import MockSource
from app.remote.client.remote_source import RemoteSource
from app.remote.protocol.messages import Cancel, Closing, End, Ended, Failed, Frames, Ready, Resume, Sound, Start
from tests.fleets import TOKEN, RunningFleet, hear, say, until

pytestmark = [
    pytest.mark.skipif(shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin") is None, reason="HAProxy is not installed"),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found through /proc"),
]
SEATS = 3


@pytest.fixture(scope="module")
def fleet() -> Iterator[RunningFleet]:
    """Two workers of three seats each, for all tests that leave them as they are."""
    one = RunningFleet(max_streams=SEATS, request_s=1.0, per_address=32)
    yield one
    one.stop()


@pytest.fixture
def another() -> Iterator[RunningFleet]:
    """Two workers for a test that ends them."""
    one = RunningFleet()
    yield one
    one.stop()


def hum(duration_s: float) -> np.ndarray:
    t = np.arange(round(duration_s * 16000)) / 16000
    return (8000 * np.sin(2 * np.pi * 140 * t)).astype("<i2")


def opened(fleet: RunningFleet, session: str = "", worker: str = ""):
    """A streaming connection."""
    headers = {"x-session-id": session} if session else {}
    query = f"?worker={worker}" if worker else ""
    return connect(f"ws{fleet.url[4:]}/v1/stream{query}", additional_headers=headers, compression=None, proxy=None)


def started(fleet: RunningFleet, session: str = ""):
    """A connection and what it was answered."""
    socket = opened(fleet, session)
    say(socket, Start(16000, "s16le", 30))
    return socket, hear(socket)


def leave(socket) -> None:
    """Give the seat back; a stream that is only left stays for whoever takes it up."""
    with suppress(ConnectionClosed):
        say(socket, Cancel())
        while True:
            socket.recv(timeout=5)


def test_all_seats_are_found_whatever_the_session_and_busy_is_said_only_when_none_is_left(fleet):
    with ExitStack() as stack:
        taken = []
        for _ in range(2 * SEATS):
            socket, answer = started(fleet, "the same for all")
            stack.callback(leave, socket)
            assert isinstance(answer, Ready), answer
            taken.append((socket, answer.token.partition("-")[0]))
        assert sorted(worker for _, worker in taken) == ["w1"] * SEATS + ["w2"] * SEATS
        until(lambda: fleet.figures().get('visemesync_voices{worker="w2"}') == SEATS)
        refused, answer = started(fleet, "the same for all")
        with refused:
            assert isinstance(answer, Failed) and answer.code == "busy"
            with pytest.raises(ConnectionClosed):
                refused.recv(timeout=5)
            assert refused.close_code == 1013
        left, place = taken.pop()
        say(left, End())
        while not isinstance(hear(left), Ended):
            continue
        leave(left)

        def finds_it() -> bool:
            again, answer = started(fleet, "the same for all")
            stack.callback(leave, again)
            return isinstance(answer, Ready) and answer.token.startswith(f"{place}-")

        until(finds_it)


@pytest.mark.parametrize("by", ["header", "query"])
def test_a_stream_is_taken_up_where_its_token_says(fleet, by):
    sound = hum(2.0)
    for _ in range(3):
        socket, ready = started(fleet)
        with socket:
            say(socket, Sound(0, 0, 0.0, sound[:16000].tobytes()))
            first = hear(socket)
            assert isinstance(first, Frames) and first.first_frame == 0
        worker = ready.token.partition("-")[0]
        with opened(fleet, session=f"{worker}-" if by == "header" else "", worker=worker if by == "query" else "") as socket:
            say(socket, Resume(ready.token, len(first.weights)))
            again = hear(socket)
            assert isinstance(again, Ready) and again.resumed and again.next_sample == 16000
            say(socket, Sound(0, 16000, 1.0, sound[16000:].tobytes()))
            say(socket, End())
            made = [len(first.weights)]
            while not isinstance(message := hear(socket), Ended):
                assert message.first_frame == sum(made)
                made.append(len(message.weights))
            assert sum(made) == message.frame_count == 60


def play(fleet: RunningFleet, name: str) -> list[str]:
    """Kinds of the messages that a session's socket brings."""
    with connect(f"ws{fleet.url[4:]}/ws/{name}", proxy=None) as socket:
        socket.send(json.dumps({"action": "start", "lead_s": 5}))
        return [json.loads(text)["type"] for text in socket]


def test_a_session_is_played_by_the_worker_that_has_it(fleet):
    file = io.BytesIO()
    soundfile.write(file, hum(1.0), 16000, format="WAV")
    names = [httpx.post(fleet.url + "/process", files={"audio": ("speech.wav", file.getvalue())}).json()["session_id"] for _ in range(6)]
    assert {name.partition("-")[0] for name in names} == {"w1", "w2"}
    for name in names:
        assert play(fleet, name) == ["frame"] * 30 + ["complete"]


def test_figures_of_all_workers_come_in_one_answer_for_those_who_have_the_token(fleet):
    assert httpx.get(fleet.bare + "/metrics").status_code == 401
    assert httpx.get(fleet.bare + "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    text = httpx.get(fleet.url + "/metrics").text
    figures = fleet.figures()
    assert {'visemesync_voices{worker="w1"}', 'visemesync_voices{worker="w2"}'} <= set(figures)
    assert figures["visemesync_workers_serving"] == 2 and figures["visemesync_door_connections"] >= 1
    assert text.count("# TYPE visemesync_voices gauge") == 1
    assert re.search(r'visemesync_frames_sent_total\{worker="w\d",route="stream"\} \d', text)


def test_nobody_else_can_listen_in_or_read(fleet):
    family = [fleet.process.pid, *fleet.family()]
    files = [str(link.readlink()) for pid in family for link in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {name[len("socket:[") : -1] for name in files if name.startswith("socket:")}
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    heard = {row[1] for row in rows if row[3] == "0A" and row[9] in inodes}
    assert heard == {f"0100007F:{fleet.port:04X}"}, "only HAProxy listens, where it was told"
    folder = fleet.folder()
    rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    named = {row[7] for row in rows if row[6] in inodes and len(row) > 7 and int(row[3], 16) & 0x10000}
    assert named and all(Path(name).parent == folder for name in named)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert {"admin.sock", "figures.sock", "haproxy.cfg", "w1.sock", "w2.sock"} <= {file.name for file in files}
    assert all(stat.S_IMODE(file.lstat().st_mode) & 0o077 == 0 for file in files)
    assert TOKEN not in (folder / "haproxy.cfg").read_text()
    for pid in family:
        assert TOKEN.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    for pid in fleet.family():
        assert TOKEN.encode() not in Path(f"/proc/{pid}/environ").read_bytes()


def test_garbage_and_missing_tokens_are_answered_as_by_one_server(fleet):
    with opened(fleet) as socket:
        socket.send("{")
        answer = hear(socket)
        assert isinstance(answer, Failed) and answer.code == "bad_message"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
        assert socket.close_code == 1007
    assert httpx.get(fleet.bare + "/v1/health/ready").status_code == 200
    assert httpx.get(fleet.bare + "/health").status_code == 401
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws{fleet.bare[4:]}/v1/stream", proxy=None).close()
    assert refused.value.response.status_code == 403
    assert httpx.get(fleet.url + "/health", headers={"x": "y" * 20_000}).status_code == 400


def test_half_requests_hold_their_places_a_moment_and_those_of_one_address_only(fleet):
    with ExitStack() as stack:
        halves = [stack.enter_context(sockets.create_connection(("127.0.0.1", fleet.port))) for _ in range(40)]
        for half in halves:
            half.sendall(b"GET /health HTTP/1.1\r\n")
        assert httpx.get(fleet.bare + "/v1/health/ready").status_code == 429
        other = httpx.HTTPTransport(local_address="127.0.0.2")
        with httpx.Client(transport=other) as client:
            assert client.get(fleet.bare + "/v1/health/ready").status_code == 200
        halves[0].settimeout(5)
        assert halves[0].recv(100).startswith(b"HTTP/1.1 408")
    until(lambda: httpx.get(fleet.bare + "/v1/health/ready").status_code == 200)


def test_a_killed_worker_costs_no_frame_and_is_replaced(fleet, monkeypatch):
    # as far ahead as a live microphone would be, so that the stream is still running when its worker dies
    monkeypatch.setattr("app.remote.client.stream_client.MAX_AHEAD_S", 0.5)
    speech = Speech(AudioClip(hum(40.0).astype(np.float32) / 32768, 16000))
    source = RemoteSource(fleet.url, give_up_s=30.0)
    chunks = source.generate(speech, threading.Event())
    uploaded = httpx.post(fleet.url + "/process", files={"audio": ("speech.wav", hum(1.0).tobytes())}).json()["session_id"]
    got = [next(chunks), next(chunks)]
    for pid in fleet.workers():  # one of them carries the stream, first or after it has moved
        os.kill(pid, signal.SIGKILL)
        got += [next(chunks), next(chunks)]
        until(lambda pid=pid: len(fleet.workers()) == 2 and pid not in fleet.workers())
        until(lambda: fleet.figures().get("visemesync_workers_serving") == 2)
    got += chunks
    expected = concatenate(list(MockSource(60).generate(speech, threading.Event())))
    assert np.array_equal(concatenate(got).arkit.weights, expected.arkit.weights)
    assert source.status.reconnects >= 1 and source.status.received == 2400
    assert fleet.figures()["visemesync_worker_restarts_total"] == 2
    assert any('"worker died"' in line for line in fleet.log)
    assert play(fleet, uploaded) == ["frame"] * 30 + ["complete"]


def test_a_rolling_restart_under_streams_costs_no_frame(fleet, monkeypatch):
    monkeypatch.setattr("app.remote.client.stream_client.MAX_AHEAD_S", 0.5)
    # a stream that begins anew hears ten seconds again, so that all frames here must be those of a stream that was never lost
    speech = Speech(AudioClip(hum(9.9).astype(np.float32) / 32768, 16000))
    expected = concatenate(list(MockSource(60).generate(speech, threading.Event()))).arkit.weights
    sources = [RemoteSource(fleet.url, give_up_s=30.0) for _ in range(4)]
    voices = [source.generate(speech, threading.Event()) for source in sources]
    got = [[next(voice)] for voice in voices]
    before = fleet.workers()
    fleet.process.send_signal(signal.SIGHUP)
    rest = iter(range(15))

    def renewed() -> bool:
        if next(rest, None) is not None:
            for made, voice in zip(got, voices, strict=True):
                made.append(next(voice))
        threading.Event().wait(0.25)
        return fleet.figures()["visemesync_fleet_renewals_total"] == 1

    until(renewed, 60)
    assert not set(before) & set(fleet.workers()) and len(fleet.workers()) == 2
    for made, voice in zip(got, voices, strict=True):
        made.extend(voice)
        assert np.array_equal(concatenate(made).arkit.weights, expected)
    assert all(source.status.reconnects >= 1 for source in sources)


@pytest.mark.parametrize("to", ["supervisor", "group"])
def test_a_stop_lets_streams_finish_and_leaves_nothing(another, to):
    sound = hum(1.0)
    (finishes, _), (stays, _) = started(another), started(another)
    everybody = [another.process.pid, *another.family()]
    folder = another.folder()
    for socket in (finishes, stays):
        say(socket, Sound(0, 0, 0.0, sound.tobytes()))
    if to == "group":
        os.killpg(another.process.pid, signal.SIGINT)
    else:
        another.process.send_signal(signal.SIGTERM)
    frames = 0
    while isinstance(message := hear(finishes), Frames):
        frames += len(message.weights)
    assert isinstance(message, Closing)
    say(finishes, End())
    while not isinstance(message := hear(finishes), Ended):
        frames += len(message.weights)
    assert frames == message.frame_count == 30
    with pytest.raises(ConnectionClosed):
        while True:
            stays.recv(timeout=10)
    assert stays.close_code == 1012
    assert another.process.wait(10) == 0
    assert not [pid for pid in everybody if Path(f"/proc/{pid}").exists()]
    assert not folder.exists()
    with pytest.raises(OSError):
        sockets.create_connection(("127.0.0.1", another.port))


def test_a_killed_supervisor_leaves_nothing(another):
    everybody, folder = list(another.family()), another.folder()
    socket, _ = started(another)
    another.process.kill()
    another.process.wait()
    until(lambda: not [pid for pid in everybody if Path(f"/proc/{pid}").exists()])
    until(lambda: not folder.exists())
    with pytest.raises((ConnectionClosed, OSError)):
        socket.recv(timeout=5)


def test_the_command_line_starts_workers_within_five_seconds_also_as_local_cluster():
    fleet = RunningFleet([sys.executable, "-m", "app", "serve", "--cluster", "local", "--replicas", "2", "--source", "mock", "--port", "0"])
    try:
        assert fleet.started_s < 5.0 * max(os.getloadavg()[0] / (os.cpu_count() or 1), 1.0)
        assert httpx.get(fleet.url + "/health").json()["replica"] in ("w1", "w2")
    finally:
        fleet.stop()
    assert fleet.process.returncode == 0
