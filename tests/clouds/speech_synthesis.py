"""The synthesis side of the Speech service: sound, mouth shapes, blendshapes and word times of any SSML, with faults on demand."""

from __future__ import annotations

import asyncio
import html
import json
import re
import uuid
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from aiohttp import web

from tests.clouds.usp import TICKS_PER_S, Frame, Link, UspServer

#: of speech, per character of the text
S_PER_CHARACTER = 0.06
CHUNK_S = 0.1
FACIAL_FPS = 60
#: rows in a chunk of blendshapes
FACIAL_ROWS = 12
#: a letter's mouth shape, by the sounds that it mostly stands for in English
VISEME_OF = {
    **dict.fromkeys("pbm", 21), **dict.fromkeys("fv", 18), **dict.fromkeys("tdn", 19), **dict.fromkeys("kgcqx", 20),
    **dict.fromkeys("sz", 15), "a": 1,
    **dict.fromkeys("iy", 6), **dict.fromkeys("uw", 7), "e": 4, "o": 8, "j": 16, "h": 12, "l": 14, "r": 13,
}  # fmt: skip

#: as the service lists voices, two of each kind that matters
VOICES: tuple[dict[str, Any], ...] = (
    {"Name": "Microsoft Server Speech Text to Speech Voice (de-DE, KatjaNeural)", "DisplayName": "Katja", "LocalName": "Katja",
     "ShortName": "de-DE-KatjaNeural", "Gender": "Female", "Locale": "de-DE", "LocaleName": "German (Germany)", "SampleRateHertz": "48000",
     "VoiceType": "Neural", "Status": "GA", "WordsPerMinute": "151"},
    {"Name": "Microsoft Server Speech Text to Speech Voice (en-US, JennyNeural)", "DisplayName": "Jenny", "LocalName": "Jenny",
     "ShortName": "en-US-JennyNeural", "Gender": "Female", "Locale": "en-US", "LocaleName": "English (United States)",
     "StyleList": ["assistant", "chat", "cheerful", "sad"], "SampleRateHertz": "24000", "VoiceType": "Neural", "Status": "GA"},
    {"Name": "Microsoft Server Speech Text to Speech Voice (zh-CN, YunxiNeural)", "DisplayName": "Yunxi", "LocalName": "云希",
     "ShortName": "zh-CN-YunxiNeural", "Gender": "Male", "Locale": "zh-CN", "LocaleName": "Chinese (Mandarin, Simplified)",
     "StyleList": ["cheerful", "narration-relaxed"], "RolePlayList": ["Boy", "Narrator"], "SampleRateHertz": "24000", "VoiceType": "Neural",
     "Status": "GA"},
    {"Name": "Microsoft Server Speech Text to Speech Voice (pl-PL, ZofiaNeural)", "DisplayName": "Zofia", "LocalName": "Zofia",
     "ShortName": "pl-PL-ZofiaNeural", "Gender": "Female", "Locale": "pl-PL", "LocaleName": "Polish (Poland)", "SampleRateHertz": "24000",
     "VoiceType": "Neural", "Status": "GA"},
)  # fmt: skip


class SynthesisServer(UspServer):
    """Speaks SSML: a humming that opens and closes with the letters. See ``UspServer`` for faults of the handshake.

    Attributes:
        chunk_pause_s: wait before every chunk of sound.
        drop_after: cut the line after so many chunks, once; 0 before anything is said, None for never.
        hang_after: send nothing more after so many chunks; None for never. 0 answers nothing at all.
        visemes: ``ids``; ``zeros``, as some locales do; or ``none``.
        facial: of a document that asks for blendshapes: with ``ids`` on the same events, ``apart`` on events of their own that carry
            ID 0, ``alone`` without any IDs, or ``none`` where the voice has no blendshapes.
        facial_order: chunks of blendshapes by their place in time, in the order of sending; empty for the natural one.
        in_pieces: blendshapes are cut into texts of so many characters; 0 for whole.
        voices: what the list of voices holds.
    """

    def __init__(self, keys: tuple[str, ...] = ("good-key",)) -> None:
        super().__init__(keys)
        self.chunk_pause_s = 0.0
        self.drop_after: int | None = None
        self.hang_after: int | None = None
        self.visemes: Literal["ids", "zeros", "none"] = "ids"
        self.facial: Literal["ids", "apart", "alone", "none"] = "apart"
        self.facial_order: Sequence[int] = ()
        self.in_pieces = 0
        self.voices = VOICES

    @property
    def endpoint(self) -> str:
        """What a speech configuration takes."""
        return f"{self.address}/tts/cognitiveservices/websocket/v1"

    @property
    def documents(self) -> list[str]:
        """The SSML that came."""
        return [str(frame.body) for _, frame in self.frames if frame.path == "ssml"]

    async def asked(self, request: web.Request) -> web.StreamResponse:
        """The list of voices."""
        if request.path.endswith("/cognitiveservices/voices/list"):
            return web.json_response(list(self.voices))
        return web.Response(status=404)

    async def received(self, link: Link, frame: Frame) -> None:
        """Speak what is to be spoken, in the format that was asked for."""
        if frame.path == "synthesis.context":
            form = frame.data["synthesis"]["audio"]["outputFormat"]
            link.kept["rate"] = 1000 * int(re.search(r"(\d+)khz", form)[1])  # type: ignore[index]
        elif frame.path == "ssml":
            link.later(self._speak(link, frame.request_id, str(frame.body)))

    async def _speak(self, link: Link, request_id: str, ssml: str) -> None:
        if self.hang_after == 0:
            return
        if self.drop_after == 0:
            self.drop_after = None
            link.drop()
        stream, plain = uuid.uuid4().hex, html.unescape(re.sub(r"<[^>]*>", " ", ssml)).strip()
        await link.tell("turn.start", request_id, {"context": {"serviceTag": stream}})
        audio = {"type": "inline", "streamId": stream}
        await link.tell("response", request_id, {"context": {"serviceTag": stream}, "audio": audio})
        for kind, data in self._timings(plain, ssml):
            await link.tell("audio.metadata", request_id, {"Metadata": [{"Type": kind, "Data": data}]})
        pcm, size = hum(plain, link.kept["rate"]), round(CHUNK_S * link.kept["rate"])
        for k, start in enumerate(range(0, len(pcm), size)):
            await asyncio.sleep(self.chunk_pause_s)
            if self.hang_after is not None and k >= self.hang_after:
                return
            await link.send("audio", request_id, stream, pcm[start : start + size].tobytes())
            if self.drop_after is not None and k + 1 >= self.drop_after:
                self.drop_after = None
                await asyncio.sleep(0.05)
                link.drop()
        await link.send("audio", request_id, stream, b"")
        await link.tell("turn.end", request_id, {})

    def _timings(self, plain: str, ssml: str) -> list[tuple[str, dict[str, Any]]]:
        """Metadata of an utterance, in the order of sending."""
        wanted = self.facial if "FacialExpression" in ssml else "none"
        found: list[tuple[str, dict[str, Any]]] = []
        for word in re.finditer(r"\S+", plain):
            text = {"Text": word[0], "Length": len(word[0]), "BoundaryType": "WordBoundary"}
            found.append(("WordBoundary", {"Offset": ticks(word.start()), "Duration": ticks(len(word[0])), "text": text}))
        if wanted not in ("ids", "alone") and self.visemes != "none":
            ids = [VISEME_OF.get(letter, 0) if self.visemes == "ids" else 0 for letter in plain.lower()]
            # the SDK for JavaScript waits for the last piece of an animation, also where there is none
            found += [("Viseme", {"Offset": ticks(k), "VisemeId": number, "IsLastAnimation": True}) for k, number in enumerate(ids)]
        return found + (self._facial(plain, with_ids=wanted == "ids") if wanted != "none" else [])

    def _facial(self, plain: str, with_ids: bool) -> list[tuple[str, dict[str, Any]]]:
        rows = facial_rows(plain)
        chunks = [(first, rows[first : first + FACIAL_ROWS]) for first in range(0, len(rows), FACIAL_ROWS)]
        order = [k for k in self.facial_order if k < len(chunks)]
        chunks = [chunks[k] for k in (*order, *(k for k in range(len(chunks)) if k not in order))]
        # the first event of the service is empty
        found: list[tuple[str, dict[str, Any]]] = [("Viseme", {"Offset": 0, "VisemeId": 0})]
        for first, values in chunks:
            at_s = first / FACIAL_FPS
            letter = plain[min(int(at_s / S_PER_CHARACTER), len(plain) - 1)].lower()
            event = {"Offset": round(at_s * TICKS_PER_S), "VisemeId": VISEME_OF.get(letter, 0) if with_ids else 0}
            text = json.dumps({"FrameIndex": first, "BlendShapes": values.tolist()})
            size = self.in_pieces or len(text)
            pieces = [text[k : k + size] for k in range(0, len(text), size)]
            found += [("Viseme", {**event, "AnimationChunk": p, "IsLastAnimation": k + 1 == len(pieces)}) for k, p in enumerate(pieces)]
        return found


def ticks(characters: int) -> int:
    """The service's time at which a character begins."""
    return round(characters * S_PER_CHARACTER * TICKS_PER_S)


def hum(plain: str, rate: int) -> np.ndarray:
    """(n,) int16 of a voice-like humming, silent at spaces."""
    count = round(max(len(plain), 4) * S_PER_CHARACTER * rate)
    t = np.arange(count) / rate
    tone = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 9))
    letters = np.array([0.0 if letter.isspace() else 1.0 for letter in plain.ljust(4)])
    loud = letters[np.minimum((t / S_PER_CHARACTER).astype(int), len(letters) - 1)]
    return np.asarray(tone * loud * 4000, np.int16)


def facial_rows(plain: str) -> np.ndarray:
    """(n, 55) blendshapes of an utterance; some are a little below 0, as the service's are."""
    count = round(max(len(plain), 4) * S_PER_CHARACTER * FACIAL_FPS)
    rows = np.zeros((count, 55))
    rows[:, 17] = 0.3 + 0.2 * np.sin(np.arange(count) / 4)
    rows[:, 18] = rows[:, 17] - 0.05
    rows[:, 23] = -0.05
    return np.round(rows, 3)
