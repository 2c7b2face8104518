"""Verdicts at the edges of the recommendations, and delays found by tapping."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.sync import TOLERANCES, output_delay_ms, tapped_delay_ms, verdict


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "EBU R37, production"), (-5, "production"), (-6, "ATSC"), (15, "production"), (16, "ATSC"), (45, "ATSC"), (46, "distribution"),
        (-41, "not detected"), (125, "not detected"), (-90, "accepted"), (185, "accepted"), (186, "beyond"), (-91, "beyond"),
    ],
)  # fmt: skip
def test_the_strictest_that_is_met_is_named(ms, words):
    assert words in verdict(ms)
    assert ("late" in verdict(ms)) == (ms > 0)


def test_sound_may_be_later_than_early_everywhere():
    assert all(t.lead_ms < t.lag_ms for t in TOLERANCES)


def test_a_delay_is_found_through_a_shaky_hand():
    rng = np.random.default_rng(4)
    beats = np.arange(20) * 0.6
    to_sound = tapped_delay_ms(beats + 0.12 - 0.03 + rng.normal(0, 0.02, 20), beats)
    to_picture = tapped_delay_ms(beats - 0.03 + rng.normal(0, 0.02, 20), beats)
    late_ms, error_ms = output_delay_ms(to_sound, to_picture)
    assert late_ms == pytest.approx(120, abs=3 * error_ms)
    assert error_ms < 12


def test_stray_taps_do_not_count_and_few_taps_say_nothing():
    beats = np.arange(12) * 0.6
    taps = [*(beats + 0.05), 3.31]
    assert tapped_delay_ms(taps, beats)[0] == pytest.approx(50, abs=1)
    assert tapped_delay_ms(taps[:4], beats) is None
    assert tapped_delay_ms([], beats) is None
