"""The pronouncer of the embedded voice with its dictionaries as the text that they are shipped as.

hibari reads two dictionaries of 90,000 words and a tagger's 80,000 weights into Python's: 70 MB and 0.3 s for what a line asks a few
dozen times. Kept as sorted text they are 10 MB, and there sooner; what is found in them is the same.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from typing import Any

#: entries are looked through in groups of so many, whose first ones are searched by halving
_GROUP = 64
#: so many of the tagger's features, which come again in every sentence, are kept as they were found
_MOST_KNOWN = 2048
#: letters that are written by number, beside those that always are
_OTHERWISE = re.compile(rb"(?<!\\)\\u(?!00[01])")
_NESTED = re.compile(rb"(\{[^{}]*\})")


class Entries:
    """A JSON object of words, or of flat objects, that answers ``get`` without being read whole.

    Args:
        text: the object as compact JSON in UTF-8.
        keeps: how many answers are kept.

    Raises:
        ValueError: it is no such text.
    """

    def __init__(self, text: bytes, keeps: int = 0) -> None:
        if not (text.startswith(b'{"') and text.endswith(b"}")) or b"\n" in text or b'": ' in text or _OTHERWISE.search(text):
            raise ValueError("no compact JSON object")
        pieces = _NESTED.split(text[1:-1])
        if any(b":null" in piece for piece in pieces[::2]):
            raise ValueError("no compact JSON object of words")
        # what stands outside of nested objects, of which every second piece is one, is cut into lines
        pieces[::2] = [piece.replace(b'","', b'"\n"') for piece in pieces[::2]]
        pieces[2::2] = [b"\n" + piece[1:] if piece.startswith(b",") else piece for piece in pieces[2::2]]
        lines = sorted(b"".join(pieces).split(b"\n"))
        groups = [b"\n".join(lines[at : at + _GROUP]) for at in range(0, len(lines), _GROUP)]
        self._firsts = lines[::_GROUP]
        self._starts = [0]
        for group in groups:
            self._starts.append(self._starts[-1] + len(group) + 1)
        self._text = b"\n" + b"\n".join(groups) + b"\n"
        self._keeps, self._known = keeps, dict[str, Any]()

    def get(self, word: str) -> Any:
        """What stands at a word, None for one that is not there."""
        if word in self._known:
            return self._known[word]
        begun = json.dumps(word, ensure_ascii=False).encode("utf-8", "surrogatepass") + b":"
        group = max(bisect_right(self._firsts, begun + b"\xff") - 1, 0)
        at = self._text.find(b"\n" + begun, self._starts[group], self._starts[group + 1] + 1)
        found = None
        if at >= 0:
            begin = at + 1 + len(begun)
            found = json.loads(self._text[begin : self._text.index(b"\n", begin)])
        if len(self._known) < self._keeps:
            self._known[word] = found
        return found


def make_pronouncer(british: bool) -> Any:
    """hibari's pronouncer; with its own dictionaries where they are not written as they are today.

    Args:
        british: which accent.
    """
    from app.speech.lexicon.library import g2p

    try:
        return _with_text(british)
    except (ValueError, KeyError, OSError):
        return g2p.G2P(british=british)


def _with_text(british: bool) -> Any:
    """The same pronouncer on text."""
    from app.speech.lexicon.library import g2p

    accent = "gb" if british else "us"
    made = g2p.G2P.__new__(g2p.G2P)
    gold, silver = (Entries(_text(f"lexicon_{accent}_{kind}.json.gz")) for kind in ("gold", "silver"))
    made.lexicon = g2p.Lexicon(gold, silver, british)
    made.tokenizer = g2p.Tokenizer(json.loads(_text("tokenizer_exceptions.json")))
    head, found, weights = _text("tagger.json.gz").partition(b',"weights":')
    if not found:
        raise ValueError("the tagger is written otherwise")
    made.tagger = g2p.Tagger({**json.loads(head + b"}"), "weights": Entries(weights[:-1], keeps=_MOST_KNOWN)})
    made._oov, made.unk, made.british = None, "", british
    return made


def _text(name: str) -> bytes:
    """A file of hibari's, unpacked."""
    import gzip
    from pathlib import Path

    from app.speech.lexicon.library import voices

    data = (Path(voices.ASSETS) / name).read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data
