"""Colours and styles of the two people; tuned by eye on renders."""

from __future__ import annotations

from dataclasses import dataclass

from .brows import BrowStyle
from .character import MAN, STYLISED, WOMAN, Character
from .clothing import Outfit
from .hair import BobStyle
from .lashes import LashStyle
from .paint_eyes import BROWN, GREY_BLUE, HAZEL_GREEN, IrisColors
from .paint_skin import SkinStyle
from .short_hair import ShortStyle

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Look:
    """Everything that makes one of the bundled people; colours are sRGB in [0, 1].

    Attributes:
        person: shape.
        skin: colours of the skin.
        iris: colours of the eyes.
        hair: cut.
        hair_root: colour at the roots.
        hair_tip: colour at the tips.
        lashes: shape.
        lash_count: upper and lower hairs per eye.
        outfit: clothes.
        mouth_size: of teeth and tongue, 1 for an average adult.
    """

    person: Character
    skin: SkinStyle
    iris: IrisColors
    hair: BobStyle | ShortStyle
    hair_root: Color
    hair_tip: Color
    lashes: LashStyle
    lash_count: tuple[int, int]
    outfit: Outfit
    mouth_size: float


WOMAN_SKIN = SkinStyle(
    tone=(0.845, 0.655, 0.565),
    flush=(0.80, 0.42, 0.38),
    lips=(0.72, 0.36, 0.35),
    lip_strength=0.76,
    brow=(0.20, 0.13, 0.10),
    brow_style=BrowStyle(
        (
            (-0.0155, 0.0149, 0.0080),
            (-0.0055, 0.0184, 0.0086),
            (0.0060, 0.0222, 0.0078),
            (0.0142, 0.0234, 0.0058),
            (0.0222, 0.0198, 0.0030),
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
            (-0.0160, 0.0138, 0.0095),
            (-0.0050, 0.0160, 0.0105),
            (0.0070, 0.0178, 0.0096),
            (0.0170, 0.0178, 0.0070),
            (0.0255, 0.0132, 0.0040),
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

MAN_OUTFIT = Outfit(
    sweater=(0.23, 0.26, 0.33),
    rib=(0.21, 0.24, 0.31),
    trousers=(0.27, 0.26, 0.25),
    shoes=(0.20, 0.18, 0.17),
    sole=(0.88, 0.87, 0.84),
    ease_m=0.009,
    collar_m=0.021,
)

WOMAN_LOOK = Look(
    person=WOMAN,
    skin=WOMAN_SKIN,
    iris=HAZEL_GREEN,
    hair=BobStyle(),
    hair_root=(0.225, 0.145, 0.100),
    hair_tip=(0.43, 0.285, 0.19),
    lashes=LashStyle((0.0055, 0.0088, 0.0098), (0.0030, 0.0042, 0.0046), 1.15),
    lash_count=(64, 42),
    outfit=WOMAN_OUTFIT,
    mouth_size=1.0,
)

MAN_LOOK = Look(
    person=MAN,
    skin=MAN_SKIN,
    iris=GREY_BLUE,
    hair=ShortStyle(),
    hair_root=(0.15, 0.105, 0.08),
    hair_tip=(0.29, 0.20, 0.145),
    lashes=LashStyle((0.0042, 0.0066, 0.0068), (0.0024, 0.0034, 0.0036), 0.75),
    lash_count=(58, 34),
    outfit=MAN_OUTFIT,
    mouth_size=1.06,
)

STYLISED_SKIN = SkinStyle(
    tone=(0.900, 0.705, 0.600),
    flush=(0.90, 0.47, 0.42),
    lips=(0.78, 0.30, 0.30),
    lip_strength=0.90,
    brow=(0.24, 0.12, 0.08),
    brow_style=BrowStyle(
        (
            (-0.0165, 0.0190, 0.0105),
            (-0.0055, 0.0222, 0.0112),
            (0.0065, 0.0246, 0.0102),
            (0.0160, 0.0238, 0.0080),
            (0.0245, 0.0196, 0.0045),
        ),
        hairs=520,
        length_m=0.0085,
        strength=0.95,
    ),
    hair=(0.26, 0.11, 0.07),
    stubble=0.0,
    freckles=0.0,
    seed=55,
)

STYLISED_OUTFIT = Outfit(
    sweater=(0.88, 0.66, 0.30),
    rib=(0.84, 0.62, 0.27),
    trousers=(0.24, 0.30, 0.40),
    shoes=(0.80, 0.33, 0.28),
    sole=(0.95, 0.94, 0.92),
    ease_m=0.011,
    collar_m=0.021,
)

STYLISED_LOOK = Look(
    person=STYLISED,
    skin=STYLISED_SKIN,
    iris=BROWN,
    hair=BobStyle(),
    hair_root=(0.36, 0.15, 0.09),
    hair_tip=(0.62, 0.28, 0.15),
    lashes=LashStyle((0.0045, 0.0070, 0.0074), (0.0026, 0.0036, 0.0040), 1.00),
    lash_count=(56, 36),
    outfit=STYLISED_OUTFIT,
    mouth_size=1.0,
)
