"""Where the sound comes from: a line that a voice speaks, or a recording with or without its words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from app.core.speech import AudioClip, Speech
from app.lipsync.registry import source_needs_phones
from app.session.base import opening
from app.session.base.workers import Job
from app.session.speech import speaking

if TYPE_CHECKING:
    from app.session.session import Session


class Speeches(QObject):
    """Makes or opens the speech of a session, finds its phones, and lets the slots work on it.

    Args:
        session: whose ``speech`` and ``peaks`` are set here.

    Attributes:
        file: where the sound was opened from, None for a spoken line or silence.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.file: Path | None = None
        self._pending_line: str | None = None
        session.voices.voices_changed.connect(self._voices_ready)

    def _voices_ready(self) -> None:
        line, self._pending_line = self._pending_line, None
        if line is not None:
            self.say(line)

    def forget_line(self) -> None:
        """Do not speak the line that waits for its voice."""
        self._pending_line = None

    def say(self, line: str) -> None:
        """Speak a line: it plays from its first sentence while the next ones are made."""
        if not line.strip():
            self._session.failed.emit("There is nothing to say; type a line first.")
            return
        engine, voice = self._session.voices.engine, self._session.voices.current
        if engine is None:
            self._pending_line = line
            self._session.voices.load()
            return

        def work(job: Job) -> None:
            for note in engine.notes(line):
                job.post(self._session.notice.emit, note)
            speaking.speak(job, engine, line, voice, (self._sentence_ready, self._speech_ended))

        self._session.workers.cancel("phones")
        self._session.workers.start("speech", work)

    def _sentence_ready(self, made: speaking.Made) -> None:
        first = made.is_first
        if first:
            self._begin(Speech(made.part.audio))
            self.file = None
            self._session.playback.load(made.part.audio, growing=True)
        else:
            self._session.playback.extend(made.part.audio, made.whole.audio)
        self._session.motion.parts.append((made.offset_s, made.part))
        self._show_speech(made.whole, made.peaks)
        self._session.motion.animate_all()
        if first:
            self._session.links.play()

    def _speech_ended(self) -> None:
        self._session.playback.finish()

    def open(self, path: Path, transcript: str = "") -> None:
        """Open a recording; its phones are found afterwards, exactly with a transcript, roughly without."""
        self._session.workers.start("audio", lambda job: job.post(self.take, *opening.read_audio(path), transcript, path))

    def take(self, clip: AudioClip, peaks: np.ndarray, transcript: str = "", file: Path | None = None) -> None:
        """Play a clip from now on.

        Args:
            clip: the sound.
            peaks: (n, 2) float32 lowest and highest sample in n equal stretches of it.
            transcript: the words that are spoken, where they are known.
            file: where it comes from.
        """
        self._session.workers.cancel("speech")
        speech = Speech(clip, transcript)
        self._begin(speech)
        self.file = file
        self._session.playback.load(clip)
        self._show_speech(speech, peaks)
        self.prepare()

    def restore(self, speech: Speech, peaks: np.ndarray, parts: list[tuple[float, Speech]], file: Path) -> None:
        """Play a speech whose phones are known, as a project does.

        Args:
            speech: sound, words and phones.
            peaks: (n, 2) float32 lowest and highest sample in n equal stretches of it.
            parts: start in seconds and speech of each part that is animated by itself.
            file: where the sound comes from.
        """
        self._session.workers.cancel("speech")
        self._begin(speech)
        self.file = file
        self._session.playback.load(speech.audio)
        self._show_speech(speech, peaks)
        if speech.phones:
            self._session.motion.parts = parts
            self._session.motion.animate_all()
        else:
            self.prepare()

    def set_transcript(self, text: str) -> None:
        """Say what is spoken in the recording; its phones are aligned anew."""
        if self._session.speech is None:
            return
        if not text.strip():
            self._session.failed.emit("The transcript is empty; type the words that are spoken.")
            return
        self._find_phones(self._session.speech, text.strip())

    def _find_phones(self, speech: Speech, text: str) -> None:
        def work(job: Job) -> None:
            phones = opening.find_phones(speech.audio, text, job.cancel)
            job.post(self._phones_ready, replace(speech, text=text, phones=phones, visemes=()))

        self._session.workers.start("phones", work)

    def _phones_ready(self, speech: Speech) -> None:
        if not speech.text:
            self._session.phones_guessed.emit()
        self._session.motion.clear()
        self._session.motion.parts = [(0.0, speech)]
        self._show_speech(speech, self._session.peaks)
        self._session.motion.animate_all()

    def _begin(self, speech: Speech) -> None:
        """Forget the former speech and everything made of it."""
        self._session.workers.cancel("phones")
        self._session.playback.pause()
        self._session.motion.parts = []
        self._session.speech = speech
        self._session.emotion.forget_estimate()
        self._session.motion.clear()

    def _show_speech(self, speech: Speech, peaks: np.ndarray) -> None:
        self._session.speech = speech
        self._session.peaks = peaks
        self._session.speech_changed.emit(speech)

    def prepare(self) -> None:
        """Let the slots work on an opened recording as soon as they have what they need."""
        if self._session.speech is None or self._session.motion.parts:
            return
        if not self._session.speech.phones and any(source_needs_phones(slot.spec) for slot in self._session.slots.values()):
            if not self._session.workers.running("phones"):
                self._find_phones(self._session.speech, self._session.speech.text)
            return
        self._session.motion.parts = [(0.0, self._session.speech)]
        self._session.motion.animate_all()
