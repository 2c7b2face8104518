"""The uniform blocks of ``shaders/blocks.glsl`` as numpy records: one upload per frame, one per surface."""

from __future__ import annotations

import numpy as np

from app.avatar.model import Material
from app.render.lighting import EXPOSURE, GROUND, LAMPS, SKY
from app.render.surface import Surface

FRAME_BINDING, SURFACE_BINDING = 0, 1
BINDINGS = {"Frame": FRAME_BINDING, "Surface": SURFACE_BINDING}

#: std140 layout; matrices are stored column by column
FRAME_DTYPE = np.dtype([
    ("view_projection", "f4", (4, 4)), ("shadow_projection", "f4", (4, 4)), ("eye", "f4", 4),
    ("lamp_direction", "f4", (3, 4)), ("lamp_radiance", "f4", (3, 4)), ("sky", "f4", 4), ("ground", "f4", 4), ("shadow", "f4", 4),
])  # fmt: skip
SURFACE_DTYPE = np.dtype([(name, "f4", 4) for name in ("base_color", "emissive", "pbr", "limits", "wrap", "extras")])


def frame_block() -> np.ndarray:
    """A frame record with the scene's light filled in; the camera is set per frame."""
    block = np.zeros((), FRAME_DTYPE)
    for i, lamp in enumerate(LAMPS):
        block["lamp_direction"][i, :3] = lamp.direction
        block["lamp_radiance"][i, :3] = lamp.radiance
    block["sky"][:3], block["ground"][:3] = SKY, GROUND
    block["eye"][3] = EXPOSURE
    block["shadow_projection"] = np.eye(4)
    return block


def surface_block(material: Material, surface: Surface) -> np.ndarray:
    """The numbers of one part's material, bent towards what its kind of surface should look like.

    Args:
        material: as in the file.
        surface: what it is made of.

    Returns:
        A SURFACE_DTYPE record.
    """
    block = np.zeros((), SURFACE_DTYPE)
    block["base_color"] = (*(f * a for f, a in zip(material.base_color[:3], surface.albedo, strict=True)), material.base_color[3])
    block["emissive"] = (*material.emissive, material.alpha_cutoff)
    block["pbr"] = (material.roughness, material.metallic, material.normal_scale, material.occlusion_strength)
    block["limits"] = (*surface.roughness, surface.metallic, surface.specular)
    block["wrap"] = (*surface.wrap, surface.sheen)
    block["extras"] = (surface.glint, surface.cavity, *_typical(material))
    return block


def _typical(material: Material) -> tuple[float, float]:
    """Mean roughness and metalness over the texture, for the light shaders, which do not read it."""
    roughness, metallic = material.roughness, material.metallic
    if material.metallic_roughness_texture is not None:
        _, green, blue, _ = material.metallic_roughness_texture.pixels[::8, ::8].reshape(-1, 4).mean(axis=0) / 255.0
        roughness, metallic = roughness * float(green), metallic * float(blue)
    return roughness, metallic
