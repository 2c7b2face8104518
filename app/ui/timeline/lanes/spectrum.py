"""A stretch of sound as a picture of its frequencies, loud where it is bright."""

from __future__ import annotations

import numpy as np

from app.core.speech import AudioClip

#: what is shown, from the bottom to the top: the sounds of a voice
TOP_HZ = 8000.0
#: a frame of sound behind one column: short enough for single pulses of a voice, long enough for its formants
SHORTEST_WINDOW_S, LONGEST_WINDOW_S = 0.010, 0.025
#: columns wider than a window look at so many frames and show the loudest
MOST_FRAMES = 3
#: quieter than the loudest moment by this is as dark as silence
RANGE_DB = 55.0
#: frames that are transformed at a time, for memory
_AT_ONCE = 512
_QUIETEST = 1e-10


def mel(hz: np.ndarray | float) -> np.ndarray:
    """Frequencies on the mel scale (O'Shaughnessy 1987)."""
    return np.asarray(2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0))


def hz_of(mels: np.ndarray | float) -> np.ndarray:
    """Frequencies of values on the mel scale."""
    return np.asarray(700.0 * (10.0 ** (np.asarray(mels) / 2595.0) - 1.0))


def height_of(hz: float) -> float:
    """How high a frequency stands in the picture: 0 at the bottom, 1 at the top."""
    return float(mel(hz) / mel(TOP_HZ))


def mel_rows(rate: int, size: int, rows: int) -> np.ndarray:
    """(rows, size // 2 + 1) float32: what of a spectrum belongs to each row, the lowest first; emphasised by 6 dB an octave."""
    hz = np.fft.rfftfreq(size, 1 / rate)
    centres = hz_of(np.linspace(0.0, float(mel(TOP_HZ)), rows + 2))
    half = np.maximum(np.gradient(centres)[1:-1], hz[1])
    weights = np.maximum(1.0 - np.abs(hz - centres[1:-1, None]) / half[:, None], 0.0)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(weights * np.square(np.clip(hz / 1000.0, 0.3, None)), np.float32)


def loudness(clip: AudioClip, start_s: float, end_s: float, columns: int, rows: int) -> np.ndarray:
    """How loud every frequency is in every moment of a stretch.

    Args:
        clip: the sound.
        start_s: left edge in seconds, may lie before the sound.
        end_s: right edge.
        columns: moments, evenly apart.
        rows: frequencies from 0 to ``TOP_HZ``, evenly apart on the mel scale.

    Returns:
        (rows, columns) float32 decibels, the lowest frequency first; moments outside the sound are silent.
    """
    column_s = (end_s - start_s) / columns
    window_s = min(max(4 * column_s, SHORTEST_WINDOW_S), LONGEST_WINDOW_S)
    length = max(round(window_s * clip.rate), 16)
    frames = min(max(int(np.ceil(column_s / window_s)), 1), MOST_FRAMES)
    middles = start_s + (np.arange(columns * frames) + 0.5) / frames * column_s
    size = 1 << int(np.ceil(np.log2(2 * length)))
    filters, window = mel_rows(clip.rate, size, rows), np.hanning(length).astype(np.float32)
    firsts = np.round(middles * clip.rate).astype(int) - length // 2
    out = np.empty((len(firsts), rows), np.float32)
    for at in range(0, len(firsts), _AT_ONCE):
        places = firsts[at : at + _AT_ONCE, None] + np.arange(length)
        inside = (places >= 0) & (places < len(clip.samples))
        sound = clip.samples[np.clip(places, 0, max(len(clip.samples) - 1, 0))] * inside if len(clip.samples) else inside * np.float32(0)
        power = np.square(np.abs(np.fft.rfft(sound * window, size, axis=1))).astype(np.float32) / length
        out[at : at + _AT_ONCE] = power @ filters.T
    loudest = out.reshape(columns, frames, rows).max(axis=1).T
    return np.asarray(10.0 * np.log10(np.maximum(loudest, _QUIETEST)), np.float32)


def shades(decibels: np.ndarray, top_db: float) -> np.ndarray:
    """(rows, columns) uint8 brightness, the highest frequency first; 255 at ``top_db``, 0 from ``RANGE_DB`` below it."""
    share = np.clip((decibels - top_db) / RANGE_DB + 1.0, 0.0, 1.0)
    return np.ascontiguousarray(np.round(255.0 * share[::-1])).astype(np.uint8)
