"""The Speech service's recognition, for a language whose words are tones: what the real SDK sends is really listened to.

Whoever speaks to it makes the sound with ``spoken``. Since the words are known from the sound alone, a test sees it when sound that
a broken line had swallowed is missing, or comes twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.clouds.usp import TICKS_PER_S, Frame, Link, UspServer

RATE = 16000
#: each word is a tone of 250 Hz and 90 Hz more than the one before
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "eins", "zwei", "drei", "vier")
_GERMAN = WORDS[10:]
_LOWEST_HZ, _STEP_HZ = 250, 90
WORD_S, GAP_S = 0.24, 0.08
_LOOK = RATE // 50
_LOUD = 0.05


def spoken(text: str, silence_s: float = 0.9) -> np.ndarray:
    """Words as sound, (n,) float32 at 16 kHz, with silence behind them; a comma is a pause of 0.3 s."""
    parts = []
    for word in text.split():
        times = np.arange(round(WORD_S * RATE)) / RATE
        tone = 0.3 * np.sin(2 * np.pi * (_LOWEST_HZ + _STEP_HZ * WORDS.index(word.strip(",."))) * times)
        parts += [tone * np.minimum(1, np.minimum(times, times[::-1]) / 0.01), np.zeros(round((0.3 if word[-1] == "," else GAP_S) * RATE))]
    return np.concatenate([*parts, np.zeros(round(silence_s * RATE))]).astype(np.float32)


@dataclass
class Turn:
    """What the service knows of one request: sound since its beginning, and the words of the present phrase."""

    heard: int = 0
    left: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    tone: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    first: int = 0
    last: int = 0


class RecognitionServer(UspServer):
    """Recognises tones; see ``UspServer`` for handshakes that fail. Further faults:

    Attributes:
        forgets: a turn ends without the last phrase's final text.
        drop_after_s: the line is cut when so much sound came over it; one number for each line, None for never.
        end_turn_after_s: the service ends its turn when so much sound came in it, once.
        silent_lines: so many lines take sound and answer nothing until it ends.
        slow_s: answers are so late.
    """

    def __init__(self, keys: tuple[str, ...] = ("good-key",)) -> None:
        super().__init__(keys)
        self.drop_after_s: list[float | None] = []
        self.end_turn_after_s = 0.0
        self.forgets = False
        self.silent_lines = 0
        self.slow_s = 0.0

    @property
    def contexts(self) -> list[dict[str, Any]]:
        """What the lines asked for."""
        return [frame.data for _, frame in self.frames if frame.path == "speech.context"]

    async def received(self, link: Link, frame: Frame) -> None:
        """Keep what is asked for, and listen."""
        if frame.path == "speech.context":
            conversation = frame.data["phraseDetection"].get("CONVERSATION", {})
            link.kept["silence_s"] = conversation.get("segmentation", {}).get("segmentationSilenceTimeoutMs", 500) / 1000
            link.kept["languages"] = frame.data.get("languageId", {}).get("languages")
        elif frame.path == "audio" and isinstance(frame.body, bytes):
            if "silent" not in link.kept:
                link.kept["silent"], self.silent_lines = self.silent_lines > 0, self.silent_lines - 1
                link.kept["drop_s"] = self.drop_after_s.pop(0) if self.drop_after_s else None
            await self._hear(link, frame.request_id, frame.body[44:] if frame.body[:4] == b"RIFF" else frame.body, not frame.body)

    async def _hear(self, link: Link, request_id: str, data: bytes, ends: bool) -> None:
        turns = link.kept.setdefault("turns", {})
        if request_id not in turns:
            turns[request_id] = Turn()
            self._say(link, request_id, "turn.start", {"context": {"serviceTag": f"tag-{link.number}"}})
        turn = turns[request_id]
        if turn is None:
            return
        sound = np.frombuffer(data, "<i2").astype(np.float32) / 32768
        turn.left = np.concatenate([turn.left, sound])
        while len(turn.left) >= _LOOK:
            self._step(link, request_id, turn, turn.left[:_LOOK])
            turn.left = turn.left[_LOOK:]
        link.kept["heard"] = link.kept.get("heard", 0) + len(sound)
        drop_s = link.kept["drop_s"]
        if drop_s is not None and link.kept["heard"] > drop_s * RATE:
            link.drop()
        if ends or (self.end_turn_after_s and turn.heard > self.end_turn_after_s * RATE):
            self.end_turn_after_s = 0.0
            turns[request_id] = None
            if not self.forgets:
                self._phrase(link, request_id, turn)
            until = turn.heard if ends or self.forgets else turn.last
            ended = {"RecognitionStatus": "EndOfDictation", "Offset": until * TICKS_PER_S // RATE, "Duration": 0}
            self._say(link, request_id, "speech.phrase", ended)
            self._say(link, request_id, "turn.end", {})

    def _step(self, link: Link, request_id: str, turn: Turn, sound: np.ndarray) -> None:
        """Hear 20 ms: a word is over when its tone is, a phrase after the silence that was asked for."""
        turn.heard += len(sound)
        if np.abs(sound).max() > _LOUD:
            spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 4096))
            turn.tone.append(round((float(spectrum.argmax()) * RATE / 4096 - _LOWEST_HZ) / _STEP_HZ))
            return
        if len(turn.tone) > WORD_S * 50 * 0.6:
            if not turn.words:
                turn.first = turn.heard - (len(turn.tone) + 1) * _LOOK
            turn.last = turn.heard - _LOOK
            turn.words.append(WORDS[int(np.median(turn.tone))])
            self._say(link, request_id, "speech.hypothesis", {"Text": " ".join(turn.words), **self._about(link, turn)})
        turn.tone = []
        if turn.words and turn.heard - turn.last >= link.kept["silence_s"] * RATE:
            self._phrase(link, request_id, turn)

    def _phrase(self, link: Link, request_id: str, turn: Turn) -> None:
        if turn.words:
            text = " ".join(turn.words).capitalize() + "."
            said = {"RecognitionStatus": "Success", "DisplayText": text, **self._about(link, turn)}
            self._say(link, request_id, "speech.phrase", said)
        turn.words = []

    def _about(self, link: Link, turn: Turn) -> dict[str, Any]:
        about: dict[str, Any] = {"Offset": turn.first * TICKS_PER_S // RATE, "Duration": (turn.last - turn.first) * TICKS_PER_S // RATE}
        if link.kept["languages"]:
            wanted = "de" if turn.words[-1] in _GERMAN else "en"
            tag = next(tag for tag in link.kept["languages"] if tag.startswith(wanted))
            about["PrimaryLanguage"] = {"Language": tag, "Confidence": "High"}
        return about

    def _say(self, link: Link, request_id: str, path: str, body: object) -> None:
        """In order, and late where the service is slow."""
        if link.kept["silent"] and not path.startswith("turn."):
            return
        if "outbox" not in link.kept:
            link.kept["outbox"] = asyncio.Queue()
            link.later(self._send_all(link, link.kept["outbox"]))
        link.kept["outbox"].put_nowait((asyncio.get_running_loop().time() + self.slow_s, path, request_id, body))

    async def _send_all(self, link: Link, outbox: asyncio.Queue[tuple[float, str, str, object]]) -> None:
        while True:
            due_s, path, request_id, body = await outbox.get()
            await asyncio.sleep(max(0.0, due_s - asyncio.get_running_loop().time()))
            await link.tell(path, request_id, body)
