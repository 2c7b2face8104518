"""Azure's voices as an engine of the program."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

from app.core.arriving import ArrivingSpeech
from app.core.cancel import CancelToken
from app.core.counting import Count, uncounted
from app.core.errors import Cancelled, PreviewError, ServiceError, SpeechError
from app.core.speech import Speech
from app.keys.access import SpeechAccess
from app.keys.found import speech_access
from app.speech.azure.cache import LineCache
from app.speech.azure.config import NEEDS_A_KEY
from app.speech.azure.speaker import FIRST_S, Speaker
from app.speech.azure.ssml import Document, billable_characters, documents
from app.speech.azure.utterance import Utterance
from app.speech.azure.voices import PREFIX, VoiceList
from app.speech.delivery import Delivery
from app.speech.engine import Voice


class AzureEngine:
    """Speaks with the Speech service; lines that it spoke before come from the disk, without a network.

    Methods may be called from any thread.

    Args:
        access: gives the way to the service; asked anew whenever it is needed.
        cache: of the lines; None for the user's.
        listed: the list of voices; None for the user's.
        first_s: wait so long for the first sound of a sentence, in seconds.
        counted: told the characters that are charged for; lines from the disk cost nothing.

    Attributes:
        counted: see Args.
        delivery: how texts are said from now on.
    """

    def __init__(
        self,
        access: Callable[[], SpeechAccess] = speech_access,
        cache: LineCache | None = None,
        listed: VoiceList | None = None,
        first_s: float = FIRST_S,
        counted: Count = uncounted,
    ) -> None:
        self.delivery = Delivery()
        self.counted = counted
        self.cache = cache or LineCache()
        self._access, self._listed, self._first_s = access, listed or VoiceList(), first_s
        self._speaker: Speaker | None = None
        self._speaks_for: tuple[str, str, str, bool] | None = None
        self._opening = threading.Lock()
        self._noticed: list[str] = []

    # -- as every engine

    def voices(self) -> tuple[Voice, ...]:
        """VisemeSync's fourteen, then all of the place by language; asks no network."""
        return self._listed.voices(self._access())

    def warm_up(self) -> None:
        """Open the line, where there is a key."""
        if self._access().usable:
            with suppress(ServiceError):
                self._line().open()

    def notes(self, text: str, voice_id: str = "") -> tuple[str, ...]:
        """Nothing is left out of a text."""
        return ()

    def noticed(self) -> tuple[str, ...]:
        """What was noticed about the voices since this was asked last."""
        told, self._noticed = tuple(self._noticed), []
        return told

    def kept_bytes(self) -> int:
        """How much the kept lines are."""
        return self.cache.size_bytes

    def forget_lines(self) -> None:
        """Take them off the disk."""
        self.cache.clear()

    def refresh_voices(self) -> bool:
        """Ask for the service's list; see HasVoiceList."""
        access = self._access()
        return access.usable and self._listed.refresh(access)

    def install(self, voice_id: str, progress: Callable[[float], None] | None = None, cancel: CancelToken | None = None) -> None:
        """Open the line ahead of the first sentence; there is nothing to fetch.

        Raises:
            ServiceError: no key.
        """
        if not self._access().usable:
            raise ServiceError(NEEDS_A_KEY)
        self.warm_up()

    def synthesize(self, text: str, voice_id: str, speed: float = 1.0, cancel: CancelToken | None = None) -> Iterator[Speech]:
        """Speak a text, sentence by sentence; see TtsEngine. Of a sentence that broke off, what came is yielded before the error."""
        stop = cancel or threading.Event()
        waiting: ArrivingSpeech | None = None
        try:
            for arriving in self.arrive(text, voice_id, speed, stop):
                if waiting is not None:
                    yield waiting.so_far()
                waiting = arriving
        except ServiceError:
            if waiting is not None and waiting.duration_s and not stop.is_set():
                yield waiting.so_far()
            raise
        if waiting is not None and waiting.complete and not stop.is_set():
            yield waiting.so_far()

    # -- as it arrives

    def arrive(self, text: str, voice_id: str, speed: float = 1.0, cancel: CancelToken | None = None) -> Iterator[ArrivingSpeech]:
        """Speak a text, sentence by sentence, each while it arrives; see ArrivingVoice."""
        stop = cancel or threading.Event()
        name = service_name(voice_id)
        for document in documents(text, name, self.delivery, speed):
            if stop.is_set():
                return
            kept = self.cache.find(document.ssml)
            if kept is not None:
                yield ArrivingSpeech.of(kept)
                continue
            try:
                utterance = self._line().speak(document, stop, self._keeping(document, name))
            except Cancelled:
                return
            try:
                yield utterance.arriving
                utterance.over.wait()
            finally:
                if utterance.arriving.duration_s or not utterance.over.is_set():  # what was refused costs nothing
                    self.counted("tts", "characters", billable_characters(document.ssml))
            if utterance.fault:
                raise ServiceError(utterance.fault)
            if utterance.cancelled:
                return

    def close(self) -> None:
        """Let the line go."""
        with self._opening:
            if self._speaker is not None:
                self._speaker.close()
            self._speaker = None

    def _line(self) -> Speaker:
        """The line of the present key; another key opens another one."""
        access = self._access()
        if not access.usable:
            raise ServiceError(NEEDS_A_KEY)
        with self._opening:
            if self._speaker is None or _door(access) != self._speaks_for:
                if self._speaker is not None:
                    self._speaker.close()
                self._speaker, self._speaks_for = Speaker(access, self._first_s), _door(access)
            return self._speaker

    def _keeping(self, document: Document, name: str) -> Callable[[Utterance], None]:
        """What is done once an utterance is over."""

        def keep(utterance: Utterance) -> None:
            if not utterance.arriving.complete or not utterance.arriving.duration_s:
                return
            with suppress(PreviewError):
                self.cache.keep(document.ssml, utterance.arriving.so_far())
            if self.delivery.facial and (sentence := self._listed.noticed(name, utterance.came)):
                self._noticed.append(sentence)

        return keep


def _door(access: SpeechAccess) -> tuple[str, str, str, bool]:
    """What makes another line necessary; a token is asked for anew with every sentence."""
    digest = hashlib.blake2b(access.key.encode(), digest_size=16).hexdigest() if access.key else ""
    return digest, access.region, access.endpoint, access.token is not None


def service_name(voice_id: str) -> str:
    """The service's name of a voice.

    Raises:
        SpeechError: the id is not one of its voices.
    """
    name = voice_id.removeprefix(PREFIX)
    if not voice_id.startswith(PREFIX) or not name or not all(char.isalnum() or char in "-:_." for char in name):
        raise SpeechError(f"There is no voice “{voice_id}”; write a voice of Azure's as azure:en-US-JennyNeural.")
    return name
