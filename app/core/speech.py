"""Speech as data: audio, the phones in it, and the visemes made from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypeVar

import numpy as np

from app.core.errors import AudioError

#: a clip longer than this is refused with a sentence (memory: one hour of 48 kHz mono float32 is 0.7 GB)
MAX_CLIP_S = 3600.0


@dataclass(frozen=True)
class ClipNote:
    """What was noticed while a sound file was read, and what could be done otherwise.

    Attributes:
        kind: which case it is. ``antiphase``, ``two_speakers``, ``one_sided`` and ``centre_channel`` are about channels,
            ``unknown_delay`` about silence that an encoder may have put in front, ``cut_short`` about a file that ends
            before its stated end, ``silent`` about one without any sound.
        sentence: for the user.
        choices: what could be chosen instead: channels as ``read_clip`` takes them, or for ``unknown_delay`` the
            milliseconds to take off, as numbers.
    """

    kind: Literal["antiphase", "two_speakers", "one_sided", "centre_channel", "unknown_delay", "cut_short", "silent"]
    sentence: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class AudioClip:
    """Mono sound.

    Attributes:
        samples: (n,) float32 in [-1, 1].
        rate: samples per second.
        name: what to call it in the window, usually the file name or the spoken text.
        notes: what was noticed when it was read from a file.
    """

    samples: np.ndarray
    rate: int
    name: str = ""
    notes: tuple[ClipNote, ...] = ()

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError("an AudioClip holds (n,) float32 samples")
        if self.rate <= 0:
            raise AudioError("The audio has no sample rate; open a valid audio file.")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate

    @cached_property
    def digest(self) -> str:
        """Tells this sound from all others: a hash of every sample and the rate, whatever the clip is called."""
        return hashlib.blake2b(np.ascontiguousarray(self.samples).data, digest_size=16, salt=self.rate.to_bytes(8, "little")).hexdigest()


@dataclass(frozen=True)
class Phone:
    """One ARPABET phone.

    Attributes:
        symbol: ARPABET in capitals, vowels with a stress digit (``AH1``); silence is ``sil``.
        start_s: start on the audio's time line in seconds.
        end_s: end in seconds, not before the start.
        word: the word it belongs to, if known.
    """

    symbol: str
    start_s: float
    end_s: float
    word: str = ""

    @property
    def base(self) -> str:
        """The symbol without its stress digit."""
        return self.symbol[:-1] if self.symbol[-1:].isdigit() else self.symbol

    @property
    def is_silence(self) -> bool:
        """Whether nothing is spoken here."""
        return self.symbol == "sil"


@dataclass(frozen=True)
class VisemeEvent:
    """Azure's viseme event: it lasts until the next one.

    Attributes:
        viseme_id: 0-21.
        offset_s: start on the audio's time line in seconds (Azure sends 100 ns ticks: divide by 1e7).
    """

    viseme_id: int
    offset_s: float


@dataclass(frozen=True)
class Word:
    """A spoken word as a service times it.

    Attributes:
        text: as written.
        start_s: start on the audio's time line in seconds.
        end_s: end in seconds, not before the start.
    """

    text: str
    start_s: float
    end_s: float


#: what lasts for a while
Timed = TypeVar("Timed", Phone, Word)
#: values per frame of Azure's FacialExpression: 52 ARKit shapes in Azure's order, headRoll, leftEyeRoll, rightEyeRoll
FACIAL_VALUES = 55
#: frames per second of Azure's FacialExpression
FACIAL_FPS = 60.0


@dataclass(frozen=True, eq=False)
class FacialFrames:
    """Consecutive frames of Azure's FacialExpression.

    Attributes:
        values: (n, 55) float32 as the service sent them, in its order, not limited to 0..1.
        first: number of the first frame, counted from the audio's start at ``FACIAL_FPS``.
    """

    values: np.ndarray
    first: int = 0

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] != FACIAL_VALUES or self.values.dtype != np.float32:
            raise ValueError(f"FacialFrames hold (n, {FACIAL_VALUES}) float32 values")


@dataclass(frozen=True)
class Heard:
    """What was known of a sound before a hand moved its words and phones; what is made from the sound goes by it.

    Attributes:
        phones: as aligned or spoken.
        words: as a service timed them.
        visemes: as they came.
        facial: as they came.
        knots: (as heard, now) in seconds: how time was moved since then (core.timing.warp).
    """

    phones: tuple[Phone, ...] = ()
    words: tuple[Word, ...] = ()
    visemes: tuple[VisemeEvent, ...] = ()
    facial: tuple[FacialFrames, ...] = ()
    knots: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Speech:
    """What is played and what is known about it.

    Attributes:
        audio: the sound.
        text: what was said, or "" for a recording without a transcript.
        phones: timed phones in order, empty when unknown.
        visemes: Azure-style events in order, empty when unknown.
        words: timed words in order, where a service gave them.
        facial: blendshapes that came with the sound, by their frames; chunks in order, without overlaps.
        heard: what was known before a hand moved words and phones; None when none did.
    """

    audio: AudioClip
    text: str = ""
    phones: tuple[Phone, ...] = field(default=())
    visemes: tuple[VisemeEvent, ...] = field(default=())
    words: tuple[Word, ...] = field(default=())
    facial: tuple[FacialFrames, ...] = field(default=())
    heard: Heard | None = None


def as_heard(speech: Speech) -> Speech:
    """The speech with the words and phones that belong to its sound, whatever a hand did to them."""
    heard = speech.heard
    if heard is None:
        return speech
    return replace(speech, phones=heard.phones, words=heard.words, visemes=heard.visemes, facial=heard.facial, heard=None)


def heard_of(speech: Speech) -> Heard:
    """What is known of a speech's sound, whatever a hand did since."""
    return speech.heard or Heard(speech.phones, speech.words, speech.visemes, speech.facial)


def has_timings(speech: Speech) -> bool:
    """Whether it is known when which sound is spoken: by phones, or by viseme events other than silence."""
    return bool(speech.phones) or any(event.viseme_id for event in speech.visemes)


def spoken_words(speech: Speech) -> tuple[Word, ...]:
    """Timed words: the service's, else those that the phones belong to; () when neither is known."""
    return speech.words or words_of_phones(speech.phones)


def words_of_phones(phones: Iterable[Phone]) -> tuple[Word, ...]:
    """One word for neighbouring phones of the same word; silence ends it."""
    words: list[Word] = []
    before = ""
    for phone in phones:
        if phone.word and phone.word == before:
            words[-1] = Word(phone.word, words[-1].start_s, phone.end_s)
        elif phone.word:
            words.append(Word(phone.word, phone.start_s, phone.end_s))
        before = phone.word
    return tuple(words)


def joined(parts: Sequence[Speech]) -> Speech:
    """Put speeches one after the other.

    Args:
        parts: at least one, all of one sample rate.

    Returns:
        One speech on one time line; the texts are joined by a space.

    Raises:
        ValueError: no parts, or different sample rates.
    """
    if not parts or len({part.audio.rate for part in parts}) != 1:
        raise ValueError("joined needs speeches of one sample rate")
    rate = parts[0].audio.rate
    phones: list[Phone] = []
    visemes: list[VisemeEvent] = []
    words: list[Word] = []
    facial: list[FacialFrames] = []
    done = 0
    for part in parts:
        start_s = done / rate
        phones += [replace(p, start_s=p.start_s + start_s, end_s=p.end_s + start_s) for p in part.phones]
        visemes += [replace(v, offset_s=v.offset_s + start_s) for v in part.visemes]
        words += [replace(w, start_s=w.start_s + start_s, end_s=w.end_s + start_s) for w in part.words]
        facial += [replace(f, first=f.first + round(start_s * FACIAL_FPS)) for f in part.facial]
        done += len(part.audio.samples)
    text = " ".join(part.text for part in parts if part.text)
    audio = AudioClip(np.concatenate([part.audio.samples for part in parts]), rate, parts[0].audio.name if len(parts) == 1 else text)
    return Speech(audio, text, tuple(phones), tuple(visemes), tuple(words), tuple(facial))


def parted(speech: Speech, starts_s: Sequence[float]) -> tuple[tuple[float, Speech], ...]:
    """Cut a speech into parts: the way back from ``joined``.

    Args:
        speech: the whole.
        starts_s: where each part starts, in seconds; the first is 0.

    Returns:
        Start in seconds and speech of each part, on its own time line; a single part is the speech itself.
    """
    if len(starts_s) < 2:
        return ((0.0, speech),)
    clip, heard = speech.audio, as_heard(speech)
    parts = []
    for start_s, end_s in zip(starts_s, (*starts_s[1:], clip.duration_s + 1.0), strict=True):
        audio = AudioClip(clip.samples[round(start_s * clip.rate) : round(end_s * clip.rate)], clip.rate, clip.name)
        part, span_s = Speech(audio), (start_s, end_s)
        if speech.heard is not None:
            part = known_between(replace(part, heard=heard_of(known_between(part, heard, span_s))), speech, span_s)
        else:
            part = known_between(part, speech, span_s)
        parts.append((start_s, part))
    return tuple(parts)


def known_between(part: Speech, whole: Speech, span_s: tuple[float, float]) -> Speech:
    """A part of a speech with what is known of the whole in its stretch, on the part's own time line.

    Args:
        part: its sound.
        whole: whose words, phones, events and blendshapes count.
        span_s: where the part lies in it, in seconds.
    """
    start_s, end_s = span_s

    def inside(begin_s: float, stop_s: float) -> bool:
        # what lasts belongs to the part that its middle lies in
        return start_s <= (begin_s + stop_s) / 2 < end_s

    def from_start(timed: Timed) -> Timed:
        return replace(timed, start_s=max(timed.start_s - start_s, 0.0), end_s=timed.end_s - start_s)

    return replace(
        part,
        phones=tuple(from_start(p) for p in whole.phones if inside(p.start_s, p.end_s)),
        visemes=tuple(replace(v, offset_s=v.offset_s - start_s) for v in whole.visemes if start_s <= v.offset_s + 1e-6 < end_s),
        words=tuple(from_start(w) for w in whole.words if inside(w.start_s, w.end_s)),
        facial=_facial_between(whole.facial, round(start_s * FACIAL_FPS), round(end_s * FACIAL_FPS)),
    )


def _facial_between(chunks: Sequence[FacialFrames], first: int, end: int) -> tuple[FacialFrames, ...]:
    """The frames from ``first`` to before ``end``, counted from the former."""
    cut = []
    for chunk in chunks:
        low, high = max(first - chunk.first, 0), min(end - chunk.first, len(chunk.values))
        if low < high:
            cut.append(FacialFrames(chunk.values[low:high], chunk.first + low - first))
    return tuple(cut)
