"""A point of the skin is found where it is seen, and seen where it was found: after orbit, and in another pose."""

from __future__ import annotations

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.rig import AvatarRig
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX
from app.desktop import DEFAULT_AVATAR
from app.formats.notes import FacePoint
from app.render.camera import OrbitCamera
from app.render.pins import is_hidden, part_of, pin_at, pin_place

WIDTH, HEIGHT = 1280, 800
ASPECT = WIDTH / HEIGHT


@pytest.fixture(scope="module")
def avatar():
    return load_avatar(DEFAULT_AVATAR)


@pytest.fixture
def rig(avatar):
    return AvatarRig(avatar)


@pytest.fixture
def camera(avatar):
    made = OrbitCamera()
    made.frame(avatar, "face", ASPECT)
    return made


def posed(**weights: float) -> np.ndarray:
    row = np.zeros(len(ARKIT_CHANNELS), np.float32)
    for name, weight in weights.items():
        row[ARKIT_INDEX[name]] = weight
    return row


def vertex_point(rig, index: int) -> FacePoint:
    """A vertex of the face, as the corner of one of its triangles."""
    part = next(part for part in rig.parts if part.source.mesh == "Head_Mesh")
    triangle = next(t for t in part.source.triangles if index in t)
    a, b, c = (int(each) for each in triangle)
    shares = tuple(float(each == index) for each in (a, b, c))
    return FacePoint("Head_Mesh", (a, b, c), shares, len(part.positions))


def seen_vertices(rig, camera) -> list[FacePoint]:
    """Some vertices of the face that can be seen from the front."""
    part = next(part for part in rig.parts if part.source.mesh == "Head_Mesh")
    points = [vertex_point(rig, int(i)) for i in np.linspace(0, len(part.positions) - 1, 160)]
    places = [pin_place(rig, camera, point, ASPECT) for point in points]
    kept = [
        point
        for point, place in zip(points, places, strict=True)
        if place and 0 < place.x < 1 and 0 < place.y < 1 and not is_hidden(rig, camera, place, ASPECT)
    ]
    assert len(kept) > 15
    return kept


@pytest.mark.parametrize("turn", [(0.0, 0.0), (0.12, 0.03), (-0.15, -0.05)])
@pytest.mark.parametrize("weights", [{}, {"jawOpen": 0.7, "mouthSmileLeft": 0.5, "browInnerUp": 0.6}])
def test_a_click_on_a_vertex_comes_back_within_a_pixel(rig, camera, turn, weights):
    """It is found in one pose and from one side, and shown in others within a pixel of the vertex itself."""
    rig.pose(posed(jawOpen=0.2))
    found = []
    for point in seen_vertices(rig, camera):
        place = pin_place(rig, camera, point, ASPECT)
        clicked = pin_at(rig, camera, place.x, place.y, ASPECT)
        there = pin_place(rig, camera, clicked, ASPECT)
        # where another layer lies within a hair's breadth in front, that one was clicked on
        if np.linalg.norm(there.position - place.position) < 1e-5:
            found.append((point, clicked))
    assert len(found) > 10
    rig.set_head_rotation((0.1, 0.2, 0.0))
    rig.pose(posed(**weights))
    camera.orbit(*turn)
    for point, clicked in found:
        wanted, place = pin_place(rig, camera, point, ASPECT), pin_place(rig, camera, clicked, ASPECT)
        assert abs(place.x - wanted.x) * WIDTH < 1 and abs(place.y - wanted.y) * HEIGHT < 1


def test_any_click_comes_back_to_its_pixel(rig, camera, rng):
    rig.pose(posed(jawOpen=0.5))
    hits = 0
    for x, y in rng.uniform(0.05, 0.95, (60, 2)):
        point = pin_at(rig, camera, x, y, ASPECT)
        if point is not None:
            place = pin_place(rig, camera, point, ASPECT)
            assert abs(place.x - x) * WIDTH < 1 and abs(place.y - y) * HEIGHT < 1
            assert not is_hidden(rig, camera, place, ASPECT)
            assert sum(point.shares) == pytest.approx(1.0)
            hits += 1
    assert hits > 10


def test_the_nearest_skin_is_met_and_the_far_side_is_known(rig, camera):
    nose = pin_at(rig, camera, 0.5, 0.5, ASPECT)
    assert nose.mesh == "Head_Mesh"
    place = pin_place(rig, camera, nose, ASPECT)
    assert place.faces and place.position[2] > 0.1
    camera.yaw = np.pi
    behind = pin_place(rig, camera, nose, ASPECT)
    assert not behind.faces and is_hidden(rig, camera, behind, ASPECT)


def test_beside_the_face_there_is_nothing(rig, camera):
    assert pin_at(rig, camera, 0.01, 0.02, ASPECT) is None


def test_what_is_clear_lets_the_click_through(rig, camera):
    eyes = next(part for part in rig.parts if part.source.mesh == "Eye_Mesh")
    foremost = eyes.positions[eyes.positions[:, 2].argmax()]
    seen = camera.projection(ASPECT) @ camera.view_matrix() @ np.append(foremost, 1.0)
    point = pin_at(rig, camera, 0.5 + seen[0] / seen[3] / 2, 0.5 - seen[1] / seen[3] / 2, ASPECT)
    assert point.mesh == "Eye_Mesh", "the shade over the eye is clear"


@pytest.mark.parametrize("point", [
    FacePoint("Nowhere", (0, 1, 2), (1.0, 0.0, 0.0), 10), FacePoint("Head_Mesh", (0, 1, 2), (1.0, 0.0, 0.0), 7),
    FacePoint("Head_Mesh", (0, 1, 10**6), (1.0, 0.0, 0.0), 12777), FacePoint("Head_Mesh", (0, 1, 2), (0.9, 0.9, 0.9), 12777),
])  # fmt: skip
def test_a_point_of_another_avatar_is_not_shown(rig, camera, point):
    assert part_of(rig, point) is None and pin_place(rig, camera, point, ASPECT) is None
