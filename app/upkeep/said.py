"""What was spoken and typed in this process, to be kept out of logs and reports."""

from __future__ import annotations

import re
import threading
from collections.abc import Hashable, Iterable
from typing import TypeVar

_T = TypeVar("_T", bound=Hashable)

#: what stands in the words' place
HIDDEN_WORDS = "[…]"
#: so many words in a row are somebody's; fewer may be anybody's
_RUN = 3
#: of the runs that are remembered; the oldest give way
_MOST_RUNS = 60_000
#: words; each sign of scripts without spaces counts as one
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|(?:(?![\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])[^\W_])+(?:['’][^\W_]+)*")
_QUOTED = re.compile(r"[“\"'‘«„]([^“”\"'‘’«»\n]{1,200})[”\"'’»“]")


class Said:
    """Learns texts and takes them out of others: every run of three words, whole shorter texts, and quotations of single words.

    Any thread may use it.
    """

    def __init__(self) -> None:
        #: in the order in which they came; tuples of at most ``_RUN`` words
        self._runs: dict[tuple[str, ...], None] = {}
        self._words: dict[str, None] = {}
        self._last = ""
        self._lock = threading.Lock()

    def learn(self, text: str) -> None:
        """Keep a text out of logs and reports from now on."""
        if text == self._last:
            return
        words = [word.lower() for word in _WORD.findall(text)]
        runs = [tuple(words[n : n + _RUN]) for n in range(max(len(words) - _RUN + 1, 1))] if words else []
        with self._lock:
            self._last = text
            _add(self._runs, runs)
            _add(self._words, words)

    def of(self, text: str) -> str:
        """The text without what was said."""
        with self._lock:
            if not self._runs:
                return text
            hidden = self._spans(text)
        for begin, end in reversed(hidden):
            text = f"{text[:begin]}{HIDDEN_WORDS}{text[end:]}"
        return text

    def _spans(self, text: str) -> list[tuple[int, int]]:
        """Where something stands that was said, in order and apart from each other."""
        found = [(match.start(), match.end(), match.group().lower()) for match in _WORD.finditer(text)]
        marked = [False] * len(found)
        for length in range(1, _RUN + 1):
            for n in range(len(found) - length + 1):
                if tuple(word for _, _, word in found[n : n + length]) in self._runs:
                    marked[n : n + length] = [True] * length
        for quote in _QUOTED.finditer(text):
            inside = [n for n, (begin, end, _) in enumerate(found) if quote.start(1) <= begin and end <= quote.end(1)]
            if inside and all(found[n][2] in self._words for n in inside):
                for n in inside:
                    marked[n] = True
        spans: list[tuple[int, int]] = []
        before = -2
        for n, (begin, end, _) in enumerate(found):
            if marked[n]:
                spans.append((spans.pop()[0] if before == n - 1 else begin, end))
                before = n
        return spans


def _add(kept: dict[_T, None], new: Iterable[_T]) -> None:
    """Put new ones last, and let go of the oldest where they are too many."""
    for one in new:
        kept.pop(one, None)
        kept[one] = None
    for old in list(kept)[: max(len(kept) - _MOST_RUNS, 0)]:
        del kept[old]


#: of this process
SAID = Said()
