"""The server as Ray Serve replicas, and a batch through Ray: a real cluster of this machine."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
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
from app.remote.protocol.messages import End, Ended, Failed, Frames, Ready, Resume, Sound, Start
from app.remote.protocol.wire import decode, encode

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed"),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="replicas are found through /proc"),
]


class Cluster:
    """``serve --cluster`` in a process of its own."""

    def __init__(self, root: Path) -> None:
        command = [sys.executable, "-m", "app", "serve", "--cluster", "--replicas", "2", "--source", "mock", "--port", "0"]
        environment = {**os.environ, "VISEMESYNC_TOKEN": "open-sesame-0123"}
        self.process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"(http://\S+) with 2 replicas", line)
        assert found, f"it did not start: {line!r}"
        self.url = f"{found[1]}/t/open-sesame-0123"

    def stop(self) -> None:
        """As Ctrl+C does; nothing is left running."""
        replicas = self.replicas()
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0
        self.process.stdout.close()
        _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in replicas), 20)

    def replicas(self) -> set[int]:
        """Process ids of the replicas of this cluster alone."""
        parents, found = {}, set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, rest = stat.read_text().rsplit(")", 1)
                words = (stat.parent / "cmdline").read_bytes()
            except OSError:
                continue
            pid = int(name.split()[0])
            parents[pid] = int(rest.split()[1])
            if words.startswith(b"ray::ServeReplica"):
                found.add(pid)
        return {pid for pid in found if self.process.pid in _ancestors(pid, parents)}

    def kill(self, pid: int) -> None:
        """Kill a replica and wait until another one has taken its place."""
        before = self.replicas()
        assert pid in before
        os.kill(pid, signal.SIGKILL)
        _until(lambda: len(self.replicas() - {pid}) == len(before), 60)


def _ancestors(pid: int, parents: dict[int, int]) -> set[int]:
    chain = set()
    while pid in parents:
        pid = parents[pid]
        chain.add(pid)
    return chain


def _until(condition: Callable[[], bool], timeout_s: float) -> None:
    give_up_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up_s, "it did not happen in time"
        threading.Event().wait(0.02)


@pytest.fixture(scope="module")
def cluster(root_module) -> Iterator[Cluster]:
    """Two replicas, for all tests here."""
    one = Cluster(root_module)
    yield one
    one.stop()


@pytest.fixture(scope="module")
def root_module() -> Path:
    return Path(__file__).resolve().parents[2]


def hum(duration_s: float) -> np.ndarray:
    t = np.arange(round(duration_s * 16000)) / 16000
    return (8000 * np.sin(2 * np.pi * 140 * t)).astype("<i2")


def sockets_of(cluster: Cluster, session: str):
    """A streaming connection that belongs to a session."""
    return connect(f"ws{cluster.url[4:]}/v1/stream", additional_headers={"x-session-id": session}, compression=None, proxy=None)


def say(socket, word):
    socket.send(encode(word))


def hear(socket):
    return decode(socket.recv(timeout=20))


def test_a_stream_stays_with_its_replica_and_can_be_taken_up_there(cluster):
    sound = hum(2.0)
    for session in ("ada", "grace", "mary", "rosa"):
        with sockets_of(cluster, session) as socket:
            say(socket, Start(16000, "s16le", 30))
            ready = hear(socket)
            assert isinstance(ready, Ready)
            say(socket, Sound(0, 0, 0.0, sound[:16000].tobytes()))
            first = hear(socket)
            assert isinstance(first, Frames) and first.first_frame == 0
        with sockets_of(cluster, session) as socket:
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


def test_what_one_replica_was_given_another_one_plays(cluster):
    file = io.BytesIO()
    soundfile.write(file, hum(1.0), 16000, format="WAV")
    uploads, plays = set(), set()
    # names of sessions decide the replica here, so that uploads and sockets meet both of them
    for number in range(6):
        with httpx.Client(headers={"x-session-id": f"up {number}"}) as client:
            answer = client.post(cluster.url + "/process", files={"audio": ("speech.wav", file.getvalue(), "audio/wav")}).json()
            uploads.add(_replica(cluster, f"up {number}"))
        headers = {"x-session-id": f"play {number}"}
        with connect(f"ws{cluster.url[4:]}/ws/{answer['session_id']}", additional_headers=headers, proxy=None) as socket:
            socket.send(json.dumps({"action": "start", "lead_s": 5}))
            messages = [json.loads(text) for text in socket]
        assert [message["type"] for message in messages] == ["frame"] * 30 + ["complete"]
        assert messages[7]["data"]["frame"] == 7 and len(messages[7]["data"]["blendshapes"]) == 52
        plays.add(_replica(cluster, f"play {number}"))
    assert len(uploads | plays) == 2


def _replica(cluster: Cluster, session: str) -> str:
    """Which replica answers a session."""
    return httpx.get(cluster.url + "/health", headers={"x-session-id": session}).json()["replica"]


def test_a_killed_replica_costs_no_frame(cluster, monkeypatch):
    # as far ahead as a live microphone would be, so that the stream is still running when its replica dies
    monkeypatch.setattr("app.remote.client.stream_client.MAX_AHEAD_S", 0.5)
    speech = Speech(AudioClip(hum(40.0).astype(np.float32) / 32768, 16000))
    source = RemoteSource(cluster.url, give_up_s=30.0)
    chunks = source.generate(speech, threading.Event())
    got = [next(chunks), next(chunks)]
    for pid in sorted(cluster.replicas()):  # one of them carries the stream, first or after it has moved
        cluster.kill(pid)
        got += [next(chunks), next(chunks)]
    got += chunks
    expected = concatenate(list(MockSource(60).generate(speech, threading.Event())))
    assert np.array_equal(concatenate(got).arkit.weights, expected.arkit.weights)
    assert source.status.reconnects >= 1 and source.status.received == 2400


def test_garbage_is_answered_as_without_a_cluster(cluster):
    with sockets_of(cluster, "") as socket:
        socket.send("{")
        answer = hear(socket)
        assert isinstance(answer, Failed) and answer.code == "bad_message"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
        assert socket.close_code == 1007
    assert httpx.post(cluster.url + "/process", files={"audio": b"x"}).status_code == 400


def test_a_token_is_asked_of_everybody(cluster):
    bare = cluster.url.removesuffix("/t/open-sesame-0123")
    assert httpx.get(bare + "/health").status_code == 401 and httpx.get(bare + "/v1/health/ready").status_code == 200
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws{bare[4:]}/v1/stream", proxy=None).close()
    assert refused.value.response.status_code == 403


def test_a_batch_through_ray_makes_the_same_tracks(root, tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("am_michael", "bf_emma"):
        (tmp_path / "in" / f"{name}.flac").write_bytes((root / "assets" / "eval" / f"{name}.flac").read_bytes())
    (tmp_path / "in" / "bad.wav").write_bytes(base64.b64decode("bm8gc291bmQ="))
    for out, options in (("here", ["--jobs", "1"]), ("there", ["--cluster", "local"])):
        command = [sys.executable, "-m", "app", "batch", "in", "-o", out, "--source", "visemes", *options]
        done = subprocess.run(
            command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1 and "2 made, 0 kept, 1 failed" in done.stdout, done.stderr
        assert done.stderr.strip() == "bad.wav: bad.wav is not a readable audio file; use a wav, flac, ogg, mp3, m4a or mp4 file."
    for name in ("am_michael.csv", "bf_emma.csv"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()
