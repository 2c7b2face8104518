"""Mark-up in a text, SSML above all, and marks for the face: what of it the voice can do is done, and nothing of it is read aloud."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from app.core.marks.grammar import without_marks
from app.speech.readings import digit_by_digit

#: a pause as it travels through the text: a private character, milliseconds in digits, and the character again
PAUSE = re.compile("\ue000(\\d+)\ue000")
LONGEST_PAUSE_S = 10.0
#: how emphasis travels: a private character before what is said with it, by its level, and one behind
EMPHASIS = {"strong": "\ue001", "moderate": "\ue002", "reduced": "\ue003"}
EMPHASIS_END = "\ue004"
_PRIVATE = re.compile("[\ue000-\ue004]")
#: belongs to the sentence, not to its last word
_AFTER_WORD = re.compile(r"[\s.,;:!?…\"”’')\]]*$")
_STRENGTHS_S = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.0}
_COMMENT = re.compile(r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>]*>", re.DOTALL | re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_ATTRIBUTES = r"(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|“[^”]*”|[^\s\"'<>]+))*"
_TAG = re.compile(rf"<(/?)([A-Za-z][\w:.-]*)({_ATTRIBUTES})\s*(/?)>")
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|“([^”]*)”|([^\s\"'<>]+))")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});")
#: with everything up to their end, nothing of which is for the ear
_HIDDEN = frozenset({"metadata", "lexicon", "desc", "script", "style", "head"})
#: end a sentence, as they do on a page
_BLOCKS = frozenset({"p", "s", "br", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "paragraph", "sentence"})
#: ask for what this voice cannot do
_BEYOND = frozenset({"prosody", "voice", "phoneme", "audio", "lang", "mstts:express-as", "amazon:effect", "amazon:emotion"})
_KNOWN = (
    _HIDDEN | _BLOCKS | _BEYOND
    | {"speak", "break", "emphasis", "say-as", "sub", "mark", "w", "token", "bookmark", "silence", "par", "seq", "media", "b", "i", "u",
       "em", "strong", "span", "a", "code", "pre", "ul", "ol", "table", "td", "th", "html", "body", "font", "small", "sup", "kbd", "img",
       "hr"}
)  # fmt: skip


@dataclass(frozen=True)
class Unmarked:
    """A text without its mark-up.

    Attributes:
        text: with pauses as PAUSE finds them, and emphasis between the characters of EMPHASIS.
        beyond: names of what was asked for and cannot be done.
    """

    text: str
    beyond: tuple[str, ...] = ()


def without_markup(text: str) -> Unmarked:
    """Do what SSML and marks ask for, as far as the voice can, and take every tag and mark out.

    Args:
        text: anything; without tags it comes back as it is, "a < b" and "<3" too.
    """
    text = without_marks(_PRIVATE.sub("", text), "\ue000{}\ue000")
    if "<" in text:
        text = _CDATA.sub(lambda m: html.escape(m[1]), _COMMENT.sub(" ", text))
        found = _Stripper().strip(text)
    else:
        found = Unmarked(text)
    return Unmarked(_ENTITY.sub(lambda m: html.unescape(m[0]), found.text), found.beyond)


class _Stripper:
    """Walks through the tags of one text; what stands between a tag and its end may be replaced as a whole."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._beyond: list[str] = []
        self._open: list[tuple[str, dict[str, str], int]] = []

    def strip(self, text: str) -> Unmarked:
        """The text without its tags."""
        ended = {match[2].lower() for match in _TAG.finditer(text) if match[1] or match[4]}
        place = 0
        for match in _TAG.finditer(text):
            self._parts.append(text[place : match.start()])
            place = match.end()
            name = match[2].lower()
            if name not in _KNOWN and name not in ended and not match[3]:
                self._parts.append(f" {match[2]} ")  # "Hello <name>": a place for a word
                continue
            attributes = {m[1].lower(): next(part for part in m.groups()[1:] if part is not None) for m in _ATTRIBUTE.finditer(match[3])}
            self._tag(name, attributes, closing=bool(match[1]), alone=bool(match[4]))
        self._parts.append(text[place:])
        return Unmarked("".join(self._parts), tuple(dict.fromkeys(self._beyond)))

    def _tag(self, name: str, attributes: dict[str, str], closing: bool, alone: bool) -> None:
        if name in ("break", "silence", "mstts:silence") and not closing:
            self._parts.append(_pause(attributes.get("time", attributes.get("value", "")), attributes.get("strength", "medium")))
        elif name in _BLOCKS:
            self._parts.append("\n")
        elif name in _BEYOND and not closing:
            self._beyond.append(name.rpartition(":")[2])
        if name in ("audio", "voice", "td", "th"):
            self._parts.append(" ")
        if closing:
            self._close(name)
        elif not alone and (name in _HIDDEN or name in ("sub", "say-as", "emphasis")):
            self._open.append((name, attributes, len(self._parts)))
        elif name == "sub" and "alias" in attributes:
            self._parts.append(attributes["alias"])

    def _close(self, name: str) -> None:
        while any(opened[0] == name for opened in self._open):
            opened, attributes, start = self._open.pop()
            if opened != name:
                continue
            inner = "".join(self._parts[start:])
            del self._parts[start:]
            if name == "sub":
                self._parts.append(attributes.get("alias", inner))
            elif name == "emphasis":
                self._parts.append(_emphasised(inner, attributes.get("level", "moderate").lower()))
            elif name == "say-as":
                self._parts.append(_said_as(inner, attributes.get("interpret-as", attributes.get("type", "")).lower()))
            return


def emphasis_of(text: str) -> tuple[str, tuple[tuple[int, int, str], ...]]:
    """A text without the characters of emphasis.

    Args:
        text: as ``without_markup`` makes it.

    Returns:
        The text, and first letter, end and level of what is emphasised in it.
    """
    levels = {char: level for level, char in EMPHASIS.items()}
    letters: list[str] = []
    spans: list[tuple[int, int, str]] = []
    begun: list[tuple[int, str]] = []
    for char in text:
        if char in levels:
            begun.append((len(letters), levels[char]))
        elif char == EMPHASIS_END:
            if begun:
                start, level = begun.pop()
                spans.append((start, len(letters), level))
        else:
            letters.append(char)
    spans += [(start, len(letters), level) for start, level in begun]
    return "".join(letters), tuple(spans)


def plain(text: str) -> str:
    """A text of ``without_markup`` with a space for every pause, and without emphasis."""
    return emphasis_of(PAUSE.sub(" ", text))[0]


def _emphasised(text: str, level: str) -> str:
    """Words between the characters of their emphasis; a word may be emphasised once."""
    bare = emphasis_of(text)[0]
    end = _AFTER_WORD.search(bare)
    if level not in EMPHASIS or end is None or not end.start():
        return bare
    lead = len(bare) - len(bare.lstrip())
    return f"{bare[:lead]}{EMPHASIS[level]}{bare[lead : end.start()]}{EMPHASIS_END}{bare[end.start() :]}"


def _pause(time: str, strength: str) -> str:
    match = re.fullmatch(r"\s*\+?(\d*\.?\d+)\s*(ms|s)\s*", time.lower())
    seconds = float(match[1]) / (1000 if match[2] == "ms" else 1) if match else _STRENGTHS_S.get(strength.lower(), _STRENGTHS_S["medium"])
    return f"\ue000{round(1000 * min(seconds, LONGEST_PAUSE_S))}\ue000" if seconds > 0 else " "


def _said_as(text: str, kind: str) -> str:
    """A text as ``say-as`` wants it; kinds that need no help are left to the reader."""
    if kind in ("characters", "spell-out", "verbatim", "letters"):
        return " ".join(digit_by_digit(char) if char.isdigit() and char.isascii() else char.upper() for char in text if not char.isspace())
    if kind in ("digits", "number_digit", "telephone") and re.search(r"\d", text):
        plus = "plus " if text.strip().startswith("+") else ""
        return plus + ", ".join(digit_by_digit(group) for group in re.findall(r"\d+", text))
    if kind in ("ordinal", "number_ordinal") and (number := text.strip().replace(",", "")).isdecimal():
        ending = "th" if number[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")
        return number + ending
    return " " if kind in ("expletive", "bleep") else text
