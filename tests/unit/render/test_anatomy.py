"""Finding heads by eyes, joints, morph targets or bounds, on hand-made and on real avatars."""

from __future__ import annotations

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.model import Avatar
from app.render.anatomy import head_of


def test_eyes_lie_halfway_up_the_head(make_person):
    head = head_of(make_person())
    assert head.source == "eyes"
    assert head.eyes[1] == pytest.approx(1.634, abs=1e-6)
    assert head.height == pytest.approx(0.232, abs=1e-3)


def test_a_joint_serves_where_no_mesh_tells(make_person):
    head = head_of(make_person(names=("Body_Mesh", "Head_Mesh"), joints=True))
    assert head.source == "joint"
    assert head.center[1] == pytest.approx(1.63, abs=0.03)


def test_without_any_hint_the_top_of_the_bounds_is_the_head(make_person):
    head = head_of(make_person(names=("Body_Mesh",)))
    assert head.source == "bounds"
    assert 1.1 < head.center[1] < 1.5


def test_an_avatar_without_parts_still_has_somewhere_to_look():
    head = head_of(Avatar("nothing", ()))
    assert head.height > 0
    assert np.isfinite(head.center).all()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "eyes_y", "height"),
    [
        ("rpm_talkinghead_brunette-t", 1.632, 0.22),
        ("rpm_basim_avatar1", 1.72, 0.22),
        ("avaturn_t1_official_default_model", 1.70, 0.28),
    ],
)
def test_real_avatars_have_their_heads_found(shared, name, eyes_y, height):
    head = head_of(load_avatar(shared / f"data/avatars/{name}.glb"))
    assert head.eyes[1] == pytest.approx(eyes_y, abs=0.06)
    assert head.height == pytest.approx(height, rel=0.2)
