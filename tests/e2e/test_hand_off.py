"""A take handed to others and taken back, from the command line."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import av
import numpy as np
import pytest

from app.cli import main
from app.formats.notes import Note, Stroke
from app.formats.takes.reading import read_about, read_take
from app.formats.takes.writing import change_take
from app.render.output import encoders
from app.render.output.ffmpeg import VARIABLE

NOTES = [
    Note("n1", "Kim", "2026", "2026", 0.4, side="A", text="close the lips", strokes=[Stroke("arrow", [(0.2, 0.3), (0.4, 0.6)])]),
    Note("n2", "Kim", "2026", "2026", 0.5, 0.7, text="too wide", status="addressed", side="B"),
]


@pytest.fixture(scope="module")
def spoken(tmp_path_factory, decoded):
    """A short take with two sides."""
    path = tmp_path_factory.mktemp("take") / "take.vstake"
    assert main(["take", "Bob.", "--source", "visemes", "--source-b", "visemes:visemesync", "--name", "L010 Bob?", "-o", str(path)]) == 0
    return path


@pytest.fixture
def take(spoken, tmp_path):
    """A copy with notes, counted in drop frame."""
    path = tmp_path / "take.vstake"
    path.write_bytes(spoken.read_bytes())
    change_take(path, lambda review: replace(review, fps=29.97, start_timecode="01:00:00;00", notes=NOTES))
    return path


@pytest.fixture
def said(capsys):
    """Run a verb -> status, standard output and standard error."""

    def run(*words):
        capsys.readouterr()
        status = main([str(word) for word in words])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def without_h264(monkeypatch):
    """This process encodes as a packed program without a graphics card and without ffmpeg."""
    opens, h264 = encoders.opens, (encoders.LIBRARY, *encoders.CARDS)
    monkeypatch.setattr(encoders, "opens", lambda encoder, size: encoder not in h264 and opens(encoder, size))
    monkeypatch.setenv(VARIABLE, "off")
    encoders.film_encoder.cache_clear()
    yield
    encoders.film_encoder.cache_clear()


@pytest.mark.parametrize("ending", ["csv", "otio"])
def test_notes_go_out_and_come_back_with_another_status(take, spoken, tmp_path, said, ending):
    out = tmp_path / f"notes.{ending}"
    assert said("notes", take, "-o", out)[0] == 0
    text = out.read_text("utf-8-sig")
    text = text.replace(",addressed,too wide", ",done,too wide").replace('"status": "addressed",\n', '"status": "done",\n')
    out.write_text(text, "utf-8")
    status, line, _ = said("notes", out, "--into", take, "--json")
    assert status == 0 and (json.loads(line)["new"], json.loads(line)["changed"]) == (0, 1)
    assert [note.status for note in read_about(take).review.notes] == ["open", "done"]
    assert read_about(take).review.notes[0] == NOTES[0]
    before = take.read_bytes()
    assert json.loads(said("notes", out, "--into", take, "--json")[1])["changed"] == 0 and take.read_bytes() == before


@pytest.mark.parametrize("ending", ["edl", "fcpxml"])
def test_notes_go_to_editors(take, tmp_path, said, ending):
    out = tmp_path / f"notes.{ending}"
    assert said("notes", take, "-o", out)[0] == 0 and "close the lips" in out.read_text("utf-8")


def test_markdown_has_a_picture_of_every_note(take, tmp_path, said):
    status, line, _ = said("notes", take, "-o", tmp_path / "n.md", "--json")
    assert status == 0 and len(json.loads(line)["files"]) == 3
    text = (tmp_path / "n.md").read_text()
    assert text.count("](n_pictures/00") == 2 and "`01:00:00;11`" in text
    from PIL import Image

    picture = Image.open(tmp_path / "n_pictures" / "001.jpg")
    r, g, b = np.moveaxis(np.asarray(picture.convert("RGB")), 2, 0)
    assert picture.size == (480, 360) and ((r > 180) & (g < 110) & (b < 110)).sum() > 150, "the arrow is on it"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["{take}"], "--into"),
        (["{take}", "-o", "{folder}/n.txt"], ".otio"),
        (["{folder}/n.edl", "--into", "{take}"], ".csv"),
        (["{take}", "-o", "{folder}/gone/n.csv"], "no folder"),
        (["{folder}/gone.csv", "--into", "{take}"], "cannot be read"),
    ],
)
def test_a_mistake_with_notes_is_one_sentence(take, said, words, says):
    status, _, error = said("notes", *(word.format(take=take, folder=take.parent) for word in words))
    assert status == 2 and says in error and len(error.strip().splitlines()) == 1


def test_a_package_has_everything_and_is_the_same_twice(take, tmp_path, said, without_h264):
    status, line, errors = said("pack", take, "-o", tmp_path / "pack", "--size", "160x90", "--tracks", "csv,json", "--json")
    made = json.loads(line)
    assert status == (1 if made["missing"] else 0) and not [each for each in made["missing"] if "review page" not in each], errors
    name = "L010 Bob"
    wanted = {f"{name}.mp4", f"{name}.vstake", f"{name}-phones.png", f"{name}-sides.png", "README.txt"}
    wanted |= {f"notes/{name}{ending}" for ending in (".otio", ".edl", ".fcpxml", ".csv", ".md")}
    wanted |= {f"tracks/{name}-{side}.{ending}" for side in "AB" for ending in ("csv", "json")}
    files = set(made["files"])
    assert wanted <= files and (f"{name}-review.html" in files or made["missing"])
    assert made["bytes"] == sum((tmp_path / "pack" / each).stat().st_size for each in files)
    with av.open(str(tmp_path / "pack" / f"{name}.mp4")) as film:
        assert str(film.streams.video[0].average_rate) == "30000/1001" and film.streams.audio
    text = (tmp_path / "pack" / "README.txt").read_text("utf-8")
    assert "29.97 frames a second from 01:00:00;00" in text and "1 open, 1 addressed" in text and "Side B" in text
    assert "The film: Its pictures are AV1" in text and text.split("The film: ")[1].split("\n")[0] in errors
    assert (tmp_path / "pack" / f"{name}.vstake").read_bytes() == take.read_bytes()
    assert said("pack", take, "-o", tmp_path / "pack.zip", "--size", "160x90", "--tracks", "csv,json", "--json")[0] == status
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        assert set(archive.namelist()) == {f"pack/{each}" for each in files}
        # x264 does not always decide alike about the same pictures, and so neither is the film's size in the read-me
        same = [each for each in files if not each.endswith(".mp4") and each != "README.txt"]
        different = [each for each in same if archive.read(f"pack/{each}") != (tmp_path / "pack" / each).read_bytes()]
    assert different == []


def test_a_package_that_is_cancelled_leaves_nothing(take, tmp_path, root):
    from app.core.errors import Cancelled
    from app.review.package.packing import PackSettings, pack

    class AfterAWhile:
        asked = 0

        def is_set(self):
            self.asked += 1
            return self.asked > 4

    for out in (tmp_path / "pack", tmp_path / "pack.zip"):
        with pytest.raises(Cancelled):
            pack(take, out, root / "assets", PackSettings(size=(64, 64)), cancel=AfterAWhile())
    assert sorted(each.name for each in tmp_path.iterdir() if not each.name.endswith(".bak")) == ["take.vstake"]


def test_a_package_never_replaces_what_is_there(take, tmp_path, said):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("x")
    status, _, error = said("pack", take, "-o", tmp_path / "full")
    assert status == 2 and "is there already" in error
    assert said("pack", take, "-o", tmp_path / "p", "--tracks", "fbx")[0] == 2 and not (tmp_path / "p").exists()


def test_a_study_of_a_take_is_one_page_and_a_key(take, tmp_path, said, monkeypatch, without_h264):
    monkeypatch.setattr("app.review.study.making._SIZE_PX", 96)
    status, line, errors = said("study", "make", take, "-o", tmp_path / "study", "--kind", "abx", "--json")
    made = json.loads(line)
    assert "AV1" in made["remarks"][0] and made["remarks"][0] in errors
    assert made["remarks"][0] in (tmp_path / "study" / "README.txt").read_text("utf-8")
    assert status == 0 and made["sources"] == sorted(lane.source for lane in read_take(take, tmp_path).lanes.values())
    assert sorted(each.name for each in (tmp_path / "study").iterdir()) == ["README.txt", "key.json", "rate.html"]
    page = (tmp_path / "study" / "rate.html").read_text("utf-8")
    assert not [source for source in made["sources"] if source in page]
    status, _, error = said("study", "make", take, "-o", tmp_path / "study")
    assert status == 2 and "is there already" in error
    status, _, error = said("study", "make", take, "-o", tmp_path / "other", "--sources", "mock,visemes")
    assert status == 2 and "mock" in error and not (tmp_path / "other").exists()
