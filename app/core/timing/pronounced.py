"""Words that are spoken otherwise: their phones spread over their stretch, and the text that is said."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from app.core.speech import Phone, Word
from app.core.timing.changes import Retimed
from app.core.timing.timed import Timed, common_ends
from app.core.visemes import VOWELS

#: how long sounds are against one another: consonants, vowels without and with stress, about as in Klatt's table (1976)
_CONSONANT, _VOWEL, _STRESSED = 1.0, 1.2, 1.8


def pronounced(timed: Timed, index: int, symbols: Sequence[str]) -> Retimed:
    """A word with other phones, spread over its stretch by how long such sounds usually are.

    Args:
        timed: as it was.
        index: the word's place.
        symbols: ARPABET, vowels with a stress digit; at least one.
    """
    word, inside = timed.words[index], timed.phones_of(index)
    lengths = [_usual(symbol) for symbol in symbols]
    span_s, phones, done = word.end_s - word.start_s, [], 0.0
    for symbol, length in zip(symbols, lengths, strict=True):
        start_s = word.start_s + span_s * done / sum(lengths)
        done += length
        phones.append(Phone(symbol, start_s, word.start_s + span_s * done / sum(lengths), word.text))
    phones[-1] = Phone(symbols[-1], phones[-1].start_s, word.end_s, word.text)
    return Retimed.between(timed, Timed(timed.words, (*timed.phones[: inside.start], *phones, *timed.phones[inside.stop :])))


def _usual(symbol: str) -> float:
    if symbol.rstrip("012") not in VOWELS:
        return _CONSONANT
    return _STRESSED if symbol[-1:] in "12" else _VOWEL


def text_of(text: str, before: Sequence[Word], after: Sequence[Word]) -> str:
    """What is said after words changed: signs and marks between the words stay where they are.

    Args:
        text: as it was.
        before: the words then.
        after: the words now.
    """
    old, new = [word.text for word in before], [word.text for word in after]
    first, last = common_ends(old, new)
    if first == len(old) == len(new):
        return text
    tokens = text.split()
    said = [i for i, token in enumerate(tokens) if _plain(token)]
    matcher = SequenceMatcher(None, [_plain(tokens[i]) for i in said], [_plain(word) for word in old], autojunk=False)
    token_of = {b + k: said[a + k] for a, b, size in matcher.get_matching_blocks() for k in range(size)}
    begin = max((token_of[i] + 1 for i in range(first) if i in token_of), default=0)
    end = min((token_of[i] for i in range(len(old) - last, len(old)) if i in token_of), default=len(tokens))
    gone, come = tokens[begin : max(end, begin)], list(new[first : len(new) - last])
    if len(gone) == len(come):
        come = [_in_place(token, word) for token, word in zip(gone, come, strict=True)]
    return " ".join([*tokens[:begin], *come, *tokens[max(end, begin) :]])


def _in_place(token: str, word: str) -> str:
    """A word with the signs around the one that it takes the place of."""
    if not _plain(token):
        return word
    first = next(i for i, sign in enumerate(token) if sign.isalnum())
    last = next(i for i, sign in enumerate(reversed(token)) if sign.isalnum())
    return token[:first] + word.strip(".,;:!?") + token[len(token) - last :]


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
