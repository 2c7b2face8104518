"""Marks of the text: where they lie, what they do to the sides' motion, and changing them, which changes the text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.core.marks import writing
from app.core.marks.curves import MarkCurves, curves_of, laid_over
from app.core.marks.felt import felt_of
from app.core.marks.grammar import MarkedText, read_marks, without_marks
from app.core.marks.placing import PlacedMark, placed, times_of, words_in
from app.core.source_spec import KEPT
from app.core.speech import spoken_words
from app.core.track import Animation, BlendshapeTrack
from app.session.base.emotion import Emotion
from app.session.base.messages import Messages
from app.session.base.side import Side
from app.session.base.steps import MERGE_S, Step
from app.session.state import State


@dataclass(frozen=True, eq=False)
class _Made:
    """What was made of a motion.

    Attributes:
        of: the motion.
        curves: that were laid over it.
        result: the motion with them.
    """

    of: Animation
    curves: MarkCurves
    result: Animation


class TextMarks(QObject):
    """Reads the marks of what is said, and lays them over what the sources make.

    Args:
        state: has the text and its words.
        emotion: is told what the text says is felt.
        undo: takes the steps.
        messages: told what is wrong with a mark.
        parent: the session.

    Attributes:
        marked: the text with its marks.
        placed: its marks in time, as far as its words are known.
        growing: whether more of the text is still being spoken; given by who builds the session.
        lay_over: lays what is done to a side's motion over it anew; given likewise.
        make_again: makes the motion of a side anew that was kept in a take; given likewise.
    """

    #: the marks, or where they lie
    changed = Signal()
    #: text before, text after: the user changed marks, and fields that show the text follow
    rewritten = Signal(str, str)
    #: a mark turns the head
    head_wanted = Signal()

    def __init__(self, state: State, emotion: Emotion, *, undo: QUndoStack, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.growing: Callable[[], bool] = lambda: False
        self.lay_over: Callable[[str], None] = lambda _name: None
        self.make_again: Callable[[str], None] = lambda _name: None
        self.marked = MarkedText("")
        self.placed: tuple[PlacedMark, ...] = ()
        self._state, self._emotion, self._undo, self._messages = state, emotion, undo, messages
        self._known: tuple[object, ...] = ()
        self._told: set[str] = set()
        self._held: MarkedText | None = None
        self._drags = 0
        self._made: dict[int, _Made] = {}
        #: by whether a source feels, rate and start: for how many frames, and what the marks add to them
        self._curves: dict[tuple[bool, float, float], tuple[int, MarkCurves | None]] = {}
        state.speech_changed.connect(lambda _: self.refresh())

    # -- what there is

    @property
    def can_edit(self) -> bool:
        """Whether marks can be changed: the words are known, and no more of them come."""
        speech = self._state.speech
        return speech is not None and bool(spoken_words(speech)) and bool(words_in(self.marked)) and not self.growing()

    @property
    def words(self) -> tuple[tuple[float, float], ...]:
        """When each word of the text is said, in seconds."""
        speech = self._state.speech
        times = [] if speech is None else times_of([word.text for word in words_in(self.marked)], spoken_words(speech))
        known = [each for each in times if each is not None]
        return tuple(known) if len(known) == len(times) else ()

    def word_at(self, t: float, *, ends: bool = False) -> int:
        """The number of the word that begins, or ends, nearest to a time; as many as there are behind the last one.

        Args:
            t: seconds.
            ends: by the words' ends, and then always one of them.
        """
        words = self.words
        if not words:
            return 0
        places = [end_s for _, end_s in words] if ends else [*(start_s for start_s, _ in words), words[-1][1]]
        return min(range(len(places)), key=lambda i: abs(places[i] - t))

    def over(self, side: Side, motion: Animation) -> Animation:
        """See layers.Stage."""
        if not self.placed:
            return motion
        curves = self._curves_for(side.abilities.feels, motion.arkit)
        if curves is None:
            return motion
        known = self._made.get(side.serial)
        if known is not None and known.of is motion and known.curves is curves:
            return known.result
        former = None
        if known is not None and known.curves is curves and _goes_on(known.of.arkit.weights, motion.arkit.weights):
            former = (len(known.of.arkit), known.result.arkit.weights)
        result = laid_over(motion, curves, former)
        self._made[side.serial] = _Made(motion, curves, result)
        return result

    def _curves_for(self, feels: bool, track: BlendshapeTrack) -> MarkCurves | None:
        """What the marks add to a motion of this kind; found once for all of the sound."""
        speech = self._state.speech
        count = max(round((0.0 if speech is None else speech.audio.duration_s) * track.fps) + 2, len(track))
        kind = (feels, track.fps, track.start_s)
        known = self._curves.get(kind)
        if known is None or known[0] < count:
            spoken = () if speech is None else speech.phones or speech.words
            known = self._curves[kind] = count, curves_of(self.placed, spoken, (track.fps, track.start_s, count), feels=feels)
        return known[1]

    def refresh(self) -> None:
        """Look at the text, its words and whether more of them come; tell where that changes anything."""
        speech = self._state.speech
        text = "" if speech is None else speech.text
        words = () if speech is None else spoken_words(speech)
        complete = not self.growing()
        known = (text, words, complete)
        if known == self._known:
            return
        self._known = known
        self._curves.clear()
        before, self.marked = (self.marked, self.placed), self.marked if self.marked.text == text else read_marks(text)
        self.placed = () if speech is None else placed(self.marked, words, speech.audio.duration_s, complete=complete)
        self._tell_strays()
        self._feel(complete)
        if before == (self.marked, self.placed):
            return
        if any(any(each.mark.known.turn) for each in self.placed):
            self.head_wanted.emit()
        for name in tuple(self._state.sides):
            self.lay_over(name)
        self.changed.emit()

    # -- what the user does

    def begin(self) -> None:
        """A drag begins: until ``end``, moving and stretching start from the text as it is now, and all of it is one step."""
        self._drags += 1
        self._held = self.marked

    def end(self) -> None:
        """The drag is over."""
        self._held = None

    def move(self, index: int, word: int) -> int:
        """Put a mark before another word; a span goes along as a whole.

        Args:
            index: of the mark; while dragging, of where the drag began.
            word: the number of the word.

        Returns:
            Its index from now on.
        """
        held = self._held or self.marked
        return self._moved(held, index, writing.moved(held, index, word), "Move mark")

    def stretch(self, index: int, word: int, end: Literal["start", "end"]) -> int:
        """Put one end of a span at another word; see ``move``."""
        held = self._held or self.marked
        return self._moved(held, index, writing.stretched(held, index, word, end), "Stretch mark")

    def rewrite(self, text: str) -> bool:
        """Take a text that the user typed, where only its marks are others.

        Returns:
            Whether that is so; else it is for who knows what is said.
        """
        if not self.can_edit or without_marks(text) != without_marks(self.marked.text) or text == self.marked.text:
            return False
        self._change(text, "Marks of the text", "")
        return True

    def unspan(self, index: int) -> None:
        """Let a span end by itself."""
        self._change(writing.unspanned(self.marked, index), "Mark without an end", "")

    def strengthen(self, index: int, strength: float, control: str = "") -> None:
        """Give a mark another strength.

        Args:
            index: of the mark.
            strength: 0 to 1.
            control: changes of the same one in quick succession are one step; "" for a step of its own.
        """
        self._change(writing.strengthened(self.marked, index, strength), "Strength of mark", control)

    def lengthen(self, index: int, lasts_s: float) -> None:
        """Give a pause another length in seconds."""
        self._change(writing.changed(self.marked, index, lasts_s=lasts_s), "Length of pause", "")

    def remove(self, index: int) -> None:
        """Take a mark out of the text."""
        self._change(writing.removed(self.marked, index), "Delete mark", "")

    def add(self, inside: str, word: int, last: int | None = None) -> None:
        """Put a mark before a word.

        Args:
            inside: what its bracket holds.
            word: the number of the word.
            last: the last word of its span, None for none.
        """
        self._change(writing.added(self.marked, inside, word, last), "Add mark", "")

    # -- inside

    def _moved(self, held: MarkedText, index: int, text: str, what: str) -> int:
        self._change(text, what, f"drag {self._drags}" if self._held is not None else "")
        return writing.index_after(held, self.marked, index) if self.marked.text == text else index

    def _change(self, text: str, what: str, control: str) -> None:
        before = self.marked.text
        if text == before or not self.can_edit:
            return
        within_s = MERGE_S if self._held is None else math.inf
        self._undo.push(Step(self._put, before, text, what, control=f"mark {control}" if control else "", within_s=within_s))
        if _pauses(read_marks(before)) != _pauses(read_marks(text)):
            self._messages.tell("The pauses of the text changed; press Speak to hear them.")

    def _put(self, text: str) -> None:
        """Put a text in force, where the same words are still what is said."""
        speech = self._state.speech
        if speech is None or _said(read_marks(text)) != _said(self.marked):
            return
        before = speech.text
        self._state.reword(text)
        self.rewritten.emit(before, text)
        for name, side in tuple(self._state.sides.items()):
            if side.kept and side.spec.kind != KEPT:
                self.make_again(name)

    def _tell_strays(self) -> None:
        """Say once what is wrong with the marks of a text."""
        sentences = self.marked.sentences
        new = [sentence for sentence in sentences if sentence not in self._told]
        self._told = set(sentences)
        if new:
            self._messages.tell(" ".join(new[:2]))

    def _feel(self, complete: bool) -> None:
        felt = felt_of(self.placed)
        if felt == self._emotion.written:
            return
        # what is still to be made is made with it; a line that arrives may have been begun without
        fresh = all(side.own is None for side in self._state.sides.values())
        self._emotion.set_written(felt, is_made=fresh or not complete)


def _goes_on(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether rows are those of before and more: a growing motion hands over longer and longer views of the same memory."""
    return (
        len(after) >= len(before)
        and before.ctypes.data == after.ctypes.data
        and before.strides == after.strides
        and not before.flags.writeable
        and np.shares_memory(before, after)
    )


def _said(marked: MarkedText) -> Sequence[str]:
    return [word.text for word in words_in(marked)]


def _pauses(marked: MarkedText) -> list[tuple[int, float | None]]:
    """Where pauses are and how long."""
    starts = [word.start for word in words_in(marked)]
    return [(sum(start < mark.start for start in starts), mark.lasts_s) for mark in marked.marks if mark.name == "pause"]
