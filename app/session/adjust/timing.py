"""Words and phones of the present sound as a hand changes them: undone, reset to what was heard, and followed by every side."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.core.speech import AudioClip, Speech
from app.core.timing import changes
from app.core.timing.changes import Retimed, Timed
from app.core.timing.timed import timed_of
from app.core.timing.warp import Warp
from app.session.base.messages import Messages
from app.session.base.steps import Step
from app.session.state import State


@dataclass(frozen=True)
class _Drag:
    """A change that is still under the hand."""

    text: str
    before: Speech


class Timing(QObject):
    """The time line of words and phones.

    Args:
        state: whose speech it is.
        undo: takes the steps.
        messages: told what cannot be done.
        parent: the session.
    """

    #: words or phones are other values
    changed = Signal()

    def __init__(self, state: State, undo: QUndoStack, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._undo, self._messages = state, undo, messages
        self._drag: _Drag | None = None
        self._read_of: Speech | None = None
        self._timed = Timed()
        state.speech_changed.connect(self._speech_changed)

    # -- what there is

    @property
    def timed(self) -> Timed:
        """Words and phones as they are now."""
        speech = self._state.speech
        if speech is not self._read_of:
            self._read_of, self._timed = speech, Timed() if speech is None else timed_of(speech)
        return self._timed

    @property
    def heard(self) -> Timed:
        """As they were aligned or spoken, before the user's hand."""
        return self.timed

    @property
    def is_changed(self) -> bool:
        """Whether the user's hand has changed any."""
        return self.timed != self.heard

    def warp(self) -> Warp:
        """From when things were heard to when they are said now."""
        return Warp.identity

    def edges_s(self) -> tuple[float, ...]:
        """Times to snap to, rising: where the sound sets in, breaks off or changes its colour."""
        return ()

    # -- what the user does

    def begin(self, text: str) -> None:
        """A drag begins: all until ``end`` is one step."""
        self.end()
        if self._state.speech is not None:
            self._drag = _Drag(text, self._state.speech)

    def put(self, retimed: Retimed) -> None:
        """Words and phones are others while a drag lasts."""
        self._show(retimed)

    def end(self) -> None:
        """The drag is over: one step."""
        drag, self._drag = self._drag, None
        speech = self._state.speech
        if drag is not None and speech is not None and speech is not drag.before:
            self._push(drag.before, speech, drag.text)

    def cancel(self) -> None:
        """The drag is given up: everything is as it was before."""
        drag, self._drag = self._drag, None
        if drag is not None:
            self._put(drag.before)

    def apply(self, text: str, retimed: Retimed) -> None:
        """A change that is a step by itself."""
        self.begin(text)
        self.put(retimed)
        self.end()

    def rename_word(self, index: int, word: str) -> None:
        """Another word is spoken there; its phones are those of the new word, spread over its stretch."""
        self.apply(f"Rename “{self.timed.words[index].text}”", changes.renamed(self.timed, "words", index, word))

    def reset(self) -> None:
        """Back to what was heard; a step."""

    # -- inside

    def _show(self, retimed: Retimed) -> None:
        speech = self._state.speech
        if speech is None or retimed.timed == self.timed:
            return
        self._put(Speech(speech.audio, speech.text, retimed.timed.phones, speech.visemes, retimed.timed.words, speech.facial))

    def _put(self, speech: Speech) -> None:
        self._state.retime(speech, ((0.0, speech),))

    def _push(self, before: Speech, after: Speech, text: str) -> None:
        clip = before.audio

        def put(speech: Speech) -> None:
            if self._is_played(clip):
                self._put(speech)

        self._undo.push(Step(put, before, after, text))

    def _is_played(self, clip: AudioClip) -> bool:
        return self._state.speech is not None and self._state.speech.audio is clip

    def _speech_changed(self, _speech: object) -> None:
        self.changed.emit()
