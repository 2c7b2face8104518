"""Workers of the server on a Ray cluster that was started before, and a batch through it; what Ray opens for this machine alone."""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.core.speech import AudioClip, Speech
from app.core.track import concatenate
from app.lipsync.mock import MockSource
from app.remote.client.remote_source import RemoteSource
from tests.fleets import ROOT, RunningFleet, until

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed"),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found through /proc"),
    pytest.mark.skipif(shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin") is None, reason="HAProxy is not installed"),
]
#: a cluster of one machine as somebody starts one, until its standard input ends
_CODE = """
import os, sys
from app.remote.cluster.attach import attached
with attached("local") as ray:
    print(ray.get_runtime_context().gcs_address, os.environ["RAY_AUTH_TOKEN"], flush=True)
    sys.stdin.read()
"""


class RayCluster:
    """A Ray cluster in processes of its own."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _CODE], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.address, token = self.process.stdout.readline().split()
        self.environment = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}

    def stop(self) -> None:
        """End it."""
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[RayCluster]:
    """One for all tests here."""
    one = RayCluster()
    yield one
    one.stop()


def family(pid: int) -> list[int]:
    """Process ids below one."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = stat.read_text().rsplit(")", 1)
        except OSError:
            continue
        children.setdefault(int(rest.split()[1]), []).append(int(name.split()[0]))
    found, todo = [], [pid]
    while todo:
        found += children.get(todo[-1], [])
        todo += children.get(todo.pop(), [])
    return found


def open_files(pids: list[int]) -> set[str]:
    """What some processes have open, as the kernel names it."""
    found = set()
    for link in (link for pid in pids for link in Path(f"/proc/{pid}/fd").glob("*")):
        with contextlib.suppress(FileNotFoundError):
            found.add(str(link.readlink()))
    return found


def listeners(pids: list[int]) -> set[str]:
    """Addresses, as the kernel writes them, that some processes listen on."""
    inodes = {name[len("socket:[") : -1] for name in open_files(pids) if name.startswith("socket:")}
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {row[1].partition(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes}


def placed(cluster: RayCluster) -> list[int]:
    """Workers of the server on the cluster."""
    return [pid for pid in family(cluster.process.pid) if b"--as-worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_a_cluster_of_this_machine_listens_to_nobody_else_and_shows_no_token(ray_cluster):
    pids = family(ray_cluster.process.pid)
    loopback = {"0100007F", "0000000000000000FFFF00000100007F"}
    assert listeners(pids) <= loopback and listeners(pids)
    token = ray_cluster.environment["RAY_AUTH_TOKEN"].encode()
    assert not [pid for pid in pids if token in Path(f"/proc/{pid}/cmdline").read_bytes()]
    (session,) = {Path(name.partition("/logs/")[0]) for name in open_files(pids) if "/session_" in name and "/logs/" in name}
    assert session.parents[1].stat().st_mode & 0o077 == 0
    assert not [file for file in session.rglob("*") if file.is_file() and token in file.read_bytes()]


def test_workers_on_a_cluster_serve_are_replaced_and_leave_the_cluster_running(ray_cluster, monkeypatch):
    monkeypatch.setattr("app.remote.client.stream_client.MAX_AHEAD_S", 0.5)
    for name, value in ray_cluster.environment.items():
        monkeypatch.setenv(name, value)
    words = ["serve", "--cluster", ray_cluster.address, "--replicas", "2", "--source", "mock", "--port", "0"]
    fleet = RunningFleet([sys.executable, "-m", "app", *words])
    try:
        first = placed(ray_cluster)
        assert len(first) == 2 and not fleet.workers()
        t = np.arange(20 * 16000) / 16000
        speech = Speech(AudioClip(np.sin(2 * np.pi * 140 * t).astype(np.float32), 16000))
        source = RemoteSource(fleet.url, give_up_s=30.0)
        chunks = source.generate(speech, threading.Event())
        got = [next(chunks), next(chunks)]
        until(lambda: 1 in (fleet.figures().get(f'visemesync_voices{{worker="{name}"}}') for name in ("w1", "w2")))
        for pid in first:  # one of them carries the stream
            os.kill(pid, signal.SIGKILL)
        got += [next(chunks), next(chunks)]
        until(lambda: len(placed(ray_cluster)) == 2 and not set(first) & set(placed(ray_cluster)), 30)
        got += chunks
        expected = concatenate(list(MockSource(60).generate(speech, threading.Event()))).arkit.weights
        assert np.array_equal(concatenate(got).arkit.weights, expected) and source.status.reconnects >= 1
    finally:
        fleet.stop(signal.SIGINT)
    assert fleet.process.returncode == 0
    until(lambda: not placed(ray_cluster))
    assert ray_cluster.process.poll() is None


def test_a_batch_through_ray_makes_the_same_tracks(ray_cluster, root, tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("am_michael", "bf_emma"):
        (tmp_path / "in" / f"{name}.flac").write_bytes((root / "assets" / "eval" / f"{name}.flac").read_bytes())
    (tmp_path / "in" / "bad.wav").write_bytes(base64.b64decode("bm8gc291bmQ="))
    for out, options in (("here", ["--jobs", "1"]), ("there", ["--cluster", ray_cluster.address])):
        command = [sys.executable, "-m", "app", "batch", "in", "-o", out, "--source", "visemes", *options]
        environment = {**os.environ, **ray_cluster.environment, "PYTHONPATH": str(root)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 1 and "2 made, 0 kept, 1 failed" in done.stdout, done.stderr
        assert done.stderr.strip() == "bad.wav: bad.wav is not a readable audio file; use a wav, flac, ogg, mp3, m4a or mp4 file."
    for name in ("am_michael.csv", "bf_emma.csv"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def test_workers_on_other_machines_need_a_token_and_a_cluster(monkeypatch):
    command = [sys.executable, "-m", "app", "serve", "--cluster", "127.0.0.1:1", "--source", "mock", "--port", "0"]
    monkeypatch.delenv("VISEMESYNC_TOKEN", raising=False)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2 and "give the server a token" in done.stderr and done.stderr.count("\n") == 1
    token = secrets.token_hex(12)
    done = subprocess.run([*command, "--token", token], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3 and "No Ray cluster answers at '127.0.0.1:1'" in done.stderr and token not in done.stderr
