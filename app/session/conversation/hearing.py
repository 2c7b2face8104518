"""The microphone of a conversation: to the dialogue while the user may speak, with a level, and the pauses at which a listener nods."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.conversation.dialogue import HEARING_RATE
from app.session.base.opening import open_microphone
from app.session.base.workers import Job, Workers

if TYPE_CHECKING:
    from app.audio.devices import DeviceChoice

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


class Guard(Protocol):
    """Keeps what the program itself plays out of what the microphone heard."""

    def clean(self, samples: np.ndarray) -> np.ndarray:
        """(n,) float32 at 16 kHz as heard -> what the dialogue may hear of it, as long or shorter."""
        ...


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
    """Listens while a conversation is on.

    Args:
        parent: the session.

    Attributes:
        device: the microphone, None for the system's default.
        name: of the one that is open, "" until it is.
        level: root mean square of what was heard last, 0 to 1.
        guard: stands between the microphone and the dialogue, or None.
    """

    #: there is a newer level
    levelled = Signal()
    #: the user has come to a pause
    paused = Signal()
    #: it is open
    opened = Signal()
    #: one sentence: it is not open any more
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.device: DeviceChoice | int | str | None = None
        self.name, self.level = "", 0.0
        self.guard: Guard | None = None
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

    def start(self, hear: Callable[[np.ndarray], None]) -> None:
        """Open the microphone off the GUI thread.

        Args:
            hear: the dialogue's; called in the microphone's thread.
        """
        device, guard = self.device, self.guard
        self._workers.start("microphone", lambda job: self._listen(job, device, hear, guard))

    def stop(self) -> None:
        """Give the microphone back."""
        self._workers.cancel("microphone")
        self._closed()

    def close(self) -> None:
        """End the thread."""
        self._workers.close()

    # -- in the worker thread

    def _listen(self, job: Job, device: DeviceChoice | int | str | None, hear: Callable[[np.ndarray], None], guard: Guard | None) -> None:
        pauses, before = Pauses(), deque[np.ndarray](maxlen=round(BEFORE_S / POLL_S))
        untold_s, was_open = 0.0, False
        with closing(open_microphone(device, HEARING_RATE)) as microphone:
            microphone.start()
            job.post(self._opened, microphone.name)
            while not job.cancel.wait(POLL_S):
                samples = microphone.read_new()
                if not len(samples):
                    continue
                clean = samples if guard is None else guard.clean(samples)
                is_open = self._open.is_set()
                if is_open:
                    for kept in (*before, clean) if not was_open else (clean,):
                        hear(kept)
                    before.clear()
                else:
                    before.append(clean)
                was_open = is_open
                untold_s += len(samples) / HEARING_RATE
                if is_open and pauses.push(clean):
                    job.post(self.paused.emit)
                if untold_s >= LEVEL_EVERY_S:
                    untold_s = 0.0
                    job.post(self._levelled, microphone.level)

    # -- in the GUI thread

    def _opened(self, name: str) -> None:
        self.name = name
        self.opened.emit()

    def _levelled(self, level: float) -> None:
        self.level = level
        self.levelled.emit()

    def _closed(self) -> None:
        self.name, self.level = "", 0.0
        self.levelled.emit()

    def _fail(self, sentence: str) -> None:
        self._closed()
        self.failed.emit(sentence)
