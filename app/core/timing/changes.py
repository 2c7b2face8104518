"""What a hand does to words and phones on the time line: moves, stretches, splits, joins, inserts, deletes and renames them.

Pure functions: each gives the words and phones as they are then, and the stretch in which they differ. Whatever is asked for, order
stays, nothing that is spoken becomes shorter than ``SHORTEST_PHONE_S``, and the phones of a word stay inside it: what cannot be done
whole is done as far as it goes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.core.speech import Phone, Word
from app.core.timing.timed import SAME_S, SHORTEST_PHONE_S, Lasting, Timed, common_ends

__all__ = [
    "SHORTEST_PHONE_S", "Lane", "Retimed", "Timed", "inserted", "joined", "moved", "moved_edge", "removed", "renamed", "split",
]  # fmt: skip

Lane = Literal["words", "phones"]
SILENCE = "sil"


@dataclass(frozen=True)
class Retimed:
    """Words and phones after a change.

    Attributes:
        timed: as they are now.
        span_s: all words and phones that differ lie in it, as they were and as they are.
    """

    timed: Timed
    span_s: tuple[float, float]

    @classmethod
    def between(cls, before: Timed, after: Timed) -> Retimed:
        """What differs between two states; a stretch of no length at 0 where nothing does."""
        spans: list[Word | Phone] = [*_differing(before.words, after.words), *_differing(before.phones, after.phones)]
        if not spans:
            return cls(before, (0.0, 0.0))
        return cls(after, (min(each.start_s for each in spans), max(each.end_s for each in spans)))


def _differing(old: Sequence[Word | Phone], new: Sequence[Word | Phone]) -> list[Word | Phone]:
    """What lies between the ends that two rows have in common."""
    first, last = common_ends(old, new)
    return [*old[first : len(old) - last], *new[first : len(new) - last]]


# -- moving


def moved_edge(timed: Timed, lane: Lane, index: int, edge: Literal["start", "end"], to_s: float, *, sound_s: float = math.inf) -> Retimed:
    """One edge is drawn to another time: what touches it gives way, and the phones of a word that is stretched keep their shares.

    Args:
        timed: as it was.
        lane: whose edge.
        index: the word's or phone's place.
        edge: its start or its end.
        to_s: where the edge is wanted; it goes as far as its neighbours can shrink.
        sound_s: where the sound ends, behind which nothing is spoken.
    """
    each = _lane(timed, lane)[index]
    low_s, high_s = _room(timed, lane, index, sound_s)
    if edge == "start":
        least, most = low_s + _least(timed, low_s, each.start_s), each.end_s - _least(timed, each.start_s, each.end_s)
        to_s = min(max(to_s, least), max(most, least))
        return _mapped(timed, [(low_s, low_s), (each.start_s, to_s), (each.end_s, each.end_s)])
    least, most = each.start_s + _least(timed, each.start_s, each.end_s), high_s - _least(timed, each.end_s, high_s)
    to_s = max(min(to_s, most), min(least, most))
    return _mapped(timed, [(each.start_s, each.start_s), (each.end_s, to_s), (high_s, high_s)])


def moved(timed: Timed, lane: Lane, index: int, by_s: float, *, sound_s: float = math.inf) -> Retimed:
    """A word with its phones, or a phone, goes elsewhere between its neighbours, which give way where they touch it.

    Args:
        timed: as it was.
        lane: which.
        index: its place.
        by_s: how much later.
        sound_s: where the sound ends.
    """
    each = _lane(timed, lane)[index]
    low_s, high_s = _room(timed, lane, index, sound_s)
    earliest = low_s + _least(timed, low_s, each.start_s) - each.start_s
    latest = high_s - _least(timed, each.end_s, high_s) - each.end_s
    by_s = min(max(by_s, min(earliest, 0.0)), max(latest, 0.0))
    knots = [(low_s, low_s), (each.start_s, each.start_s + by_s), (each.end_s, each.end_s + by_s), (high_s, high_s)]
    return _mapped(timed, knots)


def _lane(timed: Timed, lane: Lane) -> Sequence[Word | Phone]:
    return timed.words if lane == "words" else timed.phones


def _room(timed: Timed, lane: Lane, index: int, sound_s: float) -> tuple[float, float]:
    """Between which times something can be moved while all but its nearest neighbours stay."""
    row = _lane(timed, lane)
    each = row[index]
    low_s, high_s = 0.0, max(sound_s, each.end_s)
    if index:
        before = row[index - 1]
        low_s = before.start_s if each.start_s - before.end_s < SAME_S else before.end_s
    if index + 1 < len(row):
        after = row[index + 1]
        high_s = after.end_s if after.start_s - each.end_s < SAME_S else after.start_s
    elif lane == "words" and timed.end_s > each.end_s + SAME_S:
        high_s = timed.end_s
    return low_s, high_s


def _least(timed: Timed, start_s: float, end_s: float) -> float:
    """How short a stretch can become with all that is in it."""
    share, first = 0.0, timed.first_after(start_s)
    for phone in timed.phones[first : timed.first_after(end_s)]:
        share = max(share, min(SHORTEST_PHONE_S / (phone.end_s - phone.start_s), 1.0))
    for word in timed.words[timed.first_word_after(start_s) : timed.first_word_after(end_s)]:
        share = max(share, min(SHORTEST_PHONE_S / (word.end_s - word.start_s), 1.0))
    return share * (end_s - start_s) if share else 0.0


def _mapped(timed: Timed, knots: Sequence[tuple[float, float]]) -> Retimed:
    """Everything between the first and the last knot, moved in proportion between them."""
    old, new = [knot[0] for knot in knots], [knot[1] for knot in knots]

    def place(time_s: float) -> float:
        if not old[0] + 1e-9 < time_s < old[-1] - 1e-9:
            return time_s
        at = next(i for i in range(len(old) - 1) if time_s <= old[i + 1] + 1e-9)
        if abs(time_s - old[at + 1]) <= 1e-9 or math.isinf(old[at + 1]):
            return new[at + 1] if abs(time_s - old[at + 1]) <= 1e-9 else time_s
        return new[at] + (time_s - old[at]) / (old[at + 1] - old[at]) * (new[at + 1] - new[at])

    def row(lane: tuple[Lasting, ...]) -> tuple[Lasting, ...]:
        return tuple(
            each if each.end_s <= old[0] or each.start_s >= old[-1]
            else replace(each, start_s=place(each.start_s), end_s=place(each.end_s))
            for each in lane
        )  # fmt: skip

    return Retimed.between(timed, Timed(row(timed.words), row(timed.phones)))


# -- other words and phones


def split(timed: Timed, lane: Lane, index: int, at_s: float, names: tuple[str, str]) -> Retimed:
    """One becomes two; a word is parted between two of its phones, the nearest edge to where it is cut.

    Args:
        timed: as it was.
        lane: which.
        index: its place.
        at_s: where.
        names: of the two.
    """
    if lane == "phones":
        cut_s = _cut_within(timed.phones[index], at_s)
        if cut_s is None:
            return Retimed.between(timed, timed)
        made = Timed(timed.words, _phone_cut(timed.phones, index, cut_s, names))
        return Retimed.between(timed, _spoken(_spoken(made, index), index + 1))
    each, inside, phones = timed.words[index], timed.phones_of(index), timed.phones
    inner = [phones[i].start_s for i in inside][1:]
    whole = phones[inside.start] if inside else each
    cut_s = min(inner, key=lambda edge_s: abs(edge_s - at_s)) if inner else _cut_within(whole, at_s)
    if cut_s is None:
        return Retimed.between(timed, timed)
    if not inner and inside:
        symbol = phones[inside.start].symbol
        phones = _phone_cut(phones, inside.start, cut_s, (symbol, symbol))
    parts = Word(names[0], each.start_s, cut_s), Word(names[1], cut_s, each.end_s)
    made = Timed((*timed.words[:index], *parts, *timed.words[index + 1 :]), phones)
    return Retimed.between(timed, _named(_named(made, index), index + 1))


def _cut_within(each: Word | Phone, at_s: float) -> float | None:
    """Where something is cut so that both parts are long enough, None where it is too short."""
    if each.end_s - each.start_s < 2 * SHORTEST_PHONE_S:
        return None
    return min(max(at_s, each.start_s + SHORTEST_PHONE_S), each.end_s - SHORTEST_PHONE_S)


def _phone_cut(phones: tuple[Phone, ...], index: int, at_s: float, names: tuple[str, str]) -> tuple[Phone, ...]:
    phone = phones[index]
    parts = replace(phone, symbol=names[0], end_s=at_s), replace(phone, symbol=names[1], start_s=at_s)
    return (*phones[:index], *parts, *phones[index + 1 :])


def _named(timed: Timed, index: int) -> Timed:
    """The phones of a word say that they belong to it."""
    word, inside = timed.words[index], timed.phones_of(index)
    named = [phone if phone.is_silence else replace(phone, word=word.text) for phone in timed.phones[inside.start : inside.stop]]
    return Timed(timed.words, (*timed.phones[: inside.start], *named, *timed.phones[inside.stop :]))


def joined(timed: Timed, lane: Lane, index: int) -> Retimed:
    """One and the next become one: a word of both texts with the phones of both, or a phone as long as both with the first one's name.

    What lies between them belongs to it from then on. Nothing happens to the last one, which has no next.
    """
    row = _lane(timed, lane)
    if index + 1 >= len(row):
        return Retimed.between(timed, timed)
    first, second = row[index], row[index + 1]
    span_s = first.start_s, second.end_s
    if isinstance(first, Word) and isinstance(second, Word):
        one = Word(first.text + second.text, *span_s)
        return Retimed.between(timed, _named(Timed((*timed.words[:index], one, *timed.words[index + 2 :]), timed.phones), index))
    assert isinstance(first, Phone) and isinstance(second, Phone)
    kept = first if not first.is_silence else second
    owner = next((each for each in (kept, first, second) if _word_of(timed, each) >= 0), kept)
    one_phone = replace(kept, start_s=span_s[0], end_s=span_s[1], word="" if kept.is_silence else owner.word)
    phones = (*timed.phones[:index], one_phone, *timed.phones[index + 2 :])
    return Retimed.between(timed, _words_around(Timed(timed.words, phones), owner, one_phone))


def _words_around(timed: Timed, before: Phone, after: Phone) -> Timed:
    """Words that give way to a phone that grew, or grow with it where it is theirs.

    Args:
        timed: with the phone as it is now, and the words as they were.
        before: the phone as it was.
        after: as it is.
    """
    own = _word_of(timed, before)
    words = []
    for i, word in enumerate(timed.words):
        if i == own:
            words.append(replace(word, start_s=min(word.start_s, after.start_s), end_s=max(word.end_s, after.end_s)))
        elif word.end_s <= after.start_s + SAME_S or word.start_s >= after.end_s - SAME_S:
            words.append(word)
        else:
            words += _left_of(word, (after.start_s, after.end_s))
    return Timed(tuple(words), timed.phones)


def _word_of(timed: Timed, phone: Phone) -> int:
    """The place of the word that a phone lies in, -1 for none."""
    return timed.word_at((phone.start_s + phone.end_s) / 2)


def _left_of(word: Word, span_s: tuple[float, float]) -> list[Word]:
    """What a word keeps outside a stretch: the longer end, if anything."""
    before, after = span_s[0] - word.start_s, word.end_s - span_s[1]
    if max(before, after) < SAME_S:
        return []
    return [replace(word, end_s=span_s[0]) if before >= after else replace(word, start_s=span_s[1])]


def inserted(timed: Timed, lane: Lane, at_s: float, end_s: float, name: str) -> Retimed:
    """Something is spoken in a stretch: a phone takes it from those that are there, a word takes what lies free between words.

    A word comes without phones; where phones are known, whoever knows how it is pronounced gives them.

    Args:
        timed: as it was.
        lane: which.
        at_s: where it begins.
        end_s: where it ends; it is at least ``SHORTEST_PHONE_S`` long where there is room.
        name: the word, or the phone's symbol.
    """
    at_s = max(at_s, 0.0)
    middle_s = max((at_s + end_s) / 2, at_s + SHORTEST_PHONE_S / 2)
    over, index = timed.word_at(middle_s), timed.first_word_after(middle_s)
    if over >= 0 and lane == "words":
        return Retimed.between(timed, timed)
    if over >= 0:
        low_s, high_s = timed.words[over].start_s, timed.words[over].end_s
    else:
        low_s = timed.words[index - 1].end_s if index else 0.0
        high_s = timed.words[index].start_s if index < len(timed.words) else math.inf
    at_s, end_s = max(at_s, low_s), min(max(end_s, at_s + SHORTEST_PHONE_S), high_s)
    phones, span_s = _carved(timed.phones, at_s, end_s)
    span_s = max(span_s[0], low_s), min(span_s[1], high_s)
    if span_s[1] - span_s[0] < SHORTEST_PHONE_S - 1e-9:
        return Retimed.between(timed, timed)
    if lane == "words":
        return Retimed.between(timed, Timed((*timed.words[:index], Word(name, *span_s), *timed.words[index:]), phones))
    at = Timed((), phones).first_after(span_s[0])
    made = Timed(timed.words, (*phones[:at], Phone(name, *span_s), *phones[at:]))
    return Retimed.between(timed, _spoken(made, at))


def _carved(phones: tuple[Phone, ...], at_s: float, end_s: float) -> tuple[tuple[Phone, ...], tuple[float, float]]:
    """Phones that leave a stretch free, and that stretch: what would be left of a phone and too short to be one goes with it."""
    kept: list[Phone] = []
    span = [at_s, end_s]
    for phone in phones:
        if phone.end_s <= at_s or phone.start_s >= end_s:
            kept.append(phone)
            continue
        if at_s - phone.start_s >= SHORTEST_PHONE_S:
            kept.append(replace(phone, end_s=at_s))
        else:
            span[0] = min(span[0], phone.start_s)
        if phone.end_s - end_s >= SHORTEST_PHONE_S:
            kept.append(replace(phone, start_s=end_s))
        else:
            span[1] = max(span[1], phone.end_s)
    return tuple(kept), (span[0], span[1])


def removed(timed: Timed, lane: Lane, index: int) -> Retimed:
    """Something is not spoken: the stretch of a word becomes silence, that of a phone goes to its neighbours in the word.

    A word whose only phone it was goes with it; silence goes to the phones beside it.
    """
    each = _lane(timed, lane)[index]
    span_s = each.start_s, each.end_s
    if lane == "words":
        inside, words = timed.phones_of(index), (*timed.words[:index], *timed.words[index + 1 :])
        left, free_s = _carved((*timed.phones[: inside.start], *timed.phones[inside.stop :]), *span_s)
        return Retimed.between(timed, Timed(words, _with_silence(left, free_s) if timed.phones else ()))
    return _phone_removed(timed, index)


def _with_silence(phones: tuple[Phone, ...], span_s: tuple[float, float]) -> tuple[Phone, ...]:
    """Phones with silence in a stretch that they leave free; it is one with the silences that it meets."""
    at = Timed((), phones).first_after(span_s[0])
    before, after = phones[:at], phones[at:]
    if before and before[-1].is_silence and span_s[0] - before[-1].end_s < SAME_S:
        before, span_s = before[:-1], (before[-1].start_s, span_s[1])
    if after and after[0].is_silence and after[0].start_s - span_s[1] < SAME_S:
        after, span_s = after[1:], (span_s[0], after[0].end_s)
    return (*before, Phone(SILENCE, *span_s), *after)


def _phone_removed(timed: Timed, index: int) -> Retimed:
    phone = timed.phones[index]
    own = _word_of(timed, phone)
    inside = timed.phones_of(own) if own >= 0 else range(len(timed.phones))
    near = [i for i in (index - 1, index + 1) if i in inside and _touch(timed.phones[min(i, index)], timed.phones[max(i, index)])]
    if not near and own >= 0 and len(inside) == 1:
        return removed(timed, "words", own)
    if not near or (not phone.is_silence and own < 0):
        phones = _with_silence((*timed.phones[:index], *timed.phones[index + 1 :]), (phone.start_s, phone.end_s))
        return Retimed.between(timed, Timed(timed.words, phones))
    rows = list(timed.phones)
    cut_s = (phone.start_s + phone.end_s) / 2 if len(near) == 2 else phone.end_s if near[0] < index else phone.start_s
    for i in near:
        rows[i] = replace(rows[i], end_s=cut_s) if i < index else replace(rows[i], start_s=cut_s)
    grown = [(timed.phones[i], rows[i]) for i in near]
    del rows[index]
    made = Timed(timed.words, tuple(rows))
    for before, after in grown:
        made = _words_around(made, before, after)
    return Retimed.between(timed, made)


def _touch(before: Phone, after: Phone) -> bool:
    return after.start_s - before.end_s < SAME_S


def renamed(timed: Timed, lane: Lane, index: int, name: str) -> Retimed:
    """Something else is spoken there: another word, whose phones stay until somebody gives others, or another phone."""
    each = _lane(timed, lane)[index]
    if isinstance(each, Word):
        words = (*timed.words[:index], replace(each, text=name), *timed.words[index + 1 :])
        return Retimed.between(timed, _named(Timed(words, timed.phones), index))
    phones = (*timed.phones[:index], replace(each, symbol=name), *timed.phones[index + 1 :])
    return Retimed.between(timed, _spoken(Timed(timed.words, phones), index))


def _spoken(timed: Timed, index: int) -> Timed:
    """A phone that may have another name belongs to the word that it lies in; of a silence that reached into one that is a sound now."""
    phone = timed.phones[index]
    own = _word_of(timed, phone)
    named = replace(phone, word="" if phone.is_silence or own < 0 else timed.words[own].text)
    made = Timed(timed.words, (*timed.phones[:index], named, *timed.phones[index + 1 :]))
    return made if named.is_silence else _words_around(made, phone, named)
