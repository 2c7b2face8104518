"""The embedded voice for pages that have no key: one text at a time, on a thread beside the event loop."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass, field

import soundfile

from app.core.errors import SpeechError
from app.core.speech import Speech, joined
from app.speech.engine import TtsEngine, Voice

#: longest text that is spoken at once, about a minute
MOST_CHARACTERS = 1000
#: so many texts may wait for the one that is spoken
MOST_WAITING = 8


class VoiceBusy(Exception):
    """Too many texts wait already."""


@dataclass
class EmbeddedVoice:
    """Speaks one text after the other.

    Attributes:
        engine: who speaks; None for the embedded one, loaded when it is first needed.
    """

    engine: TtsEngine | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)
    _warm: bool = field(default=False, init=False, repr=False)
    _waiting: int = field(default=0, init=False, repr=False)

    def voices(self) -> tuple[Voice, ...]:
        """Those that speak without a download."""
        return tuple(voice for voice in self._loaded().voices() if voice.installed)

    async def warm_up(self) -> None:
        """Load the voice, so that the first sentence comes at once; only the first call does."""
        if not self._warm:
            self._warm = True
            async with self._turn:
                await asyncio.to_thread(self._loaded().warm_up)

    async def say(self, text: str, voice_id: str = "", speed: float = 1.0) -> Speech:
        """Speak a text.

        Args:
            text: at most ``MOST_CHARACTERS``.
            voice_id: one of ``voices()``; "" for the first.
            speed: 0.5 to 2.

        Raises:
            SpeechError: it cannot be spoken.
            VoiceBusy: too many wait already.
        """
        if self._waiting >= MOST_WAITING:
            raise VoiceBusy
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._say, text, voice_id, speed)
        finally:
            self._waiting -= 1

    def _say(self, text: str, voice_id: str, speed: float) -> Speech:
        engine, installed = self._loaded(), [voice.id for voice in self.voices()]
        if voice_id and voice_id not in installed:
            raise SpeechError(f"This server has no such voice; choose one of {', '.join(installed)}.")
        return joined(tuple(engine.synthesize(text, voice_id or installed[0], speed)))

    def _loaded(self) -> TtsEngine:
        if self.engine is None:
            from app.speech.hibari import HibariEngine

            self.engine = HibariEngine()
        return self.engine


def as_wav(speech: Speech) -> bytes:
    """The sound as 16-bit WAV."""
    file = io.BytesIO()
    soundfile.write(file, speech.audio.samples, speech.audio.rate, format="WAV", subtype="PCM_16")
    return file.getvalue()
