"""``check --fix`` as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.audio.clips import write_wav
from app.cli import main
from app.core.arkit import ARKIT_INDEX
from app.core.coarticulation import MouthMotion
from app.core.speech import AudioClip, Phone
from app.core.track import BlendshapeTrack
from app.formats.registry import read_track, write_track

FPS = 60.0
WORD = ("M", "AA1", "P", "AE1", "B", "IY1", "S", "AH0", "P", "AO1", "B", "AA1")
PHONES = tuple(Phone(s, 0.5 + 0.09 * i, 0.59 + 0.09 * i, "word") for i, s in enumerate((*WORD, *WORD[::-1])))


@pytest.fixture
def files(tmp_path) -> Path:
    """A folder with the phones of a word, and motion of it with lips apart, a jump and a dip below 0; ``late.csv`` is late instead."""
    data = [{"phone": p.symbol, "start": p.start_s, "end": p.end_s, "word": p.word} for p in PHONES]
    (tmp_path / "word.json").write_text(json.dumps(data))
    times_s = np.arange(round((PHONES[-1].end_s + 0.6) * FPS)) / FPS
    weights = MouthMotion(PHONES).frames(times_s)[0].copy()
    b = PHONES[4]
    weights[(times_s > b.start_s - 0.05) & (times_s < b.end_s + 0.05), ARKIT_INDEX["mouthLowerDownLeft"]] += 0.3
    weights[(times_s > b.start_s - 0.05) & (times_s < b.end_s + 0.05), ARKIT_INDEX["mouthLowerDownRight"]] += 0.3
    weights[20:30, ARKIT_INDEX["browInnerUp"]] = 0.4
    weights[90:110, ARKIT_INDEX["mouthFrownLeft"]] = -0.1
    write_track(tmp_path / "take.csv", BlendshapeTrack(weights, FPS))
    late = MouthMotion(PHONES).frames(times_s - 0.15)[0]
    write_track(tmp_path / "late.csv", BlendshapeTrack(late, FPS))
    return tmp_path


def said(capsys, *words) -> tuple[int, dict]:
    code = main([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_what_can_be_mended_is_written_in_the_format_of_the_name(files, capsys):
    out = files / "mended.a2f.csv"
    take, phones = files / "take.csv", files / "word.json"
    code, before = said(capsys, "check", take, "--phones", phones)
    assert code == 1
    code, document = said(capsys, "check", take, "--phones", phones, "--fix", out)
    assert code == 0 and document["left"] == [] and document["out"] == str(out)
    assert {f["rule"] for f in document["fixed"]} == {f["rule"] for f in before["findings"] if f["severity"] != "note"}
    assert all(f["fix"] and f["edits"] for f in document["fixed"])
    assert said(capsys, "check", out, "--phones", phones)[0] == 0
    changed = np.abs(read_track(out).weights - read_track(take).weights).max(axis=0) > 1e-4
    edited = {name for f in document["fixed"] for edit in f["edits"] for name in edit["channels"]}
    assert {name for name, i in ARKIT_INDEX.items() if changed[i]} <= edited


def test_a_late_track_is_moved_and_what_has_no_fix_is_told(files, capsys):
    out = files / "mended.csv"
    assert main(["check", str(files / "late.csv"), "--phones", str(files / "word.json"), "--fix", str(out)]) == 0
    assert "shift the motion by -1" in capsys.readouterr().out
    before, after = read_track(files / "late.csv"), read_track(out)
    assert len(after) == len(before)
    assert np.array_equal(after.weights[:120], before.weights[9:129])
    # half of it: where the rest was is nothing to mend
    half = files / "half.csv"
    write_track(half, after.between(0, 80))
    write_wav(files / "word.wav", AudioClip(np.zeros(4 * 16000, np.float32), 16000))
    known = ["--phones", str(files / "word.json"), "--audio", str(files / "word.wav")]
    assert main(["check", str(half), *known, "--fix", str(out)]) == 1
    words = capsys.readouterr().out
    assert "not fixed: Where the track ends there are no frames" in words and "1 left" in words


def test_an_unwritable_name_is_one_sentence(files, capsys):
    assert main(["check", str(files / "take.csv"), "--fix", str(files / "take.unknown")]) == 2
    assert capsys.readouterr().err.strip().endswith(".")
