"""The delay that a microphone hears: known delays come back, through noise, echo and a dull loudspeaker; silence is refused."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.sync import CHIRPS, chirp_train, loopback

RATE = 48000


def heard(rng, late_s: float, began_s: float = 0.0, *, noise: float = 0.0, loud: float = 0.3, rate: int = RATE) -> np.ndarray:
    """What a microphone records that was switched on at ``began_s``."""
    train = chirp_train(rate)
    samples = noise * rng.standard_normal(len(train) + round(0.8 * rate))
    shift = round((late_s - began_s) * rate)
    source = train[max(-shift, 0) :]
    samples[max(shift, 0) : max(shift, 0) + len(source)] += loud * source
    return samples.astype(np.float32)


@pytest.mark.parametrize("late_s", [-0.1, 0.0, 0.0123, 0.18, 0.5])
@pytest.mark.parametrize("began_s", [-0.25, 0.0, 0.1])
def test_a_known_delay_comes_back(rng, late_s, began_s):
    found = loopback(heard(rng, late_s, began_s, noise=0.003), RATE, began_s)
    assert found is not None
    assert found.late_ms == pytest.approx(1e3 * late_s, abs=0.1)
    assert found.spread_ms < 0.2
    assert found.heard == CHIRPS


@pytest.mark.parametrize("rate", [16000, 44100])
def test_other_rates_do_as_well(rng, rate):
    found = loopback(heard(rng, 0.12, noise=0.003, rate=rate), rate, 0.0)
    assert found is not None
    assert found.late_ms == pytest.approx(120, abs=0.2)


def test_noise_as_loud_as_the_chirps_does_no_harm(rng):
    recording = heard(rng, 0.12, noise=0.06, loud=0.3)  # chirp power 0.6^2 * 3/16 * 0.3^2: signal to noise of about 2 dB
    found = loopback(recording, RATE, 0.0)
    assert found is not None
    assert found.late_ms == pytest.approx(120, abs=0.5)


def test_an_echo_and_a_dull_loudspeaker_do_no_harm(rng):
    recording = heard(rng, 0.12, noise=0.002)
    recording[round(0.013 * RATE) :] += 0.5 * recording[: -round(0.013 * RATE)]
    dull = np.convolve(recording, np.exp(-np.arange(200) / 12) / 12, "same").astype(np.float32)
    found = loopback(dull, RATE, 0.0)
    assert found is not None
    assert found.late_ms == pytest.approx(120, abs=3)


def test_a_jump_of_the_sound_shows_in_the_spread(rng):
    recording = heard(rng, 0.1, noise=0.002)
    half = round(1.4 * RATE)
    moved = np.concatenate([recording[:half], np.zeros(round(0.006 * RATE), np.float32), recording[half:]])
    found = loopback(moved, RATE, 0.0)
    assert found is not None
    assert found.spread_ms > 2


@pytest.mark.parametrize("kind", ["nothing", "noise", "hum", "short", "voice"])
def test_what_is_no_chirp_is_refused(rng, kind):
    n = round(4 * RATE)
    t = np.arange(n) / RATE
    made = {
        "nothing": np.zeros(n), "noise": 0.3 * rng.standard_normal(n), "hum": 0.5 * np.sin(2 * np.pi * 50 * t),
        "short": np.zeros(10), "voice": sum(0.1 * np.sin(2 * np.pi * 150 * k * t) for k in range(1, 30)) * (np.sin(9 * t) > 0),
    }[kind]  # fmt: skip
    assert loopback(made.astype(np.float32), RATE, 0.0) is None
