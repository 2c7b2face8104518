"""The table of places is whole, and cleaning removes what it lists and nothing else."""

from __future__ import annotations

import json
import re

import pytest

from app.cli import main
from app.core.places import PLACES, root_folder, where
from app.startup import hand_over
from app.upkeep.cleaning import found, remove
from app.upkeep.slots import Slot


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """A user's folders with something in every place, and a file of somebody else's."""
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name, place in PLACES.items():
        path = root_folder(place.root) / place.relative.replace("*", "1")
        if path.suffix:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x" * 1000)
        else:
            folder = path / "1-0" if name in ("autosave", "logs") else path
            if name == "running":
                folder.mkdir(parents=True)
                (folder / "window-1.lock").touch()
                continue
            folder.mkdir(parents=True)
            (folder / "file").write_bytes(b"x" * 1000)
    (root_folder("config") / "mine.txt").write_text("not the program's")
    return tmp_path


def test_nobody_asks_the_system_but_the_table(root):
    asking = [
        path.name for path in (root / "app").rglob("*.py") if re.search(r"^\s*import platformdirs", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert asking == ["places.py"]


def test_places_differ_where_their_roots_are_one():
    """On Windows settings, data and states share a folder."""
    names = [place.relative for place in PLACES.values()]
    assert len(set(names)) == len(names)


def test_what_is_made_again_goes_and_the_rest_stays(kept, capsys):
    assert main(["clean", "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    gone = {name for name, place in PLACES.items() if place.worth != "kept"}
    assert {row["name"] for row in told["places"]} == gone and told["bytes"] >= 1000 * (len(gone) - 1)
    assert {each.name for each in found()} == set(PLACES) - gone


def test_all_goes_but_what_is_not_the_programs(kept):
    outside = kept / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    (where("conversations") / "link").symlink_to(outside)
    running = Slot.create(where("autosave"))
    assert main(["clean", "--all", "--yes"]) == 0
    assert {each.name for each in found()} == set() and (outside / "precious").exists() and running.folder.exists()
    assert [path.name for path in kept.rglob("*.txt")] == ["mine.txt"]
    running.release(remove=True)
    assert remove(()) == [] and not root_folder("state").exists() and not root_folder("cache").exists()


def test_nobody_agreed_or_the_window_is_open(kept, capsys):
    assert main(["clean"]) == 2 and "--yes" in capsys.readouterr().err
    door = hand_over.open_door()
    assert door is not None
    assert main(["clean", "--all", "--yes"]) == 2 and "close its window" in capsys.readouterr().err
    door.close()
    assert main(["clean", "--list"]) == 0 and "settings of the window" in capsys.readouterr().out
    assert {each.name for each in found()} == set(PLACES)
