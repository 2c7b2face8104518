"""Colours and styles of the two people; tuned by eye on renders."""

from __future__ import annotations

from .brows import BrowStyle
from .clothing import Outfit
from .paint_skin import SkinStyle

WOMAN_SKIN = SkinStyle(
    tone=(0.845, 0.655, 0.565),
    flush=(0.80, 0.42, 0.38),
    lips=(0.72, 0.36, 0.35),
    lip_strength=0.86,
    brow=(0.20, 0.13, 0.10),
    brow_style=BrowStyle(
        (
            (-0.0155, 0.0158, 0.0080),
            (-0.0055, 0.0188, 0.0086),
            (0.0060, 0.0222, 0.0078),
            (0.0155, 0.0236, 0.0058),
            (0.0245, 0.0192, 0.0030),
        ),
        hairs=380,
        length_m=0.0085,
        strength=0.75,
    ),
    hair=(0.16, 0.105, 0.08),
    stubble=0.0,
    freckles=0.35,
    seed=21,
)

WOMAN_OUTFIT = Outfit(
    sweater=(0.36, 0.47, 0.50),
    rib=(0.34, 0.45, 0.48),
    trousers=(0.20, 0.22, 0.27),
    shoes=(0.86, 0.85, 0.83),
    sole=(0.93, 0.92, 0.90),
    ease_m=0.009,
    collar_m=0.021,
)

MAN_SKIN = SkinStyle(
    tone=(0.80, 0.60, 0.50),
    flush=(0.74, 0.37, 0.32),
    lips=(0.66, 0.37, 0.345),
    lip_strength=0.66,
    brow=(0.15, 0.10, 0.08),
    brow_style=BrowStyle(
        (
            (-0.0155, 0.0150, 0.0095),
            (-0.0050, 0.0178, 0.0105),
            (0.0070, 0.0195, 0.0096),
            (0.0170, 0.0192, 0.0070),
            (0.0265, 0.0140, 0.0040),
        ),
        hairs=330,
        length_m=0.0100,
        strength=0.80,
    ),
    hair=(0.12, 0.085, 0.065),
    stubble=0.55,
    freckles=0.25,
    seed=33,
)
