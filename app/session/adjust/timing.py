"""Words and phones of the present sound as a hand changes them: undone, reset to what was heard, and followed by every side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.core.arriving import ArrivingSpeech
from app.core.errors import PreviewError
from app.core.speech import AudioClip, Speech, as_heard
from app.core.timing import changes
from app.core.timing.changes import Retimed, Timed
from app.core.timing.pronounced import pronounced, text_of
from app.core.timing.retimed import parts_retimed, retimed, warp_of
from app.core.timing.snapping import energy_edges
from app.core.timing.timed import timed_of
from app.core.timing.warp import Warp, of_change
from app.session.base.messages import Messages
from app.session.base.steps import Step
from app.session.base.workers import Job, Workers
from app.session.state import State

#: what is looked for in the sound, and how words are pronounced
EDGES, PRONOUNCING = "edges in the sound", "pronunciation"
GROWING = "The line is still being made; move its words when it is complete."


@dataclass(frozen=True)
class _Hand:
    """The time line as it is at a moment: the value of a step.

    Attributes:
        speech: with its words and phones.
        timed: these, in order.
    """

    speech: Speech
    timed: Timed


class Timing(QObject):
    """The time line of words and phones.

    What a hand does is in the speech itself (``Speech.heard`` keeps what was known before), so that whatever shows, saves or writes
    words and phones does so with the present ones.

    Args:
        state: whose speech it is.
        undo: takes the steps.
        messages: told what cannot be done.
        parent: the session.

    Attributes:
        is_growing: asked whether a line is still being made; its words wait for its end.
    """

    #: words or phones are other values
    changed = Signal()
    #: (first, last) second of the stretch in which something is said at other times, or otherwise
    retimed = Signal(object)
    #: the edges of the present sound are known
    edges_found = Signal()

    def __init__(self, state: State, undo: QUndoStack, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_growing: Callable[[], bool] = lambda: False
        self._state, self._undo, self._messages = state, undo, messages
        self._workers = Workers(messages.fail_task, self)
        self._drag: tuple[str, _Hand] | None = None
        self._known: _Hand | None = None
        self._heard: _Hand | None = None
        self._edges: tuple[AudioClip, tuple[float, ...]] | None = None
        self._steps = 0
        #: the newest step: its words and control, and what it led to
        self._newest: tuple[tuple[str, str], _Hand] | None = None
        state.speech_changed.connect(self._speech_changed)

    # -- what there is

    @property
    def timed(self) -> Timed:
        """Words and phones as they are now."""
        hand = self._hand()
        return Timed() if hand is None else hand.timed

    @property
    def heard(self) -> Timed:
        """As they were aligned or spoken, before the user's hand."""
        speech = self._state.speech
        if speech is None or speech.heard is None:
            return self.timed
        known = self._heard
        if known is None or known.speech.heard is None or known.speech.heard.phones is not speech.heard.phones:
            self._heard = known = _Hand(speech, timed_of(as_heard(speech)))
        return known.timed

    @property
    def is_changed(self) -> bool:
        """Whether the user's hand has changed any."""
        return self._state.speech is not None and self._state.speech.heard is not None

    def warp(self) -> Warp:
        """From when things were heard to when they are said now."""
        return Warp.identity if self._state.speech is None else warp_of(self._state.speech)

    def edges_s(self) -> tuple[float, ...]:
        """Times to snap to, rising: where the sound sets in, breaks off or changes its colour; () until ``edges_found`` tells."""
        speech = self._state.speech
        if speech is None:
            return ()
        clip = speech.audio
        if self._edges is None or self._edges[0] is not clip:
            self._edges = clip, ()
            self._workers.start(EDGES, lambda job: job.post(self._edges_ready, clip, energy_edges(clip.samples, clip.rate)))
        return self._edges[1]

    @property
    def why_not(self) -> str:
        """Why nothing can be moved now, in a sentence; "" when it can."""
        if not self.timed.words and not self.timed.phones:
            return "There are no words or phones yet; speak a line, or give the recording's transcript."
        arriving = any(isinstance(part, ArrivingSpeech) for _, part in self._state.parts)
        return GROWING if arriving or self.is_growing() else ""

    # -- what the user does

    def begin(self, text: str) -> None:
        """A drag begins: all until ``end`` is one step.

        Args:
            text: what it is, for the menu of steps.
        """
        self.end()
        hand, fault = self._hand(), self.why_not
        if fault:
            self._messages.fail(fault)
        elif hand is not None:
            self._drag = text, hand

    def put(self, changed: Retimed) -> None:
        """Words and phones are others; only while a drag lasts.

        Args:
            changed: from what was there when it began, or from what is there now.
        """
        if self._drag is not None and changed.timed != self.timed:
            self._put(self._after(self._drag[1], changed.timed))

    def end(self) -> None:
        """The drag is over: one step."""
        drag, self._drag = self._drag, None
        hand = self._hand()
        if drag is not None and hand is not None and hand.speech is not drag[1].speech:
            self._push(drag[1], hand, drag[0])

    def cancel(self) -> None:
        """The drag is given up: everything is as it was before."""
        drag, self._drag = self._drag, None
        if drag is not None:
            self._put(drag[1])

    def apply(self, text: str, changed: Retimed) -> None:
        """A change that is a step by itself.

        Args:
            text: what it is, for the menu of steps.
            changed: from what is there now.
        """
        self.begin(text)
        self.put(changed)
        self.end()

    def rename_word(self, index: int, word: str) -> None:
        """Another word is spoken there; its phones are those of the new word, spread over its stretch, as soon as they are looked up.

        Args:
            index: the word's place.
            word: what is said.
        """
        before = self._hand()
        word = " ".join(word.split())
        if before is None or not word or self.why_not:
            self._messages.fail(self.why_not or "A word needs letters; type what is said there.")
            return
        renamed, at_s = changes.renamed(before.timed, "words", index, word).timed, before.timed.words[index].start_s
        if renamed != before.timed:
            step = self._push(before, self._after(before, renamed), f"Rename “{before.timed.words[index].text}”")
        elif self._newest is not None and self._newest[1].speech is before.speech:
            step = self._newest[0]  # it was put in just now
        else:
            step = f"Pronounce “{word}”", ""
        if not before.timed.phones:
            return

        def work(job: Job) -> None:
            from app.speech.align import pronunciation

            try:
                job.post(self._pronounced, step, word, at_s, pronunciation(word))
            except PreviewError:
                job.post(self._messages.fail, f"“{word}” cannot be pronounced; name its phones by hand.")

        self._workers.start(PRONOUNCING, work)

    def reset(self) -> None:
        """Back to what was heard; a step."""
        hand = self._hand()
        if hand is not None and self.is_changed:
            self.load("Words and phones as heard", as_heard(hand.speech))

    def load(self, text: str, speech: Speech) -> None:
        """Put words and phones of other making in force for the present sound; a step.

        Args:
            text: what it is, for the menu of steps.
            speech: of the same sound.
        """
        self.end()
        before = self._hand()
        if before is not None and speech.audio is before.speech.audio:
            after = _Hand(speech, timed_of(speech))
            self._push(before, after, text)

    def restore(self, speech: Speech) -> None:
        """Put words and phones in force as they were moved before; not a step.

        Args:
            speech: of the present sound.
        """
        self.end()
        before = self._hand()
        if before is not None and speech.audio is before.speech.audio:
            self._put(_Hand(speech, timed_of(speech)))

    def close(self) -> None:
        """End the threads."""
        self._workers.close()

    # -- inside

    def _hand(self) -> _Hand | None:
        """The time line as it is now."""
        speech = self._state.speech
        if speech is None:
            return None
        if self._known is None or self._known.speech is not speech:
            known = self._known
            same = known is not None and known.speech.phones is speech.phones and known.speech.words is speech.words
            self._known = _Hand(speech, known.timed if known is not None and same else timed_of(speech))
        return self._known

    def _after(self, before: _Hand, timed: Timed) -> _Hand:
        """The time line with other words and phones."""
        speech = before.speech
        step = of_change(before.timed, timed, speech.audio.duration_s)
        made = retimed(speech, timed, warp_of(speech).followed_by(step))
        return _Hand(replace(made, text=text_of(speech.text, before.timed.words, timed.words)), timed)

    def _put(self, hand: _Hand) -> None:
        before = self._hand()
        if before is None or before.speech is hand.speech:
            return
        parts = [(start_s, part) for start_s, part in self._state.parts if isinstance(part, Speech)]
        span_s = Retimed.between(before.timed, hand.timed).span_s
        self._known = hand
        self._state.retime(hand.speech, parts_retimed(parts, hand.speech, span_s) if parts else ())
        self.retimed.emit(span_s)

    def _push(self, before: _Hand, after: _Hand, text: str, control: str = "") -> tuple[str, str]:
        """Put a time line in force as a step; returns the step's words and control, which later ones may join."""
        clip = before.speech.audio
        rewords = before.speech.text != after.speech.text
        self._steps += 1
        step = text, control or f"timing {self._steps}"

        def put(hand: _Hand) -> None:
            now = self._state.speech
            if now is None or now.audio is not clip:
                return
            # marks may have been written into the text since then
            keeps = rewords or now.text == hand.speech.text
            self._put(hand if keeps else replace(hand, speech=replace(hand.speech, text=now.text)))

        self._undo.push(Step(put, before, after, text, control=step[1]))
        self._newest = step, after
        return step

    def _pronounced(self, step: tuple[str, str], word: str, at_s: float, symbols: list[str]) -> None:
        """The phones of a renamed word are known; they belong to the same step."""
        before = self._hand()
        if before is None or self._drag is not None:
            return
        index = before.timed.word_at(at_s)
        if index >= 0 and before.timed.words[index].text == word:
            self._push(before, self._after(before, pronounced(before.timed, index, symbols).timed), *step)

    def _edges_ready(self, clip: AudioClip, edges_s: tuple[float, ...]) -> None:
        if self._edges is not None and self._edges[0] is clip:
            self._edges = clip, edges_s
            self.edges_found.emit()

    def _speech_changed(self, speech: Speech) -> None:
        if self._drag is not None and speech.audio is not self._drag[1].speech.audio:
            self._drag = None
        self.changed.emit()
