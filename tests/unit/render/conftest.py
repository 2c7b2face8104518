"""Hand-made avatars without any file."""

from __future__ import annotations

import os

import numpy as np
import pytest

from app.avatar.model import Avatar, Joint, Material, MeshPart
from app.render.platform import prepare_gl

prepare_gl("xcb" if os.environ.get("DISPLAY") else None)


def box_part(mesh: str, low, high) -> MeshPart:
    """A part whose vertices are the corners of a box."""
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])], np.float32)
    triangles = np.array([[0, 1, 2], [5, 6, 7]], np.uint32)
    return MeshPart(mesh, corners, np.tile(np.float32([0, 0, 1]), (8, 1)), np.zeros((8, 2), np.float32), triangles, Material())


@pytest.fixture
def make_person():
    """Builds an adult of boxes: `height` metres, standing at `at`; parts by name."""

    def build(height: float = 1.75, at=(0.0, 0.0, 0.0), joints: bool = False, names=("Head_Mesh", "Eye_Mesh", "Body_Mesh")) -> Avatar:
        s, offset = height / 1.75, np.asarray(at, float)
        boxes = {
            "Head_Mesh": ([-0.08, 1.47, -0.10], [0.08, 1.75, 0.11]),
            "Eye_Mesh": ([-0.045, 1.622, 0.07], [0.045, 1.646, 0.095]),
            "Body_Mesh": ([-0.25, 0.0, -0.12], [0.25, 1.50, 0.12]),
        }
        shown = [boxes[name] for name in names]
        parts = tuple(box_part(n, np.array(b[0]) * s + offset, np.array(b[1]) * s + offset) for n, b in zip(names, shown, strict=True))
        world = np.eye(4)
        world[:3, 3] = np.array([0.0, 1.58, 0.0]) * s + offset
        return Avatar("person", parts, joints=(Joint("Head", -1, world),) if joints else ())

    return build
