"""Voice cues: loudness, pitch and pace, and a guess of the feeling behind them.

The guess is an ESTIMATE from prosody alone: it hears arousal (loud, high, lively against the speaker's own usual) fairly well and
valence badly, as every method without words does. Interfaces must label it so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.feelings import emotion_vector

RATE = 16000


def loudness_db(samples: np.ndarray, count: int, rate_hz: float) -> np.ndarray:
    """Level of a voice over time.

    Args:
        samples: (n,) float32 at 16 kHz in [-1, 1].
        count: number of steps wanted.
        rate_hz: steps per second.

    Returns:
        (count,) dB relative to full scale of a 50 ms Hann window around each step, not below -80.
    """
    if count == 0:
        return np.zeros(0)
    power = np.concatenate([[0.0], np.cumsum(np.asarray(samples, np.float64) ** 2)])
    centre = np.arange(count) / rate_hz * RATE
    edges = [np.clip(np.round(centre + offset * RATE).astype(int), 0, len(samples)) for offset in (-0.025, 0.025)]
    mean = (power[edges[1]] - power[edges[0]]) / (0.05 * RATE)
    decibels: np.ndarray = 10 * np.log10(mean + 1e-8)
    return decibels


def pitch_hz(samples: np.ndarray, count: int, rate_hz: float) -> np.ndarray:
    """Fundamental frequency by the normalised autocorrelation of 40 ms windows (Boersma 1993, without path search).

    Args:
        samples: (n,) float32 at 16 kHz.
        count: number of steps wanted.
        rate_hz: steps per second.

    Returns:
        (count,) Hz between 65 and 420, 0 where nothing is voiced.
    """
    size, longest, shortest = 640, RATE // 65, RATE // 420
    padded = np.concatenate([np.zeros(size // 2), np.asarray(samples, np.float64), np.zeros(size)])
    starts = np.minimum(np.round(np.arange(count) / rate_hz * RATE).astype(int), len(padded) - size)
    window = np.hanning(size)
    spectrum = np.abs(np.fft.rfft(padded[starts[:, None] + np.arange(size)] * window, 2048)) ** 2
    correlation = np.fft.irfft(spectrum)[:, : longest + 1]
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2048)) ** 2)[: longest + 1]
    shape = correlation / np.maximum(correlation[:, :1], 1e-6) / (own / own[0])
    lags = np.arange(shortest, longest + 1)
    score = shape[:, shortest:] - 0.0008 * lags  # a little favour for high pitch, against octave errors
    best = score.argmax(1)
    voiced = (shape[np.arange(count), best + shortest] > 0.5) & (correlation[:, 0] > 1e-3)
    return np.where(voiced, RATE / lags[best], 0.0)


@dataclass(frozen=True)
class Feeling:
    """An ESTIMATE of the feeling in a voice.

    Attributes:
        arousal: 0 calm ... 1 agitated.
        valence: -1 unpleasant ... 1 pleasant; weak evidence, near 0 most of the time.
        breathy: 0 ... 1, how much of the speech is unvoiced noise.
        confidence: 0 ... 1, how much voiced speech there was to judge.
    """

    arousal: float
    valence: float
    breathy: float
    confidence: float


#: cues per window; steps of 20 ms
_CUE_HZ = 50.0


def estimate_feeling(samples: np.ndarray) -> Feeling:
    """Guess arousal and valence from pitch, its movement, brightness and pace.

    The rules follow the reviews of vocal affect (Scherer 2003; Juslin and Laukka 2003): high and wide pitch, fast syllables and a bright
    spectrum go with arousal; of aroused voices, a smooth rising pitch leans to joy and a harsh spectrum to anger; a low, narrow, slow
    and dull voice leans to sadness. Levels are not used: microphones differ too much.

    Args:
        samples: (n,) float32 at 16 kHz, 1-6 s work best.

    Returns:
        The estimate; confidence 0 when nothing is voiced.
    """
    count = int(len(samples) / RATE * _CUE_HZ)
    level, pitch = loudness_db(samples, count, _CUE_HZ), pitch_hz(samples, count, _CUE_HZ)
    loud = level > (np.percentile(level, 95) - 22 if count else 0)
    voiced = (pitch > 0) & loud
    confidence = float(np.clip((voiced.sum() / _CUE_HZ - 0.3) / 1.2, 0, 1))
    if confidence <= 0:
        return Feeling(0.0, 0.0, 0.0, 0.0)
    semitones = 12 * np.log2(pitch[voiced] / 100)
    centre = float(np.median(semitones))
    spread = min(float(np.percentile(semitones, 90) - np.percentile(semitones, 10)), 12.0)  # more is octave errors
    # a usual voice is taken to lie at 110 Hz when low and 200 Hz when high; only what is above its register counts
    register = 1.65 if centre < 7.0 else 12.0
    bright = _brightness_db(samples, voiced)
    moves = np.abs(np.diff(level[loud])) if loud.sum() > 2 else np.zeros(1)
    arousal = 0.34 + 0.055 * (centre - register) + 0.035 * (spread - 7) + 0.025 * (bright + 14) + 0.05 * (float(np.mean(moves)) - 2.4)
    arousal = float(np.clip(arousal, 0, 1))
    steady = float(np.median(np.abs(np.diff(semitones)))) if len(semitones) > 2 else 0.0
    valence = 0.06 * (spread - 7) - 0.045 * (bright + 14) - 0.25 * (steady - 0.5)
    valence += 0.9 * min(arousal - 0.3, 0.0)
    breathy = float(np.clip(1.6 * ((loud & ~voiced).sum() / max(loud.sum(), 1) - 0.35), 0, 1))
    return Feeling(arousal, float(np.clip(valence, -1, 1)), breathy, confidence)


def _brightness_db(samples: np.ndarray, voiced: np.ndarray) -> float:
    """Energy of voiced speech above 1.5 kHz against below, in dB; about -14 for a relaxed voice."""
    step = int(RATE / _CUE_HZ)
    rows = np.asarray(samples, np.float64)[: len(voiced) * step].reshape(-1, step)[voiced[: len(samples) // step]]
    power = np.abs(np.fft.rfft(rows * np.hanning(step), axis=1)) ** 2
    split = round(1500 / (RATE / step))
    return float(10 * np.log10((power[:, split:].sum() + 1e-9) / (power[:, 1:split].sum() + 1e-9)))


def feeling_to_emotion(feeling: Feeling, strength: float = 1.0) -> np.ndarray:
    """Spread an estimate over the ten emotions: the four corners of the arousal-valence plane, never more than 0.6 each.

    Args:
        feeling: of estimate_feeling.
        strength: 0 ... 1, the user's.

    Returns:
        (10,) float32 emotion strengths.
    """
    high, low = max(feeling.arousal - 0.5, 0.0) * 2, max(0.4 - feeling.arousal, 0.0) * 2.5
    good, bad = max(feeling.valence, 0.0), max(-feeling.valence, 0.0)
    scale = strength * feeling.confidence
    raw = {"joy": 0.35 * good + 0.6 * high * good, "amazement": 0.25 * high, "anger": 0.9 * high * bad, "sadness": 0.8 * low * (0.4 + bad),
           "outofbreath": 0.4 * feeling.breathy * high}  # fmt: skip
    return emotion_vector({name: float(np.clip(value * scale, 0, 0.6)) for name, value in raw.items()})


class FeelingTracker:
    """Follows the feeling of a live voice: one estimate a second over the last four, eased over two seconds.

    Args:
        strength: 0 ... 1, the user's.
    """

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = strength
        self.emotion = np.zeros(10, np.float32)
        self._heard = np.zeros(0, np.float32)
        self._new = 0

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Hear (n,) more samples at 16 kHz; returns the (10,) eased emotion."""
        self._heard = np.concatenate([self._heard, np.nan_to_num(np.asarray(samples, np.float32))])[-4 * RATE :]
        self._new += len(samples)
        while self._new >= RATE:
            self._new -= RATE
            self.emotion += 0.4 * (feeling_to_emotion(estimate_feeling(self._heard), self.strength) - self.emotion)
        return self.emotion.copy()
