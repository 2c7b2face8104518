"""A stretch that is tuned by itself is the stretch of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.arkit import VISEME_CHANNELS
from app.core.speech import Phone
from app.core.track import Animation, BlendshapeTrack
from app.core.tuning import ShapeTuning, Tuning, tuned_animation
from app.core.tuning_window import tuned_around

PHONES = tuple(Phone(s, 0.4 * i, 0.4 * i + 0.1) for i, s in enumerate("BPMBPMBPM"))


@pytest.fixture(scope="module")
def raw() -> Animation:
    rng = np.random.default_rng(3)
    return Animation(
        BlendshapeTrack(rng.uniform(0, 1, (400, 52)), 60.0), BlendshapeTrack(rng.uniform(0, 1, (400, 15)), 60.0, 0.0, VISEME_CHANNELS)
    )


@pytest.mark.parametrize(
    "tuning",
    [
        Tuning(shapes={"jawOpen": ShapeTuning(gain=1.5)}, intensity=0.7),
        Tuning(smoothing_ms={"lips": 40.0, "jaw": 60.0}, close_lips=0.5),
        Tuning(smoothing_ms={"lips": 30.0}, kind="live", attack_ms=20.0, release_ms=40.0),
        Tuning(ease_in_ms=1000.0, ease_out_ms=1500.0, offset_ms=-120.0),
    ],
)
@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 0.5), (2.0, 3.0), (6.0, 9.0), (-3.0, 20.0)])
def test_a_stretch_is_the_stretch_of_the_whole(raw, tuning, start_s, end_s):
    whole = tuned_animation(raw, tuning, PHONES)
    part = tuned_around(raw, None, tuning, PHONES, (start_s, end_s))
    assert part.arkit.start_s == whole.arkit.start_s
    for a, b in ((part.arkit, whole.arkit), (part.visemes, whole.visemes)):
        inside = (b.times_s >= start_s) & (b.times_s <= end_s)
        assert np.abs(a.weights[inside] - b.weights[inside]).max(initial=0.0) < 2e-3


def test_elsewhere_the_former_result_stays(raw):
    former = tuned_animation(raw, Tuning(intensity=0.1))
    part = tuned_around(raw, former, Tuning(intensity=2.0), (), (3.0, 3.5))
    assert np.array_equal(part.arkit.weights[:170], former.arkit.weights[:170])
    assert np.allclose(part.arkit.weights[190:205], 2.0 * raw.arkit.weights[190:205])
    assert np.array_equal(part.visemes.weights[:170], former.visemes.weights[:170])
