"""One answer of a service as it comes in, and how much of it was heard."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.conversation.steps import Message
from app.core.arriving import ArrivingSpeech, Piece
from app.core.speech import FACIAL_FPS, FACIAL_VALUES, FacialFrames, VisemeEvent, Word

#: samples per second of what the services say
RATE = 24000
#: values per frame of a face without the three rolls at the end of Azure's order
_WITHOUT_ROLLS = 52
#: characters of written English per second of speech; used where a service says more text than sound has come
_CHARACTERS_PER_S = 15.0
#: the end of an answer counts as heard when no more than this is missing
_NEARLY_S = 0.03


@dataclass
class _Sounding:
    """An item of the conversation that sounds.

    Attributes:
        item_id: its name.
        content_index: which part of it sounds.
        first: sample of the answer at which it begins.
        n: samples of it so far.
    """

    item_id: str
    content_index: int
    first: int
    n: int = 0


@dataclass(frozen=True)
class Cut:
    """Where an item of the conversation is to be cut.

    Attributes:
        item_id: its name.
        content_index: which part of it.
        audio_end_ms: milliseconds of its sound that were heard.
    """

    item_id: str
    content_index: int
    audio_end_ms: int


class Answer:
    """One answer: its sound and what came with it.

    Args:
        turn: whose answer.
        response_id: the service's name for it.

    Attributes:
        arriving: its sound.
        text: what is said, as far as it came.
        over: the service has finished with it.
        believed: what the model believes was settled by an interruption.
        sounded: some of its sound has come.
        forgotten: the service does not know it any more, because the connection was lost.
        line: it, in the history.
    """

    def __init__(self, turn: int, response_id: str) -> None:
        self.turn, self.response_id = turn, response_id
        self.arriving = ArrivingSpeech(RATE)
        self.text = ""
        self.over = self.believed = self.sounded = self.forgotten = False
        self.line: Message | None = None
        self.visemes = self.frames = 0
        self._words: list[Word] = []
        self._items: list[_Sounding] = []
        self._samples = 0
        self._odd = b""

    @property
    def spoken_s(self) -> float:
        """Seconds of sound that came, also after it was cut."""
        return self._samples / RATE

    def add_text(self, delta: str) -> None:
        """More of what is said."""
        self.text += delta
        self.arriving.text = self.text

    def add_sound(self, item_id: str, content_index: int, delta: str) -> None:
        """More sound.

        Args:
            item_id: the item that sounds.
            content_index: which part of it.
            delta: PCM16 as base64; may end within a sample.
        """
        pcm = self._odd + base64.b64decode(delta)
        whole = len(pcm) // 2 * 2
        self._odd = pcm[whole:]
        samples = np.frombuffer(pcm[:whole], "<i2").astype(np.float32) / np.float32(32768)
        if not self._items or (self._items[-1].item_id, self._items[-1].content_index) != (item_id, content_index):
            self._items.append(_Sounding(item_id, content_index, self._samples))
        self._items[-1].n += len(samples)
        self._samples += len(samples)
        self.sounded = True
        self.arriving.add(Piece(samples))

    def add_viseme(self, viseme_id: int, offset_ms: float) -> None:
        """A viseme, by Azure's number."""
        self.visemes += 1
        self.arriving.add(_beside(visemes=(VisemeEvent(viseme_id, offset_ms / 1e3),)))

    def add_word(self, text: str, offset_ms: float, duration_ms: float) -> None:
        """A timed word."""
        word = Word(text, offset_ms / 1e3, (offset_ms + duration_ms) / 1e3)
        self._words.append(word)
        self.arriving.add(_beside(words=(word,)))

    def add_face(self, frames: Any, first: int) -> bool:
        """Blendshapes; False when they have no known form.

        Args:
            frames: of the message: rows of numbers, or a text that holds them.
            first: number of the first row.
        """
        values = _rows(frames)
        if values is None:
            return False
        if len(values):
            self.frames = max(self.frames, first + len(values))
            self.arriving.add(_beside(facial=(FacialFrames(values, first),)))
        return True

    def all_heard(self, heard_s: float) -> bool:
        """Whether nothing of it was left when so much was heard."""
        return self.over and heard_s >= self.spoken_s - _NEARLY_S

    def cuts(self, heard_s: float) -> list[Cut]:
        """Where its items are to be cut: each that was not heard to its end, and one that still grows at the service."""
        heard = min(max(round(heard_s * RATE), 0), self._samples)
        return [
            Cut(item.item_id, item.content_index, max(heard - item.first, 0) * 1000 // RATE)
            for item in self._items
            if heard < item.first + item.n or (item is self._items[-1] and not self.over)
        ]

    def said_until(self, heard_s: float) -> str:
        """The text as far as it was heard: by the times of words where they came, else by its share of the sound."""
        if self._words:
            return _until(self.text, [word for word in self._words if (word.start_s + word.end_s) / 2 <= heard_s])
        if not self.spoken_s or heard_s <= 0:
            return ""
        share = min(heard_s / self.spoken_s, 1.0) * len(self.text)
        if not self.over:
            share = min(share, heard_s * _CHARACTERS_PER_S)
        end = round(share)
        if end >= len(self.text):
            return self.text
        return self.text[:end].rpartition(" ")[0] if self.text[end : end + 1].strip() else self.text[:end].rstrip()

    def odd_frame_rate(self) -> float:
        """Frames per second of its face where they are not what the format says, else 0; for an answer that came whole."""
        if not self.frames or self.spoken_s < 0.5:
            return 0.0
        fps = self.frames / self.spoken_s
        return 0.0 if abs(fps - FACIAL_FPS) < 0.15 * FACIAL_FPS else fps


def _beside(visemes: tuple[VisemeEvent, ...] = (), words: tuple[Word, ...] = (), facial: tuple[FacialFrames, ...] = ()) -> Piece:
    """What comes beside the sound."""
    return Piece(np.zeros(0, np.float32), visemes=visemes, words=words, facial=facial)


def _rows(frames: Any) -> np.ndarray | None:
    """(n, 55) float32 of what a message holds; None for what is no rows of a face."""
    if isinstance(frames, str):
        try:
            frames = json.loads(frames)
        except (ValueError, RecursionError):
            return None
    if isinstance(frames, dict):
        frames = frames.get("BlendShapes")
    if not isinstance(frames, list):
        return None
    if not frames:
        return np.zeros((0, FACIAL_VALUES), np.float32)
    try:
        with np.errstate(over="ignore"):
            values = np.asarray(frames, np.float32)
    except (TypeError, ValueError, OverflowError):
        return None
    if values.ndim != 2 or values.shape[1] not in (_WITHOUT_ROLLS, FACIAL_VALUES) or not np.isfinite(values).all():
        return None
    return np.pad(values, ((0, 0), (0, FACIAL_VALUES - values.shape[1])))


def _until(text: str, words: Sequence[Word]) -> str:
    """The text up to the last of some words, which stand in it in their order."""
    end = 0
    for word in words:
        at = text.find(word.text, end)
        end = end if at < 0 else at + len(word.text)
    return text[:end] if end or not words else " ".join(word.text for word in words)
