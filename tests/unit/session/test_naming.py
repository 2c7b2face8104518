"""A name that is typed without its ending: what it becomes, and that nothing is replaced unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.session.keep.naming import completed_name


@pytest.mark.parametrize(
    ("typed", "endings", "whole"),
    [
        ("keep", (".vsync",), "keep.vsync"),
        ("keep.vsync", (".vsync",), "keep.vsync"),
        ("KEEP.VSYNC", (".vsync",), "KEEP.VSYNC"),
        ("t1", (".csv", ".a2f.csv", ".json"), "t1.csv"),
        ("t1.a2f.csv", (".csv", ".a2f.csv", ".json"), "t1.a2f.csv"),
        ("t1.json", (".csv", ".json"), "t1.json"),
        ("take 1.5", (".csv",), "take 1.5.csv"),
        ("film.", (".mp4",), "film.mp4"),
        ("film.mp4 ", (".mp4",), "film.mp4"),
        ("film.mov", (".mp4",), "film.mov.mp4"),
        ("Ωmega", (".wav",), "Ωmega.wav"),
    ],
)
def test_the_ending_is_completed(tmp_path, typed, endings, whole):
    named = completed_name(tmp_path / typed, endings)
    assert named.path == tmp_path / whole and not named.exists and not named.needs_asking
    named.path.write_text("there")
    again = completed_name(tmp_path / typed, endings)
    assert again.exists and again.needs_asking == (typed != whole)
    assert again.question == f"{whole} is there already. Replace it?"


def test_the_dialog_has_asked_about_a_whole_name_itself(tmp_path):
    (tmp_path / "keep.vsync").write_text("there")
    assert completed_name(tmp_path / "keep.vsync", (".vsync",)).needs_asking is False


def test_links_and_folders_are_there_too(tmp_path):
    (tmp_path / "link.csv").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.csv").mkdir()
    assert all(completed_name(tmp_path / name, (".csv",)).needs_asking for name in ("link", "folder"))


def test_a_relative_name_stays_relative():
    assert completed_name(Path("line"), (".wav",)).path == Path("line.wav")
