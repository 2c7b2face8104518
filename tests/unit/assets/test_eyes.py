"""Eyes that turn about their centres, lids that close over them, and a face whose sides mirror."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial import cKDTree

SIDES = ("Left", "Right")
#: pixels per metre of the front view in which lids and eyeball are compared
SCALE = 5000


def front_view(points, triangles, center, reach):
    """The nearest z of a mesh in a grid seen from the front; -inf where there is nothing."""
    size = int(2 * reach * SCALE)
    picture = np.full((size, size), -np.inf)
    pixels = (points[:, :2] - center[:2] + reach) * SCALE
    corners = pixels[triangles]
    seen = ((corners >= 0) & (corners < size - 1)).all(axis=(1, 2))
    for (a, b, c), z in zip(corners[seen], points[:, 2][triangles[seen]], strict=True):
        low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
        x, y = np.meshgrid(np.arange(np.ceil(low[0]), high[0] + 1e-9), np.arange(np.ceil(low[1]), high[1] + 1e-9))
        area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
        if abs(area) < 1e-9 or not x.size:
            continue
        second = ((x - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (y - a[1])) / area
        third = ((b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1])) / area
        inside = (second >= -1e-6) & (third >= -1e-6) & (second + third <= 1 + 1e-6)
        rows, cols = y[inside].astype(int), x[inside].astype(int)
        depth = z[0] + second[inside] * (z[1] - z[0]) + third[inside] * (z[2] - z[0])
        np.maximum.at(picture, (rows, cols), depth)
    return picture


def visible_eye_mm2(subject, side, **weights):
    """How much of an eyeball can be seen from the front."""
    rows, center = subject.eye(side)
    eye, head = subject.part("Eye_Mesh"), subject.part("Head_Mesh")
    mine = np.isin(eye.triangles, rows).all(axis=1)
    ball = front_view(subject.posed("Eye_Mesh", **weights), eye.triangles[mine], center, 0.019)
    near = np.linalg.norm(head.positions[head.triangles].mean(axis=1) - center, axis=1) < 0.045
    skin = front_view(subject.posed("Head_Mesh", **weights), head.triangles[near], center, 0.019)
    return float((ball > skin).sum()) / SCALE**2 * 1e6


@pytest.mark.parametrize("side", SIDES)
def test_eyes_are_open_at_rest(subject, side):
    assert 110 < visible_eye_mm2(subject, side) < 330


@pytest.mark.parametrize("weights", [{"eyeBlink": 1.0}, {"eyesClosed": 1.0}, {"eyeBlink": 1.0, "eyeLookDown": 0.4}], ids=str)
@pytest.mark.parametrize("side", SIDES)
def test_blink_covers_the_whole_eyeball_without_poke_through(subject, side, weights):
    named = {name if name == "eyesClosed" else f"{name}{side}": weight for name, weight in weights.items()}
    assert visible_eye_mm2(subject, side, **named) == 0


@pytest.mark.parametrize("side", SIDES)
def test_half_a_blink_shows_less_and_never_pokes_through(subject, side):
    shown = [visible_eye_mm2(subject, side, **{f"eyeBlink{side}": w}) for w in (0.0, 0.25, 0.5, 0.75)]
    assert all(earlier > later for earlier, later in pairwise(shown))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("look", ["Up", "Down", "In", "Out"])
def test_eyes_keep_radius_and_centre(subject, side, look):
    rows, center = subject.eye(side)
    rest, moved = subject.part("Eye_Mesh").positions[rows], subject.posed("Eye_Mesh", **{f"eyeLook{look}{side}": 1})[rows]
    before, after = np.linalg.norm(rest - center, axis=1), np.linalg.norm(moved - center, axis=1)
    assert np.abs(after - before).max() < 5e-5
    assert np.linalg.norm(moved - rest, axis=1).max() > 0.004


def test_eyes_turn_the_way_their_names_say(subject):
    for side, out in (("Left", 1), ("Right", -1)):
        rows, _ = subject.eye(side)
        points = subject.part("Eye_Mesh").positions[rows]
        pupil = rows[np.argmax(points[:, 2])]
        assert subject.delta("Eye_Mesh", f"eyeLookOut{side}")[pupil, 0] * out > 0.004
        assert subject.delta("Eye_Mesh", f"eyeLookIn{side}")[pupil, 0] * out < -0.004
        assert subject.delta("Eye_Mesh", f"eyeLookUp{side}")[pupil, 1] > 0.003
        assert subject.delta("Eye_Mesh", f"eyeLookDown{side}")[pupil, 1] < -0.003


def test_left_is_the_avatars_left(subject):
    for part in subject.avatar.parts:
        if part.targets is None:
            continue
        for name, delta in zip(part.targets.names, part.targets.positions, strict=True):
            if name.endswith("Left") and name not in ("mouthLeft", "jawLeft") and np.abs(delta).max() > 1e-4:
                weight = np.linalg.norm(delta, axis=1)
                assert (weight * part.positions[:, 0]).sum() > 0, (part.mesh, name)
    for name in ("mouthLeft", "jawLeft"):
        delta = subject.delta("Head_Mesh", name)
        assert delta[np.argmax(np.linalg.norm(delta, axis=1)), 0] > 0


def test_pairs_mirror_each_other(subject):
    for part in subject.avatar.parts:
        if part.targets is None or part.mesh == "Eye_Mesh":
            continue
        distance, twin = cKDTree(part.positions).query(part.positions * (-1, 1, 1))
        matched = distance < 2e-4
        assert matched.mean() > 0.97, part.mesh
        for name in part.targets.names:
            if not name.endswith("Left"):
                continue
            left = part.targets.positions[part.targets.names.index(name)]
            right = part.targets.positions[part.targets.names.index(name[:-4] + "Right")]
            error = np.linalg.norm(left[matched] - right[twin[matched]] * (-1, 1, 1), axis=1)
            assert np.quantile(error, 0.995) < 2.5e-4, (part.mesh, name)


def test_lashes_and_shade_follow_the_lid(subject):
    for mesh in ("Eyelash_Mesh", "EyeAO_Mesh"):
        points = subject.part(mesh).positions
        for side, sign in (("Left", 1), ("Right", -1)):
            delta = subject.delta(mesh, f"eyeBlink{side}")
            mine = points[:, 0] * sign > 0
            assert delta[mine, 1].min() < -0.006, mesh
            assert np.abs(delta[~mine]).max() < 1e-4, mesh
