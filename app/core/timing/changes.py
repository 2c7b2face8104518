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
        return Retimed.between(timed, timed if cut_s is None else Timed(timed.words, _phone_cut(timed.phones, index, cut_s, names)))
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
    return (*phones[:index], *map(_plain_silence, parts), *phones[index + 1 :])


def _plain_silence(phone: Phone) -> Phone:
    return replace(phone, word="") if phone.is_silence and phone.word else phone


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
    phones = (*timed.phones[:index], replace(kept, start_s=span_s[0], end_s=span_s[1]), *timed.phones[index + 2 :])
    return Retimed.between(timed, _words_around(Timed(timed.words, phones), kept, span_s))


def _words_around(timed: Timed, phone: Phone, span_s: tuple[float, float]) -> Timed:
    """Words that give way to a phone that grew, or grow with it where it is theirs."""
    middle = (phone.start_s + phone.end_s) / 2
    own = timed.word_at(middle) if phone.word else -1
    words = []
    for i, word in enumerate(timed.words):
        if i == own:
            words.append(replace(word, start_s=min(word.start_s, span_s[0]), end_s=max(word.end_s, span_s[1])))
        elif word.end_s <= span_s[0] + SAME_S or word.start_s >= span_s[1] - SAME_S:
            words.append(word)
        elif phone.word or phone.is_silence:
            words += _left_of(word, span_s)
        else:
            words.append(word)
    return Timed(tuple(words), timed.phones)


def _left_of(word: Word, span_s: tuple[float, float]) -> list[Word]:
    """What a word keeps outside a stretch: the longer end, if anything."""
    before, after = span_s[0] - word.start_s, word.end_s - span_s[1]
    if max(before, after) < SHORTEST_PHONE_S:
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
    end_s = max(end_s, at_s + SHORTEST_PHONE_S)
    if lane == "words":
        return _word_inserted(timed, at_s, end_s, name)
    at_s = max(at_s, 0.0)
    word = timed.word_at((at_s + end_s) / 2)
    if word >= 0:
        at_s, end_s = max(at_s, timed.words[word].start_s), min(end_s, timed.words[word].end_s)
    else:
        around = [each for each in timed.words if each.end_s > at_s and each.start_s < end_s]
        at_s = max([at_s, *(each.end_s for each in around if each.end_s <= (at_s + end_s) / 2)])
        end_s = min([end_s, *(each.start_s for each in around if each.start_s >= at_s)])
    phones, span_s = _carved(timed.phones, at_s, end_s)
    if span_s[1] - span_s[0] < SHORTEST_PHONE_S - 1e-9:
        return Retimed.between(timed, timed)
    said = timed.words[word].text if word >= 0 else ""
    made = _plain_silence(Phone(name, *span_s, said))
    at = Timed((), phones).first_after(span_s[0])
    return Retimed.between(timed, Timed(timed.words, (*phones[:at], made, *phones[at:])))


def _word_inserted(timed: Timed, at_s: float, end_s: float, text: str) -> Retimed:
    middle = (at_s + end_s) / 2
    if timed.word_at(middle) >= 0:
        return Retimed.between(timed, timed)
    index = timed.first_word_after(middle)
    low_s = timed.words[index - 1].end_s if index else 0.0
    high_s = timed.words[index].start_s if index < len(timed.words) else math.inf
    at_s, end_s = max(at_s, low_s), min(end_s, high_s)
    if end_s - at_s < SHORTEST_PHONE_S - 1e-9:
        return Retimed.between(timed, timed)
    phones, span_s = _carved(timed.phones, at_s, end_s)
    span_s = max(span_s[0], low_s), min(span_s[1], high_s)
    words = (*timed.words[:index], Word(text, *span_s), *timed.words[index:])
    return Retimed.between(timed, Timed(words, phones))


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
        inside = timed.phones_of(index)
        kept = [*timed.phones[: inside.start], *([Phone(SILENCE, *span_s)] if timed.phones else []), *timed.phones[inside.stop :]]
        return Retimed.between(timed, Timed((*timed.words[:index], *timed.words[index + 1 :]), _carved_silence(kept, span_s)))
    return _phone_removed(timed, index)


def _carved_silence(phones: list[Phone], span_s: tuple[float, float]) -> tuple[Phone, ...]:
    """Phones of which the silences that meet around a stretch are one, and what lies over that silence makes room for it."""
    out: list[Phone] = []
    for phone in phones:
        last = out[-1] if out else None
        if last is not None and last.is_silence and phone.is_silence and phone.start_s - last.end_s < SAME_S:
            out[-1] = replace(last, end_s=max(phone.end_s, last.end_s))
        else:
            out.append(phone)
    return tuple(out)


def _phone_removed(timed: Timed, index: int) -> Retimed:
    phone = timed.phones[index]
    own = timed.word_at((phone.start_s + phone.end_s) / 2)
    inside = timed.phones_of(own) if own >= 0 else range(len(timed.phones))
    near = [i for i in (index - 1, index + 1) if i in inside and _touch(timed.phones[min(i, index)], timed.phones[max(i, index)])]
    if not near and own >= 0 and len(inside) == 1:
        return removed(timed, "words", own)
    if not near or (not phone.is_silence and own < 0):
        silence = replace(phone, symbol=SILENCE, word="")
        phones = _carved_silence([*timed.phones[:index], silence, *timed.phones[index + 1 :]], (phone.start_s, phone.end_s))
        return Retimed.between(timed, Timed(timed.words, phones))
    rows = list(timed.phones)
    cut_s = (phone.start_s + phone.end_s) / 2 if len(near) == 2 else phone.end_s if near[0] < index else phone.start_s
    for i in near:
        rows[i] = replace(rows[i], end_s=cut_s) if i < index else replace(rows[i], start_s=cut_s)
    grown = [rows[i] for i in near]
    del rows[index]
    made = Timed(timed.words, tuple(rows))
    for each in grown:
        made = _words_around(made, each, (each.start_s, each.end_s))
    return Retimed.between(timed, made)


def _touch(before: Phone, after: Phone) -> bool:
    return after.start_s - before.end_s < SAME_S


def renamed(timed: Timed, lane: Lane, index: int, name: str) -> Retimed:
    """Something else is spoken there: another word, whose phones stay until somebody gives others, or another phone."""
    each = _lane(timed, lane)[index]
    if isinstance(each, Word):
        words = (*timed.words[:index], replace(each, text=name), *timed.words[index + 1 :])
        return Retimed.between(timed, _named(Timed(words, timed.phones), index))
    own = timed.word_at((each.start_s + each.end_s) / 2)
    said = timed.words[own].text if own >= 0 else ""
    phone = _plain_silence(Phone(name, each.start_s, each.end_s, said))
    return Retimed.between(timed, Timed(timed.words, (*timed.phones[:index], phone, *timed.phones[index + 1 :])))
