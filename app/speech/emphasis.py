"""Emphasis for a voice that has no control of its own: what is stressed is longer, higher and louder, by processing the words' sound.

Accented words of English speakers are some 15 to 30 % longer, 2 to 4 dB louder and 1 to 3 semitones higher than the same words without an
accent (Cooper, Eady and Mueller 1985; Sluijter and van Heuven 1996). The sound of a word is made longer by overlap and add of similar
stretches (WSOLA, Verhelst and Roelands 1993), which keeps its pitch, and then read faster in its middle, which raises pitch and lets the
length come out right; both ends stay as they were. Because it is known where every sample went, phones are as exact as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from app.core.speech import Phone, Speech, Word


@dataclass(frozen=True)
class Weight:
    """How an emphasised word differs.

    Attributes:
        longer: factor on its length.
        semitones: how much higher its middle is.
        louder_db: how much louder its middle is.
    """

    longer: float
    semitones: float
    louder_db: float


#: level of SSML's emphasis -> what it does
WEIGHTS = MappingProxyType({
    "strong": Weight(1.28, 2.5, 4.0), "moderate": Weight(1.16, 1.4, 2.5), "reduced": Weight(0.86, -1.0, -3.0),
})  # fmt: skip
#: a window of the overlap, and how far a more similar stretch is looked for: more than a period of a low voice
_WINDOW_S, _SEARCH_S = 0.030, 0.013
#: pitch and loudness come and go within this share of a word at either end
_EDGE_SHARE = 0.3
#: samples stay below this; a loud word is not made louder than that
_CEILING = 0.98


@dataclass(frozen=True)
class _Stretch:
    """Samples that take the place of others.

    Attributes:
        start: first sample that is replaced.
        end: just after the last.
        samples: instead of them.
        places: (len(samples),) where each came from, in samples of the former sound, never falling.
    """

    start: int
    end: int
    samples: np.ndarray
    places: np.ndarray


def with_emphasis(speech: Speech, words: Sequence[tuple[Word, str]]) -> Speech:
    """A speech some of whose words are emphasised.

    Args:
        speech: with phones from 0 to its end.
        words: words in time with their levels, in order, none over another.

    Returns:
        The speech on its new time line: sound, phones and words moved alike.
    """
    clip = speech.audio
    made = [_weighed(clip.samples, clip.rate, word, WEIGHTS[level]) for word, level in words if level in WEIGHTS]
    stretches = [each for each in made if each is not None]
    if not stretches:
        return speech
    sound: list[np.ndarray] = []
    # knots of the map from former to new samples
    old, new = [0.0], [0.0]
    place, count = 0, 0
    for each in stretches:
        sound += [clip.samples[place : each.start], each.samples]
        count += each.start - place
        old += [float(each.start), *each.places[1::64].tolist(), float(each.end)]
        new += [float(count), *(count + np.arange(1, len(each.samples), 64)).tolist(), float(count + len(each.samples))]
        place, count = each.end, count + len(each.samples)
    sound.append(clip.samples[place:])
    old.append(float(len(clip.samples)))
    new.append(float(count + len(clip.samples) - place))
    samples = np.concatenate(sound).astype(np.float32)

    def moved(t: float) -> float:
        return float(np.interp(t * clip.rate, old, new)) / clip.rate

    def phone(each: Phone) -> Phone:
        return replace(each, start_s=moved(each.start_s), end_s=moved(each.end_s))

    timed = tuple(replace(word, start_s=moved(word.start_s), end_s=moved(word.end_s)) for word in speech.words)
    return replace(speech, audio=replace(clip, samples=samples), phones=tuple(map(phone, speech.phones)), words=timed)


def _weighed(samples: np.ndarray, rate: int, word: Word, weight: Weight) -> _Stretch | None:
    """The sound of a word with another weight; None where it is too short to work on."""
    start, end = max(round(word.start_s * rate), 0), min(round(word.end_s * rate), len(samples))
    window = round(_WINDOW_S * rate) // 2 * 2
    if end - start < 3 * window:
        return None
    length = end - start
    # read faster in the middle: how much of the stretched sound each new sample takes
    wanted = round(length * weight.longer)
    share = np.linspace(0.0, 1.0, wanted)
    swell = np.clip(np.minimum(share, 1.0 - share) / _EDGE_SHARE, 0.0, 1.0)
    swell = swell * swell * (3.0 - 2.0 * swell)
    speed = 2.0 ** (weight.semitones / 12.0 * swell)
    read = np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2.0)])
    stretched = _wsola(samples, start, end, (int(np.ceil(read[-1])) + 1, window, round(_SEARCH_S * rate)))
    sound = np.interp(read, np.arange(len(stretched)), stretched)
    gain = 10.0 ** (weight.louder_db / 20.0 * swell)
    peak = float(np.abs(sound * gain).max(initial=0.0))
    limit = max(_CEILING, float(np.abs(samples[start:end]).max(initial=0.0)))
    if peak > limit:
        gain = 1.0 + (gain - 1.0) * max((limit - float(np.abs(sound).max())) / max(peak - float(np.abs(sound).max()), 1e-9), 0.0)
    made = _joined(sound * gain, samples, start, end, rate)
    return _Stretch(start, end, made, start + read / read[-1] * length)


def _joined(sound: np.ndarray, samples: np.ndarray, start: int, end: int, rate: int) -> np.ndarray:
    """The new sound with ends that go on from what is around it: its first and last moments are the former ones."""
    edge = min(round(0.008 * rate), len(sound) // 4)
    ramp = np.linspace(0.0, 1.0, edge)
    made = sound.copy()
    made[:edge] = samples[start : start + edge] * (1.0 - ramp) + sound[:edge] * ramp
    made[-edge:] = sound[-edge:] * (1.0 - ramp) + samples[end - edge : end] * ramp
    return made


def _wsola(samples: np.ndarray, start: int, end: int, sizes: tuple[int, int, int]) -> np.ndarray:
    """A stretch of sound with another length and the same pitch.

    Args:
        samples: all of the sound.
        start: of the stretch.
        end: just after it.
        sizes: samples wanted, of a window (even), and around a place where a more similar window is looked for.

    Returns:
        (wanted,) float64.
    """
    wanted, window, search = sizes
    hop = window // 2
    padded = np.concatenate([np.zeros(window + search), samples[start:end].astype(np.float64), np.zeros(window + search)])
    # what lies around the stretch is sound too
    before, after = samples[max(start - window - search, 0) : start], samples[end : end + window + search]
    padded[window + search - len(before) : window + search] = before
    padded[window + search + end - start :][: len(after)] = after
    shape = np.hanning(window + 1)[:-1]
    made, weights = np.zeros(wanted + 2 * window), np.zeros(wanted + 2 * window)
    factor = (end - start) / max(wanted, 1)
    natural = None
    for out in range(0, wanted + hop, hop):
        # the window around this place of the result, from around the same share of the stretch
        ideal = window + search + round(out * factor) - hop
        at = ideal
        if natural is not None:
            area = padded[max(ideal - search, 0) : ideal + search + window]
            if len(area) >= window and len(natural) == window:
                at = max(ideal - search, 0) + int(np.argmax(np.correlate(area, natural, "valid")))
        piece = padded[at : at + window]
        made[out : out + len(piece)] += piece * shape[: len(piece)]
        weights[out : out + len(piece)] += shape[: len(piece)]
        natural = padded[at + hop : at + hop + window]
    made = made[hop : hop + wanted] / np.maximum(weights[hop : hop + wanted], 1e-3)
    return made
