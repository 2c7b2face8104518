"""What is said in one go: from a pause or a punctuation mark to the next.

A pause of 0.15 s or more that is no closure of a stop ends a phrase. Pauses of hesitation are counted from 0.25 s on (Goldman-Eisler
1968, *Psycholinguistics*); those between phrases of fluent speech are often shorter (Campione & Véronis 2002, *A large-scale multilingual
study of silent pause duration*).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.core.acting.voice import RATE, HeardVoice
from app.core.speech import Phone, Speech, Word, spoken_words

Closing = Literal["", "comma", "full", "question"]

PAUSE_S = 0.15
#: of a sound without phones: closures of stops are as long as short pauses
HEARD_PAUSE_S = 0.24
#: shorter stretches of speech are none
SHORTEST_S = 0.12
#: a comma without a pause parts what is so long on both sides
_PARTED_S = 0.6
#: after a pause of this length somebody begins anew
TURN_PAUSE_S = 0.5
_MARKS: dict[str, Closing] = {",": "comma", ";": "comma", ":": "comma", "–": "comma", "—": "comma", "。": "full", "、": "comma",
                              ".": "full", "!": "full", "…": "full", "？": "question", "?": "question", "！": "full"}  # fmt: skip
_BESIDE = "\"'”’»)]}*_"
#: words of the text that may be skipped to find the next spoken one, for numbers are spoken otherwise than written
_SKIPPED = 4


@dataclass(frozen=True)
class Phrase:
    """A stretch without a pause.

    Attributes:
        start_s: where it begins, in seconds of the sound.
        end_s: where it ends.
        closing: by which punctuation mark, "" for none.
        pause_s: the silence before it.
        begins: whether somebody begins to speak here, or a sentence does.
        ends: whether the sentence, or all of it, ends here.
    """

    start_s: float
    end_s: float
    closing: Closing = ""
    pause_s: float = 0.0
    begins: bool = False
    ends: bool = False


def phrases_of(speech: Speech, voice: HeardVoice) -> tuple[Phrase, ...]:
    """The phrases of what is said.

    Args:
        speech: its phones or words say where it pauses; else its sound does.
        voice: the sound of it, or of the stretch that is wanted.
    """
    words = spoken_words(speech)
    spans = _spoken(speech.phones, words)
    marks: Sequence[Closing] = ()
    if spans:
        marks = closings(speech.text, words)
        spans = _parted(spans, words, marks)
        spans = [span for span in spans if span[1] > voice.start_s and span[0] < voice.start_s + len(voice) / RATE]
    else:
        spans = _heard(voice)
    return _strung([Phrase(start_s, end_s, _closing(end_s, words, marks)) for start_s, end_s in spans])


def closings(text: str, words: Sequence[Word]) -> list[Closing]:
    """By which mark each spoken word is followed, "" for none.

    Args:
        text: what was said, as it was written.
        words: as they were spoken, which may carry marks themselves.
    """
    written = [(_plain(each), _mark(each)) for each in text.split()]
    found: list[Closing] = []
    at = 0
    for word in words:
        plain, mark = _plain(word.text), _mark(word.text)
        for ahead in range(at, min(at + _SKIPPED, len(written))):
            if written[ahead][0] == plain:
                mark, at = mark or written[ahead][1], ahead + 1
                break
        found.append(mark)
    return found


def _plain(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


def _mark(word: str) -> Closing:
    return _MARKS.get(word.rstrip(_BESIDE)[-1:], "")


def _spoken(phones: Sequence[Phone], words: Sequence[Word]) -> list[tuple[float, float]]:
    """Stretches of speech between pauses, by phones, or by words where there are none."""
    said = [(phone.start_s, phone.end_s) for phone in phones if not phone.is_silence]
    spans: list[tuple[float, float]] = []
    for start_s, end_s in said or [(word.start_s, word.end_s) for word in words]:
        if spans and start_s - spans[-1][1] < PAUSE_S:
            spans[-1] = (spans[-1][0], max(end_s, spans[-1][1]))
        else:
            spans.append((start_s, end_s))
    return [span for span in spans if span[1] - span[0] >= SHORTEST_S]


def _heard(voice: HeardVoice) -> list[tuple[float, float]]:
    """Stretches of speech by the sound alone."""
    steps = np.flatnonzero(np.diff(np.pad(voice.is_spoken.astype(np.int8), 1)))
    spans: list[tuple[float, float]] = []
    for first, end in zip(steps[::2], steps[1::2], strict=True):
        start_s, end_s = float(voice.start_s + first / RATE), float(voice.start_s + end / RATE)
        if spans and start_s - spans[-1][1] < HEARD_PAUSE_S:
            spans[-1] = (spans[-1][0], end_s)
        else:
            spans.append((start_s, end_s))
    return [span for span in spans if span[1] - span[0] >= SHORTEST_S]


def _parted(spans: list[tuple[float, float]], words: Sequence[Word], marks: Sequence[Closing]) -> list[tuple[float, float]]:
    """Spans cut behind words that a mark follows."""
    made = []
    for start_s, end_s in spans:
        begun_s = start_s
        for word, mark in zip(words, marks, strict=True):
            if mark and begun_s + _PARTED_S < word.end_s < end_s - _PARTED_S:
                made.append((begun_s, word.end_s))
                begun_s = word.end_s
        made.append((begun_s, end_s))
    return made


def _closing(end_s: float, words: Sequence[Word], marks: Sequence[Closing]) -> Closing:
    """The mark behind the word that ends with a phrase."""
    return next((mark for word, mark in zip(words, marks, strict=False) if abs(word.end_s - end_s) < PAUSE_S), "")


def _strung(phrases: list[Phrase]) -> tuple[Phrase, ...]:
    """Phrases that know what lies before and behind them."""
    made = []
    for i, phrase in enumerate(phrases):
        before = phrases[i - 1] if i else None
        behind = phrases[i + 1] if i + 1 < len(phrases) else None
        pause_s = phrase.start_s - (before.end_s if before else 0.0)
        begins = before is None or pause_s >= TURN_PAUSE_S or before.closing in ("full", "question")
        ends = behind is None or behind.start_s - phrase.end_s >= TURN_PAUSE_S or phrase.closing in ("full", "question")
        made.append(replace(phrase, pause_s=max(pause_s, 0.0), begins=begins, ends=ends))
    return tuple(made)
