"""Numbers between two tracks."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX
from app.core.compare import compare
from app.core.regions import REGIONS
from app.core.speech import Phone
from app.core.track import BlendshapeTrack


def moving(fps: float = 60.0, late_s: float = 0.0, scale: float = 1.0, seconds: float = 3.0) -> BlendshapeTrack:
    """A jaw that opens and closes irregularly."""
    times_s = np.arange(int(seconds * fps)) / fps - late_s
    weights = np.zeros((len(times_s), 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = scale * (0.3 + 0.2 * np.sin(2 * np.pi * 1.3 * times_s) + 0.1 * np.sin(2 * np.pi * 3.1 * times_s))
    return BlendshapeTrack(weights, fps)


def region(result, name):
    """One region's row."""
    return next(row for row in result.regions if row.region == name)


def test_a_track_against_itself():
    result = compare(moving(), moving())
    assert [row.region for row in result.regions] == list(REGIONS)
    jaw = region(result, "jaw")
    assert (jaw.rms, jaw.lag_ms) == (0, 0) and jaw.correlation == pytest.approx(1)
    assert region(result, "brows").correlation is None and region(result, "brows").lag_ms is None
    assert result.closure_a is None


@pytest.mark.parametrize("late_ms", [-100, -35, 20, 120])
def test_the_lag_is_found_across_frame_rates(late_ms):
    assert region(compare(moving(60.0), moving(30.0, late_ms / 1e3)), "jaw").lag_ms == pytest.approx(late_ms, abs=5)


def test_what_has_nothing_in_common_has_no_lag(rng):
    a, b = (BlendshapeTrack(np.abs(rng.normal(size=(300, 52))).astype(np.float32), 60.0) for _ in range(2))
    assert all(each.lag_ms is None for each in compare(a, b).regions)


def test_size_shows_as_rms_not_as_correlation():
    jaw = region(compare(moving(), moving(scale=0.5)), "jaw")
    assert jaw.correlation == pytest.approx(1) and jaw.rms > 0.05


def test_noise_shows_as_jitter(rng):
    rough = moving()
    rough = rough.with_weights(np.clip(rough.weights + rng.normal(0, 0.02, rough.weights.shape).astype(np.float32), 0, 1))
    jaw = region(compare(moving(), rough), "jaw")
    assert jaw.jitter_b > 3 * jaw.jitter_a


def test_closures_are_counted_on_both_sides():
    shut = np.zeros((60, 52), np.float32)
    shut[:, ARKIT_INDEX["jawOpen"]] = 0.4
    shut[30:33, ARKIT_INDEX["mouthClose"]] = 0.4
    a = BlendshapeTrack(shut, 60.0)
    b = BlendshapeTrack(np.where(shut == np.float32(0.4), np.float32(0.4), 0)[:1].repeat(60, axis=0), 60.0)
    result = compare(a, b, (Phone("M", 0.5, 0.56), Phone("AA1", 0.56, 0.8)))
    assert (result.closure_a, result.closure_b) == (1.0, 0.0)


def test_nothing_in_common():
    late = BlendshapeTrack(np.zeros((5, 52), np.float32), 60.0, 10.0)
    assert compare(moving(), late).regions[0].correlation is None
