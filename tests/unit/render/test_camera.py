"""The camera: framings by anatomy, drags that follow the pointer, limits that are felt."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.commands.options import arguments
from app.render.anatomy import head_of, mouth_of
from app.render.camera import FRAMINGS, OrbitCamera, visemesync_camera


def on_screen(camera: OrbitCamera, point, aspect: float) -> np.ndarray:
    """(x, y) of a world point in the picture, -1 to 1."""
    clip = camera.projection(aspect) @ camera.view_matrix() @ np.array([*point, 1.0])
    return clip[:2] / clip[3]


def test_visemesyncs_camera_is_where_the_specification_says():
    camera = visemesync_camera()
    np.testing.assert_allclose(camera.position, [0.0, 1.2, 2.2])
    assert camera.fov_deg == 35.0
    edge = 1.2 + 2.2 * math.tan(math.radians(17.5))
    assert on_screen(camera, [0.0, edge, 0.0], 1.0)[1] == pytest.approx(1.0)


@pytest.mark.parametrize("framing", [framing for framing in FRAMINGS if framing != "mouth"])
@pytest.mark.parametrize("aspect", [16 / 9, 1.0, 0.5])
@pytest.mark.parametrize("height", [0.9, 1.75, 175.0])
def test_every_framing_shows_the_whole_head_at_any_size_of_avatar(make_person, framing, aspect, height):
    avatar = make_person(height, at=(0.3 * height, 0.1 * height, -height))
    head = head_of(avatar)
    camera = OrbitCamera()
    camera.frame(avatar, framing, aspect)
    half = np.array([0.0, head.height / 2, 0.0])
    crown, chin = head.center + half, head.center - half
    for point in (crown, chin, head.eyes):
        x, y = on_screen(camera, point, aspect)
        assert abs(x) < (0.98 if camera.yaw else 0.1)
        assert abs(y) < 0.98


@pytest.mark.parametrize("aspect", [16 / 9, 1.0, 0.5])
@pytest.mark.parametrize("height", [0.9, 1.75, 175.0])
def test_the_mouth_fills_the_picture(make_person, height, aspect):
    avatar = make_person(height, at=(0.3 * height, 0.1 * height, -height))
    head, camera = head_of(avatar), OrbitCamera()
    camera.frame(avatar, "mouth", aspect)
    lips = mouth_of(avatar, head)
    np.testing.assert_allclose(on_screen(camera, lips, aspect), 0.0, atol=1e-6)
    below = on_screen(camera, lips - np.array([0.0, 0.2 * head.height, 0.0]), aspect)[1]
    assert -0.95 < below < (-0.6 if aspect >= 1 else -0.3)
    assert on_screen(camera, head.eyes, aspect)[1] > (0.99 if aspect >= 1 else 0.4)
    assert camera.reach[0] < camera.distance < camera.reach[1]


def test_a_profile_is_seen_from_the_side_and_a_three_quarter_between(make_person):
    camera, avatar = OrbitCamera(), make_person()
    camera.frame(avatar, "profile")
    assert camera.position[0] - camera.target[0] == pytest.approx(camera.distance)
    camera.frame(avatar, "three_quarter")
    assert math.radians(30) < camera.yaw < math.radians(50)
    camera.frame(avatar, "portrait")
    assert camera.yaw == 0.0


@pytest.mark.parametrize("steps", [1.0, 4.0, -3.0])
@pytest.mark.parametrize("yaw", [0.0, 0.7])
def test_what_lies_under_the_pointer_stays_there_while_zooming(steps, yaw):
    camera = visemesync_camera()
    camera.orbit(yaw, 0.05)
    right, up, _ = camera._axes()
    at, aspect = (0.31, -0.22), 1.5
    visible = 2 * camera.distance * math.tan(math.radians(camera.fov_deg) / 2)
    point = camera.target + right * at[0] * visible - up * at[1] * visible
    before = on_screen(camera, point, aspect)
    np.testing.assert_allclose(before, [2 * at[0] / aspect, -2 * at[1]], atol=1e-9)
    camera.zoom(steps, at)
    np.testing.assert_allclose(on_screen(camera, point, aspect), before, atol=1e-9)
    assert camera.distance != pytest.approx(2.2)


def test_closer_framings_make_the_head_larger(make_person):
    avatar = make_person()
    sizes = {}
    for framing in FRAMINGS:
        camera = OrbitCamera()
        camera.frame(avatar, framing)
        head = head_of(avatar)
        half = np.array([0.0, head.height / 2, 0.0])
        top, bottom = (on_screen(camera, head.center + s * half, 16 / 9)[1] for s in (1, -1))
        sizes[framing] = (top - bottom) / 2
    assert sizes["face"] > 1.3 * sizes["portrait"] > 1.3 * 1.3 * sizes["bust"] > sizes["body"]
    assert 0.35 < sizes["portrait"] < 0.6


def test_portrait_puts_the_eyes_above_the_middle_and_shows_the_shoulders(make_person):
    avatar = make_person()
    camera = OrbitCamera()
    camera.frame(avatar, "portrait", 16 / 9)
    assert 0.1 < on_screen(camera, head_of(avatar).eyes, 16 / 9)[1] < 0.5
    assert on_screen(camera, [0.25, 1.4, 0.0], 16 / 9)[1] > -1.0


def test_body_shows_crown_and_feet(make_person):
    avatar = make_person()
    camera = OrbitCamera()
    camera.frame(avatar, "body", 16 / 9)
    assert -1.0 < on_screen(camera, [0, 0, 0], 16 / 9)[1] < -0.85
    assert 0.85 < on_screen(camera, [0, 1.75, 0], 16 / 9)[1] < 1.0


def test_a_bare_head_fills_the_portrait(make_person):
    avatar = make_person(names=("Head_Mesh", "Eye_Mesh"))
    camera = OrbitCamera()
    camera.frame(avatar, "portrait", 16 / 9)
    head = head_of(avatar)
    assert abs(on_screen(camera, head.center, 16 / 9)[1]) < 0.15


def test_the_view_matrix_is_a_rigid_motion_that_puts_the_target_ahead():
    camera = OrbitCamera(target=np.array([1.0, 2.0, 3.0]), distance=1.5, yaw=0.7, pitch=-0.4)
    view = camera.view_matrix()
    np.testing.assert_allclose(view[:3, :3] @ view[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.linalg.det(view[:3, :3]) == pytest.approx(1.0)
    np.testing.assert_allclose(view @ [1, 2, 3, 1], [0, 0, -1.5, 1], atol=1e-12)


def test_orbiting_keeps_the_distance_and_dragging_right_turns_the_scene_right():
    camera = OrbitCamera()
    camera.orbit(0.1, 0.05)
    assert np.linalg.norm(camera.position - camera.target) == pytest.approx(2.2)
    assert camera.position[0] < 0 < camera.position[1] - 1.2


def test_pitch_comes_to_rest_below_the_pole():
    camera = OrbitCamera()
    for _ in range(500):
        camera.orbit(0.0, 0.05)
    assert math.radians(75) < camera.pitch <= math.radians(80)
    before = camera.pitch
    camera.orbit(0.0, -0.02)
    assert camera.pitch < before - 0.05


def test_panning_moves_the_target_with_the_pointer():
    camera = OrbitCamera(yaw=0.5, pitch=0.2)
    before = on_screen(camera, [0.0, 1.2, 0.0], 1.0)
    camera.pan(0.25, -0.1)
    after = on_screen(camera, [0.0, 1.2, 0.0], 1.0)
    np.testing.assert_allclose(after - before, [0.5, 0.2], atol=1e-9)


def test_zooming_ends_softly_at_both_limits():
    camera = OrbitCamera(reach=(0.5, 5.0))
    for steps, limit in ((1.0, 0.5), (-1.0, 5.0)):
        for _ in range(200):
            camera.zoom(steps)
        assert camera.distance == pytest.approx(limit, rel=0.05)
        assert 0.5 <= camera.distance <= 5.0
    start = camera.distance
    camera.zoom(1.0)
    assert camera.distance < 0.95 * start


def test_the_state_tells_every_change():
    camera = OrbitCamera()
    states = {camera.state}
    for change in (lambda: camera.orbit(0.1, 0), lambda: camera.orbit(0, 0.1), lambda: camera.pan(0.1, 0), lambda: camera.zoom(1)):
        change()
        states.add(camera.state)
    assert len(states) == 5


def test_the_command_line_offers_every_framing():
    assert arguments.FRAMINGS == FRAMINGS
