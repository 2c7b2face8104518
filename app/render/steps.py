"""The draw calls of an avatar, looked up beforehand: switches, textures and blending of every part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.avatar.model import Texture
from app.render.parts import LivePart
from app.render.pictures import Picture
from app.render.programs import TEXTURE_UNITS

#: UVs this far outside the picture still count as inside
_UV_EDGE = 0.002
_WHITE = Texture(np.full((1, 1, 4), 255, np.uint8), "white")


@dataclass(frozen=True)
class DrawStep:
    """One draw call.

    Attributes:
        part: what to draw.
        switches: of its shaders.
        pictures: (texture unit, picture) pairs, base colour first.
        block: index of its record in the surface buffer.
        double_sided: draw back faces too.
        mode: ``OPAQUE``, ``MASK`` or ``BLEND``.
    """

    part: LivePart
    switches: frozenset[str]
    pictures: tuple[tuple[int, Picture], ...]
    block: int
    double_sided: bool
    mode: str


class _Album:
    """One picture per texture and use, shared by all parts."""

    def __init__(self) -> None:
        self.pictures: dict[tuple[int, bool, bool], Picture] = {}

    def get(self, texture: Texture, cut_out: bool, tiled: bool) -> Picture:
        """The picture of a texture, made when first asked for."""
        key = (id(texture), cut_out, tiled)
        if key not in self.pictures:
            self.pictures[key] = Picture(texture, cut_out, tiled)
        return self.pictures[key]


def build_steps(parts: Iterable[LivePart]) -> tuple[list[DrawStep], set[Picture]]:
    """Prepare the draw calls of some parts.

    Args:
        parts: in the order of their records in the surface buffer.

    Returns:
        One step per part, and all pictures that they use, not yet uploaded.
    """
    album = _Album()
    steps = [_step(i, part, album) for i, part in enumerate(parts)]
    return steps, set(album.pictures.values())


def _step(index: int, part: LivePart, album: _Album) -> DrawStep:
    """Decide switches and textures of one part."""
    material = part.posed.source.material
    switches = {
        "DOUBLE_SIDED": material.double_sided,
        "CUTOUT": part.alpha == "MASK",
        "VERTEX_COLOR": part.posed.source.colors is not None,
        "GLINT": part.surface.glint > 0.0,
        "UNLIT": material.unlit,
        "CLEAR": material.transmission > 0.0,
        "NORMAL_MAP": material.normal_texture is not None,
        "MAPS": any((material.metallic_roughness_texture, material.occlusion_texture, material.emissive_texture)),
    }
    return DrawStep(
        part=part,
        switches=frozenset(name for name, on in switches.items() if on),
        pictures=tuple(_pictures(part, album, switches["MAPS"])),
        block=index,
        double_sided=material.double_sided,
        mode=part.alpha,
    )


def _pictures(part: LivePart, album: _Album, maps: bool) -> list[tuple[int, Picture]]:
    """(texture unit, picture) for every sampler that a part's program reads, base colour first."""
    material, uvs = part.posed.source.material, part.posed.source.uvs
    tiled = bool(len(uvs)) and (float(uvs.min()) < -_UV_EDGE or float(uvs.max()) > 1.0 + _UV_EDGE)
    wanted: list[tuple[str, Texture | None]] = [("base_color_map", material.base_color_texture or _WHITE)]
    wanted.append(("normal_map", material.normal_texture))
    if maps:
        wanted.append(("metal_rough_map", material.metallic_roughness_texture or _WHITE))
        wanted.append(("occlusion_map", material.occlusion_texture or _WHITE))
        wanted.append(("emissive_map", material.emissive_texture or _WHITE))
    cut_out = part.alpha != "OPAQUE"
    return [(TEXTURE_UNITS[name], album.get(t, cut_out and i == 0, tiled)) for i, (name, t) in enumerate(wanted) if t is not None]
