"""The chain: a recogniser hears, a chat model answers, a voice speaks, each while the others still work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from app.conversation.chain.answering import SpokenAnswer
from app.conversation.chain.listening import Listening, Manners
from app.conversation.chain.pacing import PARTS_AHEAD, Pacing
from app.conversation.chain.speaking import SentenceVoice
from app.conversation.chain.telling import Telling
from app.conversation.chat.memory import ChatMemory
from app.conversation.chat.scripted import OneLine
from app.conversation.dialogue import HEARING_RATE
from app.conversation.events import Event, Told
from app.conversation.recognition.voice_activity import VoiceActivity
from app.conversation.steps import ChatModel, Recogniser
from app.core.counting import Count, uncounted
from app.core.errors import PreviewError


@runtime_checkable
class WarmsUp(Protocol):
    """A step that is slow the first time."""

    def warm_up(self) -> None:
        """Load what is slow to load; called on a worker thread."""
        ...


class Chain:
    """A ``Dialogue`` of three steps.

    Args:
        recogniser: hears; None for a conversation that is only typed.
        chat: answers.
        voice: speaks.
        memory: what was said.
        languages: that the recogniser is asked for.
        manners: how the user's voice is taken.
        activity: says when a voice speaks, before any word is known; None to rely on the recogniser's text.
        parts_ahead: of an answer that are spoken before they are heard; None where nobody hears and nobody interrupts.
        count: told the seconds that a service listened.
        greeting: what the avatar says first, "" for nothing.
    """

    hears_echo = True

    def __init__(
        self,
        recogniser: Recogniser | None,
        chat: ChatModel,
        voice: SentenceVoice,
        memory: ChatMemory,
        *,
        languages: Sequence[str] = (),
        manners: Manners = Manners(),  # noqa: B008 - frozen
        activity: VoiceActivity | None = None,
        parts_ahead: int | None = PARTS_AHEAD,
        count: Count = uncounted,
        greeting: str = "",
    ) -> None:
        self._recogniser, self._chat, self._voice = recogniser, chat, voice
        self._memory, self._languages = memory, tuple(languages)
        self._telling: Telling | None = None
        self._lock = threading.Lock()
        self._answer: SpokenAnswer | None = None
        self._former: list[SpokenAnswer] = []
        self._closed = False
        self._parts_ahead, self._count, self._greeting = parts_ahead, count, greeting.strip()
        self._warming: tuple[threading.Thread, ...] = ()
        self._listening = Listening(self._tell, self._ask, self._is_answering, manners=manners, activity=activity)
        self.is_stand_in = chat.is_stand_in
        self.label = " · ".join([*([recogniser.label] if recogniser else []), chat.label, voice.label])

    @property
    def hands_free(self) -> bool:
        """Whether silence ends an utterance; else only ``end_of_speech`` does. May be changed at any time."""
        return self._recogniser is None or self._recogniser.hands_free

    @hands_free.setter
    def hands_free(self, on: bool) -> None:
        if self._recogniser is not None:
            self._recogniser.hands_free = on

    def start(self, tell: Callable[[Event], None]) -> None:
        """Connect and be ready; see ``Dialogue``."""
        self._telling = Telling(tell)
        warm = [self._voice.warm_up, *([self._chat.warm_up] if isinstance(self._chat, WarmsUp) else [])]
        jobs = [*warm, *([self._listen] if self._recogniser is not None else [])]
        self._warming = tuple(threading.Thread(target=self._ready, args=(job,), name="conversation-ready", daemon=True) for job in jobs)
        for thread in self._warming:
            thread.start()
        if self._greeting:
            turn = self._listening.spoken_to()
            self._memory.unasked(turn)
            self._begin(turn, OneLine(self._greeting))

    def hear(self, samples: np.ndarray) -> None:
        """What the microphone heard; see ``Dialogue``."""
        if self._recogniser is not None and not self._closed:
            self._listening.hear(samples)
            self._recogniser.push(samples)
            if not self._recogniser.is_embedded:
                self._count("stt", "seconds", len(samples) / HEARING_RATE)

    def end_of_speech(self) -> None:
        """What was heard is the whole utterance."""
        if self._recogniser is not None and not self._closed:
            self._listening.wait_for_words()
            self._recogniser.end_of_speech()

    def say(self, text: str) -> None:
        """A typed turn; what is still being answered is interrupted where it should be by now, unless ``interrupt`` said where."""
        if text.strip() and not self._closed:
            self._listening.typed(text.strip())

    def interrupt(self, heard_s: float) -> None:
        """Stop the answer at what was heard; see ``Dialogue``."""
        with self._lock:
            answer = self._answer
        if answer is not None:
            answer.stop(heard_s)

    def clear(self) -> None:
        """Forget what was said, and stop saying it."""
        with self._lock:
            answer, self._answer = self._answer, None
            if answer is not None:
                answer.drop()
                self._former.append(answer)
            self._memory.clear()

    def close(self) -> None:
        """End; see ``Dialogue``."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            answers = [*self._former, *([self._answer] if self._answer else [])]
        for answer in answers:
            answer.drop()
        if self._recogniser is not None:
            self._recogniser.close()
        for answer in answers:
            answer.join()
        for thread in self._warming:
            thread.join()
        self._chat.close()
        self._voice.close()
        if self._telling is not None:
            self._telling.close()

    # -- inside

    def _tell(self, event: Event) -> None:
        if self._telling is not None and not self._closed:
            self._telling(event)

    def _ready(self, job: Callable[[], None]) -> None:
        try:
            job()
        except PreviewError as error:
            self._tell(Told(str(error), "error"))

    def _listen(self) -> None:
        assert self._recogniser is not None
        self._recogniser.start(self._listening.recognised, lambda sentence: self._tell(Told(sentence, "error")), self._languages)

    def _is_answering(self) -> bool:
        answer = self._answer
        return answer is not None and answer.is_present

    def _ask(self, turn: int, text: str) -> None:
        with self._lock:
            before = self._answer
        if before is not None and before.is_present:
            before.stop(before.pacing.heard_s())
        with self._lock:
            if self._closed:
                return
            self._former = [each for each in [*self._former, *([before] if before else [])] if each.is_alive]
            self._memory.asked(turn, text)
        self._begin(turn, self._chat)

    def _begin(self, turn: int, chat: ChatModel) -> None:
        with self._lock:
            if self._closed:
                return
            pacing = Pacing(self._parts_ahead)
            self._answer = SpokenAnswer(turn, chat, self._voice, self._memory, tell=self._tell, pacing=pacing)
            self._answer.start(self._memory.messages())
