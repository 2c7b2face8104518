"""A second start gives its files to the first: real processes, a kill, a stranger, and paths as systems write them."""

from __future__ import annotations

import json
import queue
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from app import begin
from app.startup import hand_over
from app.startup.begun import BEGUN
from app.startup.hand_over import Handed, files_of, open_door, runs_already

_FIRST = """
import sys
from pathlib import Path
from app.startup.hand_over import open_door
door = open_door(Path(sys.argv[1]))
print(door is not None, flush=True)
door.give_to(lambda handed: print(*handed.files, sep="|", flush=True))
sys.stdin.read()
door.close()
"""
_SECOND = """
import sys
from pathlib import Path
from app.startup.hand_over import Handed, files_of, hand_over, open_door
folder = Path(sys.argv[1])
assert open_door(folder) is None
print(hand_over(Handed(files_of(sys.argv[2:]), "token"), folder))
"""


@contextmanager
def first_program(root: Path, folder: Path):
    """A program that takes files, until it is told to end."""
    command = [sys.executable, "-c", _FIRST, str(folder)]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "True\n"
        yield process


def test_two_processes_and_one_that_was_killed(root, tmp_path):
    with first_program(root, tmp_path) as first:
        command = [sys.executable, "-c", _SECOND, str(tmp_path), "a b.vsync", "ü.wav"]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=60)
        assert done.stdout == "True\n", done.stderr
        assert first.stdout.readline() == f"{root / 'a b.vsync'}|{root / 'ü.wav'}\n"
        first.stdin.close()
    assert not list(tmp_path.glob("*.json")), "who ends in order takes its address away"
    with first_program(root, tmp_path) as first:
        first.kill()
    assert list(tmp_path.glob("*.json")) and not runs_already(tmp_path)
    assert not hand_over.hand_over(Handed(), tmp_path), "a stale address is nobody's"
    door = open_door(tmp_path)
    assert door is not None
    door.close()


def test_only_this_user_is_heard_and_nothing_is_lost_before_the_window(tmp_path):
    door, came = open_door(tmp_path), queue.Queue()
    there = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert sys.platform == "win32" or not next(tmp_path.glob("*.json")).stat().st_mode & 0o077
    for words in (b'{"token": "guessed", "files": ["/x"], "activation": ""}\n', b"no json\n", b"[]\n", b""):
        with socket.create_connection(("127.0.0.1", there["port"])) as stranger:
            stranger.sendall(words)
            stranger.shutdown(socket.SHUT_WR)
            assert stranger.recv(100) == b""
    assert hand_over.hand_over(Handed((Path("/early"),)), tmp_path)
    door.give_to(came.put)
    assert hand_over.hand_over(Handed((Path("/late"),), "t"), tmp_path)
    assert [came.get(timeout=10) for _ in range(2)] == [Handed((Path("/early"),)), Handed((Path("/late"),), "t")]
    door.close()
    door.close()


def test_screens_have_windows_of_their_own(tmp_path, monkeypatch):
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":7")
    here = open_door(tmp_path)
    monkeypatch.setenv("DISPLAY", ":8")
    assert not runs_already(tmp_path) or sys.platform == "win32"
    monkeypatch.setenv("DISPLAY", ":7")
    assert runs_already(tmp_path)
    here.close()


@pytest.mark.parametrize(
    ("word", "windows", "path"),
    [
        ("take.vstake", False, "/here/take.vstake"),
        ("/a b/x.wav", False, "/a b/x.wav"),
        ("file:///a%20b/%C3%BC.wav", False, "/a b/ü.wav"),
        ("file:///C:/a%20b/x.vsync", True, "C:/a b/x.vsync"),
        ("file://server/share/x.wav", True, "//server/share/x.wav"),
        ('C:\\takes"', True, "C:\\takes"),
    ],
)
def test_paths_as_systems_write_them(word, windows, path):
    (made,) = files_of([word], Path("/here"), windows)
    assert str(made).removeprefix("/here/" if windows else "") == str(Path(path)) and files_of(['""', ""]) == ()


@pytest.mark.parametrize(
    ("words", "window", "files"),
    [
        ([], True, []),
        (["preview"], True, []),
        (["a.vsync", "b.wav"], True, ["a.vsync", "b.wav"]),
        (["preview", "--avatar", "x.glb", "a.wav"], True, ["x.glb", "a.wav"]),
        (["--avatar=x.glb"], True, ["x.glb"]),
        (["--new-window", "a.wav"], True, None),
        (["C:\\x.wav", "--text", "Hello."], True, None),
        (["doctor"], False, ["doctor"]),
        (["--version"], False, None),
        (["preview", "--help"], False, None),
    ],
)
def test_which_command_lines_are_files_for_a_window(words, window, files):
    assert begin.opens_window(words) == window and begin.handed_files(words) == files


def test_a_second_start_ends_before_anything_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(hand_over, "where", lambda _name: tmp_path)
    monkeypatch.setattr(begin, "has_display", lambda: True)
    monkeypatch.setattr(begin, "unreachable_display", lambda: "")
    first, came = open_door(tmp_path), queue.Queue()
    first.give_to(came.put)
    monkeypatch.setattr(begin, "_open", lambda words: 77)
    assert begin.main(["x.vsync"]) == 0 and came.get(timeout=10).files == (Path.cwd() / "x.vsync",)
    assert begin.main(["--new-window", "x.vsync"]) == 77 and came.empty()
    first.close()
    assert begin.main(["x.vsync"]) == 77 and BEGUN.door is None and not runs_already(tmp_path), "it was the first, and gave that back"
