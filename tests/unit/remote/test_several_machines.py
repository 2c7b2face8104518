"""docs/deploy/haproxy.cfg with the real HAProxy in front of two servers; and what systemd hears of a server."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading

import httpx
import numpy as np
import pytest

from app.core.speech import AudioClip, Speech
from app.remote.client.remote_source import RemoteSource
from app.remote.server import whereabouts

HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed")


@pytest.fixture
def door(root, tmp_path, start_server, eventually):
    """HAProxy as the file has it, on a free port, in front of two servers in place of four: its address and the servers."""
    servers = [start_server(proxies=("127.0.0.1",)) for _ in range(2)]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = (root / "docs/deploy/haproxy.cfg").read_text("utf-8")
    text = text.replace("bind :8000", f"bind 127.0.0.1:{port}").replace("maxconn 20000", "maxconn 200")
    text = re.sub(r"^    server b\d .*\n", "", text, flags=re.MULTILINE)
    for number, server in enumerate(servers, 1):
        text = re.sub(rf"(server a{number}) [\d.]+:\d+", rf"\1 127.0.0.1:{server.port}", text)
    path = tmp_path / "haproxy.cfg"
    path.write_text(text, "utf-8")
    with subprocess.Popen([HAPROXY, "-f", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            url = f"http://127.0.0.1:{port}"

            def is_open() -> bool:
                try:
                    return httpx.get(f"{url}/v1/health/ready", trust_env=False).status_code == 200
                except httpx.TransportError:
                    return False

            eventually(is_open, 15)
            yield url, servers
        finally:
            process.terminate()


def test_it_says_what_haproxy_understands(root):
    done = subprocess.run([HAPROXY, "-c", "-f", root / "docs/deploy/haproxy.cfg"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def frames(url: str, seconds: float) -> int:
    """What a client gets for so much sound, 60 a second."""
    sound = Speech(AudioClip(np.zeros(round(seconds * 16000), np.float32), 16000))
    return sum(len(chunk.arkit.weights) for chunk in RemoteSource(url).generate(sound, threading.Event()))


def test_voices_and_sessions_find_their_servers_and_go_elsewhere_when_one_is_gone(door, hum):
    url, servers = door
    assert frames(url, 1.0) == 60
    session = httpx.post(f"{url}/process", files={"audio": ("speech.wav", hum(0.3).tobytes())}, trust_env=False).json()["session_id"]
    assert sum(session in str(vars(server.state.sessions)) for server in servers) == 1
    assert httpx.get(f"{url}/metrics", trust_env=False).status_code == 404
    servers[0].stop()
    assert frames(url, 0.5) == 30


def test_systemd_is_told_when_voices_are_served_and_when_they_are_not(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv(whereabouts.WHERE, str(tmp_path / "where"))
        whereabouts.announce("https://0.0.0.0:8443")
        assert systemd.recv(500) == b"READY=1\nSTATUS=Serving on https://0.0.0.0:8443" and whereabouts.told() == "https://0.0.0.0:8443"
        whereabouts.withdraw()
        assert systemd.recv(500) == b"STOPPING=1" and whereabouts.told() == ""
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
        whereabouts.announce("http://127.0.0.1:8000")
        assert whereabouts.told() == "http://127.0.0.1:8000"
