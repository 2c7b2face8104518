"""The conversation with embedded parts: from the end of a question to the first sound, and from the user's voice to silence.

A spoken question is heard in its own time, in blocks of 10 ms, as a microphone gives it; the answer is played by the real player.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from app.audio.clips import resample
from app.audio.player import Player
from app.conversation.chain.chain import Chain
from app.conversation.chain.speaking import SentenceVoice
from app.conversation.chat.memory import ChatMemory
from app.conversation.chat.scripted import ScriptedChat
from app.conversation.dialogue import HEARING_RATE
from app.conversation.events import Event, Told, UserBegan
from app.conversation.recognition.embedded import EmbeddedRecogniser, load
from app.conversation.recognition.voice_activity import VoiceActivity
from app.conversation.turns import Turn, Turns
from app.core.arkit import ARKIT_CHANNELS, MOUTH_CHANNELS
from app.core.errors import ServiceError
from app.core.speech import AudioClip, Speech
from app.speech.hibari import HibariEngine
from tests.bench import bench_echo

BLOCK_S = 0.01
QUESTIONS = ("What can you do for me?", "Can you tell me a story, please?", "Who are you?", "Can you count to five?", "How are you today?")
INTERRUPTIONS = ("Wait a moment.", "No, not that one.", "Stop.", "Please be quiet.", "I have another question.")
LOUD = 0.02
#: a mouth that is open by less than this is closed
CLOSED = 0.01
#: of a quiet room, -66 dB of full scale
NOISE = 5e-4
PATIENCE_S = 60.0


@dataclass
class Minutes:
    """What a dialogue told, with a condition to wait on."""

    turns: Turns = field(default_factory=Turns)
    events: list[Event] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, event: Event) -> None:
        with self.changed:
            if isinstance(event, Told) and event.kind != "notice":
                raise ServiceError(event.sentence)
            self.events.append(event)
            self.turns.take(event)
            self.changed.notify_all()

    def wait(self, holds: Callable[[], bool]) -> None:
        """Wait until something was told.

        Raises:
            ServiceError: it was not.
        """
        with self.changed:
            if not self.changed.wait_for(holds, PATIENCE_S):
                raise ServiceError("The conversation has fallen silent; run the benchmark again on a machine that does nothing else.")

    def last(self) -> Turn:
        """The present turn."""
        return self.turns.turns[-1]


class Room:
    """Sound that is heard in real time: silence, and what is spoken into it.

    Args:
        hear: takes blocks.
    """

    def __init__(self, hear: Callable[[np.ndarray], None]) -> None:
        self._hear = hear
        self._spoken: list[np.ndarray] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="room")
        self._next_s = 0.0

    @contextmanager
    def open(self) -> Iterator[Room]:
        """Heard from now on."""
        self._thread.start()
        try:
            yield self
        finally:
            self._over.set()
            self._thread.join()

    def speak(self, samples: np.ndarray) -> float:
        """Say something; gives the ``time.perf_counter`` at which its first sample sounds."""
        with self._lock:
            self._spoken.append(samples)
            return self._next_s

    def _run(self) -> None:
        step, left, noise = round(BLOCK_S * HEARING_RATE), np.zeros(0, np.float32), np.random.default_rng(0)
        self._next_s = time.perf_counter()
        while not self._over.is_set():
            with self._lock:
                if self._spoken:
                    left = np.concatenate([left, *self._spoken])
                    self._spoken.clear()
                block = noise.normal(0.0, NOISE, step).astype(np.float32)
                block[: min(step, len(left))] += left[:step]
                left = left[step:]
                self._next_s += BLOCK_S
            # a block is given when its last sample has sounded
            time.sleep(max(0.0, self._next_s - time.perf_counter()))
            self._hear(block)


def said(engine: HibariEngine, text: str) -> np.ndarray:
    """A question as a microphone hears it."""
    return np.concatenate([resample(part.audio, HEARING_RATE).samples for part in engine.synthesize(text, "heart")])


def voiced_s(samples: np.ndarray) -> tuple[float, float]:
    """When the voice in a sound begins and ends, in seconds."""
    loud = np.flatnonzero(np.abs(samples) > LOUD)
    return float(loud[0]) / HEARING_RATE, float(loud[-1] + 1) / HEARING_RATE


def asked(room: Room, minutes: Minutes, samples: np.ndarray) -> dict[str, float]:
    """Ask a question; gives the milliseconds from the end of its last word to each step of the answer."""
    before = len(minutes.turns.turns)
    end_s = room.speak(samples) + voiced_s(samples)[1]
    minutes.wait(lambda: len(minutes.turns.turns) > before and minutes.last().ended)
    turn = minutes.last()
    if not turn.parts:
        raise ServiceError(f"No answer came to a question that was heard as {turn.asked!r}; run the benchmark again.")
    return {stage: (at_s - end_s) * 1e3 for stage, at_s in turn.marks.items()}


def interrupted(room: Room, minutes: Minutes, chain: Chain, player: Player, samples: np.ndarray) -> tuple[float, float]:
    """Speak over an answer that is playing; gives milliseconds from the first sample of the voice to its being noticed, and to silence.

    Silence is when the player has stopped and the device has thrown away what it had been given.
    """
    before = len(minutes.turns.turns)
    chain.say("Please tell me a story.")
    minutes.wait(lambda: len(minutes.turns.turns) > before and bool(minutes.last().parts))
    speech: Speech = minutes.last().parts[0].so_far()
    player.load(AudioClip(speech.audio.samples, speech.audio.rate), streaming=True)
    player.play()
    while player.clock.now() < 0.6:
        time.sleep(0.005)
    heard = sum(isinstance(event, UserBegan) for event in minutes.events)
    begin_s = room.speak(samples) + voiced_s(samples)[0]
    minutes.wait(lambda: sum(isinstance(event, UserBegan) for event in minutes.events) > heard)
    player.hush()
    stopped_s, noticed_s = time.perf_counter(), [event for event in minutes.events if isinstance(event, UserBegan)][-1].at_s
    chain.interrupt(player.clock.now())
    # the interruption is a turn of its own: its answer is awaited before the next one
    minutes.wait(lambda: len(minutes.turns.turns) > before + 1 and minutes.last().ended)
    chain.interrupt(0.0)
    return (noticed_s - begin_s) * 1e3, (stopped_s - begin_s) * 1e3


def measured(chain: Chain, minutes: Minutes, player: Player, engine: HibariEngine) -> list[dict]:
    """Rows of a conversation."""
    names = {"final_text": "text known", "first_token": "first word thought", "first_sound": "first sound ready"}
    with Room(chain.hear).open() as room:
        asked(room, minutes, said(engine, QUESTIONS[0]))  # the first of all loads what is left to be loaded
        steps = []
        for question in QUESTIONS:
            chain.interrupt(0.0)
            steps.append(asked(room, minutes, said(engine, question)))
        rows = [
            {"name": f"end of question to {name}, {kind}", "value": float(figure([step[stage] for step in steps])), "unit": "ms"}
            for stage, name in names.items()
            for kind, figure in (("median", np.median), ("worst", np.max))
        ]
        stops = np.array([interrupted(room, minutes, chain, player, said(engine, text)) for text in INTERRUPTIONS])
    for name, column in (("noticed", stops[:, 0]), ("silence", stops[:, 1])):
        rows += [
            {"name": f"barge-in to {name}, {kind}", "value": float(figure(column)), "unit": "ms"}
            for kind, figure in (("median", np.median), ("worst", np.max))
        ]
    return rows


def mouth_closes_ms() -> float:
    """Milliseconds from the silence to a closed mouth, by the stage that lets go of the track; the mouth was open as far as it can be."""
    from PySide6.QtCore import QCoreApplication

    from app.session.base.messages import Messages
    from app.session.base.playback import Playback
    from app.session.pose.hush import Hush
    from app.session.state import State

    _application = QCoreApplication.instance() or QCoreApplication([])
    state, playback = State(), Playback(Messages())
    hush, track = Hush(state, playback), np.ones(len(ARKIT_CHANNELS), np.float32)
    mouth = np.array([name in MOUTH_CHANNELS for name in ARKIT_CHANNELS])
    hush.begin()
    start_s = time.perf_counter()
    while hush.applied(track)[mouth].max() > CLOSED:
        time.sleep(0.001)
    return (time.perf_counter() - start_s) * 1e3


def run() -> list[dict]:
    """Rows of the benchmark, those of the echo guard last; budgets: first sound 1000 ms, silence 150 ms, 20 dB of echo taken away.

    Raises:
        ServiceError: the recogniser's weights cannot be fetched.
    """
    start_s = time.perf_counter()
    reader = load()
    rows = [{"name": "recogniser ready", "value": (time.perf_counter() - start_s) * 1e3, "unit": "ms"}]
    engine, minutes, player = HibariEngine(), Minutes(), Player()
    chain = Chain(
        EmbeddedRecogniser(lambda _cancel: reader),
        ScriptedChat(),
        SentenceVoice(engine, "heart"),
        ChatMemory(),
        activity=VoiceActivity(),
    )
    try:
        reason = player.open().silent_reason
        chain.start(minutes)
        rows += measured(chain, minutes, player, engine)
        rows.append({"name": "silence to a closed mouth", "value": mouth_closes_ms(), "unit": "ms"})
    finally:
        chain.close()
        player.close()
    if reason:
        rows.append({"name": "sound devices that took part", "value": 0.0, "unit": f"({reason})"})
    return rows + [{**row, "name": f"echo guard, {row['name']}"} for row in bench_echo.run()]
