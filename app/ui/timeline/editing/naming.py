"""Names of words and phones: asked over the lanes, completed from the line, the dictionary and ARPABET."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QRectF

from app.core.timing import changes
from app.session.adjust.timing import Timing
from app.session.base.workers import Job, Workers
from app.speech.lexicon.vocabulary import completions, is_word, vocabulary
from app.ui.timeline.lanes.grips import Grip, Lane
from app.ui.timeline.lanes.name_field import OFFERED, NameField
from app.ui.timeline.lanes.phone_words import phone_offers, phone_symbol
from app.ui.timeline.timeline import Timeline

_WORD_HINT = "a word; its phones are those of the dictionary"
_PHONE_HINT = "an ARPABET phone; type what it sounds like, too: “sea”"
_PARTS_HINT = "two words; a space is where the word is parted"


class Naming(QObject):
    """Opens the field, and does what it says.

    Args:
        timeline: the field stands in it.
        timing: the session's words and phones.
    """

    def __init__(self, timeline: Timeline, timing: Timing) -> None:
        super().__init__(timeline)
        self._timeline, self._lanes, self._timing = timeline, timeline.lanes, timing
        self._words: tuple[str, ...] = ()
        self._workers = Workers(lambda _task, _sentence: None, self)
        self._then: Callable[[str], None] = lambda _: None
        self.field = NameField(timeline)
        self.field.named.connect(self._named)

    def close(self) -> None:
        """End the worker that reads the dictionary."""
        self._workers.close()

    # -- what is asked

    def ask(self, grip: Grip) -> None:
        """Ask for another name of a word or a phone."""
        timed = self._timing.timed
        if grip.lane == "words":
            word = timed.words[grip.index].text
            self._ask_word(self._box(grip), word, partial(self._rename_word, grip.index, word))
            return
        symbol = timed.phones[grip.index].symbol
        self._ask_phone(self._box(grip), symbol, partial(self._rename_phone, grip.index, symbol))

    def ask_parts(self, grip: Grip, at_s: float) -> None:
        """Ask how a word that is split is parted; proposed are words of the dictionary near where its sounds are cut."""
        word, timed = self._timing.timed.words[grip.index], self._timing.timed
        inside = timed.phones_of(grip.index)
        before = sum((timed.phones[i].start_s + timed.phones[i].end_s) / 2 < at_s for i in inside)
        share = before / len(inside) if len(inside) else (at_s - word.start_s) / (word.end_s - word.start_s)
        cut = _parted(word.text, share, self._words)
        self.read_dictionary()
        self._then = partial(self._split, grip.index, at_s)
        self.field.ask(self._box(grip), f"{word.text[:cut]} {word.text[cut:]}", lambda _: (), _why_not_two, _PARTS_HINT)

    def ask_new(self, lane: Lane, start_s: float, end_s: float) -> None:
        """Ask what is spoken in a stretch."""
        box = self._lanes.box_between(lane, start_s, end_s).translated(self._lanes.pos())
        ask = self._ask_word if lane == "words" else self._ask_phone
        ask(box, "", partial(self._insert, lane, start_s, end_s))

    def _ask_word(self, box: QRectF, text: str, then: Callable[[str], None]) -> None:
        self.read_dictionary()
        self._then = then
        self.field.ask(box, text, self._word_offers, _why_no_word, _WORD_HINT)

    def _ask_phone(self, box: QRectF, text: str, then: Callable[[str], None]) -> None:
        self._then = then
        self.field.ask(box, text, lambda typed: phone_offers(typed, 3 * OFFERED), _why_no_phone, _PHONE_HINT)

    def _box(self, grip: Grip) -> QRectF:
        return self._lanes.box_of(grip).translated(self._lanes.pos())

    def _word_offers(self, typed: str) -> Sequence[tuple[str, str]]:
        """Words of the line first, then those of the dictionary."""
        typed = typed.strip()
        line = dict.fromkeys(word.text for word in self._timing.timed.words if word.text.lower().startswith(typed.lower()))
        known = {word.lower() for word in line}
        more = [word for word in completions(self._words, typed, OFFERED) if word not in known]
        return [*((word, "in the line") for word in line), *((word, "") for word in more)][:OFFERED]

    # -- what is done

    def _named(self, text: str) -> None:
        self._then(text)
        self._lanes.setFocus()

    def _rename_word(self, index: int, before: str, text: str) -> None:
        if text != before:
            self._timing.rename_word(index, text)

    def _rename_phone(self, index: int, before: str, text: str) -> None:
        symbol = phone_symbol(text, before)
        if symbol is not None and symbol != before:
            self._timing.apply(f"{before} becomes {symbol}", changes.renamed(self._timing.timed, "phones", index, symbol))

    def _split(self, index: int, at_s: float, text: str) -> None:
        first, second = text.split()
        timed = self._timing.timed
        self._timing.apply(f"Split “{timed.words[index].text}”", changes.split(timed, "words", index, at_s, (first, second)))

    def _insert(self, lane: Lane, start_s: float, end_s: float, text: str) -> None:
        name = phone_symbol(text) if lane == "phones" else text
        if name is None:
            return
        made = changes.inserted(self._timing.timed, lane, start_s, end_s, name)
        self._timing.apply(f"Put in {name}" if lane == "phones" else f"Put in “{name}”", made)
        if lane == "words":
            index = self._timing.timed.word_at((made.span_s[0] + made.span_s[1]) / 2)
            if index >= 0 and self._timing.timed.phones:
                self._timing.rename_word(index, name)
        self._lanes.choose_at(lane, (start_s + end_s) / 2)

    # -- the dictionary

    def read_dictionary(self) -> None:
        """Begin to read the dictionary, unless it is there."""
        if not self._words and not self._workers.running("dictionary"):
            self._workers.start("dictionary", self._read)

    def _read(self, job: Job) -> None:
        job.post(self._take, vocabulary())

    def _take(self, words: tuple[str, ...]) -> None:
        self._words = words


def _parted(text: str, share: float, words: Sequence[str]) -> int:
    """Behind how many letters a word is parted.

    Args:
        text: the word.
        share: of its sounds that come before.
        words: those of the dictionary, sorted; both parts had better be among them, if not too far from the share.
    """

    def distance(cut: int) -> float:
        known = all(is_word(words, part) for part in (text[:cut], text[cut:]))
        return abs(cut - share * len(text)) + (0 if known else len(text) / 3)

    return min(range(1, len(text)), key=distance, default=1)


def _why_no_word(text: str) -> str:
    if not text:
        return "Type a word, or press Escape."
    return "" if len(text.split()) == 1 else "Type one word; split it to make two."


def _why_not_two(text: str) -> str:
    return "" if len(text.split()) == 2 else "Type two words with a space between them."


def _why_no_phone(text: str) -> str:
    if phone_symbol(text) is not None:
        return ""
    return f"“{text}” is no ARPABET phone; choose one of the list (Down opens it)." if text else "Choose one of the list (Down opens it)."
