"""What every text-to-speech engine offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from app.core.cancel import CancelToken
from app.core.speech import Speech


@dataclass(frozen=True)
class Voice:
    """A voice of an engine.

    Attributes:
        id: as written on the command line and in settings.
        name: as shown in the window.
        language: BCP 47 tag (``en-US``).
        gender: ``female``, ``male`` or "".
        installed: whether it speaks without a network.
    """

    id: str
    name: str
    language: str
    gender: str
    installed: bool


class TtsEngine(Protocol):
    """A maker of speech from text."""

    def voices(self) -> tuple[Voice, ...]:
        """All voices, installed or not; the first one is the default. Asks no network."""
        ...

    def warm_up(self) -> None:
        """Load what is slow to load; call it on a worker thread after the window is up."""
        ...

    def notes(self, text: str) -> tuple[str, ...]:
        """One sentence per thing the user should know before ``text`` is spoken (what will be left out)."""
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
