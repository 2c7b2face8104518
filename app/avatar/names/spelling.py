"""Spellings of one name: what it may mean once prefixes, separators, case and side marks are taken off."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

#: a side as exporters mark it, in lower case
SIDES = {
    "l": "left", "lf": "left", "lft": "left", "left": "left",
    "r": "right", "rt": "right", "rgt": "right", "right": "right",
}  # fmt: skip
_BLENDER_SUFFIX = re.compile(r"\.\d{3}$")
_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+|\d+")
_DIGITS = re.compile(r"\d+")
#: prefixes that are written without a separator (``ARKitJawOpen``, ``A25JawOpen``)
_GLUED = re.compile(r"^(arkit|bs|blendshape\d*|shapes?|morphs?|facs|ectrl|ctrl|[at]\d\d)(?=[a-z])", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
#: how Autodesk's exporter writes characters that it does not allow
_ESCAPED = re.compile(r"FBXASC(\d{3})")
_COUNTED = re.compile(r"(?<=[a-z])\d+$")
#: separators behind which a mesh's or a file's own name ends
NAMESPACES = (".", ":", "|", "/")
#: a name of more words than this is no shape's
_MAX_WORDS = 9


@dataclass(frozen=True)
class Spelling:
    """One reading of a name.

    Attributes:
        key: letters and digits in lower case, a side as ``left`` or ``right`` at the end.
        prefix: what stands before it, in lower case, numbers as ``#``.
        suffix: what stands behind it, in the same way.
    """

    key: str
    prefix: str = ""
    suffix: str = ""

    @property
    def bare(self) -> bool:
        """Whether nothing was taken off but separators."""
        return not self.prefix and not self.suffix

    @property
    def in_namespace(self) -> bool:
        """Whether only a mesh's or a file's name stands before it."""
        return not self.suffix and self.prefix.endswith(NAMESPACES)


@lru_cache(maxsize=4096)
def spellings(name: str) -> tuple[Spelling, ...]:
    """All readings of a name, longest first.

    Args:
        name: as written in the file.

    Returns:
        Readings without repetition; () for a name without letters.
    """
    plain = _ESCAPED.sub(lambda found: chr(int(found[1])), name)
    text = _BLENDER_SUFFIX.sub("", plain.strip())
    words = [(m.start(), m.end()) for m in _WORD.finditer(text)]
    if not words or len(words) > _MAX_WORDS:
        return ()
    found: dict[Spelling, None] = {}
    for length in range(len(words), 0, -1):
        for first in range(len(words) - length, -1, -1):
            start, end = words[first][0], words[first + length - 1][1]
            prefix, suffix = (_DIGITS.sub("#", part.lower()) for part in (text[:start], text[end:]))
            # closing brackets say nothing
            suffix = suffix if _WORD.search(suffix) else ""
            prefix = prefix if _WORD.search(prefix) else ""
            for key in _keys(text[start:end]):
                found[Spelling(key, prefix, suffix)] = None
    for hump in _HUMP.finditer(text, *words[0]):
        for key in _keys(text[hump.start() :]):
            found[Spelling(key, _DIGITS.sub("#", text[: hump.start()].lower()))] = None
    for reading in list(found):
        glued = _GLUED.match(reading.key)
        if glued and not reading.prefix:
            found[Spelling(reading.key[glued.end() :], _DIGITS.sub("#", glued[0]), reading.suffix)] = None
        counted = _COUNTED.search(reading.key)
        if counted and not reading.suffix:
            found[Spelling(reading.key[: counted.start()], reading.prefix, "#")] = None
    return tuple(found)


def _keys(text: str) -> list[str]:
    """The words of a name in one, as they stand, and with a side mark moved to the end."""
    flat = "".join(_WORD.findall(text)).lower()
    pieces = [piece.lower() for word in _WORD.findall(text) for piece in _CAMEL.findall(word)]
    marks = [i for i, piece in enumerate(pieces) if piece in SIDES]
    if len(marks) != 1 or len(pieces) == 1:
        return [flat]
    base = "".join(piece for i, piece in enumerate(pieces) if i != marks[0])
    sided = base + SIDES[pieces[marks[0]]]
    return [flat] if sided == flat else [flat, sided]
