"""Drags in any unit become the same camera move."""

from __future__ import annotations

import pytest

from app.render.camera import OrbitCamera
from app.render.pointer import Pointer


@pytest.mark.parametrize("grip", ["orbit", "pan"])
def test_a_drag_moves_by_fractions_of_the_view(grip):
    cameras = []
    for height in (100.0, 800.0):
        camera, pointer = OrbitCamera(), Pointer()
        pointer.press(0.1 * height, 0.2 * height, grip)
        assert pointer.drag(camera, 0.4 * height, 0.25 * height, height)
        cameras.append(camera.state)
    assert cameras[0] == pytest.approx(cameras[1])
    assert cameras[0] != OrbitCamera().state


def test_without_a_press_or_after_a_release_nothing_moves():
    camera, pointer = OrbitCamera(), Pointer()
    assert not pointer.drag(camera, 50.0, 50.0, 100.0)
    pointer.press(0.0, 0.0, "orbit")
    pointer.release()
    assert not pointer.drag(camera, 90.0, 90.0, 100.0)
    assert camera.state == OrbitCamera().state
