"""The microphone of a conversation: to the dialogue while the user may speak, with a level, and the pauses at which a listener nods."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.conversation.dialogue import HEARING_RATE
from app.conversation.echo.guard import EchoFigures, EchoGuard, Mode
from app.conversation.echo.reference import PlayedReference
from app.session.base.opening import open_microphone
from app.session.base.playback import Playback
from app.session.base.workers import Job, Workers

if TYPE_CHECKING:
    from app.audio.devices import DeviceChoice
    from app.audio.microphone import Microphone

#: how long the thread waits between two looks at the microphone
POLL_S = 0.01
#: the level is told so often
LEVEL_EVERY_S = 0.04
#: sound before the key went down that belongs to what is said, since people speak as they press
BEFORE_S = 0.25
#: louder than the room by this is a voice, in decibels; the room's level is forgotten slowly
ABOVE_ROOM_DB, QUIETEST_DB, ROOM_RISES_DB_PER_S = 12.0, -55.0, 2.0
#: a voice that was there for so long and then stopped for so long has come to a pause, in seconds
VOICE_S, PAUSE_S = 0.7, 0.32


@dataclass(frozen=True)
class Ears:
    """What is known of the microphone now.

    Attributes:
        level: root mean square of what was heard last, 0 to 1.
        figures: how much of the avatar comes back through it, None without a guard.
        mode: what the guard does, "" without one.
        sentence: what the user should know of it, "" for nothing.
    """

    level: float = 0.0
    figures: EchoFigures | None = None
    mode: str = ""
    sentence: str = ""


class Pauses:
    """Finds the pauses of whoever speaks, by the level alone."""

    def __init__(self) -> None:
        self._room_db = -45.0
        self._voice_s = self._quiet_s = 0.0

    def push(self, samples: np.ndarray) -> bool:
        """Hear (n,) float32 at 16 kHz; tells whether a pause has just been reached."""
        if not len(samples):
            return False
        lasts_s = len(samples) / HEARING_RATE
        level_db = 10 * float(np.log10(float(np.mean(samples * samples)) + 1e-9))
        self._room_db = min(level_db, self._room_db + ROOM_RISES_DB_PER_S * lasts_s)
        if level_db > max(self._room_db + ABOVE_ROOM_DB, QUIETEST_DB):
            self._voice_s, self._quiet_s = self._voice_s + lasts_s, 0.0
            return False
        before, self._quiet_s = self._quiet_s, self._quiet_s + lasts_s
        reached = self._voice_s >= VOICE_S and before < PAUSE_S <= self._quiet_s
        if self._quiet_s >= PAUSE_S:
            self._voice_s = 0.0
        return reached


class Hearing(QObject):
    """Listens while a conversation is on; a guard keeps out what the program itself plays.

    Args:
        playback: what it plays must not be taken for the user.
        parent: the session.

    Attributes:
        device: the microphone, None for the system's default.
        name: of the one that is open, "" until it is.
        now: what is known of it.
        echo: how the avatar is kept from hearing itself.
        speaking: the avatar's answer is under way, sounding or held by the guard; set in the GUI thread.
    """

    #: ``pause``: somebody may have begun to speak over the answer; then ``resume``, or ``yield``
    judged = Signal(str)
    #: there is something newer in ``now``
    levelled = Signal()
    #: the user has come to a pause
    paused = Signal()
    #: it is open
    opened = Signal()
    #: one sentence: it is not open any more
    failed = Signal(str)

    def __init__(self, playback: Playback, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.device: DeviceChoice | int | str | None = None
        self.name, self.now = "", Ears()
        self.echo: Mode = "guard"
        self.speaking = False
        self._playback = playback
        self._open = threading.Event()
        self._workers = Workers(lambda _task, sentence: self._fail(sentence), self)

    @property
    def listening(self) -> bool:
        """Whether a microphone is open, or being opened."""
        return self._workers.running("microphone")

    @property
    def passes(self) -> bool:
        """Whether the dialogue is given what is heard."""
        return self._open.is_set()

    def let_through(self, on: bool) -> None:
        """Give the dialogue what is heard from now on, or keep it to ourselves."""
        if on:
            self._open.set()
        else:
            self._open.clear()

    def start(self, hear: Callable[[np.ndarray], None], guarded: bool) -> None:
        """Open the microphone off the GUI thread.

        Args:
            hear: the dialogue's; called in the microphone's thread.
            guarded: the dialogue must not hear what is played.
        """
        device, player = self.device, self._playback.player
        guard = EchoGuard(PlayedReference(lambda: player.output).read, self.echo) if guarded and player is not None else None
        self._workers.start("microphone", lambda job: self._listen(job, device, hear, guard))

    def stop(self) -> None:
        """Give the microphone back."""
        self._workers.cancel("microphone")
        self._closed()

    def close(self) -> None:
        """End the thread."""
        self._workers.close()

    # -- in the worker thread

    def _listen(
        self, job: Job, device: DeviceChoice | int | str | None, hear: Callable[[np.ndarray], None], guard: EchoGuard | None
    ) -> None:
        pauses, before = Pauses(), deque[np.ndarray](maxlen=round(BEFORE_S / POLL_S))
        untold_s, was_open = 0.0, False
        with closing(open_microphone(device, HEARING_RATE)) as microphone:
            microphone.start()
            job.post(self._opened, microphone.name)
            while not job.cancel.wait(POLL_S):
                samples = microphone.read_new()
                if not len(samples):
                    continue
                clean = samples if guard is None else self._guarded(job, guard, microphone, samples)
                is_open = self._open.is_set()
                for kept in (*before, clean) if is_open and not was_open else (clean,) if is_open else ():
                    hear(kept)
                if is_open:
                    before.clear()
                else:
                    before.append(clean)
                was_open = is_open
                untold_s += len(samples) / HEARING_RATE
                if is_open and pauses.push(clean):
                    job.post(self.paused.emit)
                if untold_s >= LEVEL_EVERY_S:
                    untold_s = 0.0
                    job.post(self._levelled, _ears(microphone.level, guard))

    def _guarded(self, job: Job, guard: EchoGuard, microphone: Microphone, samples: np.ndarray) -> np.ndarray:
        """What the guard lets through; its verdict goes to the GUI thread."""
        guard.set_mode(self.echo)
        heard = guard.push(samples, microphone.latency_s + len(samples) / HEARING_RATE, self.speaking)
        if heard.verdict:
            job.post(self.judged.emit, heard.verdict)
        return heard.samples

    # -- in the GUI thread

    def _opened(self, name: str) -> None:
        self.name = name
        self.opened.emit()

    def _levelled(self, now: Ears) -> None:
        self.now = now
        self.levelled.emit()

    def _closed(self) -> None:
        self.name, self.now = "", Ears()
        self.levelled.emit()

    def _fail(self, sentence: str) -> None:
        self._closed()
        self.failed.emit(sentence)


def _ears(level: float, guard: EchoGuard | None) -> Ears:
    if guard is None:
        return Ears(level)
    return Ears(level, guard.figures, guard.mode, guard.sentence)
