"""From a speech engine's own symbols to timed ARPABET phones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple


class TimedPhone(NamedTuple):
    """One phone: ARPABET (vowels with a stress digit) or ``sil``, its start and end in seconds, and its word's number."""

    symbol: str
    start_s: float
    end_s: float
    word: int = -1


@dataclass
class _Heard:
    """One phone or gap of an engine while the line is read: ARPABET or ``gap``, its number of word (-1: none), and the engine's letter."""

    name: str
    start_s: float
    end_s: float
    word: int
    token: str


VOWELS = frozenset({"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"})
PHONES: tuple[str, ...] = (
    "sil", "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH", "K", "L", "M",
    "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
)  # fmt: skip

#: misaki letters (hibari, Kokoro) -> ARPABET; British and American spellings
MISAKI = {
    "A": "EY", "I": "AY", "O": "OW", "Q": "OW", "W": "AW", "Y": "OY", "i": "IY", "u": "UW", "ɑ": "AA", "ɒ": "AA", "ɔ": "AO", "æ": "AE",
    "a": "AE", "ɛ": "EH", "e": "EH", "ɪ": "IH", "ᵻ": "IH", "ʊ": "UH", "ʌ": "AH", "ə": "AH", "ɐ": "AH", "ᵊ": "AH", "ɜ": "ER",
    "b": "B", "d": "D", "f": "F", "h": "HH", "k": "K", "l": "L", "m": "M", "n": "N", "p": "P", "s": "S", "t": "T", "v": "V", "w": "W",
    "z": "Z", "j": "Y", "ɡ": "G", "g": "G", "ɹ": "R", "r": "R", "ŋ": "NG", "ʃ": "SH", "ʒ": "ZH", "θ": "TH", "ð": "DH", "ʤ": "JH",
    "ʧ": "CH", "T": "D", "ɾ": "D", "ʔ": "T", "x": "K",
}  # fmt: skip
_STRESS = {"ˈ": "1", "ˌ": "2"}
#: flite's phones that ARPABET spells otherwise
_FLITE = {"pau": "sil", "ax": "AH", "h#": "sil", "brth": "sil", "axr": "ER", "ssil": "sil", "hh": "HH"}
#: a gap between words up to this long belongs to the phones beside it (specs/speech.md, section 4)
SHORT_GAP_S = 0.12


def base(symbol: str) -> str:
    """The phone without its stress digit."""
    return symbol[:-1] if symbol[-1:].isdigit() else symbol


def from_misaki(tokens: Sequence[str], seconds: Sequence[float], shift_s: float) -> list[TimedPhone]:
    """Turn misaki letters with durations into timed ARPABET phones.

    Stress marks lengthen the vowel after them, length marks the symbol before; ``əɹ`` and ``ɜɹ`` become ER; short
    gaps are shared by their neighbours.

    Args:
        tokens: single letters, spaces and punctuation, in order.
        seconds: the duration of each.
        shift_s: added to every time; negative because these engines sound earlier than their tokens say.

    Returns:
        Contiguous phones from 0 s on.
    """
    found: list[_Heard] = []
    clock, carry, stress, word = 0.0, 0.0, "", 0
    for token, length in zip(tokens, seconds, strict=True):
        start, clock = clock, clock + float(length)
        if token in _STRESS:
            stress, carry = _STRESS[token], carry + float(length)
        elif token in MISAKI:
            name = MISAKI[token]
            if name == "R" and found and found[-1].word == word and found[-1].token in ("ə", "ɜ"):
                found[-1] = replace(found[-1], name="ER" + found[-1].name[-1], end_s=clock, token=token)
                continue
            mark = (stress or "0") if name in VOWELS else ""
            if name in VOWELS:
                stress = ""
            found.append(_Heard(name + mark, start - carry, clock, word, token))
            carry = 0.0
        elif token == "ː" and found:
            found[-1].end_s = clock
        else:
            word += 1
            found.append(_Heard("gap", start, clock, -1, token))
    return _tidied(found, shift_s)


def _tidied(found: list[_Heard], shift_s: float) -> list[TimedPhone]:
    """Join neighbouring gaps, share the short ones, shift everything and start at 0."""
    joined: list[_Heard] = []
    for item in found:
        if item.name == "gap" and joined and joined[-1].name == "gap":
            joined[-1].end_s = item.end_s
        else:
            joined.append(item)
    for i, item in enumerate(joined):
        inside = 0 < i < len(joined) - 1
        if item.name == "gap" and inside and item.end_s - item.start_s <= SHORT_GAP_S:
            middle = (item.start_s + item.end_s) / 2
            joined[i - 1].end_s = joined[i + 1].start_s = middle
            item.start_s = item.end_s = middle
    out = []
    for item in joined:
        start, end = max(item.start_s + shift_s, 0.0), max(item.end_s + shift_s, 0.0)
        if end > start:
            out.append(TimedPhone("sil" if item.name == "gap" else item.name, start, end, item.word))
    return out


def from_flite(text: str) -> list[TimedPhone]:
    """Read flite's ``phone:end`` pairs (``-psdur``); schwas are unstressed, other vowels count as stressed.

    Args:
        text: flite's standard output.

    Returns:
        Contiguous phones from 0 s on.
    """
    out: list[TimedPhone] = []
    clock = 0.0
    for pair in text.split():
        name, end = pair.rsplit(":", 1)
        symbol = _FLITE.get(name, name.upper())
        if symbol in VOWELS:
            symbol += "0" if name in ("ax", "axr") else "1"
        if base(symbol) in PHONES and float(end) > clock:
            out.append(TimedPhone(symbol, clock, float(end)))
        clock = float(end)
    return out
