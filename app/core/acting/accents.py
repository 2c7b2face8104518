"""Which syllables are accented: by their stress, and by how high, loud and long they are.

Pitch excursion, loudness and length make a syllable prominent, in this order (Fry 1958, *Experiments in the perception of stress*;
Terken 1991, *Fundamental frequency and perceived prominence of accented syllables*); a pitch accent lies on a stressed syllable of a word
that says something, and the last of a phrase is its nucleus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.core.acting.phrases import Phrase
from app.core.acting.voice import RATE, HeardVoice
from app.core.speech import Phone

#: of two that are nearer the stronger counts
NEAREST_S = 0.42
#: how far beyond its vowel the peak of an accent is looked for
_BEYOND_S = 0.03
_LEAST = 0.45
#: semitones and dB over what is usual in the phrase that make an accent as prominent as can be
_HIGH, _LOUD = 4.0, 6.0
_VOWELS = frozenset(("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"))
#: words that say little by themselves, without their apostrophes
_EMPTY = frozenset((
    "a", "an", "the", "and", "or", "but", "nor", "so", "if", "as", "at", "by", "for", "from", "in", "into", "of", "off", "on",
    "onto", "out", "over", "to", "up", "with", "than", "then", "that", "this", "these", "those", "there", "here", "i", "you",
    "he", "she", "it", "we", "they", "me", "him", "her", "us", "them", "my", "your", "his", "its", "our", "their", "who", "whom",
    "which", "what", "am", "is", "are", "was", "were", "be", "been", "being", "do", "does", "did", "have", "has", "had", "will",
    "would", "shall", "should", "can", "could", "may", "might", "must", "im", "youre", "theyre", "ive", "weve", "dont",
))  # fmt: skip


@dataclass(frozen=True)
class Accent:
    """An accented syllable.

    Attributes:
        time_s: when it is most prominent, in seconds of the sound.
        strength: 0 to 1, compared with the others of its phrase.
        nuclear: the last one of its phrase.
    """

    time_s: float
    strength: float
    nuclear: bool = False


def accents_of(phrase: Phrase, phones: Sequence[Phone], voice: HeardVoice) -> tuple[Accent, ...]:
    """The accents of a phrase in order, at least one where anything is heard.

    Args:
        phrase: which.
        phones: of the speech; without them every loud syllable may be accented.
        voice: the sound.
    """
    if not len(voice):
        return ()
    line = _Line(phrase, voice)
    own = [p for p in phones if p.start_s >= phrase.start_s - 1e-3 and p.end_s <= phrase.end_s + 1e-3 and p.base in _VOWELS]
    rated = _rated_vowels(own, line) if own else _rated_peaks(phrase, line)
    chosen: list[tuple[float, float]] = []
    for score, time_s in sorted(rated, reverse=True):
        if (score >= _LEAST or not chosen) and all(abs(time_s - other) >= NEAREST_S for _, other in chosen):
            chosen.append((score, time_s))
    chosen.sort(key=lambda each: each[1])
    last, most = len(chosen) - 1, max([score for score, _ in chosen], default=1.0)
    # a phrase in which nothing stands out has weak accents alone
    scale = max(most, 0.8)
    return tuple(Accent(time_s, min(max(score / scale, 0.1), 1.0) ** 1.5, i == last) for i, (score, time_s) in enumerate(chosen))


class _Line:
    """What is usual in a phrase: its falling pitch, its loudness."""

    def __init__(self, phrase: Phrase, voice: HeardVoice) -> None:
        self.voice = voice
        self.inside = inside = voice.span(phrase.start_s, phrase.end_s)
        looks, pitch = np.arange(inside.start, inside.stop), voice.pitch[inside]
        known = np.isfinite(pitch)
        # pitch falls along a phrase, and what stands out does so from there ('t Hart, Collier & Cohen 1990)
        slope, height = np.polyfit(looks[known] / RATE, voice.tune[inside][known], 1) if known.sum() > RATE // 5 else (0.0, 0.0)
        slope = min(max(slope, -6.0), 1.0)
        if known.any():
            height = float(np.median(voice.tune[inside][known] - slope * looks[known] / RATE))
        self.high = voice.tune - (slope * np.arange(len(voice)) / RATE + height) if known.any() else np.zeros(len(voice))
        loud = voice.loudness_db[inside]
        self.usual_db = float(np.percentile(loud, 60)) if len(loud) else 0.0

    def peak(self, start_s: float, end_s: float) -> tuple[float, float, float]:
        """When a stretch is most prominent, and how many semitones and dB over the usual it is at most."""
        span = self.voice.span(start_s, end_s)
        high, loud = self.high[span], self.voice.loudness_db[span] - self.usual_db
        at = span.start + int(np.argmax(high / _HIGH + loud / _LOUD))
        return self.voice.start_s + at / RATE, float(high.max()), float(loud.max())


def _prominence(high: float, loud: float) -> float:
    """0 for a usual syllable to about 0.7 for one that stands out."""
    return 0.45 * min(max(high / _HIGH, -0.5), 1.0) + 0.25 * min(max(loud / _LOUD, -1.0), 1.0)


def _rated_vowels(vowels: Sequence[Phone], line: _Line) -> list[tuple[float, float]]:
    """Score and time of every vowel that is stressed."""
    usual_s = float(np.mean([vowel.end_s - vowel.start_s for vowel in vowels]))
    has_stress = any(vowel.symbol[-1:].isdigit() for vowel in vowels)
    rated: list[tuple[float, float]] = []
    for vowel in vowels:
        stress = vowel.symbol[-1:] if has_stress else "1"
        if stress == "0":
            continue
        time_s, high, loud = line.peak(vowel.start_s, vowel.end_s + _BEYOND_S)
        time_s = min(max(time_s, vowel.start_s), vowel.end_s)
        length = np.log2(max(vowel.end_s - vowel.start_s, 0.02) / max(usual_s, 0.02))
        word = "".join(letter for letter in vowel.word.lower() if letter.isalnum())
        said = -0.35 if word in _EMPTY else 0.3
        rated.append((_prominence(high, loud) + said + 0.12 * float(np.clip(length, -1, 1)) + (0.15 if stress == "1" else 0.0), time_s))
    telling = [i for i, vowel in enumerate(v for v in vowels if (v.symbol[-1:] if has_stress else "1") != "0") if rated[i][0] >= 0.3]
    if telling:
        score, time_s = rated[telling[-1]]
        rated[telling[-1]] = (score + 0.25, time_s)
    return rated


def _rated_peaks(phrase: Phrase, line: _Line) -> list[tuple[float, float]]:
    """Score and time of every loud peak of a phrase whose phones are not known."""
    loud, inside = line.voice.loudness_db, line.inside
    rows = loud[inside]
    if len(rows) < 3:
        return []
    tops = inside.start + 1 + np.flatnonzero((rows[1:-1] >= rows[:-2]) & (rows[1:-1] > rows[2:]))
    rated = []
    for top in tops:
        time_s, high, loudest = line.peak(line.voice.start_s + top / RATE - 0.05, line.voice.start_s + top / RATE + 0.05)
        if loudest > -8.0:
            rated.append((_prominence(high, loudest) + 0.3, min(max(time_s, phrase.start_s), phrase.end_s)))
    return rated
