"""Dialogues with the server on this machine: made, listened to, and spoken to."""

from __future__ import annotations

import threading
import time

import numpy as np

from app.conversation.events import AnswerPart, Reached
from app.conversation.realtime.openai_realtime import RealtimeDialogue, RealtimeSettings
from app.conversation.realtime.voice_live import VoiceLiveDialogue, VoiceLiveSettings
from app.keys.access import ChatAccess, SpeechAccess
from tests.clouds.realtime_service import RATE

DIALECTS = ("voice-live", "openai")
KEY = "a-good-key"


class Ear:
    """Hears what a dialogue tells."""

    def __init__(self):
        self.events = []
        self._changed = threading.Condition()

    def __call__(self, event):
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def of(self, kind):
        return [event for event in list(self.events) if isinstance(event, kind)]

    def wait(self, kind, count=1, timeout_s=10.0, /, **fields):
        def found():
            return [each for each in self.of(kind) if all(getattr(each, name) == value for name, value in fields.items())]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, timeout_s), self.events
        return found()[count - 1]

    def wait_for_sound(self, seconds):
        """Until so much of the newest answer has arrived."""
        arriving = self.wait(AnswerPart).arriving
        until_s = time.monotonic() + 10
        while arriving.duration_s < seconds and time.monotonic() < until_s:
            threading.Event().wait(0.005)
        assert arriving.duration_s >= seconds

    def stages(self, turn):
        return {event.stage: event.at_s for event in self.of(Reached) if event.turn == turn}


def dialogue_for(service, *, key=KEY, spent=None, waits_s=(0.05, 0.05), handshake_s=5.0, **wishes):
    """The dialogue that speaks a server's dialect."""
    common = {"spent": spent, "waits_s": waits_s, "handshake_s": handshake_s}
    if service.dialect == "openai":
        return RealtimeDialogue(ChatAccess(service.url, "my-realtime", key), RealtimeSettings(**wishes), **common)
    return VoiceLiveDialogue(SpeechAccess(key, endpoint=service.url), VoiceLiveSettings(**wishes), **common)


def voice(seconds=1.0):
    """A sound to be recognised again."""
    t = np.arange(round(RATE * seconds)) / RATE
    return (0.3 * np.sin(2 * np.pi * (180 + 40 * t) * t)).astype(np.float32)


def sound_of_a_user(seconds, silence_s):
    """A tone at 16 kHz, and silence after it."""
    t = np.arange(round(16000 * seconds)) / 16000
    return np.concatenate([0.3 * np.sin(2 * np.pi * 200 * t), np.zeros(round(16000 * silence_s))]).astype(np.float32)


def speak(dialogue, seconds=0.4, silence_s=0.7):
    """A user who speaks and is silent then, in blocks of 20 ms."""
    sound = sound_of_a_user(seconds, silence_s)
    for block in np.array_split(sound, len(sound) // 320):
        dialogue.hear(block)
