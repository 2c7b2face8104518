"""``take`` and ``diff`` as processes: a take without a window, and what changed, by exit status."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from app.commands.pipeline import DEFAULT_AVATAR
from app.formats.registry import write_track
from app.formats.takes.reading import read_take


def run(*words):
    return subprocess.run([sys.executable, "-m", "app", *map(str, words)], capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "line.wav"
    t = np.arange(16000) / 16000
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 180 * t) * (np.sin(2 * np.pi * 3 * t) > 0), 16000, subtype="PCM_16")
    return path


def test_a_take_is_made_and_compared(sound, tmp_path):
    a, b = tmp_path / "a.vstake", tmp_path / "b.vstake"
    made = run("take", sound, "-o", a, "--source-a", "a2f", "--source-b", "mock", "--name", "L010", "--json")
    assert made.returncode == 0, made.stderr
    summary = json.loads(made.stdout)
    assert summary["line"] == "L010" and set(summary["sides"]) == {"A", "B"} and summary["sides"]["B"]["mock"]
    assert run("take", sound, "-o", b, "--source", "a2f", "--source-b", "mock", "--name", "L010", "--tuning", "Softer").returncode == 0
    same = run("diff", a, a)
    assert (same.returncode, same.stdout) == (0, "Nothing differs.\n")
    told = run("diff", a, b, "--json")
    assert told.returncode == 1, told.stderr
    areas = {change["area"] for change in json.loads(told.stdout)["changes"]}
    assert areas == {"tuning", "curves"}
    take = read_take(a, DEFAULT_AVATAR.parent)
    track = tmp_path / "a.csv"
    write_track(track, take.lanes["A"].tuned.arkit)
    against = run("diff", a, track)
    assert against.returncode in (0, 1) and "rms" not in against.stdout


def test_what_cannot_be_read_is_one_sentence_and_2(sound, tmp_path):
    (tmp_path / "bad.vstake").write_bytes(b"PK no")
    for words in (
        ("diff", tmp_path / "bad.vstake", tmp_path / "bad.vstake"), ("diff", tmp_path / "none.vstake", sound),
        ("take", tmp_path / "none.wav", "-o", tmp_path / "x.vstake"), ("take", sound, "-o", tmp_path / "x.zip"),
        ("take", "Hello.", "-o", tmp_path / "x.vstake", "--transcript", sound),
    ):  # fmt: skip
        done = run(*words)
        assert done.returncode == 2 and done.stdout == "" and done.stderr.strip().endswith("."), (words, done.stderr)
    assert not (tmp_path / "x.vstake").exists()
