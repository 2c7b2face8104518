"""``page``: a take becomes a page, and what the page saved goes back into the take."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.cli import main
from app.core.speech import AudioClip, Speech
from app.core.track import Animation, BlendshapeTrack
from app.formats.notes import Note
from app.formats.project import Project, ProjectSide
from app.formats.takes.reading import read_take
from app.formats.takes.take import AvatarReference, Lane, SavedTake
from app.formats.takes.writing import write_take
from app.review.page.returning import document

pytestmark = pytest.mark.gl


@pytest.fixture
def take(tmp_path, root):
    """The file of a short take with one note."""
    avatar = root / "assets" / "avatar.glb"
    moved = Animation(BlendshapeTrack(np.full((30, 52), 0.2, np.float32), 60.0), label="x")
    clip = AudioClip(np.zeros(8000, np.float32), 16000, "x")
    saved = SavedTake(
        "t1", "Line 1", Project({"A": ProjectSide("mock")}, avatar=avatar), Speech(clip), {"A": Lane(moved, moved, "x")},
        AvatarReference(avatar.name, "", avatar), (Note("n1", text="late", start_s=0.1),),
    )  # fmt: skip
    write_take(tmp_path / "t.vstake", saved, avatar.parent)
    return tmp_path / "t.vstake"


def test_a_page_is_written_and_its_notes_come_back_once(take, tmp_path, root, capsys):
    assert main(["page", str(take), "-o", str(tmp_path / "r.html"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["bytes"] == (tmp_path / "r.html").stat().st_size and told["remarks"] == []
    (tmp_path / "n.json").write_text(json.dumps(document("t1", "Line 1", [Note("n1", text="late"), Note("n2", text="new")], "approved")))
    for new in (1, 0):
        assert main(["page", str(take), "--notes", str(tmp_path / "n.json"), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["new"] == new
    back = read_take(take, root / "assets")
    assert sorted(note.id for note in back.notes) == ["n1", "n2"] and back.status == "approved"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "There is nothing to do; say with -o where the page goes, or with --notes which notes come back."),
        (["-o", "r.pdf"], "A review page's name ends in .html, not .pdf; choose such a name."),
        (["--notes", "none.json"], "The notes none.json cannot be read; check the path."),
    ],
)
def test_what_is_wrong_is_one_sentence(take, capsys, arguments, sentence):
    assert main(["page", str(take), *arguments]) == 2 and capsys.readouterr().err.strip() == sentence


def test_notes_of_another_take_change_nothing(take, tmp_path, capsys):
    before = take.read_bytes()
    (tmp_path / "n.json").write_text(json.dumps(document("t2", "Line 2", [Note("n9", text="x")])))
    assert main(["page", str(take), "--notes", str(tmp_path / "n.json")]) == 2
    assert "another take, “Line 2”" in capsys.readouterr().err and take.read_bytes() == before
