"""Edits that mend: tops below a limit and round again, both sides alike, lips together, each within its stretch only."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.arkit import ARKIT_INDEX, VISEME_CHANNELS, VISEME_INDEX
from app.core.curve_edits import CurveEdit, edited, edited_visemes
from app.core.lips import lip_opening
from app.core.regions import REGIONS
from app.core.track import BlendshapeTrack

FPS = 60.0


@pytest.fixture
def track() -> BlendshapeTrack:
    weights = np.zeros((180, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.4
    weights[:, ARKIT_INDEX["mouthSmileLeft"]] = 0.5
    weights[:, ARKIT_INDEX["mouthSmileRight"]] = 0.1
    curve = 1.6 * np.sin(np.pi * np.arange(180) / 180)
    weights[:, ARKIT_INDEX["mouthFunnel"]] = np.minimum(curve, 1.0)
    weights[:, ARKIT_INDEX["mouthPucker"]] = curve - 0.4
    return BlendshapeTrack(weights, FPS)


def after(track: BlendshapeTrack, edit: CurveEdit) -> np.ndarray:
    """(n, 52), of which only frames inside the stretch differ."""
    made = edited(track, [edit]).weights
    outside = (track.times_s <= edit.start_s) | (track.times_s >= edit.end_s)
    assert np.array_equal(made[outside], track.weights[outside])
    return made


def test_a_limit_rounds_flat_tops_squeezes_high_ones_and_cuts_below_zero(track):
    made = after(track, CurveEdit("limit", ("mouthFunnel", "mouthPucker"), -1.0, 4.0, 0.95))
    funnel, pucker = made[:, ARKIT_INDEX["mouthFunnel"]], made[:, ARKIT_INDEX["mouthPucker"]]
    assert funnel.max() == pytest.approx(0.95, abs=0.002)
    # one top: the curve rises to it and falls from it
    assert (np.diff(funnel[:88]) >= 0).all() and (np.diff(funnel[92:]) <= 0).all()
    assert pucker.min() == 0.0
    assert pucker.max() == pytest.approx(0.95, abs=1e-4)
    before = track.weights[:, ARKIT_INDEX["mouthPucker"]]
    low = (before >= 0) & (before <= 0.7)
    assert np.array_equal(pucker[low], before[low])


def test_sides_are_evened_and_others_left(track):
    made = after(track, CurveEdit("even", ("mouthSmileLeft", "mouthSmileRight", "jawOpen"), 0.5, 2.5, 0.5))
    assert made[90, ARKIT_INDEX["mouthSmileLeft"]] == pytest.approx(0.4)
    assert made[90, ARKIT_INDEX["mouthSmileRight"]] == pytest.approx(0.2)
    assert np.array_equal(made[:, ARKIT_INDEX["jawOpen"]], track.weights[:, ARKIT_INDEX["jawOpen"]])


def test_lips_are_closed_by_shapes_and_by_visemes(track):
    edit = CurveEdit("close", REGIONS["lower"], 1.0, 1.4, 1.0, 50.0)
    assert lip_opening(after(track, edit))[72] < 0.02
    visemes = np.zeros((180, 15), np.float32)
    visemes[:, VISEME_INDEX["aa"]] = 1.0
    made = edited_visemes(BlendshapeTrack(visemes, FPS, 0.0, VISEME_CHANNELS), [edit]).weights
    assert made[72, VISEME_INDEX["PP"]] == pytest.approx(1.0)
    assert made.sum(axis=1) == pytest.approx(1.0)
    assert np.array_equal(made[:60], visemes[:60])
