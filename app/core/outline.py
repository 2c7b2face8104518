"""The outline of what is heard: which words and phones lie when, and how loud it is; so much of a sound finds a moment in another one."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from app.core.errors import ProjectError
from app.core.speech import AudioClip, Phone, Speech, Word, spoken_words

#: loudness is looked at so many times a second; a lag between two of these is found by the parabola through three
LOUDNESS_FPS = 100.0
#: what is quieter than the loudest moment by so many decibels counts as silence
FLOOR_DB = -60.0
_WINDOW = np.array([1.0, 3.0, 4.0, 3.0, 1.0], np.float32) / 12
#: a file keeps loudness in steps of a quarter of a decibel
_STEP_DB = 0.25


@dataclass(frozen=True, eq=False)
class Outline:
    """What is known of a sound without its samples.

    Attributes:
        digest: tells the sound from all others, see AudioClip.
        duration_s: how long it is.
        words: timed words in order, empty when unknown.
        phones: timed phones in order, empty when unknown.
        text: what is said, "" when unknown.
        loud: (n,) float32 decibels below the loudest moment at LOUDNESS_FPS, from FLOOR_DB to 0; empty when it was not kept.
    """

    digest: str
    duration_s: float
    words: tuple[Word, ...] = ()
    phones: tuple[Phone, ...] = ()
    text: str = ""
    loud: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))

    @cached_property
    def spoken(self) -> tuple[Phone, ...]:
        """The phones that are no silence."""
        return tuple(phone for phone in self.phones if not phone.is_silence)

    def said_at(self, words: tuple[Word, ...], phones: tuple[Phone, ...]) -> Outline:
        """The same sound with words and phones at other times."""
        return Outline(self.digest, self.duration_s, words, phones, self.text, self.loud)

    def times_alike(self, other: Outline) -> bool:
        """Whether words and phones are the same at the same times."""
        return self.words == other.words and self.phones == other.phones


def loudness(clip: AudioClip) -> np.ndarray:
    """(n,) float32 decibels below the loudest moment, LOUDNESS_FPS of them a second, not below FLOOR_DB.

    Args:
        clip: the sound.
    """
    n = math.floor(clip.duration_s * LOUDNESS_FPS)
    if n < 1:
        return np.zeros(0, np.float32)
    edges = np.round(np.arange(n + 1) * clip.rate / LOUDNESS_FPS).astype(np.intp)
    power = np.add.reduceat(np.square(clip.samples, dtype=np.float32), edges[:-1]) / np.maximum(np.diff(edges), 1)
    if len(clip.samples) > edges[-1]:  # the last sum ran on to the end
        power[-1] = np.mean(np.square(clip.samples[edges[-2] : edges[-1]]))
    # as the ear: over some 40 ms, so that the pitch of a voice does not count, and a lag of half a step hardly
    power = np.convolve(np.pad(power, len(_WINDOW) // 2, mode="edge"), _WINDOW, mode="valid")
    highest = float(power.max())
    if highest <= 0:
        return np.full(n, FLOOR_DB, np.float32)
    made: np.ndarray = np.maximum(10 * np.log10(np.maximum(power / highest, 1e-12)), FLOOR_DB).astype(np.float32)
    return made


def outline_of(speech: Speech, *, with_loudness: bool = True) -> Outline:
    """What of a speech finds its moments in another one.

    Args:
        speech: sound, words and phones.
        with_loudness: whether its loudness is looked at as well, which takes about 5 ms a minute.
    """
    clip = speech.audio
    loud = loudness(clip) if with_loudness else np.zeros(0, np.float32)
    return Outline(clip.digest, clip.duration_s, spoken_words(speech), speech.phones, speech.text, loud)


# -- as files keep them


def outline_data(outline: Outline) -> dict[str, Any]:
    """An outline as plain values for a JSON document."""
    steps = np.round(-outline.loud / _STEP_DB).astype(np.uint8)
    return {
        "digest": outline.digest, "duration_s": outline.duration_s, "text": outline.text,
        "words": [[w.text, w.start_s, w.end_s] for w in outline.words],
        "phones": [[p.symbol, p.start_s, p.end_s, p.word] for p in outline.phones],
        "loud": base64.b64encode(steps.tobytes()).decode("ascii"),
    }  # fmt: skip


def outline_from(data: Any) -> Outline:
    """An outline from what ``outline_data`` made.

    Raises:
        ProjectError: it is damaged.
    """
    try:
        if not isinstance(data, Mapping):
            raise TypeError("not an object")
        words = tuple(Word(str(text), *_span(start_s, end_s)) for text, start_s, end_s in data.get("words", ()))
        phones = tuple(Phone(str(symbol), *_span(start_s, end_s), str(word)) for symbol, start_s, end_s, word in data.get("phones", ()))
        steps = np.frombuffer(base64.b64decode(data.get("loud", ""), validate=True), np.uint8)
        loud = np.maximum(-_STEP_DB * steps.astype(np.float32), np.float32(FLOOR_DB))
        duration_s = _span(0.0, data["duration_s"])[1]
        return Outline(str(data["digest"]), duration_s, words, phones, str(data.get("text", "")), loud)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ProjectError("What was said when the edits were made is damaged; save the project again.") from error


def _span(start_s: Any, end_s: Any) -> tuple[float, float]:
    start_s, end_s = float(start_s), float(end_s)
    if not (math.isfinite(start_s) and math.isfinite(end_s) and 0 <= start_s <= end_s):
        raise ValueError("not a stretch")
    return start_s, end_s
