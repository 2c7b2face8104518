"""The verb ``check`` as a person types it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.cli import main
from app.core.arkit import ARKIT_INDEX
from app.core.track import BlendshapeTrack
from app.formats.registry import write_track


@pytest.fixture
def track(tmp_path):
    """A smooth mouth that goes below 0 for a while."""
    weights = np.zeros((120, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.3 - 0.4 * np.cos(np.arange(120) / 10)
    path = tmp_path / "take.csv"
    write_track(path, BlendshapeTrack(weights, 60.0))
    return path


def test_findings_give_exit_one_and_json(track, capsys):
    assert main(["check", str(track), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["counts"]["warning"] >= 1
    row = next(f for f in document["findings"] if f["rule"] == "negative")
    assert row["channels"] == ["jawOpen"]
    assert set(row) == {"time_s", "duration_s", "severity", "rule", "sentence", "channels"}


def test_text_names_time_and_rule(track, capsys):
    assert main(["check", str(track)]) == 1
    assert "negative" in capsys.readouterr().out


def test_motion_of_a_recording_against_its_phones(shared, tmp_path, capsys):
    audio = shared / "data" / "speech" / "nvidia" / "Mark_neutral.wav"
    phones = shared / "data" / "alignments" / "Mark_neutral.json"
    out = tmp_path / "mark.csv"
    assert main(["animate", str(audio), "-o", str(out), "--progress", "none"]) == 0
    capsys.readouterr()
    main(["check", str(out), "--audio", str(audio), "--phones", str(phones), "--json"])
    found = json.loads(capsys.readouterr().out)["findings"]
    assert not [f for f in found if f["rule"] in ("early", "late", "jitter", "over-one", "not-a-number")]


@pytest.mark.parametrize("words", [["check"], ["check", "missing.csv"], ["check", "{track}", "--phones", "missing.json"]])
def test_bad_input_is_two(words, track, capsys):
    try:
        assert main([w.format(track=track) for w in words]) == 2
    except SystemExit as left:
        assert left.code == 2
    assert capsys.readouterr().err.strip()
