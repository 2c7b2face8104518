"""Put a person's meshes and materials together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .character import Character
from .clothing import look_part
from .eye_shade import eye_shade_part
from .figure import Figure, build_figure, corner_uvs, eye_part, group_surface, surface_part
from .glb import Model, Part
from .hair import BobStyle, bob_part
from .lashes import LashStyle, lash_part
from .layout import body_layout, head_layout
from .looks import WOMAN_OUTFIT, WOMAN_SKIN
from .paint_cloth import paint_knit
from .paint_eyes import HAZEL_GREEN, paint_eye
from .paint_hair import paint_hair
from .paint_small import paint_eye_shade, paint_lashes, paint_teeth, paint_tongue
from .picture import encode
from .regions import bare_faces, head_faces, hidden_faces, refined_faces
from .skin import body_images, head_images
from .source import Source
from .teeth import teeth_part
from .tongue import tongue_part

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
    head, body, images = _skin_parts(figure)
    parts = (
        head,
        body,
        teeth_part(figure, figure.mouth, 1.0),
        tongue_part(figure, figure.mouth, 1.0),
        eye_part(figure),
        eye_shade_part(figure),
        lash_part(figure, LashStyle((0.0055, 0.0088, 0.0098), (0.0030, 0.0042, 0.0046), 1.15)),
        look_part(figure, WOMAN_OUTFIT),
        bob_part(figure, BobStyle()),
    )
    strands, relief = paint_hair((0.225, 0.145, 0.100), (0.43, 0.285, 0.19), 3)
    images |= {"hair_color": encode(strands), "hair_normal": encode(relief, 80)}
    images |= {"lash": encode(paint_lashes(64, 42, 4)), "eye_shade": encode(paint_eye_shade())}
    images |= {"teeth": encode(paint_teeth(6), 88), "tongue": encode(paint_tongue(parts[3], 8), 86)}
    knit, knit_relief = paint_knit(12)
    images |= {"knit": encode(knit, 85), "knit_normal": encode(knit_relief, 85)}
    images["eye"] = encode(paint_eye(HAZEL_GREEN, 11))
    joints = figure.skeleton
    return Model(parts, _materials(), images, joints.names, joints.parents, joints.positions, COPYRIGHT)


def _skin_parts(figure: Figure) -> tuple[Part, Part, dict[str, tuple[str, bytes]]]:
    """Head and body with their textures; both take their normals from the uncut skin, so the seam does not show."""
    skin = group_surface(figure, ("body",), refined_faces(figure))
    uncut = surface_part(figure, "", skin, "Head")
    on_head, hidden = head_faces(figure), hidden_faces(figure)
    old = skin.subset((on_head & ~hidden)[skin.faces])
    head = _seamless(surface_part(figure, "Head_Mesh", head_layout(old), "Head"), uncut)
    below = body_layout(skin.subset((bare_faces(figure) & ~on_head)[skin.faces]))
    body = _seamless(surface_part(figure, "Body_Mesh", below, "Body"), uncut)
    images = head_images(figure, head, corner_uvs(old), WOMAN_SKIN) | body_images(figure, body, WOMAN_SKIN)
    return head, body, images


def _seamless(part: Part, whole: Part) -> Part:
    """Take the normals of the uncut skin, so that the cut at the neck does not show."""
    keys = {tuple(p): i for i, p in enumerate(np.round(whole.positions, 9))}
    rows = [keys[tuple(p)] for p in np.round(part.positions, 9)]
    return replace(part, normals=whole.normals[rows])


def _materials() -> dict[str, dict]:
    def plain(color: tuple[float, float, float], roughness: float, **more: object) -> dict:
        surface = {"baseColorFactor": [*color, more.pop("alpha", 1.0)], "metallicFactor": 0.0, "roughnessFactor": roughness}
        return {"pbrMetallicRoughness": surface, **more}

    def textured(image: str, roughness: float, **more: object) -> dict:
        surface = {"baseColorTexture": {"index": image}, "metallicFactor": 0.0, "roughnessFactor": roughness}
        return {"pbrMetallicRoughness": surface, **more}

    return {
        "Head": {
            "pbrMetallicRoughness": {
                "baseColorTexture": {"index": "head_color"},
                "metallicRoughnessTexture": {"index": "head_surface"},
                "metallicFactor": 0.0,
            },
            "normalTexture": {"index": "head_normal", "scale": 1.0},
            "occlusionTexture": {"index": "head_surface", "strength": 0.6},
            "alphaMode": "MASK",
            "alphaCutoff": 0.5,
        },
        "Body": {"pbrMetallicRoughness": {"baseColorTexture": {"index": "body_color"}, "metallicFactor": 0.0, "roughnessFactor": 0.58}},
        "Teeth": textured("teeth", 0.42),
        "Tongue": textured("tongue", 0.55),
        "Eyes": textured("eye", 0.12),
        "EyeAO": textured("eye_shade", 1.0, alphaMode="BLEND", doubleSided=True),
        "Eyelash": textured("lash", 1.0, alphaMode="BLEND", doubleSided=True),
        "avaturn_look_0_material": textured(
            "knit", 0.9, normalTexture={"index": "knit_normal", "scale": 0.8}, alphaMode="MASK", alphaCutoff=0.5, doubleSided=True
        ),
        "avaturn_hair_0_material": {
            "pbrMetallicRoughness": {"baseColorTexture": {"index": "hair_color"}, "metallicFactor": 0.0, "roughnessFactor": 0.48},
            "normalTexture": {"index": "hair_normal", "scale": 1.0},
            "alphaMode": "MASK",
            "alphaCutoff": 0.5,
            "doubleSided": True,
        },
    }
