"""One request on its way: what the service sends, put into a speech that is still arriving."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass

import numpy as np

from app.core.arriving import ArrivingSpeech, Piece
from app.core.speech import FACIAL_VALUES, FacialFrames, VisemeEvent, Word

#: samples per second of what is asked for
RATE = 24000
TICKS_PER_S = 1e7


@dataclass(frozen=True)
class Came:
    """What an utterance brought beside its sound.

    Attributes:
        visemes: mouth shapes other than silence.
        facial: blendshapes.
    """

    visemes: bool
    facial: bool


class Utterance:
    """Takes what the service sends; the SDK's threads call it, one at a time.

    Args:
        text: what is said.

    Attributes:
        arriving: the speech; grows until it is finished.
        fault: one sentence when it broke off, "" otherwise.
        cancelled: whether it was stopped by the user.
        moved_s: ``time.perf_counter`` when something came last, or when it was asked for.
    """

    def __init__(self, text: str) -> None:
        self.arriving = ArrivingSpeech(RATE, text)
        self.fault = ""
        self.cancelled = False
        self.moved_s = time.perf_counter()
        #: set when the service has nothing more to tell
        self.told = threading.Event()
        #: set when everything is over
        self.over = threading.Event()
        self._odd = b""
        self._held: list[VisemeEvent] = []
        self._offsets: set[float] = set()
        self._ids = self._animated_ids = self._facial = self._touched = False

    @property
    def came(self) -> Came:
        """What came beside the sound so far."""
        return Came(self._ids, self._facial)

    @property
    def untouched(self) -> bool:
        """Whether nothing at all came yet."""
        return not self._touched

    def sound(self, data: bytes) -> None:
        """16-bit samples; a chunk may end inside one."""
        self._moved()
        data = self._odd + data
        whole = len(data) // 2 * 2
        self._odd = data[whole:]
        if whole:
            self.arriving.add(Piece(np.frombuffer(data[:whole], "<i2").astype(np.float32) / 32768))

    def viseme(self, offset_ticks: int, viseme_id: int, animation: str) -> None:
        """A mouth shape, a chunk of blendshapes, or both.

        An event with blendshapes may carry an ID or always 0; its zeros count only after another number was seen on one. Zeros are
        held back until there is anything but zeros, so that a voice that sends no other gives none at all.

        Args:
            offset_ticks: since the start of the sound, 100 ns each.
            viseme_id: 0-21.
            animation: JSON of the blendshapes, or "".
        """
        self._moved()
        facial = facial_frames(animation)
        if facial is not None:
            self._facial = True
            self.arriving.add(Piece(np.zeros(0, np.float32), facial=(facial,)))
        if animation:
            self._animated_ids |= viseme_id != 0
            if not self._animated_ids:
                return
        event = VisemeEvent(viseme_id, offset_ticks / TICKS_PER_S)
        if viseme_id == 0 and event.offset_s in self._offsets:
            return
        self._offsets.add(event.offset_s)
        if viseme_id == 0 and not self._ids:
            self._held.append(event)
            return
        self._ids = True
        held, self._held = [e for e in self._held if e.offset_s != event.offset_s], []
        self.arriving.add(Piece(np.zeros(0, np.float32), visemes=(*held, event)))

    def _moved(self) -> None:
        self.moved_s, self._touched = time.perf_counter(), True

    def word(self, offset_ticks: int, duration_s: float, text: str) -> None:
        """A word and its time."""
        self._touched = True
        start_s = offset_ticks / TICKS_PER_S
        self.arriving.add(Piece(np.zeros(0, np.float32), words=(Word(text, start_s, start_s + max(duration_s, 0.0)),)))


def facial_frames(animation: str) -> FacialFrames | None:
    """Blendshapes of an event.

    Args:
        animation: JSON with ``FrameIndex`` and ``BlendShapes``; anything else (a drawing, nothing) holds none.
    """
    if not animation.lstrip().startswith("{"):
        return None
    try:
        data = json.loads(animation)
        with np.errstate(over="ignore"):
            values = np.asarray(data["BlendShapes"], np.float32)
        first = int(data["FrameIndex"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    if values.ndim != 2 or values.shape[1] != FACIAL_VALUES or not np.isfinite(values).all() or first < 0:
        return None
    return FacialFrames(values, first)
