"""Finding heads by eyes, joints, morph targets or bounds, on hand-made and on real avatars."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.avatar.gltf import load_avatar
from app.avatar.model import Avatar, Material, MeshPart, MorphTargets
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


@pytest.mark.parametrize("name", ["CC_Base_Head", "char:def_c_head", "Head_M", "mixamorig:Head", "J_Bip_C_Head", "Head"])
def test_the_head_joint_is_found_under_any_rigs_name(make_person, name):
    person = make_person(names=("Body_Mesh", "Head_Mesh"), joints=True)
    body = replace(person, parts=tuple(replace(part, mesh="Genesis8.Shape") for part in person.parts))
    joint = replace(body.joints[0], name=name)
    assert head_of(replace(body, joints=(joint,))).center[1] == pytest.approx(1.63, abs=0.03)


def test_a_head_bone_that_the_file_names_itself_is_believed(make_person):
    person = make_person(names=("Body_Mesh", "Head_Mesh"), joints=True)
    parts = tuple(replace(part, mesh="Body") for part in person.parts)
    joint = replace(person.joints[0], name="bone_17")
    assert head_of(replace(person, parts=parts, joints=(joint,), bones={"head": 0})).source == "joint"


def test_without_a_joint_what_moves_as_a_face_tells_where_the_head_is(make_person):
    person = make_person(names=("Body_Mesh", "Head_Mesh"))
    merged = np.concatenate([part.positions for part in person.parts])
    deltas = np.zeros((1, *merged.shape), np.float32)
    deltas[0, (merged[:, 1] > 1.46) & (merged[:, 1] < 1.5) & (merged[:, 2] > 0.1), 1] = -0.03
    face = MorphTargets(("jawOpen",), deltas, np.zeros_like(deltas), np.zeros(1, np.float32))
    whole = MeshPart("Body", merged, merged, np.zeros((len(merged), 2), np.float32), np.zeros((1, 3), np.uint32), Material(), face)
    head = head_of(Avatar("one mesh", (whole,)))
    assert 1.5 < head.center[1] < 1.72
    assert 0.15 < head.height < 0.35


def test_a_single_moving_point_is_no_face(make_person):
    (part,) = make_person(names=("Body_Mesh",)).parts
    deltas = np.zeros((1, *part.positions.shape), np.float32)
    deltas[0, 0, 1] = -0.03
    lone = replace(part, targets=MorphTargets(("jawOpen",), deltas, np.zeros_like(deltas), np.zeros(1, np.float32)))
    assert head_of(Avatar("a", (lone,))).height > 0.1
