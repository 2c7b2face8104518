"""Which parts of one sequence are those of another: words of two readings of a line, or their phones. Order and context decide."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np

#: a neighbour that is the same as well, and one further away, make a pair so much likelier: that decides between words said twice
_NEAR, _NEXT = 0.25, 0.1
#: two that are as far into their readings are likelier a pair than others; less than any neighbour
_TIMELY = 0.02
#: longer readings than this (product of both) are compared by their common stretches
MOST_CELLS = 4_000_000
#: letters of two words that are alike to this share are one word, spelt or ended otherwise
ALIKE = 0.6


def pairs(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """The places that both sequences have in common, rising in both: as many as possible, and among these those in the same context.

    Args:
        one: keys; "" is like nothing.
        other: keys of the other one.
    """
    if list(one) == list(other):
        return [(i, i) for i, key in enumerate(one) if key]
    if len(one) * len(other) > MOST_CELLS:
        blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
        return [(block.a + i, block.b + i) for block in blocks for i in range(block.size) if one[block.a + i]]
    return _best(_scores(one, other))


def _scores(one: Sequence[str], other: Sequence[str]) -> np.ndarray:
    """(n, m) float32: how likely a pair is, 0 for what is not the same."""
    numbers = {key: i + 1 for i, key in enumerate(dict.fromkeys([*one, *other])) if key}
    a, b = (np.array([numbers.get(key, -side) for key in keys], np.int64) for side, keys in ((1, one), (2, other)))
    same = (a[:, None] == b[None, :]).astype(np.float32)
    score = same.copy()
    for step, more in ((1, _NEAR), (2, _NEXT)):
        if min(same.shape) > step:
            score[step:, step:] += more * same[:-step, :-step]
            score[:-step, :-step] += more * same[step:, step:]
    far_a, far_b = (np.arange(len(keys)) / max(len(keys), 1) for keys in (one, other))
    made: np.ndarray = (same * (score + _TIMELY * (1 - np.abs(far_a[:, None] - far_b[None, :])))).astype(np.float32)
    return made


def _best(score: np.ndarray) -> list[tuple[int, int]]:
    """The rising pairs of highest sum (Needleman and Wunsch 1970; gaps cost nothing)."""
    n, m = score.shape
    sums = np.zeros((n + 1, m + 1), np.float32)
    for i in range(n):
        np.maximum.accumulate(np.maximum(sums[i, 1:], sums[i, :-1] + score[i]), out=sums[i + 1, 1:])
    found = []
    i, j = n, m
    while i and j:
        if sums[i, j] == sums[i - 1, j]:
            i -= 1
        elif sums[i, j] == sums[i, j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            found.append((i, j))
    return found[::-1]


def word_pairs(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """As ``pairs``, and between them words that are spelt or ended otherwise (colour and color, walk and walked).

    Args:
        one: words as written.
        other: of the other reading.
    """
    a, b = [word_key(word) for word in one], [word_key(word) for word in other]
    same = pairs(a, b)
    found = []
    for (i, j), (k, m) in zip([(-1, -1), *same], [*same, (len(a), len(b))], strict=True):
        found += _alike(a, b, (i + 1, k), (j + 1, m))
        found += [(k, m)] if k < len(a) else []
    return found


def _alike(a: list[str], b: list[str], mine: tuple[int, int], theirs: tuple[int, int]) -> list[tuple[int, int]]:
    """Words of a gap that are much alike, in order."""
    n, m = mine[1] - mine[0], theirs[1] - theirs[0]
    if not n or not m or n * m > 400:
        return []
    score = np.zeros((n, m), np.float32)
    for i in range(n):
        for j in range(m):
            share = SequenceMatcher(None, a[mine[0] + i], b[theirs[0] + j], autojunk=False).ratio()
            score[i, j] = share if share >= ALIKE else 0.0
    return [(mine[0] + i, theirs[0] + j) for i, j in _best(score)]


def word_key(word: str) -> str:
    """A word without case and marks: what tells it from others."""
    return "".join(c for c in word.casefold().replace("’", "'") if c.isalnum() or c == "'").strip("'")
