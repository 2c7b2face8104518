"""Clocks that need no device."""

from __future__ import annotations

import pytest

from app.core.clock import FixedClock, WallClock


class Seconds:
    """A hand-driven monotonic clock."""

    def __init__(self) -> None:
        self.value = 100.0

    def __call__(self) -> float:
        return self.value


def test_a_fixed_clock_stands():
    clock = FixedClock(2.5)
    assert clock.now() == 2.5
    clock.t = 3.0
    assert clock.now() == 3.0


def test_a_wall_clock_runs_stops_and_seeks():
    seconds = Seconds()
    clock = WallClock(seconds)
    seconds.value += 5
    assert clock.now() == 0.0 and not clock.running
    clock.start(1.0)
    seconds.value += 2
    assert clock.now() == pytest.approx(3.0)
    clock.seek(10.0)
    seconds.value += 1
    assert clock.now() == pytest.approx(11.0)
    clock.stop()
    seconds.value += 7
    assert clock.now() == pytest.approx(11.0)


def test_half_speed_passes_half_the_media_time():
    seconds = Seconds()
    clock = WallClock(seconds)
    clock.start(0.0, rate=0.5)
    seconds.value += 4
    assert clock.now() == pytest.approx(2.0)


def test_ten_minutes_leave_no_drift():
    seconds = Seconds()
    clock = WallClock(seconds)
    clock.start(0.0)
    for _ in range(36_000):
        seconds.value += 1 / 60
        clock.now()
    assert clock.now() == pytest.approx(600.0, abs=1e-6)
