"""Sound that is said into a recogniser, and who is told what was understood."""

from __future__ import annotations

import threading

import numpy as np

from app.conversation.recognition.utterances import Utterance, Utterances
from app.conversation.recognition.voice_activity import VoiceActivity
from app.conversation.steps import Recognised

RATE = 16000
BLOCK = 320


def voice(seconds: float, level: float = 0.2) -> np.ndarray:
    """A buzz with the pitch of a voice, (n,) float32."""
    times = np.arange(round(seconds * RATE)) / RATE
    return (level * sum(np.sin(2 * np.pi * 140 * k * times) / k for k in range(1, 20))).astype(np.float32).clip(-1, 1)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


def pushed(utterances: Utterances, sound: np.ndarray) -> list[Utterance]:
    over = []
    for at in range(0, len(sound), BLOCK):
        over += utterances.push(sound[at : at + BLOCK])
    return over


def sure() -> VoiceActivity:
    return VoiceActivity(lambda _samples: 1.0)


class Told:
    """What a recogniser tells."""

    def __init__(self) -> None:
        self.texts: list[Recognised] = []
        self.sentences: list[str] = []
        self._changed = threading.Condition()

    def tell(self, text: Recognised) -> None:
        with self._changed:
            self.texts.append(text)
            self._changed.notify_all()

    def fail(self, sentence: str) -> None:
        with self._changed:
            self.sentences.append(sentence)
            self._changed.notify_all()

    def wait(self, holds) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: holds(self), 20.0)
