"""Slow motion: the pitch stays, the length is right, and events are where the map says."""

from __future__ import annotations

import numpy as np
import pytest

from app.audio.stretch import TimeStretch

RATE = 24000


def stretched(samples: np.ndarray, speed: float, block: int = 4000) -> np.ndarray:
    stretch = TimeStretch(RATE, speed)
    parts = [stretch.push(samples[i : i + block]) for i in range(0, len(samples), block)]
    return np.concatenate([*parts, stretch.flush()])


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.8])
def test_pitch_stays_and_length_grows(speed):
    samples = (0.5 * np.sin(2 * np.pi * 180 * np.arange(RATE) / RATE)).astype(np.float32)
    out = stretched(samples, speed)
    assert len(out) == round(RATE / speed)
    middle = out[len(out) // 4 : -len(out) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert np.argmax(spectrum) * RATE / len(middle) == pytest.approx(180, abs=2)
    rms = np.sqrt(np.mean(middle**2))
    assert rms == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.75])
def test_events_stay_where_the_map_says(speed, rng):
    samples = np.zeros(2 * RATE, np.float32)
    at = [3000, 11111, 20000, 33333, 44000]
    for start in at:
        samples[start : start + 480] = rng.standard_normal(480) * 0.3
    out = stretched(samples, speed)
    energy = np.convolve(out**2, np.ones(240), mode="same")
    for start in at:
        centre = (start + 240) / speed
        near = slice(max(0, int(centre - 0.1 * RATE)), int(centre + 0.1 * RATE))
        found = np.average(np.arange(near.start, near.stop), weights=energy[near])
        assert abs(found - centre) * speed / RATE < 0.008  # media seconds


def test_the_size_of_the_pieces_does_not_matter(rng):
    samples = rng.standard_normal(RATE).astype(np.float32) * 0.2
    whole = stretched(samples, 0.5, RATE)
    np.testing.assert_array_equal(whole, stretched(samples, 0.5, 777))


def test_nothing_in_nothing_out():
    assert len(stretched(np.zeros(0, np.float32), 0.5)) == 0
    assert len(stretched(np.ones(10, np.float32), 0.25)) == 40
