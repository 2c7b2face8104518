"""From the symbols of misaki and Kokoro voices, with their durations, to timed ARPABET phones.

The tidying rules and the shift come from measurements of 22 sentences per engine: the sound of Kokoro-type voices
starts 50 ms (two duration steps) before the time line of their tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.core.speech import Phone

#: seconds to add to the token time line of Kokoro and hibari voices
KOKORO_SHIFT_S = -0.050
#: a gap between words up to this long belongs to its neighbours; a longer one is a pause
SHORT_GAP_S = 0.120

VOWELS = MappingProxyType({
    "A": "EY", "I": "AY", "O": "OW", "Q": "OW", "W": "AW", "Y": "OY",
    "a": "AE", "æ": "AE", "ɐ": "AH", "ɑ": "AA", "ɒ": "AA", "ᵊ": "AH", "ə": "AH", "ʌ": "AH", "ɚ": "ER", "ɜ": "ER",
    "ɛ": "EH", "e": "EH", "ɪ": "IH", "ᵻ": "IH", "ɨ": "IH", "i": "IY", "ɔ": "AO", "o": "OW", "ʊ": "UH", "u": "UW",
    "ø": "ER", "œ": "ER", "y": "UW",
})  # fmt: skip
CONSONANTS = MappingProxyType({
    "b": "B", "d": "D", "f": "F", "h": "HH", "j": "Y", "k": "K", "l": "L", "m": "M", "n": "N", "ŋ": "NG", "p": "P",
    "ɹ": "R", "r": "R", "s": "S", "ʃ": "SH", "t": "T", "T": "D", "ɾ": "D", "ʔ": "T", "ʧ": "CH", "ʤ": "JH", "θ": "TH",
    "ð": "DH", "v": "V", "w": "W", "z": "Z", "ʒ": "ZH", "ɡ": "G", "g": "G", "x": "K", "c": "K", "q": "K", "ç": "HH",
    "ʦ": "S", "ʣ": "Z", "ɲ": "N", "ʁ": "R", "β": "V", "ɣ": "G", "χ": "HH", "ɬ": "L", "ʎ": "L", "ɻ": "R", "ʋ": "V",
})  # fmt: skip
_STRESS = {"ˈ": "1", "ˌ": "2"}
#: marks that only colour the symbol before them
_LENGTH = frozenset("ːʰʲ̃")


@dataclass(frozen=True)
class TimedSymbol:
    """One symbol of a voice's alphabet.

    Attributes:
        symbol: one character, or ``_`` for the silence at both ends.
        duration_s: in seconds.
        word: the word it belongs to.
    """

    symbol: str
    duration_s: float
    word: str = ""


@dataclass
class _Span:
    """A phone in the making; ``symbol`` is ``""`` for a gap between words."""

    symbol: str
    duration_s: float
    word: str
    edge: bool = False


def arpabet(symbols: str) -> list[str]:
    """Pronunciation in ARPABET, untimed.

    Args:
        symbols: misaki symbols of one word or more.

    Returns:
        Phones with a stress digit on every vowel.
    """
    return [span.symbol for span in _spans([TimedSymbol(symbol, 0.0) for symbol in symbols]) if span.symbol]


def timed_phones(symbols: Sequence[TimedSymbol], duration_s: float, shift_s: float = KOKORO_SHIFT_S) -> tuple[Phone, ...]:
    """Time ARPABET phones from a voice's symbols.

    Stress marks go to the symbol after them, length marks to the one before, gaps of at most 120 ms half and half to
    their neighbours; longer gaps and both ends are silence. Then everything is shifted and cut at 0.

    Args:
        symbols: in order, their durations adding up to the audio's length.
        duration_s: length of the audio in seconds; the last silence reaches to it.
        shift_s: added to all times, see KOKORO_SHIFT_S.

    Returns:
        Phones without gaps from 0 to ``duration_s``.
    """
    spans = _close_gaps(_spans(symbols))
    phones: list[Phone] = []
    end_s = shift_s
    for span in spans:
        start_s, end_s = end_s, end_s + span.duration_s
        if min(end_s, duration_s) - max(start_s, 0.0) > 1e-6:
            phones.append(Phone(span.symbol or "sil", max(start_s, 0.0), min(end_s, duration_s), span.word))
    return _cover(phones, duration_s)


def _cover(phones: list[Phone], duration_s: float) -> tuple[Phone, ...]:
    """Silence from 0 to the first phone and from the last one to the end."""
    if duration_s <= 0:
        return ()
    if not phones:
        return (Phone("sil", 0.0, duration_s),)
    first, last = phones[0], phones[-1]
    if first.start_s > 0:
        phones.insert(0, Phone("sil", 0.0, first.start_s))
    if last.end_s < duration_s:
        if last.is_silence:
            phones[-1] = Phone("sil", last.start_s, duration_s)
        else:
            phones.append(Phone("sil", last.end_s, duration_s))
    return tuple(phones)


def _spans(symbols: Sequence[TimedSymbol]) -> list[_Span]:
    """ARPABET spans with gaps; marks and r-colouring folded."""
    spans: list[_Span] = []
    stress, held_s = "0", 0.0
    for i, item in enumerate(symbols):
        if item.symbol in _STRESS:
            stress, held_s = _STRESS[item.symbol], held_s + item.duration_s
        elif item.symbol in _LENGTH and spans:
            spans[-1].duration_s += item.duration_s
        elif _colours(spans, symbols, i):
            spans[-1].symbol = "ER" + spans[-1].symbol[-1]
            spans[-1].duration_s += item.duration_s
        elif item.symbol in VOWELS:
            spans.append(_Span(VOWELS[item.symbol] + stress, item.duration_s + held_s, item.word))
            stress, held_s = "0", 0.0
        elif item.symbol in CONSONANTS:
            spans.append(_Span(CONSONANTS[item.symbol], item.duration_s + held_s, item.word))
            held_s = 0.0
        else:
            _add_gap(spans, item.duration_s + held_s, edge=item.symbol == "_")
            stress, held_s = "0", 0.0
    return spans


def _colours(spans: list[_Span], symbols: Sequence[TimedSymbol], i: int) -> bool:
    """Whether symbol i is an r that belongs to the vowel before it (``ɜɹ``, ``əɹ``): one ER."""
    if symbols[i].symbol not in "ɹr" or i == 0 or not spans:
        return False
    before = symbols[i - 1].symbol
    stressed_next = i + 1 < len(symbols) and symbols[i + 1].symbol in _STRESS
    return before == "ɜ" or (before == "ə" and not stressed_next)


def _add_gap(spans: list[_Span], duration_s: float, edge: bool) -> None:
    if spans and not spans[-1].symbol:
        spans[-1].duration_s += duration_s
        spans[-1].edge = spans[-1].edge or edge
    else:
        spans.append(_Span("", duration_s, "", edge))


def _close_gaps(spans: list[_Span]) -> list[_Span]:
    """Give short gaps between phones to their neighbours."""
    kept: list[_Span] = []
    for i, span in enumerate(spans):
        inside = 0 < i < len(spans) - 1
        if span.symbol or span.edge or not inside or span.duration_s > SHORT_GAP_S + 1e-9:
            kept.append(span)
            continue
        kept[-1].duration_s += span.duration_s / 2
        spans[i + 1].duration_s += span.duration_s / 2
    return kept
