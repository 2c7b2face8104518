"""Another recording in the place of the present sound: it says the same transcript, and everything that was done stays."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject

from app.core.errors import SpeechError
from app.core.speech import AudioClip, Speech
from app.session.base import opening
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.carry.carrying import Carrying
from app.session.speech.speeches import Speeches
from app.session.state import State


class Replacing(QObject):
    """Finds the phones of a recording by the words of another one, and lets it take that one's place.

    Args:
        state: has the present sound.
        workers: read and listen.
        speeches: play it.
        carrying: brings along what was done.
        messages: told what cannot be done.
        parent: the session.
    """

    def __init__(
        self, state: State, workers: Workers, *, speeches: Speeches, carrying: Carrying, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state, self._workers, self._speeches, self._carrying, self._messages = state, workers, speeches, carrying, messages

    def replace(self, path: Path) -> None:
        """Let a recording take the place of the present sound; until its phones are found, that one plays.

        Args:
            path: of its file.
        """
        former = self._state.speech
        if former is None:
            self._messages.fail("There is no sound to replace yet; speak a line or open a recording first.")
            return

        def work(job: Job) -> None:
            clip, peaks = opening.read_audio(path, watch=job.watch)
            film = path if opening.has_picture(path) else None
            job.post(self._put, *_aligned(job, former, clip, path.name), peaks, path, film)

        self._workers.start("audio", work)

    def says_the_same(self) -> None:
        """The recording that is open says what the one before it said."""
        former, speech = self._carrying.former, self._state.speech
        if former is None or speech is None:
            return
        peaks, file, film = self._state.peaks, self._speeches.file, self._speeches.film

        def work(job: Job) -> None:
            job.post(self._put, *_aligned(job, former, speech.audio, speech.audio.name), peaks, file, film)

        self._workers.start("audio", work)

    def find_words(self) -> None:
        """The sound of an opened project is another one than when it was saved: its words are looked for anew."""
        speech, peaks, file, film = self._state.speech, self._state.peaks, self._speeches.file, self._speeches.film
        if speech is None:
            return
        sentence = f"{speech.audio.name or 'The sound'} is another one than when this project was saved; what was done goes along."
        self._messages.tell(sentence)

        def work(job: Job) -> None:
            now = replace(speech, phones=opening.find_phones(job, speech.audio, speech.text))
            job.post(partial(self._speeches.restore, now, peaks, ((0.0, now),), file, film=film))

        self._workers.start("audio", work)

    def _put(self, before: Speech, now: Speech, peaks: np.ndarray, file: Path | None, film: Path | None) -> None:
        self._carrying.trust(before)
        self._speeches.restore(now, peaks, ((0.0, now),), file, film=film)


def _aligned(job: Job, former: Speech, clip: AudioClip, name: str) -> tuple[Speech, Speech]:
    """Two sounds of a line with their phones, in a worker thread.

    Raises:
        SpeechError: the words do not fit.
    """
    try:
        before = former if former.phones else replace(former, phones=opening.find_phones(job, former.audio, former.text))
        return before, Speech(clip, former.text, opening.find_phones(job, clip, former.text))
    except SpeechError as error:
        sentence = f"The words of the present sound are not found in {name} ({error}); open it with File > Open and give its own words."
        raise SpeechError(sentence) from error
