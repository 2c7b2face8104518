"""Symbols with durations become timed ARPABET."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.speech.phones import CONSONANTS, VOWELS, TimedSymbol, arpabet, timed_phones


@pytest.mark.parametrize(
    ("symbols", "phones"),
    [
        ("həlˈO", "HH AH0 L OW1"),
        ("pˈiTəɹ", "P IY1 D ER0"),
        ("ɑɹ", "AA0 R"),
        ("bˈɜɹd", "B ER1 D"),
        ("əɹˈWnd", "AH0 R AW1 N D"),
        ("ʧˈɜɹʧ", "CH ER1 CH"),
        ("ˌɪntəɹnˈæʃᵊnᵊl", "IH2 N T ER0 N AE1 SH AH0 N AH0 L"),
        ("jˈuzᵻz", "Y UW1 Z IH0 Z"),
        ("ɡˈQ", "G OW1"),
        ("fˈɑːðə", "F AA1 DH AH0"),
        ("ˈɔɪ", "AO1 IH0"),
        ("bˈY", "B OY1"),
        ("θˈɪŋ ðæt", "TH IH1 NG DH AE0 T"),
    ],
)
def test_pronunciations(symbols, phones):
    assert " ".join(arpabet(symbols)) == phones


def test_every_sound_of_the_voice_is_known():
    """Every letter of the vocabulary that hibari's own lexicon uses maps to a phone."""
    import gzip

    from hibari.voices import ASSETS

    used: set[str] = set()
    for name in ("us_gold", "gb_gold"):
        with gzip.open(Path(ASSETS) / f"lexicon_{name}.json.gz", "rt", encoding="utf-8") as file:
            for entry in json.load(file).values():
                for text in [entry] if isinstance(entry, str) else entry.values():
                    used |= set(text or "")
    unknown = used - set(VOWELS) - set(CONSONANTS) - set("ˈˌː ̃ʰʲ-,.;:!?'\"()—…“”")
    assert {char for char in unknown if char.isalpha()} == set()


def timed(*items: tuple[str, float, str]) -> list[TimedSymbol]:
    return [TimedSymbol(*item) for item in items]


def test_marks_fold_and_short_gaps_are_shared():
    symbols = timed(
        *(("_", 0.3, ""), ("t", 0.1, "two"), ("ˈ", 0.05, "two"), ("u", 0.1, "two"), ("ː", 0.05, "two")),
        *((" ", 0.1, ""), ("b", 0.1, "bee"), ("i", 0.2, "bee"), ("_", 0.3, "")),
    )
    phones = timed_phones(symbols, 1.3, shift_s=0.0)
    assert [(p.symbol, round(p.start_s, 3), round(p.end_s, 3), p.word) for p in phones] == [
        ("sil", 0.0, 0.3, ""),
        ("T", 0.3, 0.4, "two"),
        ("UW1", 0.4, 0.65, "two"),
        ("B", 0.65, 0.8, "bee"),
        ("IY0", 0.8, 1.0, "bee"),
        ("sil", 1.0, 1.3, ""),
    ]


def test_long_gaps_are_pauses_and_the_shift_is_cut_at_zero():
    symbols = timed(("_", 0.025, ""), ("a", 0.2, "a"), (",", 0.1, ""), (" ", 0.1, ""), ("i", 0.2, "e"), ("_", 0.1, ""))
    phones = timed_phones(symbols, 0.725)
    assert [p.symbol for p in phones] == ["AE0", "sil", "IY0", "sil"]
    assert phones[0].start_s == 0.0
    assert phones[0].end_s == pytest.approx(0.175)
    assert phones[1].end_s == pytest.approx(0.375)
    assert phones[-1].end_s == 0.725


@given(st.lists(st.tuples(st.sampled_from("_ˈˌː ,.həlOpbmɜɹAʃx@"), st.integers(0, 12)), max_size=40), st.floats(-0.2, 0.2))
def test_phones_always_cover_the_audio(items, shift_s):
    symbols = [TimedSymbol(symbol, steps * 0.025) for symbol, steps in items]
    duration_s = sum(item.duration_s for item in symbols)
    phones = timed_phones(symbols, duration_s, shift_s)
    assert (not phones) == (duration_s == 0)
    now_s = 0.0
    for phone in phones:
        assert phone.start_s == pytest.approx(now_s, abs=1e-6)
        assert phone.end_s > phone.start_s
        now_s = phone.end_s
    assert now_s == pytest.approx(duration_s, abs=1e-6)
