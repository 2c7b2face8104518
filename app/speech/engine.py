"""What every text-to-speech engine offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from app.core.arriving import ArrivingSpeech
from app.core.cancel import CancelToken
from app.core.counting import Count
from app.core.speech import Speech
from app.speech.delivery import Delivery


@dataclass(frozen=True)
class Voice:
    """A voice of an engine.

    Attributes:
        id: as written on the command line and in settings.
        name: as shown in the window.
        language: BCP 47 tag (``en-US``).
        gender: ``female``, ``male`` or "".
        installed: whether it can speak now: it was fetched, or its service has a key.
        cloud: whether a service speaks for it.
        language_name: of a service's voice, in English.
        styles: that it can speak in.
        roles: that it can play.
        visemes: whether mouth shapes come with its sound; None while that is not known.
    """

    id: str
    name: str
    language: str
    gender: str
    installed: bool
    cloud: bool = False
    language_name: str = ""
    styles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    visemes: bool | None = None


class TtsEngine(Protocol):
    """A maker of speech from text."""

    def voices(self) -> tuple[Voice, ...]:
        """All voices, installed or not; the first one is the default. Asks no network."""
        ...

    def warm_up(self) -> None:
        """Load what is slow to load; call it on a worker thread after the window is up."""
        ...

    def notes(self, text: str, voice_id: str = "") -> tuple[str, ...]:
        """One sentence per thing the user should know before ``text`` is spoken by a voice (what will be left out)."""
        ...

    def synthesize(self, text: str, voice_id: str, speed: float = 1.0, cancel: CancelToken | None = None) -> Iterator[Speech]:
        """Speak a text, sentence by sentence.

        Args:
            text: any text.
            voice_id: one of ``voices()``.
            speed: 0.5 (slow) to 2 (fast).
            cancel: asked between sentences; after it is set, nothing more is yielded.

        Yields:
            One Speech per sentence (a long first sentence comes in parts): its audio starts at 0 s, its phones
            cover it without gaps, ``sil`` where nothing is said.

        Raises:
            SpeechError: nothing in the text can be spoken, or the voice is not there.
        """
        ...

    def install(self, voice_id: str, progress: Callable[[float], None] | None = None, cancel: CancelToken | None = None) -> None:
        """Fetch a voice that is not installed.

        Args:
            voice_id: one of ``voices()``; nothing happens when it is installed already.
            progress: called with the share done, 0-1.
            cancel: asked while fetching.

        Raises:
            ServiceError: it cannot be fetched; one sentence says what to do.
            Cancelled: ``cancel`` was set; nothing is left behind.
        """
        ...


@runtime_checkable
class ArrivingVoice(Protocol):
    """An engine that gives its sound while it arrives."""

    def arrive(self, text: str, voice_id: str, speed: float = 1.0, cancel: CancelToken | None = None) -> Iterator[ArrivingSpeech]:
        """Speak a text, sentence by sentence, as ``TtsEngine.synthesize`` does.

        Args:
            text: any text.
            voice_id: one of the engine's.
            speed: 0.5 (slow) to 2 (fast).
            cancel: stops what is on its way within 50 ms: the speech is finished as incomplete, and nothing more is yielded.

        Yields:
            Each sentence as soon as it was asked for; the next one when the service has sent all of the one before.

        Raises:
            SpeechError: nothing in the text can be spoken, or the voice is not there.
            ServiceError: after a sentence that broke off; what came of it stays.
        """
        ...


@runtime_checkable
class ArrivingEngine(TtsEngine, ArrivingVoice, Protocol):
    """An engine that does both."""


@runtime_checkable
class TellsAfterwards(Protocol):
    """An engine that notices something while it speaks."""

    def noticed(self) -> tuple[str, ...]:
        """One sentence per thing that was noticed since this was asked last."""
        ...


@runtime_checkable
class HasDelivery(Protocol):
    """An engine that can be told how to say things.

    Attributes:
        delivery: from now on.
    """

    delivery: Delivery


@runtime_checkable
class KeepsLines(Protocol):
    """An engine that keeps what it spoke."""

    def kept_bytes(self) -> int:
        """How much the kept lines are."""
        ...

    def forget_lines(self) -> None:
        """Take them off the disk."""
        ...


@runtime_checkable
class IsPaid(Protocol):
    """An engine some of whose voices are paid for.

    Attributes:
        counted: told what is charged for.
    """

    counted: Count


@runtime_checkable
class HasVoiceList(Protocol):
    """An engine some of whose voices are listed by a service."""

    def refresh_voices(self) -> bool:
        """Ask the service for its list, where there is a key and the list is old; returns whether ``voices`` changed.

        Raises:
            ServiceError: the list cannot be had.
        """
        ...
