"""The tuning of the side on show acts on the microphone's face while it is live."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX
from app.core.tuning import ShapeTuning, Tuning
from app.session.live.live import Heard

JAW = ARKIT_INDEX["jawOpen"]


@pytest.fixture
def hear(session):
    """``hear(jaw, ...)``: faces with these openings came out of the microphone; returns the one on the picture."""

    def do(*openings: float) -> np.ndarray:
        frames = np.zeros((len(openings), 52), np.float32)
        frames[:, JAW] = openings
        session.live._hear(Heard(frames, 0.1, 1.0, 5.0, 40.0, 3.0))
        return session.live.weights

    return do


def test_gains_and_intensity_act_at_once_and_bypass_takes_them_off(session, hear):
    assert hear(0.4)[JAW] == pytest.approx(0.4)
    session.tunings.change("A", Tuning(intensity=0.5, shapes={"jawOpen": ShapeTuning(gain=0.5)}), "Softer")
    assert hear(0.4)[JAW] == pytest.approx(0.1)
    session.tunings.set_bypassed(True)
    assert hear(0.4)[JAW] == pytest.approx(0.4)


def test_smoothing_is_causal_and_its_delay_is_told(session, hear):
    session.tunings.change("A", Tuning(smoothing_ms={"jaw": 50.0}, keep_contacts=False), "Smoother")
    hear(*([0.0] * 30))
    assert 0 < hear(0.6)[JAW] < 0.06
    assert hear(*([0.6] * 60))[JAW] == pytest.approx(0.6, abs=1e-3)
    assert session.live.figures.smoothing_ms == pytest.approx(Tuning(smoothing_ms={"jaw": 50.0}).live_delay_ms(60.0)["jaw"])


def test_every_frame_of_a_block_counts(session, hear):
    session.tunings.change("A", Tuning(smoothing_ms={"jaw": 50.0}, keep_contacts=False), "Smoother")
    hear(*([0.0] * 30))
    in_one = hear(0.1, 0.3, 0.6)[JAW]
    assert in_one > 0.001
    session.tunings.set_bypassed(True)
    hear(*([0.0] * 200))
    session.tunings.set_bypassed(False)
    for opening in (0.1, 0.3, 0.6):
        one_by_one = hear(opening)[JAW]
    assert one_by_one == pytest.approx(in_one, abs=1e-6)
