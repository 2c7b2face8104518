"""Put a person's meshes and materials together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .character import Character
from .clothing import look_part
from .eye_shade import eye_shade_part
from .figure import build_figure, eye_part, group_surface, surface_part
from .glb import Model
from .hair import hair_part
from .loops import lid_margin
from .paint_eyes import HAZEL_GREEN, paint_eye
from .picture import encode
from .regions import face_centers, head_faces, hidden_faces, refined_faces
from .source import Source

COPYRIGHT = "CC0 1.0: MakeHuman / MPFB base mesh and Face Units by Mika Suominen, reshaped and painted by VisemeSync Preview"


def build_model(source: Source, person: Character) -> Model:
    """Make the whole avatar.

    Args:
        source: the MakeHuman data.
        person: who.

    Returns:
        The model to write.
    """
    figure = build_figure(source, person)
    skin = group_surface(figure, ("body",), refined_faces(figure))
    hidden = hidden_faces(figure)
    head = head_faces(figure)
    whole = surface_part(figure, "", skin, "Head")
    head_part = surface_part(figure, "Head_Mesh", skin.subset((head & ~hidden)[skin.faces]), "Head")
    bare = face_centers(figure)[:, 1] < figure.joint("LeftHand")[1] + 0.01
    bare &= np.abs(face_centers(figure)[:, 0]) > figure.joint("LeftForeArm")[0]
    bare |= (face_centers(figure)[:, 1] > figure.joint("Neck")[1] - 0.06) & (np.abs(face_centers(figure)[:, 0]) < 0.13)
    body_part = surface_part(figure, "Body_Mesh", skin.subset((bare & ~head)[skin.faces]), "Body")
    margins = {eye.side: lid_margin(source.base(), eye.center, figure.vertices) for eye in figure.eyes}
    sides = ("l", "r")
    parts = (
        _seamless(head_part, whole),
        _seamless(body_part, whole),
        surface_part(figure, "Teeth_Mesh", group_surface(figure, ("helper-upper-teeth", "helper-lower-teeth")), "Teeth"),
        surface_part(figure, "Tongue_Mesh", group_surface(figure, ("helper-tongue",)), "Tongue"),
        eye_part(figure),
        eye_shade_part(figure, margins),
        surface_part(figure, "Eyelash_Mesh", group_surface(figure, tuple(f"helper-{s}-eyelashes-{k}" for s in sides for k in (1, 2))), "Eyelash"),
        look_part(figure),
        hair_part(figure),
    )
    return Model(parts, _plain_materials(), {"eye": encode(paint_eye(HAZEL_GREEN, 11))}, figure.skeleton.names, figure.skeleton.parents, figure.skeleton.positions, COPYRIGHT)


def _seamless(part, whole):  # noqa: ANN001, ANN202
    """Take the normals of the uncut skin, so that the cut at the neck does not show."""
    keys = {tuple(p): i for i, p in enumerate(np.round(whole.positions, 9))}
    rows = [keys[tuple(p)] for p in np.round(part.positions, 9)]
    return replace(part, normals=whole.normals[rows])


def _plain_materials() -> dict[str, dict]:
    def plain(color: tuple[float, float, float], roughness: float, **more: object) -> dict:
        surface = {"baseColorFactor": [*color, more.pop("alpha", 1.0)], "metallicFactor": 0.0, "roughnessFactor": roughness}
        return {"pbrMetallicRoughness": surface, **more}

    return {
        "Head": plain((0.72, 0.47, 0.37), 0.55),
        "Body": plain((0.72, 0.47, 0.37), 0.55),
        "Teeth": plain((0.8, 0.76, 0.68), 0.5),
        "Tongue": plain((0.55, 0.2, 0.18), 0.6),
        "Eyes": {"pbrMetallicRoughness": {"baseColorTexture": {"index": "eye"}, "metallicFactor": 0.0, "roughnessFactor": 0.12}},
        "EyeAO": plain((0.1, 0.04, 0.03), 1.0, alpha=0.15, alphaMode="BLEND", doubleSided=True),
        "Eyelash": plain((0.02, 0.015, 0.01), 1.0, alpha=0.6, alphaMode="BLEND", doubleSided=True),
        "avaturn_look_0_material": plain((0.10, 0.13, 0.17), 0.9, doubleSided=True),
        "avaturn_hair_0_material": plain((0.045, 0.025, 0.015), 0.6, doubleSided=True),
    }
