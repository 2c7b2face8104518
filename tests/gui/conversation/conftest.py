"""A microphone that plays a recording in real time, and somebody to talk with who keeps to the interface."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.audio.clips import resample
from app.conversation.dialogue import HEARING_RATE
from app.conversation.events import AnswerEnded, AnswerPart, AnswerText, Believed, Event, Reached, UserBegan, UserText
from app.core.arkit import ARKIT_INDEX
from app.core.arriving import ArrivingSpeech
from app.core.speech import AudioClip
from app.session.base import opening
from app.session.conversation import hearing
from app.ui.window.main_window import MainWindow

SLOW_MS = 60_000
ANSWER = ("Maybe my puppy barks at the moon.", "Bob may buy a big map of Bombay.")
LOUD, SILENT_S = 0.02, 0.45


class VirtualMicrophone:
    """Plays what it is given into whoever listens, in real time; silence otherwise. It stands at the door where devices are opened."""

    def __init__(self) -> None:
        self.name, self.rate, self.level, self.latency_s = "Virtual microphone", HEARING_RATE, 0.0, 0.0
        self.opened = 0
        self._sound = np.zeros(0, np.float32)
        self._read_s = time.monotonic()
        self._lock = threading.Lock()

    def play(self, clip: AudioClip) -> None:
        """Let a clip be heard from now on."""
        with self._lock:
            self._sound = np.concatenate([self._sound, resample(clip, HEARING_RATE).samples])

    def start(self) -> None:
        self.opened += 1
        self._read_s = time.monotonic()

    def read_new(self) -> np.ndarray:
        with self._lock:
            n = int((time.monotonic() - self._read_s) * HEARING_RATE)
            self._read_s += n / HEARING_RATE
            sound, self._sound = self._sound[:n], self._sound[n:]
        samples = np.concatenate([sound, np.zeros(n - len(sound), np.float32)])
        self.level = float(np.sqrt(np.mean(samples * samples))) if n else self.level
        return samples

    def close(self) -> None:
        self.opened -= 1


@dataclass
class ScriptedDialogue:
    """Understands that something was said by its loudness, and answers with sentences of the embedded voice."""

    label: str = "Scripted, for tests"
    is_stand_in: bool = True
    hears_echo: bool = True
    answer: tuple[str, ...] = ANSWER
    text: str = "what do you see"
    heard_s: list[float] = field(default_factory=list)
    closed: bool = False
    #: it thinks until this is set
    ready: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.ready.set()

    def start(self, tell: Callable[[Event], None]) -> None:
        self._tell, self._turn, self._cancel = tell, 0, threading.Event()
        self._engine = opening.make_engine()
        self._orders: queue.SimpleQueue = queue.SimpleQueue()
        self._voice_s = self._quiet_s = 0.0
        self._thread = threading.Thread(target=self._work, name="scripted", daemon=True)
        self._thread.start()

    def hear(self, samples: np.ndarray) -> None:
        lasts_s = len(samples) / HEARING_RATE
        if float(np.sqrt(np.mean(samples * samples))) > LOUD:
            if not self._voice_s:
                self._tell(UserBegan(time.perf_counter()))
            self._voice_s, self._quiet_s = self._voice_s + lasts_s, 0.0
            words = self.text.split()[: 1 + int(self._voice_s / 0.3)]
            self._tell(UserText(self._turn + 1, " ".join(words), False, time.perf_counter()))
        elif self._voice_s:
            self._quiet_s += lasts_s
            if self._quiet_s > SILENT_S:
                self.end_of_speech()

    def end_of_speech(self) -> None:
        if self._voice_s:
            last_word_s = time.perf_counter() - self._quiet_s
            self._voice_s = self._quiet_s = 0.0
            self._orders.put((self.text, last_word_s))

    def say(self, text: str) -> None:
        self._orders.put((text, 0.0))

    def interrupt(self, heard_s: float) -> None:
        self.heard_s.append(heard_s)
        self._cancel.set()
        said = " ".join(self.answer)
        self._tell(Believed(self._turn, said[: int(14 * heard_s)], heard_s))
        self._tell(AnswerEnded(self._turn, False))

    def clear(self) -> None:
        self._voice_s = 0.0

    def close(self) -> None:
        self.closed = True
        self._cancel.set()
        self._orders.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            text, last_word_s = order
            self._turn, self._cancel = self._turn + 1, threading.Event()
            turn, cancel = self._turn, self._cancel
            if last_word_s:
                self._tell(Reached(turn, "last_word", last_word_s))
            self._tell(UserText(turn, text, True, time.perf_counter()))
            self._speak(turn, cancel)

    def _speak(self, turn: int, cancel: threading.Event) -> None:
        while not self.ready.wait(0.02):
            if cancel.is_set():
                return
        for i, sentence in enumerate(self.answer):
            if cancel.is_set():
                return
            if not i:
                self._tell(Reached(turn, "first_token", time.perf_counter()))
            self._tell(AnswerText(turn, f"{' ' if i else ''}{sentence}"))
            for speech in self._engine.synthesize(sentence, "heart", cancel=cancel):
                if cancel.is_set():
                    return
                self._tell(Reached(turn, "first_sound", time.perf_counter()))
                self._tell(AnswerPart(turn, ArrivingSpeech.of(speech)))
        if not cancel.is_set():
            self._tell(AnswerEnded(turn, True))


@pytest.fixture
def microphone(monkeypatch):
    """The microphone of all conversations of this test."""
    one = VirtualMicrophone()
    monkeypatch.setattr(hearing, "open_microphone", lambda _device, _rate: one)
    return one


@pytest.fixture
def partner():
    """Somebody to talk with."""
    return ScriptedDialogue()


@pytest.fixture
def data_home(tmp_path, monkeypatch):
    """Where this test keeps answers."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


@dataclass
class Talk:
    """The window in a conversation, and hands for it."""

    window: MainWindow
    microphone: VirtualMicrophone
    partner: ScriptedDialogue
    qtbot: QtBot

    @property
    def session(self):
        return self.window.session

    @property
    def conversation(self):
        return self.window.session.conversation

    @property
    def panel(self):
        return self.window.widgets.conversation

    def start(self) -> None:
        """Press Start and wait until somebody listens."""
        self.qtbot.mouseClick(self.panel.start, Qt.MouseButton.LeftButton)
        self.wait_for("listening")
        self.qtbot.waitUntil(lambda: bool(self.conversation.hearing.name), timeout=SLOW_MS)

    def wait_for(self, phase: str) -> None:
        self.qtbot.waitUntil(lambda: self.conversation.phase == phase, timeout=SLOW_MS)

    def type(self, line: str) -> None:
        field = self.panel.talk.line
        field.setFocus()
        self.qtbot.keyClicks(field, line)
        self.qtbot.keyClick(field, Qt.Key.Key_Return)

    def mouth(self) -> float:
        """How far the mouth is from rest by the track that is shown now."""
        session = self.session
        return float(session.posing.weights_at(session.playback.now())[ARKIT_INDEX["jawOpen"]])


@pytest.fixture
def talk(window, microphone, partner, data_home, qtbot):
    """The window with the panel open, and the scripted partner behind it."""
    window.session.conversation.maker = lambda: lambda: partner
    window.widgets.actions["conversation"].trigger()
    qtbot.waitUntil(window.widgets.conversation.isVisible)
    return Talk(window, microphone, partner, qtbot)
