"""What is heard in a voice a hundred times a second: how loud it is, and how high.

The pitch is found by YIN (de Cheveigné & Kawahara 2002, *YIN, a fundamental frequency estimator for speech and music*, J. Acoust. Soc. Am.
111): the difference function over its running mean, its first dip, and a parabola through the dip.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.core.sampling import sampled
from app.core.smoothing import filter_kernel, filtered
from app.core.speech import AudioClip

#: looks per second
RATE = 100
#: how far beyond a stretch it is listened, in seconds, so that its phrases are whole
AROUND_S = 4.0
#: what voices speak at, in Hz
LOWEST_HZ, HIGHEST_HZ = 65.0, 480.0
#: samples per second that pitch is looked for at
_PITCH_RATE = 8000
#: how deep the dip is from which on a look counts as voiced, and from which on the first dip is taken
_VOICED, _CLEAR = 0.4, 0.12
_WINDOW = 192
#: softens what lies above the first formant, which hides the period of a breathy voice
_SOFTENS = np.hanning(7)[1:-1] / np.hanning(7).sum()
_FFT = 512
#: looks at once, so that ten minutes take little memory
_BATCH = 2048
#: dB above the floor and below the loudest from which on somebody speaks
_OVER_FLOOR_DB, _UNDER_PEAK_DB = 9.0, 34.0
_SILENT_DB = -65.0
#: an octave is wrong where a look is so many semitones from what is usual around it
_LEAP = 8.5


@dataclass(frozen=True)
class HeardVoice:
    """A voice, ``RATE`` times a second; look k lies at ``start_s + k / RATE``.

    Attributes:
        level_db: (n,) float64, dB of full scale.
        pitch: (n,) float64 semitones over 100 Hz, NaN where nothing is voiced.
        start_s: time of the first look, in seconds.
    """

    level_db: np.ndarray
    pitch: np.ndarray
    start_s: float = 0.0

    def __len__(self) -> int:
        return len(self.level_db)

    @cached_property
    def times_s(self) -> np.ndarray:
        """(n,) when it was looked."""
        made: np.ndarray = self.start_s + np.arange(len(self)) / RATE
        return made

    @cached_property
    def is_spoken(self) -> np.ndarray:
        """(n,) whether it is loud enough for speech."""
        if not len(self):
            return np.zeros(0, bool)
        floor, peak = np.percentile(self.level_db, (10, 95))
        threshold = max(min(floor + _OVER_FLOOR_DB, peak - 12.0), peak - _UNDER_PEAK_DB, _SILENT_DB)
        made: np.ndarray = self.level_db > threshold
        return made

    @cached_property
    def loudness_db(self) -> np.ndarray:
        """(n,) the level without what single periods of the voice make of it."""
        made: np.ndarray = filtered(self.level_db[:, None], filter_kernel(0.03, RATE, "offline"), "offline")[:, 0].astype(np.float64)
        return made

    @cached_property
    def tune(self) -> np.ndarray:
        """(n,) semitones, straight on where nothing is voiced, without tremble; zeros for a whisper."""
        known = np.flatnonzero(np.isfinite(self.pitch))
        if not len(known):
            return np.zeros(len(self))
        whole = np.interp(np.arange(len(self)), known, self.pitch[known])
        made: np.ndarray = filtered(whole[:, None], filter_kernel(0.04, RATE, "offline"), "offline")[:, 0].astype(np.float64)
        return made

    def around(self, span_s: tuple[float, float], more_s: float = AROUND_S) -> HeardVoice:
        """What was heard in a stretch, and so far around it that its phrases are whole."""
        inside = self.span(span_s[0] - more_s, span_s[1] + more_s)
        return HeardVoice(self.level_db[inside], self.pitch[inside], self.start_s + inside.start / RATE)

    def look(self, time_s: float) -> int:
        """The look next to a time, within what there is."""
        return int(np.clip(round((time_s - self.start_s) * RATE), 0, max(len(self) - 1, 0)))

    def span(self, start_s: float, end_s: float) -> slice:
        """The looks from one time to another, at least one."""
        first = self.look(start_s)
        return slice(first, max(self.look(end_s), first) + 1)


def grown(voice: HeardVoice | None, clip: AudioClip) -> HeardVoice:
    """What is heard of a sound of which a part was heard before; only what came since is listened to.

    Args:
        voice: of the same sound from its beginning on, as far as it had come, or None.
        clip: all of it.
    """
    if voice is None or len(voice) < RATE or voice.start_s:
        return hear(clip)
    if len(voice) >= int(len(clip.samples) * RATE / clip.rate):
        return voice
    kept = len(voice) - RATE // 2
    since = hear(clip, (kept / RATE, clip.duration_s))
    return HeardVoice(np.concatenate([voice.level_db[:kept], since.level_db]), np.concatenate([voice.pitch[:kept], since.pitch]))


def hear(clip: AudioClip, span_s: tuple[float, float] | None = None) -> HeardVoice:
    """Listen to a sound.

    Args:
        clip: the sound.
        span_s: the stretch that is listened to, in seconds; None for all of it.
    """
    first, end = (0, len(clip.samples)) if span_s is None else (max(round(at_s * clip.rate), 0) for at_s in span_s)
    samples = clip.samples[first:end]
    level_db = _levels(samples, clip.rate)
    voice = HeardVoice(level_db, np.full(len(level_db), np.nan), first / clip.rate)
    if not voice.is_spoken.any():
        return voice
    return HeardVoice(level_db, _mended(_pitches(samples, clip.rate, voice.is_spoken)), voice.start_s)


def _levels(samples: np.ndarray, rate: int) -> np.ndarray:
    """(n,) dB around every look, over 30 ms."""
    edges = np.round(np.arange(int(len(samples) * RATE / rate) + 1) * (rate / RATE)).astype(np.intp)
    if len(edges) < 2:
        return np.full(len(edges), 2 * _SILENT_DB)
    power = np.add.reduceat(np.square(samples[: edges[-1]], dtype=np.float32), edges[:-1]) / (rate / RATE)
    around = np.convolve(np.pad(power, (1, 2), mode="edge"), (0.25, 0.5, 0.25), "valid")
    made: np.ndarray = 10 * np.log10(np.maximum(around, 1e-13)).astype(np.float64)
    return made


def _pitches(samples: np.ndarray, rate: int, wanted: np.ndarray) -> np.ndarray:
    """(n,) semitones over 100 Hz at the looks that are wanted; NaN elsewhere, and where nothing is voiced."""
    low = np.convolve(_lowered(samples, rate), _SOFTENS, "same")
    out = np.full(len(wanted), np.nan)
    longest = int(_PITCH_RATE / LOWEST_HZ) + 1
    length = _WINDOW + longest
    padded = np.pad(low, (length // 2, length))
    looks = np.flatnonzero(wanted)
    for batch in np.array_split(looks, max(len(looks) // _BATCH, 1)):
        starts = np.minimum((batch * (_PITCH_RATE / RATE)).astype(np.intp), len(padded) - length)
        frames = padded[starts[:, None] + np.arange(length)]
        out[batch] = _yin(frames, longest)
    return out


def _lowered(samples: np.ndarray, rate: int) -> np.ndarray:
    """The sound at ``_PITCH_RATE``: means of neighbours where there are enough, then straight lines between them."""
    step = max(rate // _PITCH_RATE, 1)
    means = samples[: len(samples) // step * step].reshape(-1, step).mean(axis=1)
    if rate / step == _PITCH_RATE or not len(means):
        lowered: np.ndarray = means
        return lowered
    places = np.arange(int(len(means) * step * _PITCH_RATE / rate)) * (rate / step / _PITCH_RATE)
    return sampled(means, places)


def _yin(frames: np.ndarray, longest: int) -> np.ndarray:
    """(k,) semitones over 100 Hz of (k, window + longest) samples; NaN where nothing is voiced."""
    head = np.fft.rfft(frames[:, :_WINDOW], _FFT)
    shared = np.fft.irfft(np.conj(head) * np.fft.rfft(frames, _FFT), _FFT)[:, : longest + 1]
    energy = np.cumsum(np.pad(np.square(frames, dtype=np.float64), ((0, 0), (1, 0))), axis=1)
    own = energy[:, _WINDOW : _WINDOW + longest + 1] - energy[:, : longest + 1]
    difference = np.maximum(own[:, :1] + own - 2 * shared, 0.0)
    lags = np.arange(1, longest + 1)
    mean = np.cumsum(difference[:, 1:], axis=1) / lags
    dips = np.ones_like(difference)
    dips[:, 1:] = difference[:, 1:] / np.maximum(mean, 1e-12)
    shortest = int(_PITCH_RATE / HIGHEST_HZ)
    inner = dips[:, shortest:longest]
    is_dip = (inner < _CLEAR) & (inner <= dips[:, shortest + 1 : longest + 1])
    lag = shortest + np.where(is_dip.any(axis=1), is_dip.argmax(axis=1), inner.argmin(axis=1))
    row = np.arange(len(frames))
    before, at, after = dips[row, lag - 1], dips[row, lag], dips[row, np.minimum(lag + 1, longest)]
    bend = before - 2 * at + after
    exact = lag + np.clip(np.where(np.abs(bend) > 1e-9, (before - after) / (2 * np.where(bend == 0, 1.0, bend)), 0.0), -0.5, 0.5)
    made: np.ndarray = np.where(at < _VOICED, 12 * np.log2(_PITCH_RATE / exact / 100.0), np.nan)
    return made


def _mended(pitch: np.ndarray) -> np.ndarray:
    """Leaps by octaves put right, or left out where they are none."""
    known = np.flatnonzero(np.isfinite(pitch))
    if not len(known):
        return pitch
    out = pitch.copy()
    usual = _running_median(pitch[known], 75)
    for octave in (12.0, -12.0):
        far = np.abs(out[known] - usual) > _LEAP
        nearer = np.abs(out[known] + octave - usual) < 4.0
        out[known[far & nearer]] += octave
    out[known[np.abs(out[known] - usual) > _LEAP]] = np.nan
    return out


def _running_median(values: np.ndarray, half: int) -> np.ndarray:
    """(n,) medians of the neighbours, looked for at every tenth place and straight on between."""
    places = np.arange(0, len(values) + 9, 10).clip(max=len(values) - 1)
    padded = np.pad(values, half, mode="edge")
    medians = np.median(padded[places[:, None] + np.arange(2 * half + 1)], axis=1)
    made: np.ndarray = np.interp(np.arange(len(values)), places, medians)
    return made
