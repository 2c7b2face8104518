"""The whole Speech service at one address: it speaks, and hears again what it spoke where the words are tones."""

from __future__ import annotations

import numpy as np

from app.audio.clips import resample
from app.core.speech import AudioClip
from tests.clouds.speech_recognition import RATE, RecognitionServer, spoken
from tests.clouds.speech_synthesis import SynthesisServer
from tests.clouds.usp import Frame, Link


class SpeechService(RecognitionServer, SynthesisServer):
    """See both."""

    async def received(self, link: Link, frame: Frame) -> None:
        """By the path of the handshake."""
        side = SynthesisServer if "/tts/" in link.request.path else RecognitionServer
        await side.received(self, link, frame)


def tones(plain: str, rate: int) -> np.ndarray:
    """(n,) int16 of words that the recognition knows; takes the place of ``speech_synthesis.hum``."""
    sound = resample(AudioClip(spoken(plain, silence_s=0.1), RATE), rate).samples
    return np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)
