"""Timed phones from aligners' files."""

from __future__ import annotations

import itertools
import json

import pytest

from app.core.errors import SpeechError
from app.formats.timings.alignment import read_alignment


def test_json_of_an_aligner(shared):
    phones = read_alignment(shared / "data" / "alignments" / "Claire_neutral.json").phones
    assert phones[0].is_silence
    assert [p.symbol for p in phones[1:4]] == ["SH", "IY", "Y"]
    assert phones[3].word == "usually"
    assert all(a.end_s <= b.start_s + 1e-6 for a, b in itertools.pairwise(phones))


def test_text_grid(shared):
    phones = read_alignment(shared / "data" / "speech" / "praatio" / "bobby_phones.TextGrid").phones
    assert [p.symbol for p in phones if not p.is_silence][:3] == ["B", "AA1", "B"]
    assert "PT" not in {p.symbol for p in phones}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[1]",
        '[{"phone": "AA"}]',
        '[{"phone": "AA", "start": 2, "end": 1}]',
        '[{"phone": "AA", "start": NaN, "end": 1}]',
        json.dumps([{"phone": s, "start": 0, "end": 1} for s in ("か", "っ", "p")]),
        'class = "IntervalTier"',
    ],
)
def test_anything_else_is_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / "phones.json"
    path.write_text(content, "utf-8")
    with pytest.raises(SpeechError) as refused:
        read_alignment(path)
    assert str(refused.value).endswith(".")
