"""The voice engine and the chosen voice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.session.base import opening
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers

if TYPE_CHECKING:
    from app.speech.engine import TtsEngine, Voice


class Voices(QObject):
    """What can speak, once it is loaded.

    Args:
        workers: load and fetch.
        messages: told what is fetched.
        parent: the session.

    Attributes:
        engine: the engine, or None while it loads.
        offered: its voices; empty until it is loaded.
        chosen: id of the chosen voice, "" for the engine's first.
    """

    #: the engine was loaded or its voices changed
    voices_changed = Signal()
    #: another voice was chosen: its id
    voice_changed = Signal(str)

    def __init__(self, workers: Workers, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine: TtsEngine | None = None
        self.offered: tuple[Voice, ...] = ()
        self.chosen = ""
        self._workers, self._messages = workers, messages

    @property
    def current(self) -> str:
        """Id of the voice that will speak."""
        if any(voice.id == self.chosen and voice.installed for voice in self.offered):
            return self.chosen
        return self.offered[0].id if self.offered else ""

    def load(self, make_engine: Callable[[], TtsEngine] = opening.make_engine) -> None:
        """Load the engine off the GUI thread and warm it up; a load in progress is left alone."""
        if self.engine is not None or self._workers.running("voice engine"):
            return

        def work(job: Job) -> None:
            engine = make_engine()
            voices = engine.voices()
            engine.warm_up()
            job.post(self._ready, engine, voices)

        self._workers.start("voice engine", work)

    def choose(self, voice_id: str) -> None:
        """Choose a voice; one that is not here yet is fetched first, and the old one stays until then."""
        voice = next((v for v in self.offered if v.id == voice_id), None)
        if voice is None or voice.installed or self.engine is None:
            self.chosen = voice_id
            self.voice_changed.emit(self.current)
            return
        engine = self.engine

        def fetch(job: Job) -> None:
            engine.install(voice_id, job.progress, job.cancel)
            job.post(self._fetched, voice_id, engine.voices())

        self._messages.tell(f"Fetching the voice {voice.name}; it is kept for the next time.")
        self._workers.start("voice", fetch)
        self.voice_changed.emit(self.current)

    def close(self) -> None:
        """Let the engine go."""
        self.engine = None

    def _ready(self, engine: TtsEngine, voices: tuple[Voice, ...]) -> None:
        self.engine = engine
        self.offered = voices
        self.voices_changed.emit()

    def _fetched(self, voice_id: str, voices: tuple[Voice, ...]) -> None:
        self.offered = voices
        self.chosen = voice_id
        self.voices_changed.emit()
        self.voice_changed.emit(voice_id)
