"""A face that cannot move is said at once by every verb that is given one: on standard error and in the JSON."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

STILL = ("Klappe", "Grinsen")


@pytest.fixture
def cli(verb, monkeypatch, tmp_path):
    """Run verbs in a folder with a sound, without anything that was kept before."""
    soundfile.write(str(tmp_path / "tone.wav"), 0.1 * np.sin(np.arange(6400) / 8).astype(np.float32), 16000)
    (tmp_path / "in").mkdir()
    soundfile.write(str(tmp_path / "in" / "tone.wav"), 0.1 * np.sin(np.arange(6400) / 8).astype(np.float32), 16000)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return verb


def face(path: Path, names: tuple[str, ...]) -> Path:
    """A GLB of one square whose shapes, called so, all lower one corner."""
    vertices = np.float32([[0, 1.5, 0], [0.1, 1.5, 0], [0.1, 1.6, 0], [0, 1.6, 0]])
    delta = np.zeros((4, 3), np.float32)
    delta[0, 1] = -0.03
    blob = vertices.tobytes() + delta.tobytes() + np.uint16([0, 1, 2, 0, 2, 3]).tobytes()
    views = [{"buffer": 0, "byteOffset": 48 * i, "byteLength": n} for i, n in enumerate((48, 48, 12))]
    accessors = [{"bufferView": i, "componentType": 5126, "count": 4, "type": "VEC3", "min": [0] * 3, "max": [2] * 3} for i in (0, 1)]
    accessors.append({"bufferView": 2, "componentType": 5123, "count": 6, "type": "SCALAR"})
    primitive = {"attributes": {"POSITION": 0}, "indices": 2, "targets": [{"POSITION": 1} for _ in names]}
    root = {
        "asset": {"version": "2.0"}, "buffers": [{"byteLength": len(blob)}], "bufferViews": views, "accessors": accessors,
        "meshes": [{"name": "Face", "primitives": [primitive], "extras": {"targetNames": list(names)}}], "nodes": [{"mesh": 0}],
    }  # fmt: skip
    text = json.dumps(root).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)
    return path


VERBS = {
    "render": ("render", "tone.wav", "-o", "film.mp4", "--source", "mock", "--size", "64x64"),
    "animate": ("animate", "tone.wav", "-o", "track.csv", "--source", "mock"),
    "batch": ("batch", "in", "-o", "out", "--source", "mock"),
    "speak": ("speak", "Hi.", "-o", "track.csv", "--source", "mock"),
    "film of speech": ("speak", "Hi.", "-o", "film.mp4", "--source", "mock", "--size", "64x64"),
}


@pytest.mark.parametrize("words", VERBS.values(), ids=VERBS)
def test_a_still_face_is_one_sentence_and_a_moving_one_none(cli, tmp_path, words):
    for names, moves in ((STILL, False), (("mouthOpen",), True)):
        avatar = face(tmp_path / f"{names[0]}.glb", names)
        done = cli(*words, "--avatar", avatar, "--json", "--progress", "none")
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        assert report["mouth_moves"] is moves
        assert bool(done.stderr.strip()) is not moves, done.stderr
        if not moves:
            (line,) = done.stderr.strip().splitlines()
            assert line.startswith("The mouth cannot move") and line.endswith(".")
            assert report["problems"][0] == line


def test_a_mapping_by_hand_makes_it_move_in_every_verb(cli, tmp_path):
    avatar = face(tmp_path / "face.glb", STILL)
    done = cli("inspect", avatar, "--mapping-out", "m.json")
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "m.json").read_text("utf-8"))
    assert document["unassigned"] == list(STILL)
    document["channels"]["jawOpen"] = "Klappe"
    (tmp_path / "m.json").write_text(json.dumps(document), "utf-8")
    for extra in (("--mapping", "m.json"), ()):
        done = cli(*VERBS["animate"], "--avatar", avatar, *extra, "--json", "--progress", "none")
        assert json.loads(done.stdout)["mouth_moves"], done.stderr
        assert not done.stderr
        kept = cli("inspect", avatar, "--mapping", "m.json", "--mapping-keep", "--json")
        assert json.loads(kept.stdout)["by_hand"] == {"jawOpen": "Klappe"}
    assert cli("inspect", avatar, "--mapping-keep").returncode == 0
    assert not json.loads(cli("inspect", avatar, "--json").stdout)["mouth_moves"]
