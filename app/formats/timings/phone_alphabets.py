"""Phones as aligners spell them: ARPABET in any case, TIMIT's further symbols, and IPA as MFA's present English models write it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from types import MappingProxyType

from app.core.visemes import AZURE_OF_PHONE

SILENCES = frozenset({"", "SIL", "SP", "SPN", "NSN", "<SIL>", "PAU", "+NSN+", "+SPN+", "#", "H#", "EPI", "<EPS>", "SPL", "<P:>", "_"})
#: TIMIT's closures belong to their stops, its further vowels to the nearest one
_TIMIT = MappingProxyType({
    "BCL": "B", "PCL": "P", "DCL": "D", "TCL": "T", "GCL": "G", "KCL": "K", "AX-H": "AH0", "AX": "AH0", "AXR": "ER0", "IX": "IH0",
    "UX": "UW0", "EL": "L", "EM": "M", "EN": "N", "ENG": "NG", "HV": "HH", "NX": "N", "DX": "D",
})  # fmt: skip
_IPA = MappingProxyType({
    # vowels and diphthongs
    "aj": "AY", "aɪ": "AY", "ai": "AY", "aw": "AW", "aʊ": "AW", "au": "AW", "ej": "EY", "eɪ": "EY", "ei": "EY", "ow": "OW", "oʊ": "OW",
    "əw": "OW", "əʊ": "OW", "ɔj": "OY", "ɔɪ": "OY", "oɪ": "OY", "ɪə": "IH", "eə": "EH", "ʊə": "UH", "i": "IY", "ɪ": "IH", "ᵻ": "IH",
    "ɨ": "IH", "e": "EH", "ɛ": "EH", "æ": "AE", "a": "AA", "ɑ": "AA", "ɒ": "AA", "ɔ": "AO", "o": "OW", "ʊ": "UH", "u": "UW", "ʉ": "UW",
    "ɯ": "UW", "ʌ": "AH", "ə": "AH", "ɐ": "AH", "ɜ": "ER", "ɝ": "ER", "ɚ": "ER", "ø": "ER", "œ": "ER", "y": "UW",
    # consonants
    "p": "P", "b": "B", "t": "T", "d": "D", "k": "K", "ɡ": "G", "g": "G", "c": "K", "ɟ": "G", "q": "K", "ʔ": "T", "ɾ": "D", "ʈ": "T",
    "ɖ": "D", "f": "F", "v": "V", "ʋ": "V", "β": "V", "ɸ": "F", "θ": "TH", "ð": "DH", "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH", "ɕ": "SH",
    "ʑ": "ZH", "h": "HH", "ɦ": "HH", "ç": "HH", "x": "HH", "χ": "HH", "ɣ": "G", "tʃ": "CH", "ʧ": "CH", "tɕ": "CH", "dʒ": "JH", "ʤ": "JH",
    "dʑ": "JH", "ts": "S", "dz": "Z", "m": "M", "ɱ": "M", "n": "N", "ɲ": "N", "ŋ": "NG", "ɴ": "NG", "l": "L", "ɫ": "L", "ʎ": "L", "ɬ": "L",
    "ɹ": "R", "ɻ": "R", "r": "R", "ʁ": "R", "w": "W", "ʍ": "W", "j": "Y",
})  # fmt: skip
_VOWELS = frozenset({"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"})
_STRESS = MappingProxyType({"ˈ": "1", "'": "1", "ˌ": "2"})
#: marks that do not change what the mouth shows: length, aspiration, rounding, palatalisation, ties, places
_MARKS = re.compile("[ːˑʰʷʲˠˤʼ˞ⁿˡ͜͡|.̩̃ˈˌ']")


def is_silence(symbol: str) -> bool:
    """Whether a label stands for no speech."""
    return symbol.strip().upper() in SILENCES


def from_arpabet(symbol: str) -> str | None:
    """An ARPABET phone with its stress, or None for another symbol."""
    plain = symbol.strip().upper()
    plain = _TIMIT.get(plain, plain)
    return plain if plain.rstrip("012") in AZURE_OF_PHONE else None


def from_ipa(symbol: str) -> str | None:
    """The ARPABET phone that is shown like an IPA one; a vowel without a stress mark counts as stressed."""
    text = symbol.strip()
    stress = next((_STRESS[mark] for mark in text if mark in _STRESS), "1")
    plain = "".join(c for c in unicodedata.normalize("NFD", _MARKS.sub("", text)) if not unicodedata.combining(c))
    found = _IPA.get(_MARKS.sub("", unicodedata.normalize("NFC", text))) or _IPA.get(plain)
    if found is None and len(plain) == 2:  # a rare diphthong: its first part
        found = _IPA.get(plain[0])
        found = found if found in _VOWELS and _IPA.get(plain[1]) is not None else None
    if found is None:
        return None
    return found + ("0" if plain in ("ə", "ɐ", "ɚ") else stress) if found in _VOWELS else found


def _known(symbols: Iterable[str], one_of: str) -> int:
    translate = from_ipa if one_of == "ipa" else from_arpabet
    return sum(translate(symbol) is not None for symbol in symbols)


def translated(symbols: Sequence[str]) -> list[str | None]:
    """Labels as ARPABET: ``sil`` for silence, None for what is in neither alphabet.

    One alphabet is taken for all: ``j`` is a sound of *yes* in IPA and nothing in ARPABET.

    Args:
        symbols: of one tier or file.
    """
    spoken = [symbol for symbol in symbols if not is_silence(symbol)]
    translate = from_ipa if _known(spoken, "ipa") > _known(spoken, "arpabet") else from_arpabet
    return ["sil" if is_silence(symbol) else translate(symbol) for symbol in symbols]
