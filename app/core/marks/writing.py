"""Marks changed in their text: moved to other words, stretched over them, made stronger, added and taken out; all else stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.core.marks.grammar import FOLLOWS, MarkedText, TextMark, inside_of, length_s, read_marks
from app.core.marks.placing import words_in

_PLAIN_CLOSE = "[/]"
#: what opens before a word and ends after it, and belongs to it
_OPENING, _BRACKET_ENDS = "([{“‘\"'«¿¡", "[]"


@dataclass(frozen=True)
class _Piece:
    """A bracket, or what stands between two; texts have no mark."""

    text: str
    mark: int = -1
    closes: bool = False


def written(pieces: Sequence[str]) -> str:
    """A text from what stands between its brackets and the brackets; the way back from ``pieces_of``."""
    return "".join(pieces)


def pieces_of(marked: MarkedText) -> tuple[str, ...]:
    """A text cut at its brackets: text, bracket, text and so on."""
    parts: list[str] = []
    place = 0
    for start, end in marked.brackets:
        parts += [marked.text[place:start], marked.text[start:end]]
        place = end
    return (*parts, marked.text[place:])


def strengthened(marked: MarkedText, index: int, strength: float) -> str:
    """The text with another strength of a mark.

    Args:
        marked: a text.
        index: of the mark.
        strength: 0 to 1.
    """
    return changed(marked, index, strength=round(min(max(strength, 0.0), 1.0), 2))


def changed(marked: MarkedText, index: int, **fields: object) -> str:
    """The text with other fields of a mark, such as its length.

    Args:
        marked: a text.
        index: of the mark.
        **fields: of TextMark, but for its places.
    """
    mark = replace(marked.marks[index], **fields)  # type: ignore[arg-type]
    return f"{marked.text[: mark.start]}[{inside_of(mark)}]{marked.text[mark.end :]}"


def removed(marked: MarkedText, index: int) -> str:
    """The text without a mark and what closes it."""
    return _told_apart(_without(_pieces(marked), index))


def moved(marked: MarkedText, index: int, word: int) -> str:
    """The text with a mark before another word; a span goes along as a whole.

    Args:
        marked: a text.
        index: of the mark.
        word: the number of the word; as many as there are for the end of the text.
    """
    words = words_in(marked)
    mark = marked.marks[index]
    at = sum(each.start < mark.start for each in words)
    if mark.close is None:
        return placed_anew(marked, index, word)
    last = sum(each.start < mark.close[0] for each in words) - 1
    word = min(word, max(len(words) - 1 - max(last - at, 0), 0))
    return placed_anew(marked, index, word, word + max(last - at, 0))


def stretched(marked: MarkedText, index: int, word: int, end: Literal["start", "end"]) -> str:
    """The text with one end of a span at another word; a mark that was none becomes one.

    Args:
        marked: a text.
        index: of the mark; one that can be a span.
        word: the first, or the last word of the span.
        end: which one.
    """
    words = words_in(marked)
    mark = marked.marks[index]
    first = sum(each.start < mark.start for each in words)
    last = first if mark.close is None else sum(each.start < mark.close[0] for each in words) - 1
    first, last = (min(word, last), last) if end == "start" else (first, max(word, first))
    return placed_anew(marked, index, first, last)


def unspanned(marked: MarkedText, index: int) -> str:
    """The text with a span that ends by itself."""
    words = words_in(marked)
    return placed_anew(marked, index, sum(each.start < marked.marks[index].start for each in words))


def added(marked: MarkedText, inside: str, word: int, last: int | None = None) -> str:
    """The text with one more mark.

    Args:
        marked: a text.
        inside: its bracket's content.
        word: the number of the word that it stands before.
        last: the last word of its span, None for no span.
    """
    word, last = _inside(marked, word, last)
    pieces = _put(_pieces(marked), _Piece(f"[{inside}]", len(marked.marks)), word)
    if last is not None:
        pieces = _put(pieces, _Piece(_PLAIN_CLOSE, len(marked.marks), True), last)
    return _told_apart(pieces)


def placed_anew(marked: MarkedText, index: int, word: int, last: int | None = None) -> str:
    """The text with a mark somewhere else; see ``added``."""
    mark = marked.marks[index]
    word, last = _inside(marked, word, last)
    pieces = _without(_pieces(marked), index)
    pieces = _put(pieces, _Piece(marked.text[mark.start : mark.end], index), word)
    if last is not None:
        close = _PLAIN_CLOSE if mark.close is None else marked.text[slice(*mark.close)]
        pieces = _put(pieces, _Piece(close, index, True), last)
    return _told_apart(pieces)


def index_after(before: MarkedText, after: MarkedText, index: int) -> int:
    """Where a mark stands among the marks of a text after it was changed there.

    Args:
        before: the text it was changed in.
        after: the text since, with as many marks.
        index: of the mark before.
    """
    others = [_same(mark) for i, mark in enumerate(before.marks) if i != index]
    now = [_same(mark) for mark in after.marks]
    return next((i for i, each in enumerate(now) if i >= len(others) or each != others[i]), index)


def _same(mark: TextMark) -> tuple[object, ...]:
    """What does not change of a mark when another one is moved."""
    return mark.name, mark.strength, mark.feelings, mark.is_span


# -- inside


def _inside(marked: MarkedText, word: int, last: int | None) -> tuple[int, int | None]:
    """A span's first and last word, where it has a last one, among the words that there are."""
    if last is None:
        return word, None
    most = max(len(words_in(marked)) - 1, 0)
    word = min(word, most)
    return word, min(max(last, word), most)


def _pieces(marked: MarkedText) -> list[_Piece]:
    owners = {mark.start: (i, False) for i, mark in enumerate(marked.marks)}
    owners |= {mark.close[0]: (i, True) for i, mark in enumerate(marked.marks) if mark.close is not None}
    pieces: list[_Piece] = []
    place = 0
    for start in sorted(owners):
        index, closes = owners[start]
        close = marked.marks[index].close
        end = close[1] if closes and close is not None else marked.marks[index].end
        pieces += [_Piece(marked.text[place:start]), _Piece(marked.text[start:end], index, closes)]
        place = end
    return [*pieces, _Piece(marked.text[place:])]


def _without(pieces: list[_Piece], index: int) -> list[_Piece]:
    """Without a mark's brackets, each with one of the spaces that it stands between."""
    made: list[_Piece] = []
    drop_space = False
    for i, each_piece in enumerate(pieces):
        piece = each_piece
        if piece.mark == index:
            before = "".join(each.text for each in made)
            after = "".join(each.text for each in pieces[i + 1 :] if each.mark != index)
            if after.startswith(" ") and (not before or before[-1].isspace()):
                drop_space = True
            elif before.endswith(" ") and (not after or after[0].isspace() or after[0] in FOLLOWS):
                made = _trimmed(made)
            continue
        if drop_space and piece.mark < 0 and piece.text.startswith(" "):
            piece, drop_space = replace(piece, text=piece.text[1:]), False
        made.append(piece)
    return made


def _trimmed(pieces: list[_Piece]) -> list[_Piece]:
    """Without the space at the end."""
    last = next(i for i in reversed(range(len(pieces))) if pieces[i].text)
    return [replace(piece, text=piece.text[:-1]) if i == last else piece for i, piece in enumerate(pieces)]


def _put(pieces: list[_Piece], bracket: _Piece, word: int) -> list[_Piece]:
    """With a bracket before a word, or behind it and its punctuation where it closes."""
    places: list[tuple[int, int]] = []
    marked = read_marks("".join(piece.text for piece in pieces))
    starts, total = [], 0
    for piece in pieces:
        starts.append(total)
        total += len(piece.text)
    for each in words_in(marked):
        places.append((each.start, each.end))
    text = marked.text
    if not places or (word >= len(places) and not bracket.closes):
        at, lead, tail = len(text), " " if text and not text[-1].isspace() else "", ""
    elif bracket.closes:
        at = places[max(min(word, len(places) - 1), 0)][1]
        while at < len(text) and not text[at].isspace() and text[at] not in _BRACKET_ENDS and not text[at].isalnum() and text[at] != "<":
            at += 1
        lead, tail = " ", "" if at == len(text) or text[at].isspace() or text[at] in _BRACKET_ENDS else " "
    else:
        at = places[max(word, 0)][0]
        while at > 0 and text[at - 1] in _OPENING:
            at -= 1
        lead, tail = "" if at == 0 or text[at - 1].isspace() else " ", " "
    which = max(i for i in range(len(pieces)) if pieces[i].mark < 0 and starts[i] <= at <= starts[i] + len(pieces[i].text))
    piece, cut = pieces[which], at - starts[which]
    around = [replace(piece, text=piece.text[:cut] + lead), bracket, replace(piece, text=tail + piece.text[cut:])]
    return [*pieces[:which], *around, *pieces[which + 1 :]]


def _told_apart(pieces: list[_Piece]) -> str:
    """The text of some pieces, with closing brackets that close what they should: by name where that is needed."""
    text = "".join(piece.text for piece in pieces)
    if _closes_right(text, pieces):
        return text
    names = [mark.name for mark in read_marks(text).marks]
    order = [piece.mark for piece in pieces if piece.mark >= 0 and not piece.closes]
    named = [replace(piece, text=f"[/{names[order.index(piece.mark)]}]") if piece.closes else piece for piece in pieces]
    text = "".join(piece.text for piece in named)
    if _closes_right(text, named):
        return text
    # a mark that ends by itself within a span of the same name says how long it lasts
    spans = {piece.mark for piece in pieces if piece.closes}
    timed = [
        replace(piece, text=f"[{inside_of(_timed(read_marks(text).marks[order.index(piece.mark)]))}]")
        if piece.mark >= 0 and not piece.closes and piece.mark not in spans
        else piece
        for piece in named
    ]
    return "".join(piece.text for piece in timed)


def _timed(mark: TextMark) -> TextMark:
    return replace(mark, lasts_s=length_s(mark) or None) if mark.can_span and mark.known.kind != "emotion" else mark


def _closes_right(text: str, pieces: Sequence[_Piece]) -> bool:
    """Whether every closing bracket closes its own mark, and nothing else became a mark."""
    found = read_marks(text).marks
    order = [piece.mark for piece in pieces if piece.mark >= 0 and not piece.closes]
    if len(found) != len(order):
        return False
    closes: dict[int, int] = {}
    place = 0
    for piece in pieces:
        if piece.closes:
            closes[piece.mark] = place
        place += len(piece.text)
    return all((None if mark.close is None else mark.close[0]) == closes.get(order[i]) for i, mark in enumerate(found))
