"""``stream`` and ``listen`` as processes: one sends a track, the other keeps it; what cannot be is one sentence."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import numpy as np
import pytest

from app.core.arkit import ARKIT_CHANNELS
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.registry import read_track, write_track
from tests.wires.independent import UdpEar, live_link


def app(root, *words: str, **more) -> subprocess.Popen:
    command = [sys.executable, "-m", "app", *words]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def ended(process: subprocess.Popen) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.fixture
def track(tmp_path, rng):
    weights = rng.random((60, len(ARKIT_CHANNELS))).astype(np.float32).round(4)
    made = BlendshapeTrack(weights, 60.0, side=SideChannels(("HeadYaw",), np.linspace(0, 0.5, 60, dtype=np.float32)[:, None]))
    write_track(tmp_path / "line.csv", made)
    return made


def test_what_one_sends_the_other_keeps(root, tmp_path, track):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    listening = app(root, "listen", f"livelink:127.0.0.1:{port}", "-o", str(tmp_path / "take.csv"), "--seconds", "0.8", "--json")
    assert "Listening for Live Link Face" in listening.stderr.readline()
    with UdpEar() as ear:
        to = ["--to", f"livelink:127.0.0.1:{port}", "--to", f"livelink:127.0.0.1:{ear.port}"]
        code, out, err = ended(app(root, "stream", str(tmp_path / "line.csv"), *to, "--subject", "Anna", "--json"))
        heard = [live_link(data)["values"]["HeadYaw"] for _, data in ear.arrived]
    assert code == 0, err
    sent = json.loads(out)
    assert [receiver["address"] for receiver in sent["receivers"]] == [f"livelink:127.0.0.1:{each}" for each in (port, ear.port)]
    assert sent["receivers"][1]["frames"] == len(heard) >= 55 and 1.0 < sent["seconds"] < 3.0
    assert max(heard) == pytest.approx(0.5, abs=1e-3) and heard[-1] == max(heard)
    code, out, err = ended(listening)
    assert code == 0, err
    kept = json.loads(out)
    assert kept["senders"][0]["subject"] == "Anna" and kept["senders"][0]["lost"] == kept["missing"] and kept["clock"] == "sender"
    take = read_track(tmp_path / "take.csv")
    assert len(take) == kept["frames"] >= 40 and take.side.find("HeadYaw") is not None
    assert np.abs(take.weights).max() <= track.weights.max() + 1e-3


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["stream", "--to", "livelink"], 2, "Say what to send"),
        (["stream", "line.csv", "--to", "osc:1.2.3.4"], 2, "is no address; write for example"),
        (["stream", "line.csv", "--to", "websocket:0.0.0.0:0"], 2, "is no address"),
        (["stream", "line.csv", "--to", "websocket:0.0.0.0"], 2, "give it a token with --token"),
        (["listen", "livelink:127.0.0.1:0", "--wait", "0.1"], 3, "No face arrived; check the sender's address"),
        (["listen", "websocket:127.0.0.1:9"], 3, "No faces are served at 127.0.0.1 port 9"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path, capsys, monkeypatch, *, track, words, code, sentence):
    from app.cli import main

    monkeypatch.chdir(tmp_path)
    assert main(words) == code
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert sentence in said and said.endswith(".")
