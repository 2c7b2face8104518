"""Projects as files: what is written is read, paths are relative and checked, and damage is one sentence."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.curve_edits import CurveEdit
from app.core.emotion import EmotionSettings
from app.core.errors import ProjectError
from app.core.layers import Layer
from app.core.source_spec import SourceSpec
from app.core.speech import AudioClip, FacialFrames, Phone, Speech, VisemeEvent, Word
from app.core.tuning import ShapeTuning, Tuning
from app.formats.project import Project, ProjectSide, ProjectSound, ProjectView, document, project_of, read_project, write_project
from app.session.keep.project_reading import parts_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@pytest.fixture
def folder(tmp_path):
    """A production's folder, with the program's own avatars elsewhere."""
    for name in ("shots/one", "media", "bundled"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("media/line.wav", "media/own.glb", "media/take.csv", "media/other.vstake", "bundled/avatar.glb"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path.resolve()


@pytest.fixture
def project(folder):
    """A project with something in every field."""
    edit = CurveEdit("scale", ("jawOpen",), 0.5, 1.0, 0.5)
    phones = (Phone("HH", 0.0, 0.1, "hi"), Phone("AY1", 0.1, 0.3, "hi"))
    sound = ProjectSound(folder / "media" / "line.wav", "hi", phones, (VisemeEvent(12, 0.0),), (0.0, 0.2), (Word("hi", 0.0, 0.3),))
    tuning = Tuning(intensity=1.5, shapes={"jawOpen": ShapeTuning(gain=1.25)}, smoothing_ms={"lips": 20.0})
    sides = {
        "A": ProjectSide("visemes", None, tuning, (edit,)),
        "B": ProjectSide("a2f"),
        "C": ProjectSide(f"file:{folder / 'media' / 'take.csv'}", folder / "media" / "own.glb", layers=layers_in(folder)),
    }
    emotion = EmotionSettings(mode="auto")
    return Project(sides, folder / "bundled" / "avatar.glb", {}, sound, True, emotion, ProjectView("split", edge=0.25))


def layers_in(folder):
    """Lips of the network, and the upper face and the head of a file and a take."""
    file, take = SourceSpec("file", str(folder / "media" / "take.csv")), SourceSpec("take", f"{folder / 'media' / 'other.vstake'}#B")
    return (Layer(SourceSpec("a2f")), Layer(file, ("upper", "jawLeft"), 0.5, -0.04, 0.2, (0.5, 2.0), False), Layer(take, ("head",)))


def written(project, folder):
    path = folder / "shots" / "one" / "scene.vsync"
    write_project(path, project, folder / "bundled")
    return path


def test_what_is_written_is_read(project, folder):
    assert read_project(written(project, folder), folder / "bundled") == project


def test_paths_are_relative_so_that_the_folder_can_move(project, folder, tmp_path_factory):
    path = written(project, folder)
    assert str(folder) not in path.read_text()
    elsewhere = tmp_path_factory.mktemp("other").resolve() / "moved"
    shutil.copytree(folder, elsewhere)
    moved = read_project(elsewhere / "shots" / "one" / "scene.vsync", elsewhere / "bundled")
    assert moved.sound.file == elsewhere / "media" / "line.wav"
    assert moved.sides["C"].source == f"file:{elsewhere / 'media' / 'take.csv'}"
    assert moved.sides["C"].layers == layers_in(elsewhere)
    assert moved.avatar == elsewhere / "bundled" / "avatar.glb"


def test_one_actor_of_a_bundle_is_found_again(project, folder):
    """``nvidia:FOLDER#NAME`` names a folder and somebody in it; a folder that is really called so is a folder."""
    for name in ("bundle", "odd#name"):
        (folder / name).mkdir()
    for argument, written in ((f"{folder / 'bundle'}#claire", "nvidia:bundle#claire"), (str(folder / "odd#name"), "nvidia:odd#name")):
        sides = {"A": replace(project.sides["A"], source=f"nvidia:{argument}")}
        write_project(folder / "it.vsync", replace(project, sides=sides), folder / "bundled")
        assert json.loads((folder / "it.vsync").read_text("utf-8"))["sides"]["A"]["source"] == written
        assert read_project(folder / "it.vsync", folder / "bundled").sides == sides


def test_a_layer_whose_file_is_gone_still_is_one_and_what_another_version_wrote_into_it_stays(project, folder):
    path = written(project, folder)
    (folder / "media" / "other.vstake").unlink()
    missing = []
    found = read_project(path, folder / "bundled", missing)
    assert [(each.what, each.kind, each.path.name) for each in missing] == [("a layer of side C", "project", "other.vstake")]
    assert found.sides["C"].layers == layers_in(folder)
    data = json.loads(path.read_text("utf-8"))
    data["sides"]["C"]["layers"][0]["blend"] = "soft"
    again = document(project_of(data, path, folder / "bundled", []), path, folder / "bundled")
    assert again["sides"]["C"]["layers"][0]["blend"] == "soft" and "layers" not in again["sides"]["A"]


def test_a_note_may_not_carry_a_private_file_away(project, folder):
    """Review pages and packages take the files of notes along as they are."""
    (folder / "media" / "id_rsa").write_text("private")
    (folder / "media" / "voice.flac").write_text("spoken")
    media = {"a": folder / "media" / "id_rsa", "b": folder / "media" / "voice.flac"}
    write_project(folder / "shots" / "p.vsync", replace(project, media=media), folder / "bundled")
    assert "id_rsa" in (folder / "shots" / "p.vsync").read_text("utf-8")
    assert set(read_project(folder / "shots" / "p.vsync", folder / "bundled").media) == {"b"}


@pytest.mark.parametrize(
    "place",
    ["//server/share/a.wav", "\\\\server\\share\\a.wav", "https://example.org/a.wav", "nothing.wav", "", "a\0b", 7, "bundled:../x.glb"],
)
def test_other_computers_and_missing_files_are_refused(project, folder, place):
    data = document(project, folder / "shots" / "one" / "scene.vsync", folder / "bundled")
    data["sound"]["file"] = place
    with pytest.raises(ProjectError, match=r"\.$"):
        project_of(data, folder / "shots" / "one" / "scene.vsync", folder / "bundled")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_one_error(project, folder, data):
    """One value of the document is replaced by anything: it is read all the same, or refused with a sentence."""
    path = folder / "shots" / "one" / "scene.vsync"
    damaged = json.loads(json.dumps(document(project, path, folder / "bundled")))
    place = damaged
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(JSON)
    try:
        project_of(damaged, path, folder / "bundled")
    except ProjectError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"format": "visemesync-project", "version": 2}', "[" * 100_000])
def test_what_is_no_project_says_so(folder, text):
    path = folder / "scene.vsync"
    path.write_text(text)
    with pytest.raises(ProjectError, match=r"scene\.vsync"):
        read_project(path, folder / "bundled")


def test_a_folder_that_cannot_be_written_is_one_sentence(project, folder):
    with pytest.raises(ProjectError, match="cannot be written"):
        write_project(folder / "nowhere" / "scene.vsync", project, folder / "bundled")


def test_parts_are_cut_where_they_were_joined():
    """Samples and phones come back to their sentences, on the sentences' own time lines."""
    clip = AudioClip(np.arange(300, dtype=np.float32) / 300, 100)
    speech = Speech(clip, "a b", (Phone("AA1", 0.2, 0.9, "a"), Phone("B", 1.2, 1.5, "b")), (VisemeEvent(2, 0.2), VisemeEvent(21, 1.2)))
    (first_s, first), (second_s, second) = parts_of(speech, (0.0, 1.1))
    assert (first_s, second_s) == (0.0, 1.1)
    assert len(first.audio.samples) == 110 and len(second.audio.samples) == 190
    assert [p.symbol for p in first.phones] == ["AA1"] and second.phones[0].start_s == pytest.approx(0.1)
    assert second.visemes[0].offset_s == pytest.approx(0.1)


def test_what_a_service_sent_is_kept(tmp_path):
    """Words and blendshapes, to four digits; an older project has neither."""
    values = np.random.default_rng(0).uniform(-0.1, 1.1, (90, 55)).astype(np.float32)
    (tmp_path / "line.wav").write_bytes(b"")
    sound = ProjectSound(tmp_path / "line.wav", "hi", words=(Word("hi", 0.1, 0.3),), facial=(FacialFrames(values, 12),))
    path = tmp_path / "kept.vsync"
    content = document(Project({"A": ProjectSide("azure-blendshapes")}, sound=sound), path, tmp_path)
    again = project_of(json.loads(json.dumps(content)), path, tmp_path).sound
    assert again.words == sound.words and again.facial[0].first == 12
    np.testing.assert_allclose(again.facial[0].values, values, atol=1e-4)
    del content["sound"]["words"], content["sound"]["facial"]
    older = project_of(content, path, tmp_path).sound
    assert older.words == () and older.facial == ()
    for broken in ({"facial": [[0, [[0.5] * 54]]]}, {"facial": [[-1, [[0.5] * 55]]]}, {"words": [["hi", 0.3, 0.1]]}, {"facial": 3}):
        with pytest.raises(ProjectError, match="damaged"):
            project_of({**content, "sound": {**content["sound"], **broken}}, path, tmp_path)
