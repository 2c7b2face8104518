"""What is written: small enough, complete or not at all, and with one sentence where it cannot be."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from app.core.errors import Cancelled, ProjectError
from app.formats.project_review import ProjectReview
from app.formats.takes.reading import read_take
from app.formats.takes.take import AvatarReference
from app.formats.takes.writing import write_take
from app.review.page.of_file import write_page_of
from app.review.page.writing import BUDGET_BYTES, sound_file, write_page
from tests.browsers.review_page import HOSTILE

pytestmark = pytest.mark.gl


def test_ten_seconds_of_the_default_avatar_fit_the_budget(written):
    assert written.report.path.stat().st_size == written.report.size <= BUDGET_BYTES and written.report.remarks == ()


def test_hostile_words_end_no_tag(written):
    text = written.report.path.read_text("utf-8")
    body = text[: text.index("const THREE")]
    assert HOSTILE not in text and "<img" not in body and "onerror=window" in body
    assert text.count("<script") == text.count("</script>") == 5 and "{{" not in body.replace("{{take}}", "")


def test_the_sound_loses_nothing_but_bits_below_16(written, tmp_path):
    clip = written.take.speech.audio
    (tmp_path / "x.flac").write_bytes(sound_file(clip))
    read, rate = soundfile.read(tmp_path / "x.flac", dtype="float32")
    assert rate == clip.rate and len(read) == len(clip.samples) and np.abs(read - clip.samples).max() < 1 / 32000


def test_a_smaller_budget_takes_smaller_pictures_and_says_so(written, tmp_path):
    report = write_page(written.take, tmp_path / "small.html", budget_bytes=written.report.size - 700_000)
    assert report.size < written.report.size - 700_000 and "smaller" in report.remarks[0]


def test_cancelled_writing_leaves_nothing(written, tmp_path):
    cancel, steps = threading.Event(), []

    def progress(step: str, fraction: float) -> None:
        steps.append(fraction)
        if step == "pictures":
            cancel.set()

    with pytest.raises(Cancelled):
        write_page(written.take, tmp_path / "x.html", progress=progress, cancel=cancel)
    assert list(tmp_path.iterdir()) == [] and steps == sorted(steps)


def test_a_take_from_the_disk_makes_the_same_page_wherever_its_sound_was(written, tmp_path, root):
    take = replace(written.take, notes=(), fps=25.0)
    write_take(tmp_path / "t.vstake", take, root / "assets")
    report = write_page_of(tmp_path / "t.vstake", tmp_path / "t.html", root / "assets")
    assert report.size == pytest.approx(written.report.size, rel=0.05) and read_take(tmp_path / "t.vstake", root / "assets").id == take.id


@pytest.mark.parametrize("name", ["t.pdf", "t"])
def test_another_ending_is_refused(tmp_path, root, name):
    with pytest.raises(ProjectError, match=r"ends in \.html"):
        write_page_of(tmp_path / "t.vstake", tmp_path / name, root / "assets")


def test_an_avatar_that_is_gone_is_one_sentence(written, tmp_path):
    gone = replace(written.take, avatar=AvatarReference("mia.glb", "0" * 64))
    with pytest.raises(ProjectError, match=r"mia\.glb .* is not at hand") as caught:
        write_page(gone, tmp_path / "x.html")
    assert str(caught.value).count(".") == 2 and not list(tmp_path.iterdir())


def test_a_take_without_an_avatar_shows_its_curves(written, tmp_path):
    report = write_page(replace(written.take, avatar=None), tmp_path / "x.html")
    assert report.size < written.report.size and ProjectReview().status in report.path.read_text("utf-8")
