"""Speech that is still arriving: whoever makes it adds, whoever plays or animates it reads along, each at its own pace."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.core.cancel import CancelToken
from app.core.speech import AudioClip, FacialFrames, Phone, Speech, VisemeEvent, Word

#: a reader looks so often whether it should stop while nothing comes
LOOK_S = 0.05


@dataclass(frozen=True)
class Piece:
    """What came at once; all times are on the time line of the whole speech, and may lie ahead of the sound.

    Attributes:
        samples: (n,) float32 that follow the sound before; n may be 0.
        phones: that became known.
        visemes: that became known.
        words: that became known.
        facial: that became known; chunks may come out of order.
    """

    samples: np.ndarray
    phones: tuple[Phone, ...] = ()
    visemes: tuple[VisemeEvent, ...] = ()
    words: tuple[Word, ...] = ()
    facial: tuple[FacialFrames, ...] = ()


class ArrivingSpeech:
    """One utterance on its way. Any thread may add, any may read; one adds, several may read, each from the start.

    Args:
        rate: samples per second.
        text: what is said, as far as that is known.
    """

    def __init__(self, rate: int, text: str = "") -> None:
        self.rate, self.text = rate, text
        self._pieces: list[Piece] = []
        self._ended = False
        self._complete = False
        self._samples = 0
        self._changed = threading.Condition()

    @classmethod
    def of(cls, speech: Speech) -> ArrivingSpeech:
        """A speech that has arrived already."""
        arrived = cls(speech.audio.rate, speech.text)
        arrived.add(Piece(speech.audio.samples, speech.phones, speech.visemes, speech.words, speech.facial))
        arrived.finish()
        return arrived

    @property
    def duration_s(self) -> float:
        """Seconds of sound so far."""
        return self._samples / self.rate

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended

    @property
    def complete(self) -> bool:
        """Whether all of it came: it ended, and not by being cut off."""
        return self._complete

    def add(self, piece: Piece) -> None:
        """More of it is there; ignored after the end."""
        with self._changed:
            if not self._ended:
                self._pieces.append(piece)
                self._samples += len(piece.samples)
                self._changed.notify_all()

    def finish(self, complete: bool = True) -> None:
        """Nothing more will come.

        Args:
            complete: False when it was cut off: by an interruption or a lost connection.
        """
        with self._changed:
            if not self._ended:
                self._ended, self._complete = True, complete
                self._changed.notify_all()

    def pieces(self, cancel: CancelToken) -> Iterator[Piece]:
        """All pieces from the first on, each as soon as it is there; ends with the speech, or when ``cancel`` is set."""
        read = 0
        while not cancel.is_set():
            fresh, ended = self.fresh(read, LOOK_S)
            read += len(fresh)
            for piece in fresh:
                if cancel.is_set():
                    return
                yield piece
            if ended and not fresh:
                return

    def fresh(self, read: int, wait_s: float = 0.0) -> tuple[tuple[Piece, ...], bool]:
        """The pieces from number ``read`` on, and whether no others follow them.

        Args:
            read: how many were taken before.
            wait_s: how long it is waited for one while there is none and the speech has not ended.
        """
        with self._changed:
            if wait_s and read == len(self._pieces) and not self._ended:
                self._changed.wait(wait_s)
            return tuple(self._pieces[read:]), self._ended

    def so_far(self) -> Speech:
        """Everything that came until now, in order of time."""
        with self._changed:
            pieces = tuple(self._pieces)
        sound = np.concatenate([np.zeros(0, np.float32), *(piece.samples for piece in pieces)]).astype(np.float32, copy=False)
        return Speech(
            AudioClip(sound, self.rate, self.text),
            self.text,
            tuple(sorted((p for piece in pieces for p in piece.phones), key=lambda p: p.start_s)),
            tuple(sorted((v for piece in pieces for v in piece.visemes), key=lambda v: v.offset_s)),
            tuple(sorted((w for piece in pieces for w in piece.words), key=lambda w: w.start_s)),
            in_order(tuple(f for piece in pieces for f in piece.facial)),
        )


def in_order(chunks: Sequence[FacialFrames]) -> tuple[FacialFrames, ...]:
    """Chunks by their first frame; of frames that came twice the later chunk's stay, and empty chunks go."""
    placed: list[FacialFrames] = []
    for chunk in sorted((c for c in chunks if len(c.values)), key=lambda c: c.first):
        if placed:
            before = placed[-1]
            kept = chunk.first - before.first
            if kept < len(before.values):
                placed[-1] = replace(before, values=before.values[:kept])
                if not kept:
                    placed.pop()
        placed.append(chunk)
    return tuple(placed)
