"""PNG files: the same picture is the same file, and frames are numbered as asked."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import Cancelled, RenderError
from app.core.speech import Phone
from app.core.track import Animation, BlendshapeTrack
from app.render.output.sheets import differing_moments, sound_moments
from app.render.output.stills import is_pattern, numbered, write_png, write_sequence


def pictures(n: int):
    """Small pictures that are all different."""
    for i in range(n):
        yield np.random.default_rng(i).integers(0, 255, (20, 30, 3), np.uint8)


@pytest.mark.parametrize(
    ("name", "file"), [("f.%04d.png", "f.0007.png"), ("f_##.png", "f_07.png"), ("%d.png", "7.png"), ("#.png", "7.png")]
)
def test_frames_are_numbered_as_the_name_says(name, file):
    assert is_pattern(name) and numbered(Path("a") / name, 7) == Path("a") / file


@pytest.mark.parametrize("name", ["f.png", "f.%04d.%04d.png", "f.%s.png"])
def test_a_name_without_one_place_is_refused(name):
    assert not is_pattern(name)
    with pytest.raises(RenderError, match="face"):
        numbered(Path(name), 1)


def test_the_same_picture_is_the_same_file(tmp_path):
    assert (
        write_sequence(tmp_path / "one" / "%03d.png", pictures(3), 1000)
        == write_sequence(tmp_path / "two" / "%03d.png", pictures(3), 1000)
        == 3
    )
    for number in (1000, 1001, 1002):
        assert (tmp_path / "one" / f"{number}.png").read_bytes() == (tmp_path / "two" / f"{number}.png").read_bytes()


def test_a_cancelled_sequence_leaves_nothing(tmp_path):
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        write_sequence(tmp_path / "#.png", pictures(9), progress=lambda n: n == 4 and cancel.set(), cancel=cancel)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(RenderError, match="check the folder"):
        write_png(tmp_path / "nowhere" / "face.png", next(pictures(1)))


LINE = (
    Phone("sil", 0.0, 0.2), Phone("P", 0.2, 0.3, "pop"), Phone("AA1", 0.3, 0.5, "pop"), Phone("P", 0.5, 0.58, "pop"),
    Phone("M", 0.6, 0.7, "me"), Phone("IY0", 0.7, 0.9, "me"), Phone("P", 1.0, 1.01, "up"), Phone("B", 1.1, 1.3, "be"),
)  # fmt: skip


def test_phones_have_their_longest_instances_by_name():
    moments = sound_moments(LINE, "phones")
    assert [(m.title, m.words) for m in moments] == [
        ("AA", "pop"), ("B", "be"), ("IY", "me"), ("M", "me"), ("P", "pop"), ("P", "pop"), ("P", "up"),
    ]  # fmt: skip
    assert moments[0].time_s == pytest.approx(0.4)


def test_visemes_gather_phones_that_look_alike():
    titles = [m.title for m in sound_moments(LINE, "visemes")]
    assert [title for title in titles if title.startswith("PP")] == ["PP  P", "PP  M", "PP  B"]
    with pytest.raises(RenderError, match="transcript"):
        sound_moments(LINE[:1], "phones")


def test_differences_are_found_where_they_are():
    weights = np.zeros((120, 52), np.float32)
    other = weights.copy()
    other[30:34] = 0.5
    other[90:94] = 0.3
    moments = differing_moments(Animation(BlendshapeTrack(weights, 60.0)), Animation(BlendshapeTrack(other, 60.0)), LINE)
    times = [m.time_s for m in moments]
    assert times == sorted(times) and any(0.5 <= t < 0.57 for t in times) and any(1.5 <= t < 1.57 for t in times)
