"""What was heard of an answer, to the word: what the model may believe that it said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

import numpy as np

from app.core.speech import Speech

#: letters per second of a calm voice, for speech that is still coming and has no word times; too slow claims too little, never too much
_LETTERS_PER_S = 14.0
#: quieter than this is the silence before and after the voice
_SILENCE = 0.02
#: a player's clock is as exact as its device says
_CLOCK_S = 0.005
#: scripts that put no spaces between words: every sign counts
_SIGN = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_UNIT = re.compile(rf"[{_SIGN}]|[^\W{_SIGN}]+(?:['’][^\W{_SIGN}]+)*")
_SPACE, _SIGNS = re.compile(r"\s"), re.compile(rf"[{_SIGN}]")


@dataclass(frozen=True)
class Said:
    """A stretch of the answer's text, and the sound that says it.

    Attributes:
        text: exactly as it stands in the answer, spaces included.
        speech: as far as it came.
        complete: whether all of its sound came.
    """

    text: str
    speech: Speech
    complete: bool = True


class _TimedUnit(NamedTuple):
    name: str
    start_s: float
    end_s: float


def heard_of(parts: Sequence[Said], heard_s: float) -> str:
    """The answer up to the last word that was heard to its end.

    Args:
        parts: of the answer in order, played one after the other.
        heard_s: seconds of it that were heard, by the player's clock.

    Returns:
        A beginning of all texts together, without spaces at its end; the longer, the later ``heard_s``.
    """
    heard, start_s = "", 0.0
    for part in parts:
        duration_s = part.speech.audio.duration_s
        if part.complete and heard_s >= start_s + duration_s - _CLOCK_S:
            heard += part.text
        else:
            heard += _beginning(part, heard_s - start_s)
            break
        start_s += duration_s
    return heard.rstrip()


def _beginning(part: Said, heard_s: float) -> str:
    """What of one part was heard."""
    cut = 0
    units = list(_UNIT.finditer(part.text))
    ends_s = _ends_s(part, [unit.group() for unit in units])
    for i, (unit, end_s) in enumerate(zip(units, ends_s, strict=True)):
        if end_s > heard_s + _CLOCK_S:
            break
        stop = units[i + 1].start() if i + 1 < len(units) else len(part.text)
        gap = _SPACE.search(part.text, unit.end(), stop)
        # a word of two halves counts when both were heard
        if gap or i + 1 == len(units) or _SIGNS.search(part.text, unit.end() - 1, stop + 1):
            cut = gap.start() if gap else stop
    return part.text[:cut]


def _ends_s(part: Said, units: Sequence[str]) -> np.ndarray:
    """When each unit of a text was said to its end: known for those that the timed words name, shared out by length between them.

    Returns:
        (n,) seconds, never falling.
    """
    timed = _timed_units(part.speech)
    starts_s, ends_s = np.full((2, len(units)), np.nan)
    names = [unit.casefold() for unit in units]
    for block in SequenceMatcher(None, names, [unit.name for unit in timed], autojunk=False).get_matching_blocks():
        for k in range(block.size):
            starts_s[block.a + k], ends_s[block.a + k] = timed[block.b + k].start_s, timed[block.b + k].end_s
    letters = np.array([len(unit) for unit in units], float)
    before_s, last_s = _voice_s(part, bool(np.all(np.isnan(ends_s))), float(letters.sum()))
    first = 0
    for i in [*np.flatnonzero(~np.isnan(ends_s)), len(units)]:
        until_s = float(starts_s[i]) if i < len(units) else last_s
        if first < i:
            share = np.cumsum(letters[first:i]) / letters[first:i].sum()
            ends_s[first:i] = before_s + share * (until_s - before_s) if np.isfinite(until_s) else np.inf
        first, before_s = i + 1, float(ends_s[i]) if i < len(units) else last_s
    return np.maximum.accumulate(ends_s)


def _timed_units(speech: Speech) -> list[_TimedUnit]:
    """Units with their times: of the words that a service timed, else of the words that the phones belong to."""
    spans = [(word.text, word.start_s, word.end_s) for word in speech.words]
    if not spans:
        for name, run in groupby(speech.phones, lambda phone: phone.word):
            phones = list(run)
            if name:
                spans.append((name, phones[0].start_s, phones[-1].end_s))
    units: list[_TimedUnit] = []
    for text, start_s, end_s in spans:
        names = _UNIT.findall(text.casefold())
        at = np.cumsum([0, *map(len, names)]) / max(1, sum(map(len, names)))
        times = start_s + (end_s - start_s) * at
        units += [_TimedUnit(name, float(times[k]), float(times[k + 1])) for k, name in enumerate(names)]
    return units


def _voice_s(part: Said, untimed: bool, letters: float) -> tuple[float, float]:
    """When the voice of a part begins and ends, as well as that can be told.

    Args:
        part: whose.
        untimed: whether no time of a word is known.
        letters: of all units.

    Returns:
        Seconds; the end is infinite when words are timed and the last ones did not come yet.
    """
    audio = part.speech.audio
    loud = np.flatnonzero(np.abs(audio.samples) > _SILENCE)
    begins_s = float(loud[0]) / audio.rate if len(loud) else 0.0
    if part.complete:
        return begins_s, float(loud[-1] + 1) / audio.rate if len(loud) else audio.duration_s
    if untimed:
        return begins_s, max(audio.duration_s, begins_s + letters / _LETTERS_PER_S)
    return begins_s, np.inf
