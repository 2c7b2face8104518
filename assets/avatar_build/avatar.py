"""Put a person's meshes and pictures together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .clothing import look_part
from .eye_shade import eye_shade_part
from .eyes import Eyeball
from .figure import Figure, build_figure, corner_uvs, eye_part, group_surface, surface_part
from .glb import Model, Part
from .hair import BobStyle, bob_part
from .lashes import lash_part
from .layout import body_layout, head_layout
from .looks import Look
from .materials import materials
from .paint_cloth import paint_knit
from .paint_eyes import paint_eye
from .paint_hair import paint_hair
from .paint_small import paint_eye_shade, paint_lashes, paint_teeth, paint_tongue
from .picture import encode
from .regions import bare_faces, head_faces, hidden_faces, refined_faces
from .short_hair import short_hair_part
from .skin import body_images, head_images
from .source import Source
from .teeth import teeth_part
from .tongue import tongue_part

COPYRIGHT = "CC0 1.0: MakeHuman / MPFB base mesh and Face Units by Mika Suominen, reshaped and painted by VisemeSync Preview"


def build_model(source: Source, look: Look) -> Model:
    """Make the whole avatar.

    Args:
        source: the MakeHuman data.
        look: who.

    Returns:
        The model to write.
    """
    figure = build_figure(source, look.person)
    parts, old_uvs = build_parts(figure, look)
    joints = figure.skeleton
    images = paint(figure, parts, old_uvs, look)
    return Model(tuple(parts.values()), materials(), images, joints.names, joints.parents, joints.positions, COPYRIGHT)


def build_parts(figure: Figure, look: Look) -> tuple[dict[str, Part], np.ndarray]:
    """Every mesh, by name, and the head's UVs in MakeHuman's layout.

    Args:
        figure: the person.
        look: how they look.

    Returns:
        (parts in file order, (n, 2) UVs).
    """
    skin = group_surface(figure, ("body",), refined_faces(figure))
    uncut = surface_part(figure, "", skin, "Head")
    on_head = head_faces(figure)
    face = skin.subset((on_head & ~hidden_faces(figure))[skin.faces])
    below = body_layout(skin.subset((bare_faces(figure) & ~on_head)[skin.faces]))
    hair = bob_part(figure, look.hair) if isinstance(look.hair, BobStyle) else short_hair_part(figure, look.hair)
    parts = (
        _lit_from_below(_seamless(surface_part(figure, "Head_Mesh", head_layout(face), "Head"), uncut), figure.mouth, figure.eyes),
        _seamless(surface_part(figure, "Body_Mesh", below, "Body"), uncut),
        teeth_part(figure, figure.mouth, look.mouth_size),
        tongue_part(figure, figure.mouth, look.mouth_size),
        eye_part(figure),
        eye_shade_part(figure),
        lash_part(figure, look.lashes),
        look_part(figure, look.outfit),
        hair,
    )
    return {part.name: part for part in parts}, corner_uvs(face)


def paint(figure: Figure, parts: dict[str, Part], old_uvs: np.ndarray, look: Look) -> dict[str, tuple[str, bytes]]:
    """Every picture, encoded.

    Args:
        figure: the person.
        parts: the meshes.
        old_uvs: of the head, in MakeHuman's layout.
        look: colours.

    Returns:
        name -> (mime type, bytes).
    """
    images = head_images(figure, parts["Head_Mesh"], old_uvs, look.skin) | body_images(figure, parts["Body_Mesh"], look.skin)
    strands, relief = paint_hair(look.hair_root, look.hair_tip, look.skin.seed + 1)
    knit, knit_relief = paint_knit(12)
    return images | {
        "hair_color": encode(strands),
        "hair_normal": encode(relief, 80),
        "lash": encode(paint_lashes(*look.lash_count, look.skin.seed + 2)),
        "eye_shade": encode(paint_eye_shade()),
        "teeth": encode(paint_teeth(6), 88),
        "tongue": encode(paint_tongue(parts["Tongue_Mesh"], 8), 86),
        "knit": encode(knit, 85),
        "knit_normal": encode(knit_relief, 85),
        "eye": encode(paint_eye(look.iris, look.skin.seed + 3)),
    }


def _lit_from_below(part: Part, mouth: np.ndarray, eyes: tuple[Eyeball, ...]) -> Part:
    """Lean the normals of the upper lip's underside, and less so of the brows', forward.

    Light that lower lip and cheeks throw back keeps real faces from going black there; no renderer of ours bounces light.
    """
    offset = part.positions - mouth
    behind = -16.5 * offset[:, 0] ** 2 - offset[:, 2]
    near = np.clip((0.026 - np.abs(offset[:, 0])) / 0.004, 0, 1) * np.clip((0.004 - behind) / 0.003, 0, 1)
    near *= np.clip((0.010 - np.abs(offset[:, 1] - 0.002)) / 0.004, 0, 1)
    lean = (1.1 * near + 1.0 * _below_brow(part, eyes)) * np.clip(-part.normals[:, 1], 0, 1)
    bent = part.normals + lean[:, None] * np.array([0.0, 0.15, 1.0])
    return replace(part, normals=bent / np.linalg.norm(bent, axis=1, keepdims=True))


def _below_brow(part: Part, eyes: tuple[Eyeball, ...]) -> np.ndarray:
    """(n,) 1 between the crease of the upper lid and the brow, fading to 0."""
    near = np.zeros(len(part.positions))
    for eye in eyes:
        offset = part.positions - eye.center - np.array([-0.003 * np.sign(eye.center[0]), 0.015, 0.008])
        near = np.maximum(near, np.exp(-((offset[:, 0] / 0.025) ** 2) - (offset[:, 1] / 0.008) ** 2 - (offset[:, 2] / 0.020) ** 2))
    return near


def _seamless(part: Part, whole: Part) -> Part:
    """Take the normals of the uncut skin, so that the cut at the neck does not show."""
    keys = {tuple(p): i for i, p in enumerate(np.round(whole.positions, 9))}
    rows = [keys[tuple(p)] for p in np.round(part.positions, 9)]
    return replace(part, normals=whole.normals[rows])
