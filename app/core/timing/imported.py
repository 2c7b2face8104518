"""Words and phones from a file, put onto the sound that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import numpy as np

from app.core.speech import Phone, Word
from app.core.timing.timed import Timed, in_order
from app.core.timing.warp import of_pairs


def with_phones(timed: Timed, words: Sequence[Word], phones: Sequence[Phone], sound_s: float) -> Timed:
    """The time line with the phones of a file, and its words where it has some.

    Args:
        timed: as it is; its words stay where the file has none.
        words: of the file.
        phones: of the file, at least one.
        sound_s: where the sound ends; nothing is spoken behind it.
    """
    kept = tuple(replace(phone, end_s=min(phone.end_s, sound_s)) for phone in phones if phone.start_s < sound_s)
    said = tuple(replace(word, end_s=min(word.end_s, sound_s)) for word in words or timed.words if word.start_s < sound_s)
    return in_order(said, kept)


def with_words(timed: Timed, rows: Sequence[Word], sound_s: float) -> tuple[Timed, int]:
    """The time line with its words where a file has them, and their phones with them, each with its share.

    Args:
        timed: as it is; words that the file lacks keep their place between those that it has.
        rows: words or whole lines of the file.
        sound_s: where the sound ends.

    Returns:
        The time line, and how many words of the file were not found in it.
    """
    said = [(_plain(token), i, k, len(tokens)) for i, row in enumerate(rows) for tokens in [_tokens(row)] for k, token in enumerate(tokens)]
    matcher = SequenceMatcher(None, [each[0] for each in said], [_plain(word.text) for word in timed.words], autojunk=False)
    pairs, found = [(0.0, 0.0), (sound_s, sound_s)], 0
    for a, b, size in matcher.get_matching_blocks():
        for (_, i, k, n), word in zip(said[a : a + size], timed.words[b : b + size], strict=True):
            found += 1
            pairs += [(word.start_s, rows[i].start_s)] if k == 0 else []
            pairs += [(word.end_s, min(rows[i].end_s, sound_s))] if k == n - 1 else []
    warp = of_pairs(pairs)
    if warp.is_identity:
        return timed, len(said) - found
    knots = [(0.0, 0.0), *warp.knots] if warp.knots[0][0] > 0 else list(warp.knots)
    old, new = ([knot[side] for knot in [*knots, (max(sound_s, knots[-1][0] + 1), max(sound_s, knots[-1][1] + 1))]] for side in (0, 1))

    def place(time_s: float) -> float:
        return min(float(np.interp(time_s, old, new)), sound_s)

    words = [replace(word, start_s=place(word.start_s), end_s=place(word.end_s)) for word in timed.words]
    phones = [replace(phone, start_s=place(phone.start_s), end_s=place(phone.end_s)) for phone in timed.phones]
    return in_order(words, phones), len(said) - found


def _tokens(row: Word) -> list[str]:
    return [token for token in row.text.split() if _plain(token)]


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
