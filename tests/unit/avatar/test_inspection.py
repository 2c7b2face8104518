from __future__ import annotations

import json

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
    assert "lacks 50 of the 52" in text
    assert "move nothing: jawLeft" in text


def test_an_avatar_without_targets_says_why_it_cannot_move(writer, square, tmp_path):
    vertices, triangles = square
    writer.mesh({"POSITION": writer.array(vertices)}, triangles)
    writer.node(mesh=0)
    (problem,) = inspect_avatar(writer.save(tmp_path / "a.glb"))["problems"]
    assert "no morph targets" in problem


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
