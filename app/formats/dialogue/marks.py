"""Emotion marks of a line as a cell writes them: ``joy 0.6; harbour: fear 0.8 + sadness 0.2; 2.5 s: neutral``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.emotion import EMOTIONS, EmotionKey, EmotionTimeline, mixture
from app.core.errors import SourceError
from app.core.marks.feelings import feeling_of
from app.core.speech import MAX_CLIP_S, Phone, Word

_SECONDS = re.compile(r"^(\d+(?:[.,]\d+)?|[.,]\d+)\s*s?$", re.IGNORECASE)
_NOT_IN_WORDS = re.compile(r"[^\w']+")


@dataclass(frozen=True)
class EmotionMark:
    """What is felt from a moment on.

    Attributes:
        strengths: emotion -> 0 to 1; empty for neutral.
        at_s: the moment in seconds, None where a word gives it.
        word: the word at whose beginning it sets in, "" where seconds give it.
        time: which one of equal words, from 1.
    """

    strengths: tuple[tuple[str, float], ...]
    at_s: float | None = 0.0
    word: str = ""
    time: int = 1


def marks_of(cell: str) -> tuple[EmotionMark, ...]:
    """The marks of a cell; none for an empty one.

    Args:
        cell: marks apart by ``;`` or line breaks, each ``WHEN: EMOTION STRENGTH``, several emotions joined by ``+``. WHEN is seconds, or a
            word of the line (``word#2`` for the second one), and without it the mark holds from the start.

    Raises:
        SourceError: it is written otherwise; the sentence quotes the mark.
    """
    return tuple(_mark(text.strip()) for text in re.split(r"[;\n]", cell) if text.strip())


def _mark(text: str) -> EmotionMark:
    where, colon, feelings = text.rpartition(":")
    strengths = tuple(pair for each in feelings.split("+") for pair in _feeling(each.strip(), text))
    where = where.strip().lstrip("@").strip()
    if not colon or where.lower() == "start":
        return EmotionMark(strengths)
    seconds = _SECONDS.match(where)
    if seconds:
        at_s = float(seconds[1].replace(",", "."))
        if at_s > MAX_CLIP_S:
            raise SourceError(f"The emotion mark “{_short(text)}” lies after {MAX_CLIP_S:g} s; give a time within the line.")
        return EmotionMark(strengths, at_s)
    word, hash_, number = where.strip("\"'“”").rpartition("#")
    if not hash_ or not number.isdigit() or not 1 <= int(number) <= 999:
        word, number = where, "1"
    if not _plain(word):
        raise SourceError(
            f"The emotion mark “{_short(text)}” names no time and no word; write it like “1.5: joy 0.7” or “harbour: fear 0.5”."
        )
    return EmotionMark(strengths, None, word.strip("\"'“” "), int(number))


def _feeling(text: str, mark: str) -> tuple[tuple[str, float], ...]:
    found = feeling_of(text)
    if found is None:
        raise SourceError(f"The emotion mark “{_short(mark)}” names no emotion; choose neutral, {', '.join(EMOTIONS)}.")
    emotion, strength = found
    if not 0 <= strength <= 1:
        raise SourceError(f"The emotion mark “{_short(mark)}” is stronger than can be; give a strength from 0 to 1.")
    return ((emotion, strength),) if emotion else ()


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def _plain(word: str) -> str:
    return _NOT_IN_WORDS.sub("", word).lower().strip("'")


def timeline_of(marks: Sequence[EmotionMark], words: Sequence[Word], phones: Sequence[Phone]) -> EmotionTimeline:
    """Keys of a line whose words are timed.

    Args:
        marks: of the line.
        words: as a service timed them; empty where there are none.
        phones: with the words that they belong to.

    Raises:
        SourceError: a word of a mark is not in the line.
    """
    spoken = [(_plain(word.text), word.start_s) for word in words] or _words_of(phones)
    keys: dict[float, EmotionKey] = {}
    for mark in marks:
        at_s = _moment(mark, spoken)
        keys[round(at_s, 3)] = mixture(dict(mark.strengths), at_s)
    return EmotionTimeline(tuple(keys.values()))


def _moment(mark: EmotionMark, spoken: Sequence[tuple[str, float]]) -> float:
    if mark.at_s is not None:
        return mark.at_s
    moments = [start_s for word, start_s in spoken if word == _plain(mark.word)]
    if len(moments) < mark.time:
        which = f"“{mark.word}”" if mark.time == 1 else f"“{mark.word}” number {mark.time}"
        raise SourceError(f"The line does not say {which}, where an emotion mark begins; give a word of the line, or seconds.")
    return moments[mark.time - 1]


def _words_of(phones: Sequence[Phone]) -> list[tuple[str, float]]:
    """Words and their beginnings from phones; a word that is said twice without a pause counts once."""
    found: list[tuple[str, float]] = []
    before = ""
    for phone in phones:
        if phone.word and phone.word != before:
            found.append((_plain(phone.word), phone.start_s))
        before = phone.word
    return found
