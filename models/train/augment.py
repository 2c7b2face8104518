"""What happens to a voice before the network hears it: rooms, microphones, noise, telephones; and sounds that are no speech."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
import soundfile
from scipy import fft

RATE = 16000


def filtered(x: np.ndarray, gain_db: np.ndarray) -> np.ndarray:
    """Apply a smooth gain over frequency; ``gain_db`` is given at equal steps from 0 Hz to 8 kHz."""
    size = fft.next_fast_len(len(x), True)
    spectrum = fft.rfft(x.astype(np.float32), size)
    place = np.linspace(0, len(gain_db) - 1, len(spectrum))
    gain = 10 ** (np.interp(place, np.arange(len(gain_db)), gain_db) / 20)
    shaped: np.ndarray = fft.irfft(spectrum * gain.astype(np.float32), size)[: len(x)]
    return shaped


def random_colour(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Microphones and lines: tilt, bumps, sometimes a narrow band."""
    hz = np.linspace(0, RATE / 2, 129)
    octaves = np.log2(np.maximum(hz, 60) / 1000)
    gain = rng.normal(0, 2.0) * octaves
    for _ in range(rng.integers(0, 4)):
        gain = gain + rng.normal(0, 5) * np.exp(-0.5 * ((octaves - rng.uniform(-3.5, 3)) / rng.uniform(0.2, 0.8)) ** 2)
    kind = rng.random()
    if kind < 0.10:
        gain = gain - 60 * ((hz < 280) | (hz > 3500))
    elif kind < 0.25:
        gain = gain - 60 * (hz > rng.uniform(3300, 7500))
    elif kind < 0.35:
        gain = gain - 40 * (hz < rng.uniform(80, 250))
    return filtered(x, gain)


def reverberated(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A room: direct sound, then exponentially fading noise (T60 0.1-0.6 s, -3 to -18 dB)."""
    t60 = rng.uniform(0.1, 0.6)
    count = int(t60 * RATE)
    tail = rng.standard_normal(count, np.float32) * (10 ** (-3 * np.arange(count) / RATE / t60)).astype(np.float32)
    tail[: int(rng.uniform(0.001, 0.008) * RATE)] = 0
    tail *= 10 ** (rng.uniform(-18, -3) / 20) / (np.sqrt((tail**2).sum()) + 1e-9)
    size = fft.next_fast_len(len(x) + len(tail), True)
    echoing: np.ndarray = x + fft.irfft(fft.rfft(x.astype(np.float32), size) * fft.rfft(tail, size), size)[: len(x)]
    return echoing


@lru_cache(1)
def _noises() -> list[np.ndarray]:
    """A bank of 40 different noises of 15 s, made once."""
    rng = np.random.default_rng(77)
    return [_made_noise(15 * RATE, rng).astype(np.float32) for _ in range(40)]


def noise(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) a piece of a random noise of the bank, of unit power."""
    bank = _noises()
    x = bank[int(rng.integers(len(bank)))]
    start = int(rng.integers(0, len(x) - count))
    piece = x[start : start + count] * rng.choice([-1.0, 1.0])
    unit: np.ndarray = piece / (piece.std() + 1e-9)
    return unit


def _made_noise(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) steady or slowly changing noise of a random colour, sometimes hum, clicks or a fan."""
    octaves = np.log2(np.maximum(np.linspace(0, RATE / 2, 129), 50) / 1000)
    x = filtered(rng.normal(size=count), rng.uniform(-7, 1) * octaves + 4 * np.sin(octaves * rng.uniform(0.5, 4) + rng.uniform(0, 6)))
    x *= np.exp(np.interp(np.arange(count), np.linspace(0, count, 12), rng.normal(0, rng.uniform(0, 0.6), 12)))
    x /= x.std() + 1e-9
    if rng.random() < 0.3:
        t = np.arange(count) / RATE
        base = rng.choice([50, 60, rng.uniform(80, 400)])
        x = x + sum(rng.uniform(0, 1) * np.sin(2 * np.pi * base * k * t + rng.uniform(0, 6)) for k in range(1, 6))
    if rng.random() < 0.3:
        for place in rng.integers(0, count - 800, rng.integers(2, 40)):
            length = int(rng.integers(20, 800))
            x[place : place + length] += rng.normal(0, 8) * np.exp(-np.arange(length) / rng.uniform(5, 200))
    unit: np.ndarray = x / (x.std() + 1e-9)
    return unit


def _drift(count: int, rate_hz: float, rng: np.random.Generator) -> np.ndarray:
    """(count,) a smooth random curve of unit spread that turns about ``rate_hz`` times a second."""
    knots = max(int(count / RATE * rate_hz) + 3, 4)
    return np.interp(np.linspace(0, knots - 1, count), np.arange(knots), rng.normal(size=knots))


def wavering(count: int, rng: np.random.Generator) -> np.ndarray:
    """Read positions that run faster and slower: livelier melodies than a synthetic voice has.

    Args:
        count: positions.
        rng: draws the spread (0-9 %) and the curve.

    Returns:
        (count,) from 0 to just below ``count``, rising.
    """
    if rng.random() < 0.35:
        return np.arange(count, dtype=np.float64)
    pace = np.exp(rng.uniform(0.0, 0.09) * np.clip(_drift(count, rng.uniform(1.0, 4.0), rng), -2.5, 2.5))
    place = np.cumsum(pace) - pace[0]
    fitted: np.ndarray = place * ((count - 1) / max(place[-1], 1.0))
    return fitted


def swelling(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) float32 gain of somebody who speaks up and lets the ends fall, 0-5 dB of spread."""
    decibels = rng.uniform(0, 5) * np.clip(_drift(count, rng.uniform(0.7, 3.0), rng), -2, 2)
    gain: np.ndarray = (10 ** (decibels / 20)).astype(np.float32)
    return gain


def breath(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) a breath: noise with two or three resonances under a slow swell."""
    gain = np.full(129, -25.0)
    hz = np.linspace(0, RATE / 2, 129)
    for centre in (rng.uniform(500, 1500), rng.uniform(1500, 3000), rng.uniform(3000, 5500)):
        gain += rng.uniform(8, 25) * np.exp(-0.5 * ((hz - centre) / rng.uniform(200, 700)) ** 2)
    swell = np.sin(np.pi * np.linspace(0, 1, count) ** rng.uniform(0.6, 1.6)) ** rng.uniform(0.7, 2)
    x = filtered(rng.normal(size=count), gain) * swell
    unit: np.ndarray = x / (np.abs(x).max() + 1e-9)
    return unit


def melody(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) a few plucked or held notes: tones that are no voice."""
    x, t = np.zeros(count), np.arange(count) / RATE
    for _ in range(rng.integers(2, 10)):
        start, pitch = rng.uniform(0, count / RATE), 110 * 2 ** (rng.integers(0, 36) / 12)
        after = np.maximum(t - start, 0)
        fade = (t >= start) * np.exp(-after * rng.uniform(0.5, 8))
        x += fade * sum(np.sin(2 * np.pi * pitch * k * after) / k ** rng.uniform(1, 2.5) for k in range(1, 7))
    unit: np.ndarray = x / (np.abs(x).max() + 1e-9)
    return unit


def mu_law(x: np.ndarray) -> np.ndarray:
    """Through an 8-bit telephone codec (G.711 mu-law)."""
    x = np.clip(x, -1, 1)
    coded = np.round(np.sign(x) * np.log1p(255 * np.abs(x)) / np.log(256) * 127) / 127
    decoded: np.ndarray = np.sign(coded) * np.expm1(np.abs(coded) * np.log(256)) / 255
    return decoded


#: format, kind and compression levels of libsndfile from fair (30-50 kbit/s at 16 kHz) to poor (10-30 kbit/s)
_CODECS = (("MP3", "MPEG_LAYER_III", 0.5, 0.99), ("OGG", "VORBIS", 0.6, 0.99), ("OGG", "OPUS", 0.96, 0.995))


def coded(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Through a lossy codec, as audiobooks, podcasts and calls are; libsndfile keeps the samples in place."""
    kind, subtype, fair, poor = _CODECS[int(rng.choice(len(_CODECS), p=(0.5, 0.4, 0.1)))]
    file = io.BytesIO()
    soundfile.write(file, np.clip(x, -1, 1), RATE, format=kind, subtype=subtype, compression_level=rng.uniform(fair, poor))
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")
    return np.resize(decoded, len(x))


def spoiled(x: np.ndarray, babble: np.ndarray | None, rng: np.random.Generator) -> np.ndarray:
    """A recording of the clean sound ``x``: coloured, in a room, with noise, at some level, perhaps through a codec.

    Args:
        x: (n,) clean sound at 16 kHz.
        babble: (n,) other people talking, or None.
        rng: draws everything.

    Returns:
        (n,) float32.
    """
    if rng.random() < 0.8:
        x = random_colour(x, rng)
    if rng.random() < 0.4:
        x = reverberated(x, rng)
    level = np.sqrt(np.mean(x**2)) + 1e-6
    if rng.random() < 0.75:
        x = x + noise(len(x), rng) * level * 10 ** (-rng.uniform(6, 45) / 20)
    if babble is not None:
        x = x + babble * level * 10 ** (-rng.uniform(14, 35) / 20)
    if rng.random() < 0.06:
        limit = np.quantile(np.abs(x), rng.uniform(0.97, 0.999)) + 1e-6
        x = np.clip(x, -limit, limit)
    x = x * 0.5 / (np.abs(x).max() + 1e-6) * 10 ** (rng.uniform(-26, 5) / 20)
    codec = rng.random()
    if codec < 0.08:
        x = mu_law(x)
    elif codec < 0.3:
        x = coded(x, rng)
    limited: np.ndarray = np.clip(x, -1, 1).astype(np.float32)
    return limited
