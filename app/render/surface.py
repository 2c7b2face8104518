"""What a surface is (skin, eye, teeth, hair, ...), guessed from material and mesh names, and how each kind looks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.avatar.model import MeshPart


@dataclass(frozen=True)
class Surface:
    """How a kind of surface departs from plain metallic-roughness.

    Attributes:
        kind: ``skin``, ``eye``, ``teeth``, ``tongue``, ``hair``, ``lash``, ``eye_shade``, ``cornea``, ``glass`` or ``plain``.
        wrap: how far light reaches past the terminator, per linear RGB channel; red farthest gives skin its warmth.
        roughness: (lowest, highest) roughness allowed, whatever the file says.
        specular: factor on the highlight.
        sheen: strength of the light at grazing angles (skin's fuzz, hair's rim).
        glint: strength of the catch-light, for eyes only.
        metallic: highest metalness allowed.
        albedo: factor on the base colour.
        cavity: how much of the light is lost where the baked occlusion is darkest.
        openness: (lowest, highest) baked openness: keeps teeth and tongue readable for judging lip-sync, yet inside.
        layer: drawing order among blended parts; higher is later.
        casts_shadow: whether it darkens what lies behind it.
    """

    kind: str
    wrap: tuple[float, float, float] = (0.0, 0.0, 0.0)
    roughness: tuple[float, float] = (0.04, 1.0)
    specular: float = 1.0
    sheen: float = 0.0
    glint: float = 0.0
    metallic: float = 1.0
    albedo: tuple[float, float, float] = (1.0, 1.0, 1.0)
    cavity: float = 0.85
    openness: tuple[float, float] = (0.0, 1.0)
    layer: int = 5
    casts_shadow: bool = True


_DULL_WHITE, _PALE_RED = (0.78, 0.76, 0.73), (0.66, 0.56, 0.56)
_IN_MOUTH = (0.24, 0.68)
_SCLERA, _DARK = (0.94, 0.94, 0.94), (0.4, 0.38, 0.38)

#: skin at least as rough as VisemeSync's 0.55 (no sweat); teeth and tongue dull and shaded (no glowing mouth)
SURFACES = {
    "skin": Surface("skin", wrap=(0.19, 0.10, 0.07), roughness=(0.5, 1.0), specular=0.75, sheen=0.10, metallic=0.0, cavity=0.75),
    "eye": Surface("eye", wrap=(0.25, 0.20, 0.20), roughness=(0.08, 0.22), glint=1.0, metallic=0.0, albedo=_SCLERA, openness=(0.3, 1.0)),
    "teeth": Surface(
        "teeth", wrap=(0.2, 0.2, 0.1), roughness=(0.45, 0.8), specular=0.4, metallic=0, albedo=_DULL_WHITE, openness=_IN_MOUTH
    ),
    "tongue": Surface(
        "tongue", wrap=(0.3, 0.12, 0.1), roughness=(0.55, 0.9), specular=0.3, metallic=0, albedo=_PALE_RED, openness=_IN_MOUTH
    ),
    "hair": Surface("hair", wrap=(0.15, 0.15, 0.15), roughness=(0.58, 1.0), specular=0.6, sheen=0.06, metallic=0.0, layer=6),
    "lash": Surface("lash", roughness=(0.7, 1.0), specular=0.2, metallic=0.0, albedo=_DARK, layer=4, casts_shadow=False),
    "eye_shade": Surface("eye_shade", roughness=(1.0, 1.0), specular=0.0, metallic=0.0, layer=2, casts_shadow=False),
    "cornea": Surface("cornea", roughness=(0.05, 0.15), glint=1.0, metallic=0.0, layer=3, casts_shadow=False),
    "glass": Surface("glass", roughness=(0.05, 1.0), layer=8, casts_shadow=False),
    "plain": Surface("plain", wrap=(0.06, 0.06, 0.06)),
}

#: (kind, pattern) tried in order against "mesh material"; the first hit wins
_PATTERNS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("eye_shade", r"eye_?ao|eye_?shadow|occlusion"),
        ("lash", r"lash"),
        ("cornea", r"cornea|eye_?wet|tear"),
        ("tongue", r"tongue"),
        ("teeth", r"teeth|tooth|gum"),
        ("glass", r"glasses|lens\b|goggles"),
        ("hair", r"hair|beard|brow|mou?stache"),
        ("plain", r"look|outfit|shoe|foot_?wear|head_?wear|cloth|shirt|garment|\bhat\b|\bcap\b|top\b|bottom"),
        ("eye", r"\beye|wolf3d_eye|eye_mesh|eyeball|iris|sclera"),
        ("skin", r"skin|head|face|body|hand|arm|neck"),
    )
)


_EYE = re.compile(r"eye(?!_?glass|_?wear)|cornea|lens\b|iris|tear|wet", re.IGNORECASE)


def surface_of(part: MeshPart) -> Surface:
    """Guess what a part is made of.

    Args:
        part: its mesh and material names are read; a part with morph targets and no telling name counts as skin.

    Returns:
        One entry of SURFACES.
    """
    name = f"{part.mesh} {part.material.name}"
    if part.material.transmission:
        return SURFACES["cornea" if _EYE.search(name) else "glass"]
    for kind, pattern in _PATTERNS:
        if pattern.search(name):
            return SURFACES[kind]
    return SURFACES["skin" if part.targets is not None else "plain"]
