"""Who the bundled avatars are: macro shape, facial features, stature. Tuned by eye on renders."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .source import METRES_PER_UNIT, Source


@dataclass(frozen=True)
class Character:
    """A person as weights of MakeHuman targets.

    Attributes:
        name: file stem suffix.
        gender: ``female`` or ``male`` as MakeHuman's macro targets spell it.
        height_m: stature of the bare figure.
        ancestry: (african, asian, caucasian) weights that sum to 1; a blend averages features.
        age: 0 young (25 years) to 1 old.
        muscle: 0 average to 1 strong.
        proportions: 0 neutral to 1 MakeHuman's "ideal".
        details: target name below ``mpfb2/targets`` (without l-/r- twin: ``eyes/*-eye-scale-incr`` means both) -> weight.
        lid_rest: share of a blink that the lids rest at: MakeHuman's neutral eyes are wide open.
        rest: ARKit shape (without side: both) -> weight that the face rests at: MakeHuman's neutral mouth looks stern.
        visemes: viseme -> weights in which this face's recipe differs from the others'.
    """

    name: str
    gender: str
    height_m: float
    ancestry: tuple[float, float, float]
    age: float
    muscle: float
    proportions: float
    details: dict[str, float]
    lid_rest: float = 0.0
    rest: dict[str, float] = field(default_factory=dict)
    visemes: dict[str, dict[str, float]] = field(default_factory=dict)


WOMAN = Character(
    name="woman",
    gender="female",
    height_m=1.68,
    ancestry=(0.15, 0.25, 0.60),
    age=0.04,
    muscle=0.0,
    proportions=0.6,
    details={
        "mouth/mouth-angles-up": 0.42,
        "mouth/mouth-upperlip-volume-decr": 0.35,
        "mouth/mouth-upperlip-height-decr": 0.30,
        "mouth/mouth-lowerlip-volume-decr": 0.15,
        "mouth/mouth-scale-vert-decr": 0.20,
        "eyes/*-eye-scale-incr": 0.30,
        "eyes/*-eye-bag-decr": 0.30,
        "eyebrows/eyebrows-angle-down": 0.25,
        "cheek/*-cheek-volume-incr": 0.20,
        "nose/nose-nostrils-width-decr": 0.30,
        "nose/nose-point-width-decr": 0.25,
        "nose/nose-flaring-decr": 0.25,
        "chin/chin-width-decr": 0.15,
    },
    lid_rest=0.06,
    rest={"mouthSmile": 0.06, "cheekSquint": 0.05},
)

MAN = Character(
    name="man",
    gender="male",
    height_m=1.80,
    ancestry=(0.15, 0.20, 0.65),
    age=0.08,
    muscle=0.25,
    proportions=0.6,
    details={
        "mouth/mouth-angles-up": 0.45,
        "mouth/mouth-upperlip-volume-decr": 0.25,
        "mouth/mouth-scale-vert-decr": 0.15,
        "eyes/*-eye-scale-incr": 0.20,
        "eyes/*-eye-height2-incr": 0.35,
        "eyes/*-eye-bag-decr": 0.50,
        "eyebrows/eyebrows-angle-down": 0.15,
        "head/head-square": 0.20,
        "nose/nose-point-width-decr": 0.25,
        "nose/nose-nostrils-width-decr": 0.20,
        "neck/neck-scale-horiz-incr": 0.15,
    },
    lid_rest=-0.06,
    rest={"mouthSmile": 0.10, "cheekSquint": 0.05},
)


#: nobody real: large eyes, a small nose and a wide mouth, so that lips are read from afar
STYLISED = Character(
    name="stylised",
    gender="female",
    height_m=1.68,
    ancestry=(0.20, 0.40, 0.40),
    age=0.0,
    muscle=0.0,
    proportions=0.8,
    details={
        "head/head-round": 0.70,
        "head/head-scale-horiz-incr": 0.35,
        "eyes/*-eye-scale-incr": 0.50,
        "eyes/*-eye-height2-incr": 0.15,
        "eyes/*-eye-bag-decr": 0.80,
        "nose/nose-scale-horiz-decr": 0.60,
        "nose/nose-scale-vert-decr": 0.70,
        "nose/nose-scale-depth-decr": 0.50,
        "nose/nose-point-up": 0.40,
        "nose/nose-flaring-decr": 0.60,
        "mouth/mouth-scale-horiz-incr": 0.25,
        "mouth/mouth-angles-up": 0.40,
        "mouth/mouth-upperlip-volume-decr": 0.30,
        "mouth/mouth-upperlip-height-decr": 0.20,
        "chin/chin-height-decr": 0.30,
        "chin/chin-width-decr": 0.50,
        "cheek/*-cheek-volume-incr": 0.40,
        "neck/neck-scale-horiz-decr": 0.60,
    },
    lid_rest=0.04,
    rest={"mouthSmile": 0.06, "cheekSquint": 0.05},
    visemes={"FF": {"jawOpen": 0.145}},
)


def shape_vertices(source: Source, person: Character) -> np.ndarray:
    """The neutral base mesh of a person, in decimetres.

    Args:
        source: the MakeHuman data.
        person: who.

    Returns:
        (19158, 3) float64.
    """
    vertices = source.base().vertices.copy()
    for race, share in zip(("african", "asian", "caucasian"), person.ancestry, strict=True):
        vertices += share * (1 - person.age) * source.target(f"macrodetails/{race}-{person.gender}-young")
        vertices += share * person.age * source.target(f"macrodetails/{race}-{person.gender}-old")
    for age, age_share in (("young", 1 - person.age), ("old", person.age)):
        for muscle, muscle_share in (("average", 1 - person.muscle), ("max", person.muscle)):
            stem = f"{person.gender}-{age}-{muscle}muscle-averageweight"
            share = age_share * muscle_share
            vertices += share * source.target(f"macrodetails/universal-{stem}")
            ideal = source.target(f"macrodetails/proportions/{stem}-idealproportions")
            vertices += share * person.proportions * ideal
    for name, weight in person.details.items():
        for side in ("l", "r") if "*" in name else ("",):
            vertices += weight * source.target(name.replace("*", side))
    return vertices


def placement(person: Character, vertices: np.ndarray) -> tuple[float, np.ndarray]:
    """Scale and shift from decimetres to metres with the soles at y = 0.

    Args:
        person: for the stature.
        vertices: (19158, 3) decimetres.

    Returns:
        (scale, shift): metres = vertices * scale + shift.
    """
    body = vertices[:13380]
    scale = person.height_m / (np.ptp(body[:, 1]) * METRES_PER_UNIT) * METRES_PER_UNIT
    return scale, np.array([0.0, -body[:, 1].min() * scale, 0.0])
