"""The dictionaries of the voice as text answer as hibari's own do."""

from __future__ import annotations

import json

import pytest

from app.speech.lexicon.pronouncing import Entries, make_pronouncer

LINE = "Read the record that Dr. Who's re-read on 3rd of May, 1999: NATO paid $5 for 'n' zyzzogeton, and didn't live it down."


def test_a_word_is_found_by_what_it_is_and_nothing_inside_another_entry():
    words = {f"word{i}": f"ˈw{i}" for i in range(500)} | {
        "read": {"DEFAULT": "ɹˈid", "VBD": "ɹˈɛd"}, "a": "ɐ", 'with "quotes"': "k", "ba\\ck": "b", "wordy": "y", "word": "w",
    }  # fmt: skip
    text = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
    entries = Entries(text, keeps=2)
    assert {word: entries.get(word) for word in words} == words
    assert [entries.get(word) for word in ("VBD", "DEFAULT", "", "wor", "zz", "word500", '"', "é")] == [None] * 8


@pytest.mark.parametrize("text", [b"", b"[]", b'{"a": "b"}', b'{"\\u00e9":"e"}', b'{"a":"b"', b'{"a":null,"b":"c"}'])
def test_what_is_written_otherwise_is_refused(text):
    with pytest.raises(ValueError, match="no compact JSON"):
        Entries(text)


@pytest.mark.slow
def test_a_line_is_pronounced_as_by_hibari_itself():
    from hibari.g2p import G2P

    pronouncer, own = make_pronouncer(british=False), G2P(british=False)
    assert isinstance(pronouncer.lexicon.golds.d, Entries), "hibari's files are written otherwise: its own dictionaries are used"
    assert pronouncer(LINE) == own(LINE)
    golds = own.lexicon.golds.d
    some = list(golds)[::50]
    assert [pronouncer.lexicon.golds.get(word) for word in some] == [own.lexicon.golds.get(word) for word in some]
