"""What broadcasters say about sound and picture that are apart, and how an output's delay is found by tapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """How far sound and picture may be apart.

    Attributes:
        name: of the recommendation.
        lead_ms: the sound may be so early.
        lag_ms: the sound may be so late.
    """

    name: str
    lead_ms: float
    lag_ms: float


#: from the strictest to what nobody accepts any more (specs: ATSC IS-191, EBU R37, ITU-R BT.1359-1)
TOLERANCES = (
    Tolerance("EBU R37, production", 5.0, 15.0),
    Tolerance("ATSC IS-191", 15.0, 45.0),
    Tolerance("EBU R37, distribution", 40.0, 60.0),
    Tolerance("ITU-R BT.1359, not detected", 45.0, 125.0),
    Tolerance("ITU-R BT.1359, accepted", 90.0, 185.0),
)
#: fewer taps than this say little
LEAST_TAPS = 6


def verdict(sound_late_ms: float) -> str:
    """A judgement in words.

    Args:
        sound_late_ms: by how much the sound comes after the picture; negative when it is early.

    Returns:
        The strictest recommendation that is met, or that none is.
    """
    size = abs(sound_late_ms)
    said = "Sound on time" if size < 0.5 else f"Sound {size:.0f} ms {'late' if sound_late_ms > 0 else 'early'}"
    for tolerance in TOLERANCES:
        if size <= (tolerance.lag_ms if sound_late_ms > 0 else tolerance.lead_ms):
            return f"{said}: within {tolerance.name}"
    return f"{said}: beyond every recommendation, viewers will notice"


def tapped_delay_ms(taps_s: Sequence[float], beats_s: Sequence[float]) -> tuple[float, float] | None:
    """How late something was felt to be.

    Args:
        taps_s: when keys were pressed, in seconds on the beats' clock.
        beats_s: when the program meant the beats to be.

    Returns:
        Median delay of the taps after their nearest beats and its standard error, both in milliseconds; None for too few
        taps, or taps without a rhythm.
    """
    if len(taps_s) < LEAST_TAPS or len(beats_s) < 2:
        return None
    beats = np.asarray(beats_s, float)
    taps = np.asarray(taps_s, float)
    late = taps - beats[np.abs(taps[:, None] - beats[None, :]).argmin(axis=1)]
    late = late[np.abs(late - np.median(late)) < 0.15]
    if len(late) < LEAST_TAPS:
        return None
    # 1.2533: standard error of a median against that of a mean, for a normal distribution
    return 1e3 * float(np.median(late)), 1e3 * 1.2533 * float(late.std(ddof=1)) / np.sqrt(len(late))


def output_delay_ms(to_sound: tuple[float, float], to_picture: tuple[float, float]) -> tuple[float, float]:
    """The delay of the sound against the picture from two rounds of tapping; what a person's hand adds drops out.

    Args:
        to_sound: from ``tapped_delay_ms``, tapping to clicks.
        to_picture: the same, tapping to flashes.

    Returns:
        Milliseconds by which the sound is late, and its standard error.
    """
    return to_sound[0] - to_picture[0], float(np.hypot(to_sound[1], to_picture[1]))


#: the chirps of a loopback: from 900 Hz, above hum and rumble, to 6 kHz, which every loudspeaker and microphone pass
CHIRP_S, CHIRP_HZ = 0.04, (900.0, 6000.0)
#: how many there are; their distances differ, so that the train fits itself in one place only
CHIRPS = 8
#: the delay is looked for so far: from a little early to the slowest Bluetooth
EARLIEST_S, LATEST_S = -0.15, 0.6
#: a chirp counts as heard when the recording looks so much like it (correlation, 0-1), against 0.12 and less in noise alone
LEAST_LIKENESS = 0.25


@dataclass(frozen=True)
class Loopback:
    """What a microphone heard of the chirps.

    Attributes:
        late_ms: median delay behind the player's clock.
        spread_ms: half of the range in which the middle four fifths of the delays lie.
        heard: how many chirps were heard.
        likeness: median correlation of those with the chirp, 0-1.
    """

    late_ms: float
    spread_ms: float
    heard: int
    likeness: float


def chirp_times() -> np.ndarray:
    """(CHIRPS,) seconds at which chirps begin; the gaps grow from 0.28 s in steps that make no two sums alike."""
    gaps = 0.28 + 0.011 * np.arange(CHIRPS - 1) ** 1.5
    return 0.3 + np.concatenate([[0.0], np.cumsum(gaps)])


def chirp(rate: int) -> np.ndarray:
    """(n,) float32: one chirp, its frequency growing exponentially, faded in and out."""
    t = np.arange(round(CHIRP_S * rate)) / rate
    low, high = CHIRP_HZ
    growth = np.log(high / low) / CHIRP_S
    made: np.ndarray = (0.6 * np.sin(2 * np.pi * low * (np.exp(growth * t) - 1) / growth) * np.hanning(len(t))).astype(np.float32)
    return made


def chirp_train(rate: int) -> np.ndarray:
    """(n,) float32: all chirps, and as much silence after them as the slowest output is late."""
    times_s, one = chirp_times(), chirp(rate)
    samples = np.zeros(round((times_s[-1] + CHIRP_S + LATEST_S + 0.3) * rate), np.float32)
    for t in times_s:
        first = round(float(t) * rate)
        samples[first : first + len(one)] = one
    return samples


def _likeness(recording: np.ndarray, one: np.ndarray) -> np.ndarray:
    """(n,) float64, 0-1: how much the recording from each sample on looks like the chirp, whatever its phase and loudness."""
    n = len(recording) - len(one) + 1
    if n <= 0:
        return np.zeros(0)
    size = 1 << (len(recording) + len(one)).bit_length()
    # the analytic chirp: its magnitude has one peak where a real correlation rings
    spectrum = np.fft.fft(one, size)
    spectrum[size // 2 :] = 0
    match = np.abs(np.fft.ifft(np.fft.fft(recording, size) * 2 * np.conj(spectrum)))[:n]
    power = np.concatenate([[0.0], np.cumsum(np.square(recording, dtype=np.float64))])
    energy = np.maximum(power[len(one) :] - power[: len(power) - len(one)], 1e-9)[:n]
    made: np.ndarray = match / np.sqrt(energy * float(one @ one))
    return made


def _top(values: np.ndarray) -> tuple[float, float]:
    """Place of the largest value, to a fraction of a sample by a parabola, and that value."""
    best = int(np.argmax(values))
    if not 0 < best < len(values) - 1:
        return float(best), float(values[best])
    before, here, after = values[best - 1 : best + 2]
    bend = before - 2 * here + after
    return best + (0.5 * (before - after) / bend if bend < -1e-12 else 0.0), float(here)


def loopback(recording: np.ndarray, rate: int, began_s: float) -> Loopback | None:
    """How late a microphone heard the chirp train.

    The train as a whole is found first, which noise cannot imitate; then every chirp near its place, for the spread.

    Args:
        recording: (n,) float32 from the microphone.
        rate: its samples per second.
        began_s: time of its first sample on the player's clock, on which the train begins at 0.

    Returns:
        Delay and spread, or None when fewer than half of the chirps were heard.
    """
    like = _likeness(np.asarray(recording, np.float64), chirp(rate).astype(np.float64))
    starts = np.round((chirp_times() - began_s) * rate).astype(int)
    first, last = (round(s * rate) for s in (EARLIEST_S, LATEST_S))
    padded = np.concatenate([np.zeros(max(-(int(starts[0]) + first), 0)), like, np.zeros(max(int(starts[-1]) + last + 1 - len(like), 0))])
    starts += max(-(int(starts[0]) + first), 0)
    windows = np.stack([padded[start + first : start + last] for start in starts])
    together, _ = _top(windows.mean(axis=0))
    near = max(round(0.02 * rate), 2)
    low = max(round(together) - near, 0)
    found = [_top(window[low : round(together) + near + 1]) for window in windows]
    heard = [(low + place, size) for place, size in found if size >= LEAST_LIKENESS]
    if 2 * len(heard) < CHIRPS:
        return None
    late_ms = 1e3 * (np.array([place for place, _ in heard]) + first) / rate
    low_ms, high_ms = np.percentile(late_ms, [10, 90])
    return Loopback(float(np.median(late_ms)), float(high_ms - low_ms) / 2, len(heard), float(np.median([size for _, size in heard])))
