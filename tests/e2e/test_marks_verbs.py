"""``speak`` and ``animate`` do what the marks of a text say."""

from __future__ import annotations

import json

import pytest

from app.cli import main
from app.formats.registry import read_track
from app.formats.takes.reading import read_take


def test_marks_are_in_the_track_and_not_in_the_sound(tmp_path, capsys):
    line = "Maybe [smile] my puppy [nod] barks [smlie] again."
    assert main(["speak", line, "-o", str(tmp_path / "a.csv"), "--source", "visemes", "--json"]) == 0
    told = capsys.readouterr()
    assert "did you mean “[smile]”?" in told.err and json.loads(told.out)["phones"] > 10
    assert main(["speak", "Maybe my puppy barks again.", "-o", str(tmp_path / "b.csv"), "--source", "visemes"]) == 0
    marked, plain = read_track(tmp_path / "a.csv"), read_track(tmp_path / "b.csv")
    assert len(marked) == len(plain) and marked.column("mouthSmileLeft").max() > plain.column("mouthSmileLeft").max() + 0.3
    assert marked.side.find("HeadPitch").max() > 0.1
    assert marked.column("jawOpen") == pytest.approx(plain.column("jawOpen"), abs=1e-4)


def test_a_transcript_with_marks_is_aligned_and_kept_in_the_take(tmp_path, capsys):
    sound, words = tmp_path / "line.wav", tmp_path / "line.txt"
    assert main(["speak", "Maybe my puppy barks again.", "-o", str(sound)]) == 0
    words.write_text("Maybe [brow up] my puppy [sad] barks again.", "utf-8")
    out = tmp_path / "line.vstake"
    assert main(["take", str(sound), "--transcript", str(words), "-o", str(out), "--source", "visemes"]) == 0
    capsys.readouterr()
    take = read_take(out, tmp_path)
    assert take.speech.text == "Maybe [brow up] my puppy [sad] barks again." and take.line == "Maybe my puppy barks again."
    assert take.lanes["A"].raw.arkit.column("browOuterUpLeft").max() > 0.5
