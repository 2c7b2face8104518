"""Curves of an hour as few points."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.track import BlendshapeTrack
from app.ui.curves.thinning import envelope


@pytest.mark.parametrize("n", [40_000, 40_037])
def test_no_peak_of_a_long_track_is_lost_and_it_stays_so_while_it_grows(n):
    rows = np.random.default_rng(3).uniform(0.2, 0.8, (n, 52)).astype(np.float32)
    rows[[77, 20_001, n - 1], 5] = 1.0
    for length in (n // 2, n):
        track = BlendshapeTrack(rows[:length], 60.0)
        times, weights = envelope(track, 0.0, track.end_s, 60)
        assert 60 <= len(times) <= 4 * 60 and (np.diff(times) >= 0).all()
        assert weights[:, 5].max() == rows[:length, 5].max() and weights.min() == rows[:length].min()
        whole = [rows[int(a * 60 + 0.5) : int(b * 60 + 0.5)] for a, b in zip(times[0::2], [*times[2::2], length / 60.0], strict=True)]
        np.testing.assert_array_equal(weights[1::2], [part.max(axis=0) for part in whole])
        np.testing.assert_array_equal(weights[0::2], [part.min(axis=0) for part in whole])
