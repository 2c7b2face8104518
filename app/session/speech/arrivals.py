"""A line whose parts arrive while it plays: read in a worker thread, and told to the GUI thread as it grows."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import soxr

from app.core.arriving import LOOK_S, ArrivingSpeech
from app.core.speech import AudioClip, Speech, joined
from app.session.base.opening import waveform
from app.session.base.workers import Job
from app.session.state import SpeechPart

#: words and waveform of what grows are shown so often; the sound goes on at once
SHOW_EVERY_S = 0.25


@dataclass(frozen=True)
class Grown:
    """A line as it is now.

    Attributes:
        whole: all of it so far.
        peaks: waveform of the whole.
        parts: start in seconds and speech of each part; the last one may still be arriving.
        is_first: nothing came before it.
    """

    whole: Speech
    peaks: np.ndarray
    parts: tuple[SpeechPart, ...]
    is_first: bool


@dataclass(frozen=True)
class Receivers:
    """Who is told what of a line, in the GUI thread.

    Attributes:
        grew: more is known; the first time with the first sound.
        sounded: (n,) float32 that follow the sound before, at the rate of the first part; not told of the first sound.
        ended: all of it has come; not told of a line without any sound.
    """

    grew: Callable[[Grown], None]
    sounded: Callable[[np.ndarray], None]
    ended: Callable[[Grown], None]


class Line:
    """Speeches that arrive one after the other. ``add`` and ``end`` may be called from any thread, ``read`` is a worker's."""

    def __init__(self) -> None:
        self._coming: queue.SimpleQueue[ArrivingSpeech | None] = queue.SimpleQueue()
        self._done: list[Speech] = []
        self._starts_s: list[float] = []
        self._rate = 0
        self._shown_s = 0.0
        self._begun = False

    def add(self, arriving: ArrivingSpeech) -> None:
        """One more part: it begins where the one before it ends."""
        self._coming.put(arriving)

    def end(self) -> None:
        """No other part will come."""
        self._coming.put(None)

    def read(self, job: Job, then: Receivers) -> None:
        """Follow the line to its end.

        Args:
            job: where to post, and whether to stop.
            then: told in the GUI thread.
        """
        while not job.cancel.is_set():
            try:
                arriving = self._coming.get(timeout=LOOK_S)
            except queue.Empty:
                continue
            if arriving is None:
                break
            self._read_part(job, arriving, then)
        if self._done and not job.cancel.is_set():
            job.post(then.ended, self._grown(self._done, self._done))

    def _read_part(self, job: Job, arriving: ArrivingSpeech, then: Receivers) -> None:
        self._rate = self._rate or arriving.rate
        convert = None if arriving.rate == self._rate else soxr.ResampleStream(arriving.rate, self._rate, 1, "float32", "HQ")
        sound: list[np.ndarray] = []
        self._starts_s.append(sum(len(part.audio.samples) for part in self._done) / self._rate)
        read, ended, shown = 0, False, 0
        while not ended and not job.cancel.is_set():
            pieces, ended = arriving.fresh(read, LOOK_S)
            for piece in pieces:
                self._sound(job, then, sound, _converted(convert, piece.samples))
            read += len(pieces)
            due = not shown or time.monotonic() - self._shown_s >= SHOW_EVERY_S
            if sound and due and shown < read and not ended:
                shown = read
                self._show(job, then, [*self._done, self._so_far(arriving, sound)], [*self._done, arriving])
        if job.cancel.is_set():
            return
        self._sound(job, then, sound, _converted(convert, None))
        if sound:
            self._done.append(self._so_far(arriving, sound))
            self._show(job, then, self._done, self._done)
        else:
            self._starts_s.pop()

    def _sound(self, job: Job, then: Receivers, sound: list[np.ndarray], samples: np.ndarray) -> None:
        """Keep what came, and let it be heard at once, but for the first of a line, which begins it."""
        if len(samples):
            sound.append(samples)
            if self._begun:
                job.post(then.sounded, samples)

    def _so_far(self, arriving: ArrivingSpeech, sound: list[np.ndarray]) -> Speech:
        speech = arriving.so_far()
        return replace(speech, audio=AudioClip(np.concatenate(sound), self._rate, speech.text))

    def _show(self, job: Job, then: Receivers, speeches: Sequence[Speech], parts: Sequence[Speech | ArrivingSpeech]) -> None:
        job.post(then.grew, self._grown(speeches, parts))
        self._begun, self._shown_s = True, time.monotonic()

    def _grown(self, speeches: Sequence[Speech], parts: Sequence[Speech | ArrivingSpeech]) -> Grown:
        whole = joined(speeches)
        return Grown(whole, waveform(whole.audio), tuple(zip(self._starts_s, parts, strict=True)), not self._begun)


def _converted(convert: soxr.ResampleStream | None, samples: np.ndarray | None) -> np.ndarray:
    """Sound at the line's rate; None for the end of a part."""
    given = np.zeros(0, np.float32) if samples is None else samples
    return given if convert is None else np.clip(convert.resample_chunk(np.ascontiguousarray(given), last=samples is None), -1.0, 1.0)
