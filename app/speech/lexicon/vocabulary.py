"""Which words the embedded voice's dictionary has, for completing what somebody types."""

from __future__ import annotations

import gzip
import heapq
import json
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from pathlib import Path

#: of hibari's two lists the one that people have checked; the other one is made by a program and has many names and misspellings
_LEXICON = "lexicon_us_gold.json.gz"


@cache
def vocabulary() -> tuple[str, ...]:
    """All words of the dictionary in small letters, sorted; reading it takes about a tenth of a second."""
    from app.speech.lexicon.library import voices

    with gzip.open(Path(voices.ASSETS) / _LEXICON, "rt", encoding="utf-8") as file:
        words = {word.lower() for word in json.load(file)}
    return tuple(sorted(word for word in words if word[:1].isalpha() and word.replace("'", "").replace("-", "").isalpha()))


def is_word(words: Sequence[str], text: str) -> bool:
    """Whether a text is one of sorted words in small letters."""
    text = text.lower()
    at = bisect_left(words, text)
    return at < len(words) and words[at] == text


def completions(words: tuple[str, ...], begun: str, most: int) -> tuple[str, ...]:
    """Words that begin as typed, the shortest first.

    Args:
        words: sorted, in small letters.
        begun: what was typed, "" for nothing to complete.
        most: how many are wanted.
    """
    begun = begun.lower()
    if not begun:
        return ()
    found = words[bisect_left(words, begun) : bisect_left(words, begun + chr(0x10FFFF))]
    return tuple(heapq.nsmallest(most, found, key=lambda word: (len(word), word)))
