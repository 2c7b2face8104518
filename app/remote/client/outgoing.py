"""Sound on its way to a server: a clip, or a speech that is still arriving."""

from __future__ import annotations

import numpy as np
import soxr

from app.audio.clips import resample
from app.core.arriving import ArrivingSpeech
from app.core.cancel import CancelToken
from app.core.speech import AudioClip
from app.lipsync.a2f import needed_context_s
from app.lipsync.source import frames_of

RATE = 16000
#: frames of a speech whose length is not known
MANY = 2**31


class Outgoing:
    """Sound as servers take it; read by one thread.

    Args:
        sound: all of it, or what is arriving.

    Attributes:
        pcm: (n,) little-endian int16 at 16 kHz, so far.
        complete: whether no more will come.
    """

    def __init__(self, sound: AudioClip | ArrivingSpeech) -> None:
        self._rate = sound.rate
        self._arriving = sound if isinstance(sound, ArrivingSpeech) else None
        self._read = 0
        self.complete = self._arriving is None
        if isinstance(sound, ArrivingSpeech):
            self._samples = 0
            self._convert = soxr.ResampleStream(sound.rate, RATE, 1, "float32", "HQ") if sound.rate != RATE else None
            self.pcm = np.zeros(0, "<i2")
        else:
            self._samples = len(sound.samples)
            self.pcm = _as_pcm(resample(sound, RATE).samples)

    def refresh(self, wait_s: float = 0.0) -> None:
        """Take what has come, at most waiting so long for something."""
        if self.complete or self._arriving is None:
            return
        pieces, ended = self._arriving.fresh(self._read, wait_s)
        self._read += len(pieces)
        came = np.concatenate([np.zeros(0, np.float32), *(piece.samples for piece in pieces)]).astype(np.float32, copy=False)
        self._samples += len(came)
        if self._convert is not None:
            came = self._convert.resample_chunk(came, last=ended)
        self.pcm = np.concatenate([self.pcm, _as_pcm(came)])
        self.complete = ended

    def wait(self, cancel: CancelToken) -> None:
        """Wait until all of it has come."""
        while not self.complete and not cancel.is_set():
            self.refresh(0.05)

    def frames(self, fps: float) -> int:
        """Frames that cover it; ``MANY`` while that is not known."""
        return frames_of(self._samples, self._rate, fps) if self.complete else MANY


def _as_pcm(samples: np.ndarray) -> np.ndarray:
    made: np.ndarray = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2")
    return made


def first_second(pcm: np.ndarray, at_s: float) -> int:
    """Where to begin anew: so early that a server that hears the sound from there goes on as one that has heard all of it.

    Args:
        pcm: (n,) int16 at 16 kHz, from the beginning on.
        at_s: time of the first frame that is wanted.
    """
    heard = pcm[: int(at_s) * RATE]
    return max(int(at_s) - needed_context_s(heard.astype(np.float32) / 32768, at_s), 0)
