"""A disk that is full, a folder that is protected: one sentence, and what was there before is there still."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from app.audio.clips import write_wav
from app.audio.spoken_note import RATE, write_spoken
from app.avatar.names.mapping import AvatarMapping, write_mapping
from app.conversation.chat.personas import Persona, Personas
from app.core.beside import backup_of, write_whole, written_beside
from app.core.errors import PreviewError
from app.core.poses import STOCK
from app.core.speech import AudioClip, Speech
from app.core.track import BlendshapeTrack
from app.core.tuning import Tuning
from app.formats.presets import write_preset
from app.formats.project import Project, ProjectSide, ProjectSound, write_project
from app.formats.registry import write_track
from app.formats.takes.take import SavedTake
from app.formats.takes.writing import write_take
from app.render.output.stills import write_png
from app.render.video import write_video
from app.review.takes.playlist import Playlist, write_playlist
from app.session.adjust.pose_file import write_poses
from app.settings import Settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
#: bytes that a file may have on the full disk
ROOM = 20
NOISE = np.random.default_rng(1).uniform(-1, 1, 24_000).astype(np.float32)
CLIP = AudioClip(NOISE, 24_000)
PICTURE = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
TRACK = BlendshapeTrack(np.zeros((30, 52), np.float32), 60.0)


def _take(path: Path) -> None:
    project = Project({"A": ProjectSide("mock")}, sound=ProjectSound(Path()))
    write_take(path, SavedTake("1", "A line", project, Speech(CLIP), {}), path.parent)


#: what is written, by its name, and whether the state before is kept beside it
WRITERS = {
    "scene.vsync": (lambda path: write_project(path, Project({}), path.parent), True),
    "one.vstake": (_take, True),
    "preset.json": (lambda path: write_preset(path, "soft", Tuning()), True),
    "persona.toml": (lambda path: Personas(path.parent).keep(Persona(path.stem, "Somebody", "You are kind. " * 20)), True),
    "list.vsplaylist": (lambda path: write_playlist(path, Playlist()), True),
    "mapping.json": (lambda path: write_mapping(path, AvatarMapping()), True),
    "settings.json": (lambda path: Settings().save(path), True),
    "poses.json": (lambda path: write_poses(path, STOCK[:3], backup_of(path)), True),
    "face.csv": (lambda path: write_track(path, TRACK), False),
    "sound.wav": (lambda path: write_wav(path, CLIP), False),
    "note.flac": (lambda path: write_spoken(path, NOISE[:RATE]), False),
    "picture.png": (lambda path: write_png(path, PICTURE), False),
    "film.mp4": (lambda path: write_video(path, [PICTURE] * 10, 30.0), False),
}


@contextlib.contextmanager
def full_disk():
    """The system refuses more than ROOM bytes of any file, as a full disk refuses them."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _fails_in_one_sentence(write, path: Path) -> None:
    """Settings are written by the window, which says it itself; everything else says it here."""
    with pytest.raises((PreviewError, OSError)) as raised:
        write(path)
    assert path.name == "settings.json" or isinstance(raised.value, PreviewError), raised.value
    if isinstance(raised.value, PreviewError):
        sentence = str(raised.value)
        assert sentence.endswith(".") and "; " in sentence and sentence.count(". ") == 0 and "\n" not in sentence, sentence


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_one_sentence_and_leaves_what_was_there(tmp_path, name):
    path, (write, has_backup) = tmp_path / name, WRITERS[name]
    write(path)
    before = path.read_bytes()
    with full_disk():
        _fails_in_one_sentence(write, path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [name]
    write(path)
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([name, *([f"{name}.bak"] if has_backup else [])])
    if has_backup:
        assert backup_of(path).read_bytes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="a folder in which even the superuser can write nothing")
@pytest.mark.parametrize("name", WRITERS)
def test_a_protected_folder_is_one_sentence(name):
    path, (write, _) = Path("/sys/kernel") / name, WRITERS[name]
    _fails_in_one_sentence(write, path)
    assert not path.exists()


def test_a_protected_file_is_left_alone(tmp_path, monkeypatch):
    path = tmp_path / "scene.vsync"
    write_project(path, Project({}), tmp_path)
    before = path.read_bytes()
    path.chmod(0o400)
    monkeypatch.setattr("app.core.beside.os.access", lambda _path, _mode: False)  # the superuser may write to it
    with pytest.raises(PreviewError, match="protected against writing"):
        write_project(path, Project({}), tmp_path)
    assert path.read_bytes() == before and not backup_of(path).exists()


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "dotfiles").mkdir()
    real, link = tmp_path / "dotfiles" / "settings.json", tmp_path / "settings.json"
    real.write_text("old")
    link.symlink_to(real)
    write_whole(link, "new", backup_of(link))
    assert link.is_symlink() and real.read_text() == "new" and backup_of(link).read_text() == "old"


def test_what_a_killed_program_left_goes_with_the_next_save_of_its_file(tmp_path):
    path = tmp_path / "scene.vsync"
    old, of_now = tmp_path / ".scene.vsync.77-1.part", tmp_path / ".scene.vsync.78-1.part"
    old.write_text("half")
    of_now.write_text("another program writes at this moment")
    os.utime(old, (1, 1))
    write_whole(path, "whole", backup_of(path))
    assert sorted(each.name for each in tmp_path.iterdir()) == [of_now.name, path.name]


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    path, order = tmp_path / "scene.vsync", []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("settled"), fsync(handle))[1])
    monkeypatch.setattr(Path, "replace", lambda self, to: (order.append("named"), replace(self, to))[1])
    write_whole(path, "content")
    assert order == ["settled", "named", "settled"]


def test_a_disk_that_is_full_only_when_it_settles_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "scene.vsync"
    path.write_text("old")

    def refuse(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"), written_beside(path) as beside:
        beside.write_text("new")
    assert path.read_text() == "old" and [each.name for each in tmp_path.iterdir()] == [path.name]
