from __future__ import annotations

import json

import numpy as np
import pytest

from app.avatar.inspection import inspect_avatar, report_text

KEYS = {"meshes", "arkit_missing", "visemes_missing", "extensions_required", "joints", "problems"}


def test_the_contract_of_the_command_line_is_kept(face_writer, tmp_path):
    report = inspect_avatar(face_writer.save(tmp_path / "face.glb"))
    assert report.keys() >= KEYS
    assert json.loads(json.dumps(report)) == report
    (mesh,) = report["meshes"]
    assert (mesh["name"], mesh["vertices"], mesh["targets"]) == ("Head_Mesh", 4, ["jawOpen", "viseme_aa", "mouthOpen", "jawLeft"])
    assert (report["arkit"], report["visemes"], report["other_targets"]) == (2, 1, ["mouthOpen"])
    assert "jawOpen" not in report["arkit_missing"]


def test_people_read_counts_missing_names_and_problems(face_writer, tmp_path):
    text = report_text(inspect_avatar(face_writer.save(tmp_path / "face.glb")))
    assert "ARKit shapes: 2 of 52" in text
    assert "visemes: 1 of 15" in text
    assert "other targets: mouthOpen" in text
    assert "its eyes, brows, cheeks and nose cannot move" in text
    assert "eyeLookDownLeft" not in text.split("problems:")[1]
    assert "move nothing: jawLeft" in text


def test_an_avatar_without_targets_says_why_it_cannot_move(writer, square, tmp_path):
    vertices, triangles = square
    writer.mesh({"POSITION": writer.array(vertices)}, triangles)
    writer.node(mesh=0)
    report = inspect_avatar(writer.save(tmp_path / "a.glb"))
    assert report["problems"][0].startswith("The mouth cannot move")
    assert "no morph targets" in report["problems"][0]
    assert not report["mouth_moves"]


def test_a_dialect_and_what_is_composed_are_told_with_their_evidence(make_face):
    report = inspect_avatar(make_face(["mouthOpen", "mouthSmile", "browInnerUp_L", "browInnerUp_R"]))
    assert report["composed"]["browInnerUp"] == "browInnerUp_L + browInnerUp_R"
    assert report["composed"]["mouthSmileLeft"] == "mouthSmile (left side)"
    assert [dialect["evidence"] for dialect in report["dialects"]][-1] == ["mouthOpen"]
    assert report["other_targets"] == []
    assert report["mouth_moves"]
    text = report_text(report)
    assert "names read as one shape that opens the mouth: mouthOpen" in text
    assert "browInnerUp = browInnerUp_L + browInnerUp_R" in text


def test_the_mouth_comes_first_then_eyes_then_brows(make_face):
    (problem,) = inspect_avatar(make_face(["jawOpen", "mouthClose", "mouthFunnel", "eyeBlinkLeft"]))["problems"]
    assert problem.index("mouth") < problem.index("eyes") < problem.index("brows")
    first = inspect_avatar(make_face(["eyeBlinkLeft", "eyeBlinkRight", "Foo", "Bar"]))["problems"][0]
    assert first.startswith("The mouth cannot move") and "Foo, Bar" in first


def test_a_mouth_that_only_opens_is_called_that(make_face):
    problems = inspect_avatar(make_face(["jawOpen"]))["problems"]
    assert problems[0].startswith("The mouth only opens and closes")


def test_black_vertex_colours_and_toon_materials_are_told(face_writer, tmp_path):
    primitive = face_writer.root["meshes"][0]["primitives"][0]
    primitive["attributes"]["COLOR_0"] = face_writer.array(np.tile(np.float32([0, 0, 0, 1]), (4, 1)))
    primitive["material"] = face_writer.add("materials", {"name": "Toon", "extensions": {"VRMC_materials_mtoon": {}}})
    problems = " ".join(inspect_avatar(face_writer.save(tmp_path / "a.glb"))["problems"])
    assert "vertex colours of Head_Mesh are all black" in problems
    assert "MToon" in problems


@pytest.mark.shared
def test_real_files_are_explained(shared):
    folder = shared / "data" / "avatars"
    t1 = inspect_avatar(folder / "avaturn_t1_official_default_model.glb")
    assert "T1" in t1["problems"][0]
    assert "export it as T2" in t1["problems"][0]
    assert len(t1["joints"]) == 52
    visemes_only = inspect_avatar(folder / "rpm_forbiddenforge_visemes_only.glb")
    assert visemes_only["problems"] == [
        "This avatar has visemes but no ARKit shapes: only its mouth moves, under Audio2Face by an estimate from the blendshapes."
    ]
    full = inspect_avatar(folder / "rpm_asanchezyali_69targets.glb")
    assert full["problems"] == []
    assert full["other_targets"] == ["mouthOpen", "mouthSmile"]
