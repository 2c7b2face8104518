"""The phones of English by their ARPABET symbols, each with a word in which it is heard."""

from __future__ import annotations

from types import MappingProxyType

#: vowels, written with a digit for their stress; the sound in capitals
VOWEL_WORDS = MappingProxyType({
    "AA": "fAther, hOt", "AE": "cAt", "AH": "cUt, sofA", "AO": "thOUGHt", "AW": "nOW", "AY": "mY", "EH": "bEd", "ER": "bIRd, lettER",
    "EY": "dAY", "IH": "sIt", "IY": "sEE", "OW": "gO", "OY": "bOY", "UH": "bOOk", "UW": "tOO",
})  # fmt: skip
#: consonants, and silence
OTHER_WORDS = MappingProxyType({
    "B": "Bee", "CH": "CHeese", "D": "Day", "DH": "THis", "F": "Fee", "G": "Go", "HH": "He", "JH": "Joy", "K": "Key", "L": "Lee",
    "M": "Me", "N": "No", "NG": "siNG", "P": "Pea", "R": "Read", "S": "Sea", "SH": "SHe", "T": "Tea", "TH": "THin", "V": "Van",
    "W": "We", "Y": "Yes", "Z": "Zoo", "ZH": "viSion", "sil": "silence",
})  # fmt: skip
STRESSES = MappingProxyType({"1": "stressed", "0": "unstressed", "2": "half stressed"})
#: what two sounds a phone glides through, for splitting it
PARTS = MappingProxyType({
    "AY": ("AA", "IH"), "EY": ("EH", "IH"), "OW": ("AO", "UH"), "AW": ("AA", "UH"), "OY": ("AO", "IH"), "CH": ("T", "SH"),
    "JH": ("D", "ZH"), "ER": ("AH", "R"),
})  # fmt: skip


def phone_symbol(typed: str, former: str = "") -> str | None:
    """The symbol that somebody means.

    Args:
        typed: in any letters, a vowel with or without its stress.
        former: what stood there: a vowel without a digit keeps its stress.

    Returns:
        As written in ``Phone.symbol``, None for what is no phone.
    """
    text = typed.strip().upper()
    base, digit = (text[:-1], text[-1]) if text[-1:].isdigit() else (text, "")
    if base in VOWEL_WORDS and (not digit or digit in STRESSES):
        return base + (digit or (former[-1] if former[-1:] in STRESSES else "1"))
    if digit:
        return None
    return "sil" if text == "SIL" else text if text in OTHER_WORDS else None


def phone_offers(begun: str, most: int) -> tuple[tuple[str, str], ...]:
    """Symbols that begin as typed, and those whose word is typed, each with what it sounds like.

    Args:
        begun: what was typed, "" for all.
        most: how many are wanted.
    """
    text = begun.strip().upper()
    offers = [
        (base + digit, f"{words}, {stress}")
        for base, words in VOWEL_WORDS.items()
        for digit, stress in STRESSES.items()
    ]  # fmt: skip
    offers += list(OTHER_WORDS.items())
    offers.sort(key=lambda offer: offer[0].upper())
    by_symbol = [offer for offer in offers if offer[0].upper().startswith(text)]
    by_word = [offer for offer in offers if offer not in by_symbol and any(w.upper().startswith(text) for w in offer[1].split(", "))]
    return tuple((by_symbol + by_word)[:most])


def split_symbols(symbol: str) -> tuple[str, str]:
    """What a phone becomes when it is cut in two: the sounds it glides through, or twice itself."""
    base, digit = (symbol[:-1], symbol[-1]) if symbol[-1:].isdigit() else (symbol, "")
    if base not in PARTS:
        return symbol, symbol
    first, second = PARTS[base]
    return (first + digit if first in VOWEL_WORDS else first), (second + "0" if second in VOWEL_WORDS else second)
