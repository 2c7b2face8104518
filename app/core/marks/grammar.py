"""Marks of a text with their exact places: read, and written again.

A mark stands in square brackets: a name, a strength from 0 to 1, a length: ``[smile]``, ``[brow up 0.4]``, ``[look left 0.8 600ms]``,
``[pause 300]``, ``[joy 0.6 + sadness 0.2]``. What lasts may be closed by ``[/]``, or by its name, ``[/smile]``. Brackets that hold
something else are part of the text, unless they are nearly a mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.marks.feelings import feeling_of, strength_of
from app.core.marks.vocabulary import KNOWN, LONGEST_PAUSE_S, NEUTRAL_NAME, USUAL_PAUSE_S, Known, name_of, nearest

#: a bracket that may be a mark
_BRACKET = re.compile(r"\[([^\[\]\n]{1,80})\]")
_NUMBER = r"\d*[.,]?\d+"
_LENGTH = re.compile(rf"({_NUMBER})\s*(ms|s)$", re.IGNORECASE)
_STRENGTH = re.compile(rf"({_NUMBER}\s*%?)$")
_NAME = re.compile(r"[a-z]{2,}(?: [a-z]+){0,3}", re.IGNORECASE)
LONGEST_S = 60.0
#: stands right behind a word
FOLLOWS = ".,;:!?…)"


@dataclass(frozen=True)
class TextMark:
    """A mark.

    Attributes:
        name: in the vocabulary; that of the strongest emotion of a mixture.
        start: of its bracket in the text.
        end: just after the bracket.
        strength: 0 to 1; of a mixture that of its strongest emotion.
        lasts_s: the length that it names, None for the usual one.
        feelings: emotion -> share of the strength, strongest first; () for what is no emotion, and for neutral.
        close: place of the bracket that closes it, None where nothing does.
        said: the name as it was written.
    """

    name: str
    start: int
    end: int
    strength: float = 1.0
    lasts_s: float | None = None
    feelings: tuple[tuple[str, float], ...] = ()
    close: tuple[int, int] | None = None
    said: str = ""

    @property
    def known(self) -> Known:
        """Its entry in the vocabulary."""
        return KNOWN[self.name]

    @property
    def can_span(self) -> bool:
        """Whether it may be closed: it lasts, and names no length."""
        return self.known.kind in ("held", "gaze", "emotion") and self.lasts_s is None

    @property
    def is_span(self) -> bool:
        """Whether it lasts until it is closed."""
        return self.close is not None

    @property
    def title(self) -> str:
        """What is in its bracket."""
        return inside_of(self)


@dataclass(frozen=True)
class Stray:
    """A bracket that is nearly a mark.

    Attributes:
        start: of the bracket in the text.
        end: just after it.
        written: what is in it.
        sentence: what is wrong, and what may have been meant.
        is_mute: whether it is taken for a mark that was misspelt, and not read aloud.
    """

    start: int
    end: int
    written: str
    sentence: str
    is_mute: bool = True


@dataclass(frozen=True)
class MarkedText:
    """A text and its marks.

    Attributes:
        text: all of it, as written.
        marks: in the order of their brackets.
        strays: brackets that are nearly marks, or close nothing.
    """

    text: str
    marks: tuple[TextMark, ...] = ()
    strays: tuple[Stray, ...] = ()

    @property
    def brackets(self) -> tuple[tuple[int, int], ...]:
        """Places of everything in brackets that is not said, in order."""
        closing = (mark.close for mark in self.marks if mark.close is not None)
        strays = ((stray.start, stray.end) for stray in self.strays if stray.is_mute)
        return tuple(sorted([*((mark.start, mark.end) for mark in self.marks), *closing, *strays]))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is wrong with the marks, one sentence each."""
        return tuple(dict.fromkeys(stray.sentence for stray in self.strays))


def read_marks(text: str) -> MarkedText:
    """Find the marks of a text.

    Args:
        text: anything; what is no mark stays text.
    """
    if "[" not in text:
        return MarkedText(text)
    marks: list[TextMark] = []
    strays: list[Stray] = []
    open_marks: list[int] = []
    for found in _BRACKET.finditer(text):
        inside, place = found[1].strip(), found.span()
        if inside.startswith("/"):
            which = _closes(inside[1:].strip(), marks, open_marks)
            if which is None:
                strays += _stray_close(inside, place)
                continue
            open_marks.remove(which)
            marks[which] = _closed(marks[which], place)
            continue
        mark = mark_of(inside, place)
        if mark is None:
            strays += _stray(inside, place)
            continue
        if mark.can_span:
            open_marks.append(len(marks))
        marks.append(mark)
    return MarkedText(text, tuple(marks), tuple(strays))


def has_marks(text: str) -> bool:
    """Whether a text holds a mark, or what is nearly one."""
    found = read_marks(text)
    return bool(found.marks or any(stray.is_mute for stray in found.strays))


def without_marks(text: str, pause: str = "") -> str:
    """What is said of a text.

    Args:
        text: with marks.
        pause: takes the place of a pause, ``{}`` in it is its milliseconds; "" leaves pauses out as well.
    """
    marked = read_marks(text)
    pauses = {mark.start: mark for mark in marked.marks if mark.name == "pause"}
    parts: list[str] = []
    place = 0
    for start, end in marked.brackets:
        parts.append(text[place:start])
        if pause and start in pauses:
            parts.append(pause.format(round(1000 * length_s(pauses[start]))))
        elif parts[-1] and parts[-1][-1].isspace() and (end == len(text) or text[end].isspace() or text[end] in FOLLOWS):
            # one of the two spaces that the mark stood between, or that before the end of the sentence
            parts[-1] = parts[-1][:-1]
        place = end
    parts.append(text[place:])
    return "".join(parts)


def mark_of(inside: str, place: tuple[int, int] = (0, 0)) -> TextMark | None:
    """The mark that the content of a bracket is, or None.

    Args:
        inside: without the brackets.
        place: of the brackets.
    """
    if "+" in inside:
        return _mixture(inside, place)
    words, lasts_s = _without_length(inside)
    if lasts_s is not None and not 0 < lasts_s <= LONGEST_S:
        return None
    number = _STRENGTH.search(words)
    name = name_of(words[: number.start()] if number else words)
    if name is None:
        return None
    said = " ".join((words[: number.start()] if number else words).split())
    value = strength_of(number[1]) if number else 1.0
    if name == "pause":
        seconds = lasts_s if lasts_s is not None else value / 1000 if number else USUAL_PAUSE_S
        return TextMark(name, *place, 1.0, seconds, said=said) if 0 < seconds <= LONGEST_PAUSE_S else None
    if not 0 <= value <= 1:
        return None
    feelings = ((name, 1.0),) if KNOWN[name].kind == "emotion" and name != NEUTRAL_NAME else ()
    return TextMark(name, *place, value, lasts_s, feelings, said=said)


def length_s(mark: TextMark) -> float:
    """How long a mark lasts that nothing closes, without coming and going."""
    return mark.known.hold_s if mark.lasts_s is None else mark.lasts_s


def inside_of(mark: TextMark) -> str:
    """What is written in a mark's bracket; reads back to the same mark."""
    if mark.name == "pause":
        return f"{mark.said or mark.name} {round(1000 * length_s(mark))}" if mark.lasts_s != USUAL_PAUSE_S else mark.said or mark.name
    if len(mark.feelings) > 1:
        parts = [f"{name} {_short(share * mark.strength)}" for name, share in mark.feelings]
        return " + ".join(parts) + _length(mark.lasts_s)
    strength = "" if mark.strength == 1 else f" {_short(mark.strength)}"
    return f"{mark.said or mark.name}{strength}{_length(mark.lasts_s)}"


def _length(lasts_s: float | None) -> str:
    return "" if lasts_s is None else f" {round(1000 * lasts_s)}ms"


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _mixture(inside: str, place: tuple[int, int]) -> TextMark | None:
    """Several emotions at once."""
    inside, lasts_s = _without_length(inside)
    felt = [feeling_of(part) for part in inside.split("+")]
    strengths = {each[0]: each[1] for each in felt if each is not None and each[0]}
    if len(strengths) != len(felt) or not all(0 <= value <= 1 for value in strengths.values()) or not max(strengths.values()):
        return None
    most = max(strengths.values())
    feelings = tuple(sorted(((name, value / most) for name, value in strengths.items()), key=lambda pair: -pair[1]))
    return TextMark(feelings[0][0], *place, most, lasts_s, feelings, said=inside)


def _without_length(inside: str) -> tuple[str, float | None]:
    found = _LENGTH.search(inside)
    if found is None:
        return inside, None
    return inside[: found.start()], strength_of(found[1]) / (1000 if found[2].lower() == "ms" else 1)


def _closes(name: str, marks: list[TextMark], open_marks: Iterable[int]) -> int | None:
    """Which mark a closing bracket closes: the last one that is open, or the last one of its name."""
    wanted = name_of(name) if name else None
    if name and wanted is None:
        return None
    return next((which for which in reversed(tuple(open_marks)) if wanted is None or marks[which].name == wanted), None)


def _closed(mark: TextMark, place: tuple[int, int]) -> TextMark:
    return TextMark(mark.name, mark.start, mark.end, mark.strength, mark.lasts_s, mark.feelings, place, mark.said)


def _stray_close(inside: str, place: tuple[int, int]) -> tuple[Stray, ...]:
    name = inside[1:].strip()
    if name and not _NAME.fullmatch(name):
        return ()
    sentence = f"“[{inside}]” closes no mark; take it out, or open the mark before it."
    return (Stray(*place, inside, sentence, is_mute=not name or bool(name_of(name) or nearest(name))),)


def _stray(inside: str, place: tuple[int, int]) -> tuple[Stray, ...]:
    """What is nearly a mark; a bracket with anything else is nothing to tell."""
    words, _ = _without_length(inside)
    number = _STRENGTH.search(words)
    name = " ".join((words[: number.start()] if number else words).split())
    if not _NAME.fullmatch(name):
        return ()
    known = name_of(name)
    if known is not None:
        reach = "a length up to 10000 milliseconds" if known == "pause" else "a strength from 0 to 1 and at most a minute"
        return (Stray(*place, inside, f"The mark “[{inside}]” asks for more than can be; give it {reach}."),)
    meant = nearest(name)
    if meant:
        return (Stray(*place, inside, f"There is no mark “[{inside}]”, so it does nothing; did you mean “[{meant}]”?"),)
    return (Stray(*place, inside, f"There is no mark “[{inside}]”, so it is read aloud; type [ to see the marks that there are.", False),)
