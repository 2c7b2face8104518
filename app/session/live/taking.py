"""A take of the face that comes: recorded as it came, written as a track, with the microphone's sound beside it where that is wanted."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.session.base import opening
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.live.incoming import Incoming
from app.session.live.live import Live
from app.session.live.take_files import RATE, takes_folder, written_take
from app.streaming.heard import HeardFace

LONGEST_S = 3600.0
_WRITES, _LISTENS = "take", "sound of the take"
_READ_EVERY_S = 0.03


class Taking(QObject):
    """Records from one press to the next.

    Args:
        incoming: has the face.
        live: has the microphone.
        messages: told what fails.
        parent: the session.

    Attributes:
        recording: whether faces are kept now.
        with_sound: the microphone is recorded along.
        folder: where takes go, None for the user's own.
    """

    #: recording began or ended
    changed = Signal()
    #: a FaceTake is written
    recorded = Signal(object)

    def __init__(self, incoming: Incoming, live: Live, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.recording = self.with_sound = False
        self.folder: Path | None = None
        self._incoming, self._live, self._messages = incoming, live, messages
        self._workers = Workers(self._failed, self)
        self._faces: list[HeardFace] = []
        self._stop = threading.Event()
        self._sound: tuple[np.ndarray, float] | None = None
        self._sound_ended = True
        incoming.came.connect(self._take)
        incoming.toggled.connect(lambda on: None if on else self.finish())

    @property
    def where(self) -> Path:
        """The folder that takes go to."""
        return self.folder or takes_folder()

    @property
    def length_s(self) -> float:
        """Seconds between the first and the last face so far."""
        return self._faces[-1].arrived_s - self._faces[0].arrived_s if self._faces else 0.0

    def toggle(self, on: bool) -> None:
        """Begin, or end and write."""
        if on:
            self.record()
        else:
            self.finish()

    def record(self) -> None:
        """Keep what comes from now on; it begins to listen where it does not."""
        if self.recording:
            return
        if not self._incoming.active:
            self._incoming.start()
        if not self._incoming.active:
            self.changed.emit()
            return
        self._faces, self._sound, self._sound_ended = [], None, not self.with_sound
        self._stop = threading.Event()
        self.recording = True
        if self.with_sound:
            self._workers.start(_LISTENS, lambda job, stop=self._stop: self._listen(job, stop))  # type: ignore[misc]
        self.changed.emit()

    def finish(self) -> None:
        """End, and write what came; ``recorded`` tells when that is done."""
        if not self.recording:
            return
        self.recording = False
        self._stop.set()
        self.changed.emit()
        if len(self._faces) < 2:
            self._workers.cancel(_LISTENS)
            self._messages.fail("Nothing was recorded because no face came; see under Live who sends.")
        elif self._sound_ended:
            self._write()

    # -- inside

    def _take(self, faces: Sequence[HeardFace]) -> None:
        """Keep the faces of the one who is recorded; the first decides who that is."""
        if not self.recording:
            return
        subject = self._faces[0].sender.subject if self._faces else faces[0].sender.subject
        self._faces += [heard for heard in faces if heard.sender.subject == subject]
        if self.length_s > LONGEST_S:
            self._messages.tell("The recording has reached an hour and ended.")
            self.finish()

    def _listen(self, job: Job, stop: threading.Event) -> None:
        """Keep the microphone's sound, on a worker thread."""
        kept: list[np.ndarray] = []
        with opening.open_microphone(self._live.device, RATE) as microphone:
            n, began_s = 0, math.inf
            while not job.cancel.is_set():
                ended = stop.wait(_READ_EVERY_S)
                kept.append(microphone.read_new())
                n += len(kept[-1])
                # when the first sample was at the device: by the read that was least late
                began_s = min(began_s, time.perf_counter() - microphone.latency_s - n / RATE) if n else began_s
                if ended:
                    break
        job.post(self._sounded, np.concatenate(kept) if kept else np.zeros(0, np.float32), began_s)

    def _sounded(self, samples: np.ndarray, began_s: float) -> None:
        self._sound, self._sound_ended = (samples, began_s), True
        if not self.recording and len(self._faces) > 1:
            self._write()

    def _write(self) -> None:
        faces, sound, folder = tuple(self._faces), self._sound, self.where
        self._faces, self._sound = [], None
        self._workers.start(_WRITES, lambda job: job.post(self.recorded.emit, written_take(faces, sound, folder)))

    def _failed(self, task: str, sentence: str) -> None:
        self._messages.fail(sentence)
        if task == _LISTENS:
            # the face is worth keeping without its sound
            self._sound_ended = True
            if not self.recording and len(self._faces) > 1:
                self._write()

    def close(self) -> None:
        """End the threads; what is being recorded is given up."""
        self.recording = False
        self._stop.set()
        self._workers.close()
