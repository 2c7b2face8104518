"""An hour of sound: the clock stays with the device, whose crystal is never quite right."""

from __future__ import annotations

import pytest

from tests.bench.fake_hour import hour


@pytest.mark.parametrize("off", [60.0, -60.0])
def test_the_clock_does_not_drift_from_the_sound_in_an_hour(off):
    errors = hour(off, fps=4.0)
    assert abs(errors.drift_ms) < 0.25
    assert errors.p95_ms < 2.0 and errors.worst_ms < 4.0
