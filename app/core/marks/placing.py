"""Where the marks of a text lie in time: at the words that they stand beside.

Words of a text and words of a speech differ: a voice reads numbers out, leaves out what it cannot say, and hears hyphens otherwise. They
are matched as sequences; what is not the same word lies, in order, in the time between those that are.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from app.core.marks.grammar import MarkedText, TextMark, length_s
from app.core.speech import Word

_TAG = re.compile(r"<[/!?]?[A-Za-z][^<>]*>")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NOT_PLAIN = re.compile(r"[\W_]+")
#: a gesture that is over when its word begins keeps so far from it
_CLEAR_S = 0.02
Span = tuple[float, float]


@dataclass(frozen=True)
class TextWord:
    """A word as it stands in a text.

    Attributes:
        text: as written.
        start: of its first letter.
        end: just after its last.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class PlacedMark:
    """A mark in time.

    Attributes:
        mark: of the text.
        index: its place among the text's marks.
        start_s: where it begins: its word's beginning, or the end of the one before it.
        end_s: where it is let go; of a pause its end.
        word: how many words of the text stand before it.
        last_word: the number of the last word in its span, the number before ``word`` where it is none.
    """

    mark: TextMark
    index: int
    start_s: float
    end_s: float
    word: int
    last_word: int


def plain_word(word: str) -> str:
    """A word as it is compared: letters and digits, small, with inner apostrophes."""
    return _NOT_PLAIN.sub("", word).lower()


def words_in(marked: MarkedText) -> tuple[TextWord, ...]:
    """The words of a text, without its marks and tags."""
    return _words_in(marked.text, marked.brackets)


@lru_cache(maxsize=16)
def _words_in(text: str, brackets: tuple[Span, ...]) -> tuple[TextWord, ...]:
    for start, end in brackets:
        text = f"{text[: int(start)]}{' ' * int(end - start)}{text[int(end) :]}"
    text = _TAG.sub(lambda found: " " * len(found[0]), text)
    return tuple(TextWord(found[0], *found.span()) for found in _WORD.finditer(text))


@lru_cache(maxsize=16)
def _blocks(written: tuple[str, ...], spoken: tuple[str, ...]) -> tuple[tuple[str, int, int, int, int], ...]:
    return tuple(difflib.SequenceMatcher(None, written, spoken, autojunk=False).get_opcodes())


def times_of(written: Sequence[str], spoken: Sequence[Word], *, complete: bool = True) -> list[Span | None]:
    """When each word of a text is said.

    Args:
        written: the text's words.
        spoken: those of the speech, in order.
        complete: whether all of the text is spoken already.

    Returns:
        Beginning and end in seconds of each; a word that is not said lasts no time, and one that has not come yet is None.
    """
    made: list[Span | None] = [None] * len(written)
    blocks = _blocks(tuple(map(plain_word, written)), tuple(plain_word(word.text) for word in spoken))
    for kind, i1, i2, j1, j2 in blocks:
        if kind == "equal" or (i2 == len(written) and not complete):
            for k in range(min(i2 - i1, j2 - j1)):
                made[i1 + k] = (spoken[j1 + k].start_s, spoken[j1 + k].end_s)
        elif i2 > i1 and j2 > j1:
            made[i1:i2] = _spread(written[i1:i2], spoken[j1:j2])
        elif spoken:
            at_s = spoken[j1 - 1].end_s if j1 else spoken[0].start_s
            made[i1:i2] = [(at_s, at_s)] * (i2 - i1)
    return made


def _spread(written: Sequence[str], spoken: Sequence[Word]) -> list[Span | None]:
    """Words that are others in the text: each takes the spoken ones in its share of the letters."""
    letters = [max(len(word), 1) for word in written]
    total, done, made = sum(letters), 0, []
    for count in letters:
        first = min(int(done * len(spoken) / total), len(spoken) - 1)
        done += count
        last = max(min(-(-done * len(spoken) // total), len(spoken)) - 1, first)
        made.append((spoken[first].start_s, spoken[last].end_s))
    return list(made)


def placed(marked: MarkedText, spoken: Sequence[Word], duration_s: float, *, complete: bool = True) -> tuple[PlacedMark, ...]:
    """Marks that can be placed, in the text's order.

    Args:
        marked: a text.
        spoken: its words in time; without any nothing can be placed.
        duration_s: of the sound.
        complete: whether all of the text is spoken already; marks of what has not come yet are left out.
    """
    if not marked.marks or not spoken:
        return ()
    words = words_in(marked)
    place = _Placing(marked, tuple(word.start for word in words), times_of([w.text for w in words], spoken, complete=complete))
    found = [each for each in (place.of(i, duration_s) for i in range(len(marked.marks))) if each is not None]
    return _until_next(found, duration_s)


@dataclass(frozen=True)
class _Placing:
    """What the places of single marks are found with."""

    marked: MarkedText
    starts: tuple[int, ...]
    times: list[Span | None]

    def of(self, index: int, duration_s: float) -> PlacedMark | None:
        mark = self.marked.marks[index]
        word = bisect_left(self.starts, mark.start)
        before, after = self._time(word - 1), self._time(word)
        if word < len(self.starts) and after is None:
            return None
        if mark.name == "pause":
            start_s = before[1] if before else 0.0
            end_s = max(after[0] if after else duration_s, start_s)
            return PlacedMark(mark, index, start_s, end_s, word, word - 1)
        paused = any(other.name == "pause" and other.start > mark.start and self._word_of(other) == word for other in self.marked.marks)
        at = before[1] if before and (paused or after is None) else after[0] if after and not paused else 0.0
        if mark.known.before:
            lasts_s = mark.known.onset_s + length_s(mark) + mark.known.release_s
            at = max(at - lasts_s - _CLEAR_S, 0.0)
        if mark.close is None:
            return PlacedMark(mark, index, at, at + length_s(mark), word, word - 1)
        last = bisect_left(self.starts, mark.close[0]) - 1
        end = self._time(last)
        return PlacedMark(mark, index, at, max(end[1] if end else duration_s, at), word, max(last, word - 1))

    def _time(self, word: int) -> Span | None:
        return self.times[word] if 0 <= word < len(self.times) else None

    def _word_of(self, mark: TextMark) -> int:
        return bisect_left(self.starts, mark.start)


def _until_next(found: list[PlacedMark], duration_s: float) -> tuple[PlacedMark, ...]:
    """An emotion that nothing closes is felt until the next one, or to the end."""
    made: list[PlacedMark] = []
    next_s = duration_s
    for each in reversed(found):
        if each.mark.known.kind == "emotion" and each.mark.close is None and each.mark.lasts_s is None:
            made.append(replace(each, end_s=max(next_s, each.start_s)))
            next_s = each.start_s
        else:
            made.append(each)
    return tuple(reversed(made))
