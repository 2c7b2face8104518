"""The clock's arithmetic, with made-up time: no drift, no step back, every fallback."""

from __future__ import annotations

import numpy as np
import pytest

from app.audio.playback_clock import LineClock
from app.audio.playhead import Published

RATE = 48000
BLOCK = 480


def run(clock: LineClock, seconds: float, *, true_rate: float = RATE, lead_s: float = 0.03, jitter_s: float = 0.0, dac=None, seed: int = 1):
    """Play blocks and read the clock 60 times a second; returns (times, heard seconds, true seconds)."""
    rng = np.random.default_rng(seed)
    rows = []
    published, next_block = None, 0
    for t in np.arange(0.2, seconds, 1 / 60):
        while next_block * BLOCK / true_rate <= t:
            at = next_block * BLOCK / true_rate
            lead = 0.0 if next_block == 0 else lead_s
            heard_at = at + lead + rng.normal(0, jitter_s)
            published = Published(next_block * BLOCK, BLOCK, heard_at if dac is None else dac(at, next_block), at)
            next_block += 1
        heard = clock.heard(published, t)
        if heard is not None:
            rows.append((t, heard / RATE, (t - lead_s) * true_rate / RATE))
    return np.array(rows).T


@pytest.mark.parametrize("true_rate", [RATE, RATE * 1.0003, RATE * 0.9997])
def test_ten_minutes_without_drift(true_rate):
    clock = LineClock(RATE, 0.08)
    _, heard, true = run(clock, 600, true_rate=true_rate, jitter_s=0.002)
    assert clock.kind == "dac"
    error_ms = (heard - true) * 1e3
    assert np.abs(error_ms[60:]).max() < 4
    assert abs(error_ms[-600:].mean() - error_ms[60:660].mean()) < 0.3


def test_the_first_report_of_a_stream_is_ignored():
    clock = LineClock(RATE, 0.08)
    assert clock.heard(None, 1.0) is None
    assert clock.heard(Published(0, BLOCK, 1.0, 1.0), 1.0) is None
    assert clock.heard(Published(BLOCK, BLOCK, 1.04, 1.01), 1.04) == pytest.approx(BLOCK)


def test_dac_times_of_zero_fall_back_to_the_callback():
    clock = LineClock(RATE, 0.05)
    _, heard, true = run(clock, 10, lead_s=0.05, dac=lambda _at, _i: 0.0)
    assert clock.kind == "callback"
    assert np.abs(heard[30:] - true[30:]).max() < 0.002


def test_dac_times_that_jump_fall_back_to_the_callback():
    clock = LineClock(RATE, 0.05)
    _, heard, true = run(clock, 20, lead_s=0.05, dac=lambda at, i: at + 0.05 + (0.2 if i % 7 < 3 else 0.0))
    assert clock.kind == "callback"
    assert np.abs(heard[-300:] - true[-300:]).max() < 0.002


def test_hosts_known_to_be_wrong_are_not_asked():
    assert LineClock(RATE, 0.05, trust_dac=False).kind == "callback"


def test_a_device_that_skipped_is_followed():
    """After an underrun every block is heard 100 ms later: the clock goes along within a few reads."""
    clock = LineClock(RATE, 0.08)
    _, heard, true = run(clock, 20, dac=lambda at, i: at + (0.03 if i < 1000 else 0.13))
    late = heard - true
    assert clock.kind == "dac"
    assert np.abs(late[100:500]).max() < 0.002
    assert np.abs(late[-300:] + 0.1).max() < 0.002


def test_time_stands_at_the_last_delivered_sample_when_the_callback_stalls():
    clock = LineClock(RATE, 0.08)
    last = Published(48000, BLOCK, 2.03, 2.0)
    assert clock.heard(last, 2.03) == pytest.approx(48000)
    assert clock.heard(last, 9.0) == 48000 + BLOCK
