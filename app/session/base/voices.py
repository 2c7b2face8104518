"""The voice engine and the chosen voice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QObject, Signal

from app.core.counting import Count, uncounted
from app.core.errors import ServiceError
from app.session.base import opening
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.speech.delivery import Delivery

if TYPE_CHECKING:
    from app.speech.engine import TtsEngine, Voice


@runtime_checkable
class Closable(Protocol):
    """An engine with connections."""

    def close(self) -> None:
        """Let them go."""
        ...


class Voices(QObject):
    """What can speak, once it is loaded.

    The cloud's voices are among them, with or without a key; the list of a service is asked for once the engine is loaded.

    Args:
        workers: load and fetch.
        messages: told what is fetched.
        parent: the session.

    Attributes:
        engine: the engine, or None while it loads.
        offered: its voices; empty until it is loaded.
        chosen: id of the chosen voice, "" for the engine's first.
        delivery: how a cloud's voice says things.
        counted: told what a cloud's voice is paid for; set it before the engine is loaded.
    """

    #: the engine was loaded or its voices changed
    voices_changed = Signal()
    #: another voice was chosen: its id
    voice_changed = Signal(str)
    #: the cloud's voices say things in another way
    delivery_changed = Signal()

    def __init__(self, workers: Workers, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.engine: TtsEngine | None = None
        self.offered: tuple[Voice, ...] = ()
        self.chosen = ""
        self.delivery = Delivery()
        self.counted: Count = uncounted
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
            engine.warm_up()
            job.post(self._ready, engine, engine.voices())

        self._workers.start("voice engine", work)

    def choose(self, voice_id: str) -> None:
        """Choose a voice; one that is not here yet is fetched first, and the old one stays until then."""
        voice = self.voice(voice_id)
        if voice is None or self.engine is None or (voice.installed and not voice.cloud):
            self.chosen = voice_id
            self.voice_changed.emit(self.current)
            return
        engine = self.engine

        def fetch(job: Job) -> None:
            # of a cloud's voice: opens the line ahead of the first sentence, or says that there is no key
            engine.install(voice_id, job.progress, job.cancel)
            job.post(self._fetched, voice_id, engine.voices())

        if not voice.cloud:
            self._messages.tell(f"Fetching the voice {voice.name}; it is kept for the next time.")
        self._workers.start("line" if voice.cloud else "voice", fetch)
        self.voice_changed.emit(self.current)

    def voice(self, voice_id: str) -> Voice | None:
        """A voice that is offered, by its id."""
        return next((voice for voice in self.offered if voice.id == voice_id), None)

    def set_delivery(self, delivery: Delivery) -> None:
        """Let the cloud's voices say things in another way from the next line on."""
        if delivery != self.delivery:
            self.delivery = delivery
            self._hand_on_delivery()
            self.delivery_changed.emit()

    def kept_bytes(self) -> int:
        """How much the lines of the cloud's voices are that are kept on the disk."""
        from app.speech.engine import KeepsLines

        return self.engine.kept_bytes() if isinstance(self.engine, KeepsLines) else 0

    def forget_lines(self) -> None:
        """Take those lines off the disk; they are spoken anew the next time."""
        from app.speech.engine import KeepsLines

        if isinstance(self.engine, KeepsLines):
            self.engine.forget_lines()

    def reload(self) -> None:
        """Look again at what there is: after keys were typed or taken away."""
        engine = self.engine
        if engine is None:
            return

        def look(job: Job) -> None:
            job.post(self._looked, engine.voices())

        self._workers.start("voice list", look)

    def close(self) -> None:
        """Let the engine and its connections go."""
        engine, self.engine = self.engine, None
        if isinstance(engine, Closable):
            engine.close()

    def _ready(self, engine: TtsEngine, voices: tuple[Voice, ...]) -> None:
        self.engine = engine
        self.offered = voices
        self._hand_on_delivery()
        self.voices_changed.emit()
        missing = self.voice(self.chosen)
        if missing is not None and missing.cloud and not missing.installed:
            self._messages.tell(f"The voice {missing.name} needs a key, which is not there any more; {voices[0].name} speaks meanwhile.")
        speaks = self.voice(self.current)
        if speaks is not None and speaks.cloud:
            self.choose(speaks.id)
        self._ask_for_list()

    def _hand_on_delivery(self) -> None:
        from app.speech.engine import HasDelivery, IsPaid

        if isinstance(self.engine, IsPaid):
            self.engine.counted = self.counted

        if isinstance(self.engine, HasDelivery):
            self.engine.delivery = self.delivery

    def _ask_for_list(self) -> None:
        """Ask the cloud for its voices, where there is a key; that it cannot be reached is said when one of them shall speak."""
        from app.speech.engine import HasVoiceList

        engine = self.engine
        if not isinstance(engine, HasVoiceList) or not any(voice.cloud and voice.installed for voice in self.offered):
            return

        def ask(job: Job) -> None:
            with suppress(ServiceError):
                if engine.refresh_voices():
                    job.post(self._listed, engine.voices())

        self._workers.start("voice list", ask)

    def _looked(self, voices: tuple[Voice, ...]) -> None:
        self._listed(voices)
        self._ask_for_list()

    def _listed(self, voices: tuple[Voice, ...]) -> None:
        self.offered = voices
        self.voices_changed.emit()

    def _fetched(self, voice_id: str, voices: tuple[Voice, ...]) -> None:
        self.offered = voices
        self.chosen = voice_id
        self.voices_changed.emit()
        self.voice_changed.emit(voice_id)
