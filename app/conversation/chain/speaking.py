"""Who speaks in a conversation: an engine, one of its voices, and how fast."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from app.core.arriving import ArrivingSpeech
from app.core.cancel import CancelToken
from app.speech.engine import ArrivingVoice, TellsAfterwards, TtsEngine


@dataclass(frozen=True)
class SentenceVoice:
    """A voice that says one sentence at a time.

    Attributes:
        engine: makes the sound.
        voice_id: one of its voices.
        speed: 0.5 (slow) to 2 (fast).
        let_go: closes the engine, where it is this voice's own.
    """

    engine: TtsEngine
    voice_id: str
    speed: float = 1.0
    let_go: Callable[[], None] | None = None
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def label(self) -> str:
        """As shown in the window."""
        return next((voice.name for voice in self.engine.voices() if voice.id == self.voice_id), self.voice_id)

    def warm_up(self) -> None:
        """Load what is slow to load.

        Raises:
            SpeechError: the voice is damaged.
            ServiceError: its service cannot be reached.
        """
        with self._one_at_a_time:
            self.engine.warm_up()

    def speak(self, text: str, cancel: CancelToken) -> Iterator[ArrivingSpeech]:
        """Say a sentence.

        Args:
            text: one sentence, or a clause of one.
            cancel: asked all the time; nothing is yielded after it was set.

        Yields:
            Its sound: in one part that may still be arriving, or in several.

        Raises:
            SpeechError: nothing of it can be spoken.
            ServiceError: the voice's service does not answer.
        """
        with self._one_at_a_time:
            if not cancel.is_set():
                if isinstance(self.engine, ArrivingVoice):
                    yield from self.engine.arrive(text, self.voice_id, self.speed, cancel)
                else:
                    yield from map(ArrivingSpeech.of, self.engine.synthesize(text, self.voice_id, self.speed, cancel))

    def close(self) -> None:
        """Let the engine go, where it is this voice's own."""
        if self.let_go is not None:
            self.let_go()

    def notes(self, text: str) -> tuple[str, ...]:
        """What will be left out of a sentence.

        Raises:
            SpeechError: nothing of it can be spoken.
        """
        return self.engine.notes(text)

    def noticed(self) -> tuple[str, ...]:
        """What the engine noticed since this was asked last."""
        return self.engine.noticed() if isinstance(self.engine, TellsAfterwards) else ()
