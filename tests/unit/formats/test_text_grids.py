"""TextGrids as aligners and Praat write them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from app.core.errors import SpeechError
from app.formats.timings.alignment import Alignment, read_alignment
from app.formats.timings.phone_alphabets import from_ipa

Rows = list[tuple[float, float, str]]
WORDS: Rows = [(0, 0.5, ""), (0.5, 1.0, "bob"), (1.0, 2.0, "")]
ARPABET: Rows = [(0, 0.5, ""), (0.5, 0.6, "B"), (0.6, 0.9, "AA1"), (0.9, 1.0, "B"), (1.0, 2.0, "")]
IPA: Rows = [(0, 0.5, ""), (0.5, 0.6, "b"), (0.6, 0.9, "ɑː"), (0.9, 1.0, "b"), (1.0, 2.0, "")]
LATER: Rows = [(0, 1.2, ""), (1.2, 1.3, "M"), (1.3, 1.6, "AE1"), (1.6, 1.7, "P"), (1.7, 2.0, "")]


def long_form(*tiers: tuple[str, Rows]) -> str:
    text = f'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 2\ntiers? <exists>\nsize = {len(tiers)}\nitem []:\n'
    for i, (name, rows) in enumerate(tiers, 1):
        text += f'    item [{i}]:\n        class = "IntervalTier"\n        name = "{name}"\n        xmin = 0\n        xmax = 2\n'
        text += f"        intervals: size = {len(rows)}\n"
        for k, (a, b, label) in enumerate(rows, 1):
            text += f'        intervals [{k}]:\n            xmin = {a}\n            xmax = {b}\n            text = "{label}"\n'
    return text


def short_form(*tiers: tuple[str, Rows]) -> str:
    text = f'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n2\n<exists>\n{len(tiers)}\n'
    for name, rows in tiers:
        text += f'"IntervalTier"\n"{name}"\n0\n2\n{len(rows)}\n' + "".join(f'{a}\n{b}\n"{label}"\n' for a, b, label in rows)
    return text


def read(tmp_path: Path, text: str, encoding: str = "utf-8", speaker: str | None = None) -> Alignment:
    path = tmp_path / "a.TextGrid"
    path.write_bytes(text.encode(encoding))
    return read_alignment(path, speaker)


def spoken(alignment: Alignment) -> list[str]:
    return [f"{p.symbol}({p.word})" if p.word else p.symbol for p in alignment.phones if not p.is_silence]


@pytest.mark.parametrize("form", [long_form, short_form])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("rows", [ARPABET, IPA, [(a, b, label.lower()) for a, b, label in ARPABET]], ids=["ARPABET", "IPA", "lower case"])
def test_both_forms_alphabets_and_the_words(tmp_path, form, encoding, rows):
    found = read(tmp_path, form(("words", WORDS), ("phones", rows)), encoding)
    assert spoken(found) == ["B(bob)", "AA1(bob)", "B(bob)"] and found.notes == () and found.speakers == ()
    assert found.phones[1].start_s == 0.5 and found.phones[0].is_silence


def test_praatios_one_line_short_form_and_cr_line_ends(tmp_path):
    text = '"ooTextFile"\n"TextGrid"\n0 2\n<exists>\n1\n"IntervalTier" "phones" 0 2 5\n'
    text += "".join(f'{a} {b} "{label}"\n' for a, b, label in ARPABET)
    assert spoken(read(tmp_path, text)) == ["B", "AA1", "B"]
    assert spoken(read(tmp_path, text.replace("\n", "\r"))) == ["B", "AA1", "B"]


def test_tiers_of_points_and_quotes_in_texts_do_not_confuse(tmp_path):
    points = '    item [1]:\n        class = "TextTier"\n        name = "phone events"\n        xmin = 0\n        xmax = 2\n'
    points += '        points: size = 1\n        points [1]:\n            number = 0.4\n            mark = "a ""b"" 3"\n'
    text = long_form(("remarks", [(0, 2, 'he said ""well""')]), ("seg", ARPABET)).replace("item []:\n", "item []:\n" + points)
    assert spoken(read(tmp_path, text)) == ["B", "AA1", "B"]


def test_speakers_who_take_turns_are_taken_together(tmp_path):
    text = long_form(("ann - words", WORDS), ("ann - phones", ARPABET), ("bob - words", []), ("bob - phones", LATER))
    both = read(tmp_path, text)
    assert spoken(both) == ["B(bob)", "AA1(bob)", "B(bob)", "M", "AE1", "P"] and both.speakers == ("ann", "bob")
    assert "ann and bob" in both.notes[0]
    assert all(a.end_s == b.start_s for a, b in itertools.pairwise(both.phones)) and both.phones[-1].end_s == 2
    assert spoken(read(tmp_path, text, speaker="Bob")) == ["M", "AE1", "P"]
    with pytest.raises(SpeechError, match="its speakers are ann, bob"):
        read(tmp_path, text, speaker="eve")


def test_speakers_at_once_are_told_apart(tmp_path):
    found = read(tmp_path, long_form(("ann - phones", ARPABET), ("bob - phones", [(0.4, 0.7, "M"), (0.7, 0.8, "AA1")])))
    assert spoken(found) == ["B", "AA1", "B"] and "left out: bob (2 phones)" in found.notes[0] and "--speaker" in found.notes[0]


@pytest.mark.parametrize(("ipa", "phone"), [
    ("tʃ", "CH"), ("t͡ʃ", "CH"), ("dʒ", "JH"), ("ɫ̩", "L"), ("pʰ", "P"), ("tʲ", "T"), ("kʷ", "K"), ("ɟ", "G"), ("ɾ", "D"), ("j", "Y"),
    ("ə", "AH0"), ("ɚ", "ER0"), ("ˈiː", "IY1"), ("aj", "AY1"), ("əw", "OW1"), ("ej", "EY1"), ("oʊ", "OW1"), ("ˌæ", "AE2"), ("ɡ", "G"),
    ("ŋ", "NG"), ("θ", "TH"), ("ɹ", "R"), ("ʉː", "UW1"), ("ɝ", "ER1"), ("か", None), ("xyz", None),
])  # fmt: skip
def test_ipa(ipa, phone):
    assert from_ipa(ipa) == phone


@pytest.mark.parametrize("text", [
    'File type = "ooTextFile"\nObject class = "TextGrid"\n', '"TextGrid"\n"IntervalTier" "phones" 0',
    '"TextGrid" "IntervalTier" "p" 0 2 1 "a" "b" "c"',
    long_form(("phones", [(0, 1, "か"), (1, 2, "っ")])), long_form(("phones", [(1, 0.5, "B")])),
])  # fmt: skip
def test_broken_ones_are_refused_in_one_sentence(tmp_path, text):
    with pytest.raises(SpeechError) as refused:
        read(tmp_path, text)
    assert str(refused.value).endswith(".") and "such as MFA" not in str(refused.value)
