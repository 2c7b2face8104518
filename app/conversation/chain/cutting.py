"""An answer's text cut into sentences while it comes; every stretch stands exactly as it stands in the answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

_END = re.compile(r"[.!?…][\"”’)\]]*\s+|[。！？]|\n+")


@dataclass(frozen=True)
class Cut:
    """A stretch of an answer.

    Attributes:
        text: as it stands there, spaces included; all stretches together are the answer.
        spoken: what is to be said of it; "" for nothing.
    """

    text: str
    spoken: str


class Cutting:
    """Cuts one answer."""

    def __init__(self) -> None:
        self._held = ""

    def push(self, delta: str) -> list[Cut]:
        """More of the text; gives the sentences that are complete now."""
        self._held += delta
        cuts, start = [], 0
        for end in _END.finditer(self._held):
            cuts.append(_cut(self._held[start : end.end()]))
            start = end.end()
        self._held = self._held[start:]
        return cuts

    def rest(self) -> list[Cut]:
        """The last sentence, whether it has an end or not."""
        held, self._held = self._held, ""
        return [_cut(held)] if held else []


def _cut(text: str) -> Cut:
    return Cut(text, text.strip() if re.search(r"\w", text) else "")
