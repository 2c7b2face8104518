"""The library of poses: kept in one file, undone, exported, imported, and blended into the motion."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX
from app.core.poses import STOCK, FacePose
from app.session.adjust.pose_file import read_poses, write_poses
from app.session.adjust.poses import Blend, Poses


@pytest.fixture
def told(session):
    """Sentences about what does not work."""
    sentences: list[str] = []
    session.messages.failed.connect(sentences.append)
    return sentences


@pytest.fixture
def library(session, told, tmp_path):
    """A library over a file that is not there yet."""
    return Poses(tmp_path / "data" / "poses.json", session.edits, session.undo, session.messages)


def test_faces_are_kept_renamed_deleted_and_all_of_it_undone(library, session, told, tmp_path):
    face = np.linspace(0, 1, 52)
    library.save("Mine", face, ("jawOpen", "browInnerUp"))
    library.save("smile", face)
    assert [pose.name for pose in library.own] == ["Mine", "smile 2"]
    assert library.named("mine").weights["jawOpen"] == pytest.approx(face[ARKIT_INDEX["jawOpen"]])
    library.rename("Mine", "Yours")
    library.keep_mirrored("Wink")
    library.remove("smile 2")
    file = tmp_path / "data" / "poses.json"
    assert [row["name"] for row in json.loads(file.read_text("utf-8"))["poses"]] == ["Yours", "Wink mirrored"]
    assert library.named("Wink mirrored").weights["eyeBlinkRight"] == 1.0
    library.remove("Smile")
    library.rename("Yours", "Rest")
    library.save("  ", face)
    assert [words for words in ("comes with the program", "already", "type one") if not any(words in told for told in told)] == []
    for _ in range(5):
        session.undo.undo()
    assert library.own == read_poses(file) == ()


def test_poses_are_exported_and_imported_without_doubles(library, session, told, tmp_path):
    file = tmp_path / "mine.json"
    write_poses(file, [FacePose.of("Mine", {"jawOpen": 0.5}), FacePose.of("Smile", {"jawOpen": 0.25}), STOCK[0]])
    assert library.take_in(file) == 3
    assert [pose.name for pose in library.own] == ["Mine", "Smile 2"]
    library.take_in(file)
    assert [pose.name for pose in library.own] == ["Mine", "Smile 2", "Smile 3"]
    assert library.write(tmp_path / "out.json", library.own)
    assert read_poses(tmp_path / "out.json") == library.own
    file.write_text("{", "utf-8")
    assert library.take_in(file) == 0
    assert "not valid JSON" in told[-1]


def test_a_damaged_library_is_told_of_and_kept_beside_the_new_one(library, session, told, tmp_path):
    file = tmp_path / "data" / "poses.json"
    file.parent.mkdir()
    file.write_text("[]", "utf-8")
    assert library.own == ()
    assert "holds no poses" in told[0]
    library.save("Mine", np.zeros(52))
    assert [pose.name for pose in read_poses(file)] == ["Mine"]
    assert file.with_suffix(".damaged.json").read_text("utf-8") == "[]"


def test_a_pose_becomes_an_edit_that_is_undone(library, session):
    assert library.blend("A", library.named("Smile"), Blend(0.5, 1.1, 0.6))
    (edit,) = session.state.sides["A"].edits
    assert (edit.start_s, edit.end_s, edit.amount, edit.edge_ms) == (0.5, 1.1, 0.6, 150.0)
    assert not library.blend("A", FacePose("Nothing", (), ()), Blend(0, 1, 1.0))
    session.undo.undo()
    assert session.state.sides["A"].edits == ()
