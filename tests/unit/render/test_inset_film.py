"""A film beside the face: which picture is on show at a time, forwards and backwards, and how it lies on a picture."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from app.core.errors import RenderError
from app.formats.project import Project, ProjectSide, ProjectSound, project_of, read_project, write_project
from app.formats.project_hashes import found_by_hash
from app.render.insets import InsetFilm, draw_inset
from tests.sounds.encoding import Kind, counted_number, counter_picture, voice, write

FPS = 25


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three seconds of pictures that say their numbers."""
    kind = Kind("counter.mp4", "aac", "mp4", film=True)
    return write(tmp_path_factory.mktemp("film") / kind.name, kind, voice(3.0), fps=FPS, size=(160, 96))


def test_the_picture_at_a_time_is_that_of_its_frame_in_any_order(film):
    shown = InsetFilm(film)
    times = [*np.arange(0, 75) / FPS, 1.999, 0.0, 2.5, 0.4399, 2.9, 1.0, 50.0]
    numbers = [counted_number(shown.frame_at(t)) for t in times]
    assert numbers == [min(int(t * FPS + 0.02), 74) for t in times]
    shown.close()


def test_stretches_join_and_are_cut_without_losing_a_picture(film):
    shown = InsetFilm(film)
    late, early = shown.stretch(1.0, 1.5), shown.stretch(0.2, 0.9999 - 0.04)
    assert early.until_s == pytest.approx(late.since_s, abs=1e-9)
    both = replace(early, until_s=late.since_s).joined(late)
    assert [counted_number(both.at(number / FPS)) for number in range(5, 38)] == list(range(5, 38))
    middle = both.within(0.5, 1.2)
    assert middle.covers(0.5) and middle.covers(1.2) and not middle.covers(0.4) and not middle.covers(1.3)
    assert counted_number(middle.at(0.5)) == 12 and counted_number(middle.at(1.2)) == 30
    assert shown.stretch(0.0, 3.0, goes_on=lambda: False).pictures.__len__() == 1
    shown.close()


def later_picture(path, from_s):
    """A film whose sound begins before its picture."""
    file = av.open(str(path), "w")
    seen, heard = file.add_stream("mpeg4", rate=FPS), file.add_stream("pcm_s16le", rate=8000)
    seen.width, seen.height, seen.pix_fmt, heard.layout = 160, 96, "yuv420p", "mono"
    packets = []
    for number in range(25):
        picture = av.VideoFrame.from_ndarray(counter_picture(number, 160, 96), format="rgb24")
        picture.pts, picture.time_base = number + round(from_s * FPS), Fraction(1, FPS)
        packets += seen.encode(picture)
    packets += seen.encode()
    sound = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.int16), format="s16", layout="mono")
    sound.sample_rate, sound.pts, sound.time_base = 8000, 0, Fraction(1, 8000)
    packets += [*heard.encode(sound), *heard.encode()]
    file.mux(sorted(packets, key=lambda packet: float(packet.pts * packet.time_base)))
    file.close()
    return path


def test_a_picture_that_begins_after_its_sound_keeps_its_place(tmp_path):
    shown = InsetFilm(later_picture(tmp_path / "late.mov", 0.8))
    assert [counted_number(shown.frame_at(t)) for t in (0.0, 0.5, 0.8, 0.85, 1.2)] == [0, 0, 0, 1, 10]
    shown.close()


def test_what_has_no_moving_picture_says_so(tmp_path):
    sound = write(tmp_path / "sound.m4a", Kind("", "aac", "ipod"), voice(0.5))
    (tmp_path / "no.mp4").write_bytes(b"nothing" * 99)
    for path, words in ((sound, "no moving picture"), (tmp_path / "no.mp4", "no film that can be shown")):
        with pytest.raises(RenderError, match=words):
            InsetFilm(path)


@pytest.mark.parametrize("corner", ["top left", "bottom right"])
def test_an_inset_lies_in_its_corner_with_an_edge(corner):
    picture, inset = np.zeros((200, 400, 3), np.uint8), np.full((90, 160, 3), 200, np.uint8)
    draw_inset(picture, inset, corner, 0.4)
    ys, xs = np.nonzero(picture[..., 0] == 200)
    assert (xs.max() - xs.min() + 1, ys.max() - ys.min() + 1) == (160, 90)
    assert (xs.min(), ys.min()) == ((4, 4) if corner == "top left" else (400 - 4 - 160, 200 - 4 - 90))
    assert 0 < picture[ys.min() - 1, xs.min() - 1, 0] < 200


def test_a_project_finds_its_film_again_by_its_content(tmp_path, film):
    moved, old = tmp_path / "moved" / "film.mp4", tmp_path / "film.mp4"
    moved.parent.mkdir()
    old.write_bytes(film.read_bytes())
    path = tmp_path / "a.vsync"
    write_project(path, Project({"A": ProjectSide("visemes")}, sound=ProjectSound(old), film=old), tmp_path)
    assert read_project(path, tmp_path).film == old
    old.rename(moved)
    missing: list = []
    project = read_project(path, tmp_path, missing)
    assert [each.what for each in missing] == ["the sound"] and project.film == old
    found = found_by_hash({each.path: each.sha256 for each in missing}, [tmp_path])
    assert read_project(path, tmp_path, missing, found).film == moved


def test_a_film_alone_that_is_missing_is_asked_for_and_a_wrong_one_is_none(tmp_path):
    data = {
        "format": "visemesync-project", "version": 1, "avatar": None, "corrections": {}, "sound": None, "together": False, "emotion": {},
        "sides": {"A": {"source": "visemes", "avatar": None, "tuning": {}, "edits": []}}, "view": {}, "film": "gone.mp4",
    }  # fmt: skip
    missing: list = []
    assert project_of(data, tmp_path / "a.vsync", tmp_path, missing).film == tmp_path / "gone.mp4"
    assert [(each.what, each.kind) for each in missing] == [("the film", "reference")]
    for wrong in (5, "", "http://else.where/film.mp4", "a\0b", None):
        assert project_of(data | {"film": wrong}, tmp_path / "a.vsync", tmp_path, []).film is None
