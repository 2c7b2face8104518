"""Guessing what a part is made of from the names that real avatars use."""

from __future__ import annotations

import numpy as np
import pytest

from app.avatar.model import Material, MeshPart, MorphTargets
from app.render.blocks import SURFACE_DTYPE, surface_block
from app.render.surface import SURFACES, surface_of

_NONE = np.zeros((0, 3), np.float32)


def named(mesh: str, material: str, targets: MorphTargets | None = None) -> MeshPart:
    """An empty part with names."""
    return MeshPart(mesh, _NONE, _NONE, np.zeros((0, 2), np.float32), np.zeros((0, 3), np.uint32), Material(material), targets)


@pytest.mark.parametrize(
    ("mesh", "material", "kind"),
    [
        ("Head_Mesh", "Head", "skin"),
        ("Body_Mesh", "Body", "skin"),
        ("Teeth_Mesh", "Teeth", "teeth"),
        ("Tongue_Mesh", "Tongue", "tongue"),
        ("Eye_Mesh", "Eyes", "eye"),
        ("EyeAO_Mesh", "EyeAO", "eye_shade"),
        ("Eyelash_Mesh", "Eyelash", "lash"),
        ("avaturn_hair_0", "avaturn_hair_0_material", "hair"),
        ("avaturn_look_0", "avaturn_look_0_material", "plain"),
        ("avaturn_shoes_0", "avaturn_shoes_0_material", "plain"),
        ("avaturn_body", "avaturn_body_material", "skin"),
        ("EyeLeft", "Wolf3D_Eye", "eye"),
        ("Wolf3D_Head", "Wolf3D_Skin", "skin"),
        ("Wolf3D_Teeth", "Wolf3D_Teeth", "teeth"),
        ("Wolf3D_Glasses", "Wolf3D_Glasses", "glass"),
        ("Wolf3D_Headwear", "Wolf3D_Headwear", "plain"),
        ("Wolf3D_Outfit_Footwear", "Wolf3D_Outfit_Footwear", "plain"),
        ("Wolf3D_Outfit_Top", "Wolf3D_Outfit_Top", "plain"),
        ("Cube", "Material.001", "plain"),
    ],
)
def test_names_tell_the_kind(mesh, material, kind):
    assert surface_of(named(mesh, material)).kind == kind


def test_a_nameless_morphing_part_is_skin():
    targets = MorphTargets(("jawOpen",), np.zeros((1, 0, 3), np.float32), np.zeros((1, 0, 3), np.float32), np.zeros(1, np.float32))
    assert surface_of(named("", "lambert5", targets)).kind == "skin"


def test_kinds_are_filed_under_their_own_names():
    assert all(name == surface.kind for name, surface in SURFACES.items())


def test_skin_is_never_wet_and_the_mouth_never_glows():
    skin, teeth, tongue = SURFACES["skin"], SURFACES["teeth"], SURFACES["tongue"]
    assert skin.roughness[0] >= 0.5
    assert max(teeth.specular, tongue.specular) < 0.5
    assert max(teeth.albedo) < 0.85


def test_the_surface_block_matches_the_size_that_the_shader_reads():
    block = surface_block(Material(roughness=0.2), SURFACES["skin"])
    assert block.nbytes == SURFACE_DTYPE.itemsize == 6 * 16
