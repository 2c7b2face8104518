"""One answer: read from the chat model, cut into sentences, and spoken while the rest of it still comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

import numpy as np

from app.conversation.chain.believing import Said, heard_of
from app.conversation.chain.pacing import Pacing
from app.conversation.chain.speaking import SentenceVoice
from app.conversation.chat.memory import ChatMemory
from app.conversation.chat.sentences import Sentence, SentenceCutter
from app.conversation.events import AnswerEnded, AnswerPart, AnswerText, Believed, Event, Reached, Stage, Told
from app.conversation.steps import ChatModel, Message
from app.core.arriving import ArrivingSpeech
from app.core.errors import PreviewError
from app.core.speech import AudioClip, Speech, joined

_CUT_OFF = "The voice broke off in the middle of a sentence; ask again to hear the rest."
_UNKNOWN = "The answer broke off because this program made a mistake; ask again, and report it if it stays so."


@dataclass
class _Stretch:
    """A stretch of the answer's text with the parts that say it."""

    text: str
    parts: list[ArrivingSpeech] = field(default_factory=list)
    done: bool = False


class SpokenAnswer:
    """An answer on its way: a thread reads, another one speaks. Both end when it is stopped.

    Args:
        turn: whose answer.
        chat: who answers.
        voice: who speaks.
        memory: is told what counts as said, before the end is told.
        tell: takes its events; never waits.
        pacing: how far it is spoken ahead.
    """

    def __init__(
        self,
        turn: int,
        chat: ChatModel,
        voice: SentenceVoice,
        memory: ChatMemory,
        *,
        tell: Callable[[Event], None],
        pacing: Pacing,
    ) -> None:
        self.turn, self.pacing = turn, pacing
        self._chat, self._voice = chat, voice
        self._memory, self._tell_all = memory, tell
        self._cancel = threading.Event()
        self._ending = threading.Lock()
        self._ended = False
        self._believed = False
        self._marks: set[Stage] = set()
        self._trouble = ""
        self._to_say: SimpleQueue[Sentence | None] = SimpleQueue()
        self._stretches: list[_Stretch] = []
        self._threads: tuple[threading.Thread, ...] = ()

    @property
    def is_present(self) -> bool:
        """Whether it is on its way, or should still be heard by now."""
        return not self._believed and (not self._ended or self.pacing.playing)

    @property
    def is_alive(self) -> bool:
        """Whether a thread of it runs."""
        return any(thread.is_alive() for thread in self._threads)

    def start(self, messages: Sequence[Message]) -> None:
        """Begin to answer.

        Args:
            messages: of the conversation, the question last.
        """
        self._threads = (
            threading.Thread(target=self._read, args=(tuple(messages),), name="conversation-reading", daemon=True),
            threading.Thread(target=self._speak, name="conversation-speaking", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def stop(self, heard_s: float) -> None:
        """Stop it at what was heard; ``Believed`` is told once.

        Args:
            heard_s: seconds of it that were heard.
        """
        with self._ending:
            if self._believed:
                return
            self._believed, fresh = True, not self._ended
            self._ended = True
        self._cancel.set()
        self._to_say.put(None)
        text = heard_of(self._said(), heard_s)
        if fresh:
            self._memory.answered(self.turn, self._text())
        self._memory.believe(self.turn, text)
        if fresh:
            self._tell_all(AnswerEnded(self.turn, complete=False))
        self._tell_all(Believed(self.turn, text, heard_s))

    def drop(self) -> None:
        """Stop it without a word: the conversation is over."""
        with self._ending:
            self._ended = self._believed = True
        self._cancel.set()
        self._to_say.put(None)

    def join(self) -> None:
        """Wait until its threads have ended, after it was stopped."""
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    # -- reading

    def _read(self, messages: Sequence[Message]) -> None:
        cutter = SentenceCutter()
        trouble = _UNKNOWN
        try:
            for delta in self._chat.reply(messages, self._cancel):
                if delta:
                    self._reached("first_token")
                    self._tell(AnswerText(self.turn, delta))
                    self._say(cutter.push(delta))
            self._say(cutter.rest())
            trouble = ""
        except PreviewError as error:
            trouble = str(error)
        finally:
            if trouble:
                self._fail(trouble)
            self._to_say.put(None)

    def _say(self, sentences: Sequence[Sentence]) -> None:
        for sentence in sentences:
            self._to_say.put(sentence)

    # -- speaking

    def _speak(self) -> None:
        mute, trouble = False, _UNKNOWN
        try:
            while (sentence := self._to_say.get()) is not None and not self._cancel.is_set():
                self._stretches.append(_Stretch(sentence.text))
                if sentence.spoken and not mute:
                    mute = not self._spoke(sentence.spoken, self._stretches[-1])
                self._stretches[-1].done = True
            trouble = ""
        finally:
            if trouble:
                self._fail(trouble)
            self._end()

    def _spoke(self, sentence: str, stretch: _Stretch) -> bool:
        """Say a sentence; False when that failed, which is told."""
        self.pacing.wait(self._cancel)
        try:
            for note in self._voice.notes(sentence):
                self._tell(Told(note))
            for arriving in self._voice.speak(sentence, self._cancel):
                self._pass_on(arriving, stretch)
                self.pacing.wait(self._cancel)
            for note in self._voice.noticed():
                self._tell(Told(note))
        except PreviewError as error:
            self._fail(str(error))
            return False
        if not all(part.complete for part in stretch.parts) and not self._cancel.is_set():
            self._fail(_CUT_OFF)
            return False
        return True

    def _pass_on(self, arriving: ArrivingSpeech, stretch: _Stretch) -> None:
        """Give a part away as soon as it sounds, and wait until all of it came."""
        begun = False
        for piece in arriving.pieces(self._cancel):
            if len(piece.samples) and not begun:
                begun = True
                self._reached("first_sound")
                stretch.parts.append(arriving)
                self.pacing.add(arriving)
                self._tell(AnswerPart(self.turn, arriving))
        if not begun and not arriving.complete:
            stretch.parts.append(arriving)

    def _said(self) -> list[Said]:
        """What was given away to be played, with its text; what has no sound counts as heard with what stands before it."""
        return [
            Said(stretch.text, _so_far(stretch.parts), stretch.done and all(part.complete for part in stretch.parts))
            for stretch in tuple(self._stretches)
        ]

    def _text(self) -> str:
        return "".join(stretch.text for stretch in tuple(self._stretches)).strip()

    # -- telling

    def _tell(self, event: Event) -> None:
        with self._ending:
            if not self._ended:
                self._tell_all(event)

    def _reached(self, stage: Stage) -> None:
        if stage not in self._marks:
            self._marks.add(stage)
            self._tell(Reached(self.turn, stage, time.perf_counter()))

    def _fail(self, sentence: str) -> None:
        if not self._trouble:
            self._trouble = sentence
            self._tell(Told(sentence, "error"))

    def _end(self) -> None:
        with self._ending:
            if not self._ended:
                self._ended = True
                self._memory.answered(self.turn, self._text())
                self._tell_all(AnswerEnded(self.turn, not self._trouble, self._trouble))


def _so_far(parts: Sequence[ArrivingSpeech]) -> Speech:
    """Parts as one speech, as far as they came."""
    return joined([part.so_far() for part in tuple(parts)]) if parts else Speech(AudioClip(np.zeros(0, np.float32), 1))
