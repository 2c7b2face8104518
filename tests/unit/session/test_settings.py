"""What is remembered, and what damage does to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import MAX_RECENT, Settings


def test_what_is_saved_is_loaded(tmp_path):
    """All kinds of fields come back."""
    path = tmp_path / "deep" / "settings.json"
    settings = Settings(splitter=[800, 400], volume=0.25, line="Hällo", collapsed=["eye"], paired=False)
    settings.save(path)
    assert Settings.load(path) == settings
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\x00\xff"])
def test_damage_falls_back_to_the_defaults(tmp_path, text):
    """A broken file never keeps the program from starting."""
    path = tmp_path / "settings.json"
    path.write_text(text, "utf-8")
    assert Settings.load(path) == Settings()


def test_bytes_that_are_no_text_fall_back(tmp_path):
    """Not even UTF-8."""
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert Settings.load(path) == Settings()


def test_a_field_of_another_type_falls_back_alone(tmp_path):
    """The other fields are kept; unknown ones are ignored."""
    path = tmp_path / "settings.json"
    path.write_text('{"volume": "loud", "line": "Hi", "splitter": ["a"], "paired": 1, "later": 3}', "utf-8")
    loaded = Settings.load(path)
    assert (loaded.volume, loaded.line, loaded.splitter, loaded.paired) == (1.0, "Hi", [], True)


def test_an_integer_volume_is_a_number(tmp_path):
    """JSON writes 1.0 as 1 in other hands."""
    path = tmp_path / "settings.json"
    path.write_text('{"volume": 1}', "utf-8")
    assert Settings.load(path).volume == 1.0


def test_recent_files_are_newest_first_and_few():
    """No file twice."""
    settings = Settings()
    for n in range(MAX_RECENT + 5):
        settings.remember(Path(f"{n}.wav"))
    settings.remember(Path("12.wav"))
    assert settings.recent[0] == "12.wav" and len(settings.recent) == MAX_RECENT
    assert len(set(settings.recent)) == MAX_RECENT
