"""One continuous recognition of the Speech SDK: sound goes in, what it tells comes out as data."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from app.conversation.dialogue import HEARING_RATE
from app.keys.access import SpeechAccess
from app.speech.azure.config import sdk, speech_config

_TICKS = 10_000_000


@dataclass(frozen=True)
class LineNews:
    """Something that the SDK told.

    Attributes:
        kind: ``connected``, ``partial``, ``final``, ``broken`` (with code and details), or ``ended``.
        text: of a partial or final phrase.
        start: first sample of the phrase, counted from the line's first.
        stop: the sample behind it.
        language: BCP 47 tag, or "" where one was asked for.
        code: name of the SDK's ``CancellationErrorCode``.
        details: the SDK's own words; never for the user's eyes.
    """

    kind: Literal["connected", "partial", "final", "broken", "ended"]
    text: str = ""
    start: int = 0
    stop: int = 0
    language: str = ""
    code: str = ""
    details: str = ""


class AzureLine:
    """A recogniser of the SDK that runs from its making until ``end``.

    Args:
        access: the way to the service.
        languages: one, or several of different tongues, of which the service finds out the spoken one again and again.
        silence_s: after which a phrase is over.
        tell: called on a thread of the SDK's, in order.

    Raises:
        ServiceError: there is no SDK, or it does not take the address.
    """

    def __init__(self, access: SpeechAccess, languages: Sequence[str], silence_s: float, tell: Callable[[LineNews], None]) -> None:
        speech = self._speech = sdk()
        config = speech_config(access, "recognition")
        config.set_property(speech.PropertyId.Speech_SegmentationSilenceTimeoutMs, str(min(max(round(silence_s * 1000), 100), 5000)))
        chosen: dict[str, Any] = {"language": languages[0]}
        if len(languages) > 1:
            config.set_property(speech.PropertyId.SpeechServiceConnection_LanguageIdMode, "Continuous")
            detect = speech.languageconfig.AutoDetectSourceLanguageConfig(languages=list(languages))
            chosen = {"auto_detect_source_language_config": detect}
        self._sound = speech.audio.PushAudioInputStream(speech.audio.AudioStreamFormat(HEARING_RATE, 16, 1))
        self._recogniser = speech.SpeechRecognizer(config, speech.audio.AudioConfig(stream=self._sound), **chosen)
        self._connection = speech.Connection.from_recognizer(self._recogniser)
        self._connected = False
        self._tell: Callable[[LineNews], None] | None = tell
        self._recogniser.recognizing.connect(lambda event: self._heard("partial", event.result))
        self._recogniser.recognized.connect(lambda event: self._heard("final", event.result))
        self._recogniser.canceled.connect(self._cancelled)
        self._recogniser.session_stopped.connect(lambda _event: self._say(LineNews("ended")))
        self._connection.connected.connect(self._met)
        self._recogniser.start_continuous_recognition_async().get()

    def write(self, data: bytes) -> None:
        """Sound as 16-bit numbers; nothing at all would end the stream."""
        if data:
            self._sound.write(data)

    def renew(self, token: str) -> None:
        """A fresh token, for when the SDK connects again."""
        with suppress(RuntimeError):
            self._recogniser.authorization_token = token

    def end(self) -> threading.Thread:
        """Stop; nothing is told from now on. A service that is silent keeps the SDK waiting for 10 s, hence a thread."""
        self._tell = None
        thread = threading.Thread(target=self._stop, name="azure line ends", daemon=True)
        thread.start()
        return thread

    def _stop(self) -> None:
        with suppress(RuntimeError):
            self._sound.close()
            if self._connected:
                self._recogniser.stop_continuous_recognition_async().get()
        for signal in ("recognizing", "recognized", "canceled", "session_stopped"):
            getattr(self._recogniser, signal).disconnect_all()
        self._connection.connected.disconnect_all()
        del self._connection, self._recogniser, self._sound

    def _say(self, news: LineNews) -> None:
        tell = self._tell
        if tell is not None:
            tell(news)

    def _met(self, _event: Any) -> None:
        self._connected = True
        self._say(LineNews("connected"))

    def _heard(self, kind: Literal["partial", "final"], result: Any) -> None:
        found = result.properties.get(self._speech.PropertyId.SpeechServiceConnection_AutoDetectSourceLanguageResult) or ""
        start = result.offset * HEARING_RATE // _TICKS
        stop = (result.offset + result.duration) * HEARING_RATE // _TICKS
        self._say(LineNews(kind, result.text or "", start, stop, "" if found == "Unknown" else found))

    def _cancelled(self, event: Any) -> None:
        details = event.cancellation_details
        if details.reason == self._speech.CancellationReason.Error:
            self._say(LineNews("broken", code=details.code.name, details=details.error_details or ""))
