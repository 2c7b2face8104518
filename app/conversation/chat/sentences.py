"""Pieces of text as they come, cut into sentences as early as they can be known, so that the first is spoken while the rest streams.

A cut depends only on the text: however an answer is split into pieces on its way, the same sentences come out, and put together they
are the whole text again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.conversation.chat.spoken import spoken

#: a first clause as long as this is spoken before its sentence has ended
EARLY_CHARACTERS = 25
#: a sentence longer than this is cut at its next clause, and one longer than the second anywhere between words
LONG_CHARACTERS, LONGEST_CHARACTERS = 240, 480

_ENDS = ".!?…"
#: full stops of scripts that put no space behind them, or none that could be waited for
_FULL_STOPS = "。！？｡؟।॥۔።၊။"
_CLOSERS = "\"'”’»›)]}*_`」』】）〉》"
_CLAUSE_ENDS = ",;:"
_WIDE_CLAUSE_ENDS = "，、；："
_DASHES = "–—"
#: in front of a name, never the end of a sentence
_TITLES = frozenset([
    "mr", "mrs", "ms", "mx", "dr", "prof", "sr", "jr", "st", "mt", "rev", "hon", "pres", "gov", "sen", "rep", "gen", "col", "maj", "capt",
    "lt", "vgl", "sgt", "cpl", "adm", "cmdr", "messrs", "mme", "mlle", "approx", "est", "cf",
    "vs", "viz", "incl", "univ", "dept", "bzw", "evtl",
])  # fmt: skip
#: no end in front of a number
_NUMBERED = frozenset(["no", "nos", "fig", "figs", "vol", "ch", "sec", "eq", "art", "op", "p", "pp", "ext", "tel", "ca", "nr", "abs"])
_DOTTED = re.compile(r"(?:^|[\s(\"'“‘])((?:[A-Za-z]\.)*[A-Za-z])$")
_LIST_NUMBER = re.compile(r"(?:^|\n)[ \t]*(?:\d{1,3}|[A-Za-z])$")
_LAST_WORD = re.compile(r"([^\W\d_]+)$")


@dataclass(frozen=True)
class Sentence:
    """A piece of an answer that is spoken in one breath.

    Attributes:
        text: as it was written, spaces included; all of an answer's put together are the answer.
        spoken: as it is spoken; "" for a rest in which nothing can be.
    """

    text: str
    spoken: str


class SentenceCutter:
    """Cuts an answer while it comes."""

    def __init__(self) -> None:
        self._text = ""
        self._looked = 0
        self._any = False

    def push(self, delta: str) -> list[Sentence]:
        """Hear the next piece.

        Args:
            delta: of any length.

        Returns:
            The sentences that are complete now.
        """
        self._text += delta
        return list(self._cuts(ended=False))

    def rest(self) -> list[Sentence]:
        """The answer has ended: whatever is left."""
        cut = list(self._cuts(ended=True))
        if self._text:
            cut.append(Sentence(self._text, spoken(self._text)))
        self._text, self._looked, self._any = "", 0, False
        return cut

    def _cuts(self, ended: bool) -> Iterator[Sentence]:
        while self._looked < len(self._text):
            end = self._end_at(self._looked, ended)
            if end is None:
                return  # what follows decides, and has not come yet
            self._looked += 1
            if end and (said := spoken(self._text[:end])):
                yield Sentence(self._text[:end], said)
                self._text, self._looked, self._any = self._text[end:], 0, True

    def _end_at(self, at: int, ended: bool) -> int | None:
        """Where a piece ends that the character here brings to an end: 0 for nowhere, None while that is not known."""
        character = self._text[at]
        if self._is_code(at):
            return 0
        if character == "\n":
            return at + 1
        if character in _FULL_STOPS:
            return self._after_closers(at + 1, ended)
        if character in _ENDS:
            return self._sentence_end(at, ended)
        if character in _CLAUSE_ENDS or character in _DASHES or character in _WIDE_CLAUSE_ENDS:
            return self._clause_end(at, ended)
        return at + 1 if character.isspace() and at >= LONGEST_CHARACTERS else 0

    def _is_code(self, at: int) -> bool:
        """Whether a fence of code is open here; code is not cut."""
        return self._text.count("```", 0, at + 1) % 2 == 1

    def _after_closers(self, at: int, ended: bool) -> int | None:
        """Behind quotation marks and brackets that close."""
        while at < len(self._text):
            if self._text[at] not in _CLOSERS and self._text[at] not in _FULL_STOPS and self._text[at] not in _ENDS:
                return at
            at += 1
        return at if ended else None

    def _sentence_end(self, at: int, ended: bool) -> int | None:
        end = self._after_closers(at + 1, ended)
        if end is None:
            return None
        if end == len(self._text):
            return end
        if not self._text[end].isspace():
            return 0
        follows = self._follows(end, ended)
        if follows is None:
            return None
        return end if self._is_end(at, follows) else 0

    def _follows(self, end: int, ended: bool) -> str | None:
        """The first character of what comes next, "" for a new line or the end of the answer; None while it is not known."""
        for character in self._text[end:]:
            if character == "\n":
                return ""
            if not character.isspace() and character not in "\"'“‘«(*_[":
                return character
        return "" if ended else None

    def _is_end(self, at: int, follows: str) -> bool:
        """Whether a mark that is followed by a space ends the sentence."""
        before = self._text[:at]
        if not follows:
            return not _LIST_NUMBER.search(before)
        if follows.islower():
            return False
        if self._text[at] != "." or before.endswith((".", "…")):
            return True
        return not (_LIST_NUMBER.search(before) and not self._any_word(before)) and not _is_short(before, follows)

    @staticmethod
    def _any_word(before: str) -> bool:
        """Whether something stands before the number on its line."""
        return bool(re.search(r"\S[ \t]+\S+$", before.rpartition("\n")[2]))

    def _clause_end(self, at: int, ended: bool) -> int | None:
        """A first clause is spoken early, and a long sentence in its clauses."""
        wide = self._text[at] in _WIDE_CLAUSE_ENDS
        if not wide:
            if at + 1 == len(self._text):
                return 0 if ended else None
            if not self._text[at + 1].isspace():
                return 0
        long = at >= LONG_CHARACTERS
        if not long and (self._any or _breadth(spoken(self._text[:at])) < EARLY_CHARACTERS):
            return 0
        return at + 1


def _is_short(before: str, follows: str) -> bool:
    """Whether a full stop belongs to a shortened word rather than to the sentence.

    Args:
        before: the text in front of the full stop.
        follows: what comes next, no small letter.
    """
    dotted = _DOTTED.search(before)
    if dotted:
        letters = dotted[1].replace(".", "")
        return letters in ("eg", "ie", "zB", "dh") or (letters.isupper() and letters not in ("AM", "PM", "BC", "AD", "I"))
    word = _LAST_WORD.search(before)
    name = word[1].lower() if word else ""
    return name in _TITLES or (name in _NUMBERED and follows.isdigit())


def _breadth(text: str) -> int:
    """Characters, those of Chinese, Japanese and Korean counted threefold: so much more is said by each."""
    return sum(3 if "\u3000" <= character <= "\uffef" else 1 for character in text)


def sentences_of(deltas: Iterable[str]) -> Iterator[Sentence]:
    """Cut a whole answer.

    Args:
        deltas: as they come.

    Yields:
        Each sentence as soon as it is known.
    """
    cutter = SentenceCutter()
    for delta in deltas:
        yield from cutter.push(delta)
    yield from cutter.rest()
