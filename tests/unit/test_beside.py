"""Files appear complete or not at all, with the permissions that the user asks for."""

from __future__ import annotations

import os
import stat
import sys

import numpy as np
import pytest

from app.audio.clips import write_wav
from app.avatar.names.mapping import AvatarMapping, write_mapping
from app.core.beside import written_beside
from app.core.speech import AudioClip
from app.core.track import BlendshapeTrack
from app.formats.registry import write_track
from app.formats.track_file import write_beside
from app.settings import Settings


@pytest.fixture(params=[0o022, 0o002, 0o077])
def umask(request):
    """One umask that people have, for a test."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


WRITERS = {
    "text.vsync": lambda path: write_beside(path, "{}"),
    "track.csv": lambda path: write_track(path, BlendshapeTrack(np.zeros((3, 52), np.float32), 60.0)),
    "sound.wav": lambda path: write_wav(path, AudioClip(np.zeros(10, np.float32), 24000)),
    "mapping.json": lambda path: write_mapping(path, AvatarMapping()),
    "settings.json": lambda path: Settings().save(path),
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
@pytest.mark.parametrize("name", WRITERS)
def test_files_have_the_permissions_of_the_users_umask(tmp_path, umask, name):
    path = tmp_path / name
    WRITERS[name](path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_file_that_is_written_again_keeps_its_permissions(tmp_path):
    path = tmp_path / "private.vsync"
    write_beside(path, "one")
    path.chmod(0o640)
    write_beside(path, "two")
    assert path.read_text() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("old")
    with pytest.raises(ValueError, match="half way"), written_beside(path) as beside:
        beside.write_text("ne")
        raise ValueError("half way")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["kept.txt"]
