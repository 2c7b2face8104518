"""The fuzzing itself, a few seconds of it, and every input that it has found a fault with: none of them may show one again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("resource", reason="what an input may take is limited by Linux")

from app.core.errors import TrackError
from tests.fuzz import boxes, mutating
from tests.fuzz.judge import Judge
from tests.fuzz.target import Place, Target
from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).resolve().parents[1] / "fuzz" / "corpus"


def fuzz(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """``python -m tests.fuzz`` in a process of its own, which may die."""
    return subprocess.run([sys.executable, "-m", "tests.fuzz", *words], cwd=root, capture_output=True, text=True, check=False)


def test_no_input_that_showed_a_fault_shows_one_again(root):
    files = sorted(str(path) for path in CORPUS.glob("*/*") if path.parent.name in TARGETS)
    assert files and len(files) == len(list(CORPUS.glob("*/*"))), "a reader has another name now"
    done = fuzz(root, "--replay", *files)
    assert done.returncode == 0, "\n".join(line for line in done.stdout.splitlines() if ": fault " in line) + done.stderr


@pytest.mark.slow
def test_some_seconds_of_fuzzing_find_nothing(root, tmp_path):
    names = ("track", "phones", "project", "take", "avatar-glb", "avatar-mapping", "preset", "poses", "settings", "wire", "sound-wav")
    done = fuzz(root, "--seconds", "7", "--seed", "15", "--kept", str(tmp_path), "--only", *names)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| wire-vmc |" in done.stdout


def test_the_same_chance_makes_the_same_damage():
    from random import Random

    for mutator in (mutating.plain, mutating.text, mutating.values, boxes.glb, boxes.zipped, boxes.gzipped, boxes.picture, boxes.arrays):
        data = b'{"a": [1, 2, {"b": "c"}], "d": 0.5}'
        once, again = ([mutator(data, Random(seed)) for seed in range(30)] for _ in range(2))
        assert once == again and len(set(once)) > 10


def verdict(tmp_path: Path, read, **limits):
    """What the judge says about a reader."""
    target = Target("any", ".txt", read, lambda _: [b"x"], (mutating.plain,), (TrackError,), **limits)
    return Judge(tmp_path, limits_memory=False).judge(target, b"x")


def raising(error: BaseException):
    """A reader that says this."""

    def read(_place: Place) -> None:
        raise error

    return read


def test_the_judge_tells_readers_apart(tmp_path):
    assert verdict(tmp_path, lambda place: place.data).kind == "read"
    assert verdict(tmp_path, raising(TrackError("It is broken; export it again."))).kind == "refused"
    assert verdict(tmp_path, raising(TrackError("broken"))).what.startswith("no sentence")
    assert verdict(tmp_path, raising(KeyError("x"))).what.startswith("KeyError")
    assert verdict(tmp_path, lambda _: np.float32(1e38) * np.float32(1e38)).what.startswith("RuntimeWarning")


def test_the_judge_sees_what_a_reader_takes_and_touches(tmp_path):
    def endless(_place: Place) -> None:
        while True:
            sum(range(1000))

    assert verdict(tmp_path, endless, most_s=0.2).what.startswith("takes longer")
    assert verdict(tmp_path, lambda _: np.ones(40 << 20, np.uint8).sum(), most_mb=20).what == "takes too much memory"
    secret = tmp_path / "forbidden" / "secret.txt"
    assert verdict(tmp_path, lambda _: secret.read_text()).what == "opens what is not its own"
    assert verdict(tmp_path, lambda place: (place.folder / ".." / "out.txt").resolve().write_text("x")).what == "opens what is not its own"
    assert verdict(tmp_path, lambda _: subprocess.run(["true"], check=True)).what == "starts a process"


def test_errors_can_be_shown_whatever_a_file_calls_itself():
    error = TrackError("The file \x1b[2J\ud800 is\u202e broken\n; export it " + "x" * 90_000 + " again.")
    assert str(error).isprintable() and len(str(error)) < 800 and str(error).startswith("The file �[2J� is� broken ;")
    assert str(error).endswith("x again.") and str(error).encode()
