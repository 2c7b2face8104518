"""Words and phones on one time line: in order, without overlaps, the phones of a word inside it."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from app.core.speech import Phone, Speech, Word, spoken_words

#: nothing that is spoken can be made shorter: a flap, the quickest sound of speech, takes about 20 ms
SHORTEST_PHONE_S = 0.015
#: what lasts for a while
Lasting = TypeVar("Lasting", Phone, Word)
#: edges nearer than this are one edge
SAME_S = 1e-4


@dataclass(frozen=True)
class Timed:
    """What is spoken when.

    Attributes:
        words: by time, none over another; () where none are known.
        phones: by time, none over another, those of a word inside it; () where none are known. Silence is ``sil``; gaps are silence too.
    """

    words: tuple[Word, ...] = ()
    phones: tuple[Phone, ...] = ()

    def phones_of(self, index: int) -> range:
        """The places of the phones inside a word."""
        word = self.words[index]
        return range(self.first_after(word.start_s), self.first_after(word.end_s))

    def first_after(self, time_s: float) -> int:
        """The place of the first phone whose middle is not before a time."""
        return bisect_left(self.phones, time_s, key=lambda phone: (phone.start_s + phone.end_s) / 2)

    def first_word_after(self, time_s: float) -> int:
        """The place of the first word whose middle is not before a time."""
        return bisect_left(self.words, time_s, key=lambda word: (word.start_s + word.end_s) / 2)

    def word_at(self, time_s: float) -> int:
        """The place of the word that is spoken at a time, -1 for none."""
        at = bisect_right(self.words, time_s, key=lambda word: word.end_s)
        return at if at < len(self.words) and self.words[at].start_s <= time_s < self.words[at].end_s else -1

    @property
    def end_s(self) -> float:
        """Where the last of it ends."""
        return max([each[-1].end_s for each in (self.words, self.phones) if each], default=0.0)


def common_ends(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    """How many entries two rows have in common at their start, and how many of the others at their end."""
    most = min(len(old), len(new))
    first = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a is not b and a != b), most)
    ends = zip(islice(reversed(old), most - first), reversed(new), strict=False)
    last = next((i for i, (a, b) in enumerate(ends) if a is not b and a != b), most - first)
    return first, last


def timed_of(speech: Speech) -> Timed:
    """The words and phones of a speech, put in order where they are not: then the phones say where their words begin and end."""
    as_given = Timed(speech.words, speech.phones)
    return as_given if is_in_order(as_given) and (speech.words or not speech.phones) else in_order(spoken_words(speech), speech.phones)


def is_in_order(timed: Timed) -> bool:
    """Whether everything is in order, nothing is shorter than nothing, and every phone of a word lies inside one."""
    lanes: tuple[Sequence[Word | Phone], ...] = (timed.words, timed.phones)
    for lane in lanes:
        if any(each.start_s < 0 or each.end_s <= each.start_s for each in lane):
            return False
        if any(after.start_s < before.end_s - SAME_S for before, after in itertools.pairwise(lane)):
            return False
    words = iter(timed.words)
    word = next(words, None)
    for phone in timed.phones:
        while word is not None and word.end_s <= phone.start_s + SAME_S:
            word = next(words, None)
        if phone.is_silence:
            continue
        if word is None or phone.end_s <= word.start_s + SAME_S:
            if phone.word:
                return False
        elif phone.start_s < word.start_s - SAME_S or phone.end_s > word.end_s + SAME_S:
            return False
    return True


def in_order(words: Sequence[Word], phones: Iterable[Phone]) -> Timed:
    """Words and phones of any maker on one time line.

    Args:
        words: as written, timed by somebody; they name the groups of phones that they lie over.
        phones: with the words that they belong to, where that is known; these then say where words begin and end.
    """
    placed = _placed(sorted(phones, key=lambda phone: phone.start_s))
    said = _placed(sorted(words, key=lambda word: word.start_s))
    if not any(phone.word and not phone.is_silence for phone in placed):
        return _around(said, placed)
    groups: list[tuple[Word, int, list[Phone]]] = []
    out: list[Phone] = []
    over = Timed(tuple(said))
    for phone in placed:
        if phone.is_silence or not phone.word:
            out.append(replace(phone, word=""))
            continue
        at = over.word_at((phone.start_s + phone.end_s) / 2)
        at = at if at >= 0 and _plain(said[at].text) == _plain(phone.word) else -1
        before = groups[-1] if groups and out and out[-1].word == phone.word else None
        if before is not None and (before[1] < 0 or at < 0 or before[1] == at):
            groups[-1] = (replace(before[0], end_s=phone.end_s), max(before[1], at), [])
        else:
            groups.append((Word(phone.word, phone.start_s, phone.end_s), at, []))
        out.append(phone)
    return Timed(tuple(replace(word, text=said[at].text if at >= 0 else word.text) for word, at, _ in groups), tuple(out))


def _around(words: list[Word], phones: list[Phone]) -> Timed:
    """Words that no phone names: each takes the phones whose middles lie in it, and ends where they do."""
    timed = Timed(tuple(words), tuple(phones))
    out, placed = list(phones), []
    for index, word in enumerate(words):
        spoken = [i for i in timed.phones_of(index) if not phones[i].is_silence]
        for i in spoken:
            out[i] = replace(phones[i], word=word.text)
        placed.append(replace(word, start_s=phones[spoken[0]].start_s, end_s=phones[spoken[-1]].end_s) if spoken else word)
    return Timed(tuple(_free(placed, out)), tuple(out))


def _free(words: list[Word], phones: list[Phone]) -> list[Word]:
    """Words without phones of their own give way to the phones beside them."""
    kept: list[Word] = []
    timed = Timed((), tuple(phones))
    for word in words:
        inside = [phones[i] for i in range(timed.first_after(word.start_s), timed.first_after(word.end_s)) if phones[i].word]
        if inside or not phones:
            start_s, end_s = word.start_s, word.end_s
        else:
            at = timed.first_after(word.start_s)
            start_s = max(word.start_s, phones[at - 1].end_s if at and phones[at - 1].word else 0.0)
            end_s = min(word.end_s, phones[at].start_s if at < len(phones) and phones[at].word else word.end_s)
        start_s = max(start_s, kept[-1].end_s if kept else 0.0)
        if end_s > start_s:
            kept.append(replace(word, start_s=start_s, end_s=end_s))
    return kept


def _placed(lane: list[Lasting]) -> list[Lasting]:
    """What lasts, in order; what begins before the one before it has ended begins there, and what has no length is gone."""
    kept: list[Lasting] = []
    for each in lane:
        start_s = max(each.start_s, kept[-1].end_s if kept else 0.0)
        if each.end_s - start_s > SAME_S:
            kept.append(each if start_s == each.start_s else replace(each, start_s=start_s))
    return kept


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
