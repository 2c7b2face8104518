"""Lines that were spoken before."""

from __future__ import annotations

import os

import numpy as np
import pytest

from app.core.speech import AudioClip, FacialFrames, Speech, VisemeEvent, Word
from app.speech.azure.cache import LineCache


def line(text: str = "Hällo", seconds: float = 0.1) -> Speech:
    samples = (np.arange(round(24000 * seconds)) % 200 - 100).astype(np.float32) / 32768
    facial = (FacialFrames(np.full((2, 55), -0.05, np.float32), 0), FacialFrames(np.ones((3, 55), np.float32), 4))
    return Speech(AudioClip(samples, 24000, text), text, (), (VisemeEvent(21, 0.0125),), (Word(text, 0.0, 0.05),), facial)


def test_a_line_comes_back_as_it_was(tmp_path):
    cache, kept = LineCache(tmp_path / "lines"), line()
    cache.keep("<speak/>", kept)
    found = LineCache(tmp_path / "lines").find("<speak/>")
    assert found is not None and found.visemes == kept.visemes and found.words == kept.words and found.text == "Hällo"
    np.testing.assert_array_equal(found.audio.samples, kept.audio.samples)
    assert [chunk.first for chunk in found.facial] == [0, 4]
    np.testing.assert_array_equal(found.facial[0].values, kept.facial[0].values)
    assert cache.find("<speak>other</speak>") is None


def test_lines_are_for_their_user_alone(tmp_path):
    cache = LineCache(tmp_path / "lines")
    cache.keep("a", line())
    (path,) = (tmp_path / "lines").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    cache.keep("a", line("again"))
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_was_not_used_for_longest_goes_first(tmp_path):
    cache = LineCache(tmp_path)
    for age, name in enumerate("abc"):
        cache.keep(name, line(seconds=1))
        os.utime(cache._path(name), (1000 + age, 1000 + age))
    assert cache.find("a") is not None
    small = LineCache(tmp_path, limit_bytes=cache.size_bytes)
    small.keep("d", line(seconds=1))
    assert small.find("b") is None and all(small.find(name) is not None for name in "acd")
    assert small.size_bytes <= cache.size_bytes


def test_all_lines_can_be_forgotten(tmp_path):
    cache = LineCache(tmp_path)
    cache.keep("a", line())
    cache.clear()
    assert cache.find("a") is None and cache.size_bytes == 0


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 nothing", "cut", "object"])
def test_a_broken_line_is_none(tmp_path, damage):
    cache = LineCache(tmp_path)
    cache.keep("a", line())
    path = cache._path("a")
    if damage == "object":
        np.savez(path, sound=np.array([{}], dtype=object))
    else:
        path.write_bytes(path.read_bytes()[:500] if damage == "cut" else damage)
    assert cache.find("a") is None
    cache.keep("a", line())
    assert cache.find("a") is not None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("x")
    cache = LineCache(tmp_path / "file")
    cache.keep("a", line())
    assert cache.find("a") is None and cache.size_bytes == 0
