"""Millimetres of the mouth: which articulators meet in which shape."""

from __future__ import annotations

import numpy as np
import pytest


def lower_lip_top_mm(subject, **weights):
    """The highest point of the middle of the lower lip, relative to the upper incisors' edge."""
    points = subject.posed("Head_Mesh", **weights)
    rows = subject.lips[1]
    rows = rows[np.abs(subject.part("Head_Mesh").positions[rows, 0]) < 0.006]
    top = points[rows[np.argmax(points[rows, 1])]]
    return (top - subject.incisor_edge) * 1000


def tongue_tip_mm(subject, **weights):
    """The foremost point of the tongue, relative to the upper incisors' edge."""
    points = subject.posed("Tongue_Mesh", **weights)
    return (points[np.argmax(points[:, 2])] - subject.incisor_edge) * 1000


def test_closed_at_rest(subject):
    assert subject.lip_gaps_mm().max() < 0.25


def test_PP_shuts_the_lips(subject):
    assert subject.lip_gaps_mm(viseme_PP=1).max() < -0.2


def test_jaw_open_with_mouth_close_shuts_the_lips(subject):
    assert subject.lip_gaps_mm(jawOpen=1, mouthClose=1).max() < 0.25
    assert subject.lip_gaps_mm(jawOpen=0.5, mouthClose=0.5).max() < 0.3


def test_jaw_opens_a_mouth_and_not_a_cave(subject):
    assert 20 < subject.lip_gaps_mm(jawOpen=1).max() < 34


def test_mouth_close_alone_stays_below_the_nose(subject):
    lips = np.concatenate(subject.lips)
    head = subject.part("Head_Mesh").positions
    middle = np.abs(head[:, 0]) < 0.004
    nose_tip = head[middle][np.argmax(head[middle, 2])]
    raised = subject.posed("Head_Mesh", mouthClose=1)[lips]
    assert raised[:, 1].max() < nose_tip[1]
    assert np.linalg.norm(subject.delta("Head_Mesh", "mouthClose"), axis=1).max() < 0.030


def test_FF_brings_the_lower_lip_under_the_upper_teeth(subject):
    x, y, z = lower_lip_top_mm(subject, viseme_FF=1)
    assert abs(x) < 6.5
    assert -1.5 < y < 1.5
    assert -1.5 < z < 3.0
    upper = subject.posed("Head_Mesh", viseme_FF=1)[subject.lips[0]]
    middle = np.abs(upper[:, 0]) < 0.006
    assert upper[middle, 1].min() > subject.incisor_edge[1] + 0.002


def test_TH_puts_the_tip_of_the_tongue_between_the_teeth(subject):
    rest, out = tongue_tip_mm(subject), tongue_tip_mm(subject, viseme_TH=1)
    assert rest[2] < -4
    assert out[2] > 0
    assert -7 < out[1] < 0.5
    assert subject.lip_gaps_mm(viseme_TH=1)[7:12].min() > 3


def test_tongue_out_leaves_the_mouth(subject):
    tip = tongue_tip_mm(subject, tongueOut=1)
    assert tip[2] > 15
    assert subject.lip_gaps_mm(tongueOut=1)[9] > 4


@pytest.mark.parametrize(("viseme", "least", "most"), [("aa", 12, 22), ("E", 7, 15), ("I", 4, 9), ("O", 9, 19), ("U", 3, 10), ("SS", 3, 7)])
def test_vowels_open_in_their_order(subject, viseme, least, most):
    assert least < subject.lip_gaps_mm(**{f"viseme_{viseme}": 1})[9] < most


def test_rounding_narrows_and_spreading_widens(subject):
    head = subject.part("Head_Mesh").positions
    offset = head - subject.lip_contact
    corner = np.flatnonzero((np.abs(offset[:, 1]) < 0.004) & (offset[:, 0] > 0.021) & (offset[:, 0] < 0.026) & (offset[:, 2] > -0.012))
    assert len(corner) > 3
    width = {v: subject.delta("Head_Mesh", f"viseme_{v}")[corner, 0].mean() * 1000 for v in ("O", "U", "CH", "E", "I", "SS")}
    assert max(width["O"], width["U"], width["CH"]) < -2
    assert min(width["E"], width["I"]) > 1
    assert width["SS"] > 0


def test_jaw_carries_lower_teeth_rigidly_and_leaves_the_upper_ones(subject):
    points, moved = subject.part("Teeth_Mesh").positions, subject.posed("Teeth_Mesh", jawOpen=1)
    shift = np.linalg.norm(moved - points, axis=1)
    lower = np.flatnonzero(shift > 1e-4)
    assert 0.3 * len(points) < len(lower) < 0.7 * len(points)
    assert shift[lower].max() > 0.012
    pairs = np.random.default_rng(1).choice(lower, (200, 2))
    before = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    after = np.linalg.norm(moved[pairs[:, 0]] - moved[pairs[:, 1]], axis=1)
    assert np.abs(after - before).max() < 1e-4


def test_tongue_follows_the_jaw(subject):
    drop = -subject.delta("Tongue_Mesh", "jawOpen")[:, 1]
    points = subject.part("Tongue_Mesh").positions
    front = points[:, 2] > points[:, 2].max() - 0.01
    assert drop[front].min() > 0.008


def test_teeth_and_tongue_stay_behind_closed_lips(subject):
    front = subject.lip_contact[2]
    for mesh in ("Teeth_Mesh", "Tongue_Mesh"):
        assert subject.part(mesh).positions[:, 2].max() < front - 0.004
        assert subject.posed(mesh, viseme_PP=1)[:, 2].max() < front - 0.004
