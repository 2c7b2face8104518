"""The server runs with the packages of a2f-server/requirements.txt and no other, started as VisemeSync's guide starts it, over TLS."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import signal
import subprocess
import sys
import types

import httpx
import pytest
from packaging.utils import canonicalize_name

from app.cli import main
from app.remote.server import whereabouts

#: imported by every Python of a process tree before anything else: a package that is not allowed is not there
GATE = """
import sys
class Gate:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if path is None and top not in {allowed!r} and top not in sys.stdlib_module_names and not top.startswith("_"):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Gate())
"""
TOKEN = "a-word-for-this-test-alone"


@pytest.fixture(scope="module")
def allowed(root) -> set[str]:
    """Modules that the locked packages of the server bring, and our own."""
    locked = {
        canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", (root / "assets/locks/server.txt").read_text("utf-8"), re.MULTILINE)
    }
    brought = importlib.metadata.packages_distributions()
    return {"app", "models", *(module for module, by in brought.items() if locked & set(map(canonicalize_name, by)))}


@pytest.fixture(scope="module")
def alone(root, tmp_path_factory, allowed):
    """The server as a process that can import nothing else: its address, its process, and the file that says where it is."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "sitecustomize.py").write_text(GATE.format(allowed=allowed), "utf-8")
    files = ["-out", folder / "cert.pem", "-keyout", folder / "key.pem"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "2", *files],
        check=True,
        capture_output=True,
    )
    environment = {**os.environ, "PYTHONPATH": str(folder), "VISEMESYNC_TOKEN": TOKEN, "VISEMESYNC_WHERE": str(folder / "where")}
    words = [
        sys.executable,
        "server.py",
        "--source",
        "a2f:light",
        "--port",
        "0",
        "--tls-cert",
        folder / "cert.pem",
        "--tls-key",
        folder / "key.pem",
    ]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, cwd=root / "a2f-server", env=environment, **pipes) as process:
        try:
            line = process.stdout.readline()
            assert line.startswith("Serving a2f:light on https://0.0.0.0:"), process.stderr.read()
            port = re.search(r":(\d+) ", line)[1]
            yield types.SimpleNamespace(port=port, process=process, where=folder / "where", environment=environment)
        finally:
            process.terminate()


def test_it_animates_speaks_streams_and_counts(alone, hum, eventually):
    eventually(alone.where.is_file, 30)
    with httpx.Client(
        base_url=f"https://127.0.0.1:{alone.port}", verify=False, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False, timeout=30
    ) as client:
        assert client.get("/health").json()["source"] == "a2f:light"
        frames = client.post("/process-sync", files={"audio": ("speech.wav", hum(0.5).tobytes())}).json()
        assert frames["frames"]
        assert client.post("/speech", json={"text": "hello", "voice": "", "speed": 1}).content.startswith(b"RIFF")
        assert client.get("/demo/").status_code == 200 and "visemesync_voices" in client.get("/metrics").text


def test_the_health_check_follows_port_and_tls(alone, monkeypatch, capsys, root):
    monkeypatch.setenv(whereabouts.WHERE, str(alone.where))
    assert json.loads(alone.where.read_text())["url"] == f"https://0.0.0.0:{alone.port}" == whereabouts.told()
    command = [sys.executable, "-m", "app.remote.server.whereabouts"]
    done = subprocess.run(command, cwd=root, env=alone.environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert main(["serve", "--check"]) == 0 and alone.port in capsys.readouterr().out
    monkeypatch.delenv(whereabouts.WHERE)
    assert main(["serve", "--check", "--port", alone.port]) == 3 and "check its port and TLS" in capsys.readouterr().err
    words = ["--tls-cert", str(alone.where.parent / "cert.pem"), "--tls-key", str(alone.where.parent / "key.pem"), "--json"]
    assert main(["serve", "--check", "--port", alone.port, *words]) == 0 and json.loads(capsys.readouterr().out)["ready"] is True


def test_it_takes_its_address_back_when_it_stops(alone, monkeypatch, root):
    alone.process.send_signal(signal.SIGTERM)
    alone.process.wait(30)
    assert not alone.where.exists()
    monkeypatch.setenv(whereabouts.WHERE, str(alone.where))
    assert whereabouts.main() == 3 and "No server answers" in whereabouts.ask(f"http://[::]:{alone.port}")
