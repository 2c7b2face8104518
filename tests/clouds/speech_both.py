"""The whole Speech service at one address: it speaks, and it hears what it spoke where the words are tones."""

from __future__ import annotations

from tests.clouds.speech_recognition import RecognitionServer

from tests.clouds.speech_synthesis import SynthesisServer
from tests.clouds.usp import Frame, Link


class SpeechService(RecognitionServer, SynthesisServer):
    """See both."""

    async def received(self, link: Link, frame: Frame) -> None:
        """By the path of the handshake."""
        side = SynthesisServer if "/tts/" in link.request.path else RecognitionServer
        await side.received(self, link, frame)
