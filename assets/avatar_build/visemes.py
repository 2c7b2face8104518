"""The 15 visemes and the five extra targets, composed from ARKit shapes and tongue gestures.

The recipes follow the phonetics (which articulators touch) and were tuned on this face: PP shuts the lips, FF brings
the lower lip under the upper teeth, TH shows the tongue tip, SS both rows of teeth, CH and O round, U leaves a small hole, E and I spread.
"""

from __future__ import annotations

import numpy as np

Recipe = dict[str, float]

#: viseme -> ARKit weights; a name without Left or Right that ARKit has in pairs means both sides
VISEMES: dict[str, Recipe] = {
    "sil": {},
    "PP": {"mouthPress": 0.30, "mouthRollLower": 0.40, "mouthRollUpper": 0.35, "mouthFrown": 0.10, "mouthClose": 0.02},
    "FF": {"mouthRollLower": 1.1, "jawOpen": 0.16, "mouthUpperUp": 0.5},
    "TH": {"jawOpen": 0.21, "mouthUpperUp": 0.26, "mouthLowerDown": 0.20, "mouthStretch": 0.05},
    "DD": {"jawOpen": 0.16, "mouthUpperUp": 0.2, "mouthLowerDown": 0.3, "mouthStretch": 0.08},
    "kk": {"jawOpen": 0.24, "mouthLowerDown": 0.22, "mouthUpperUp": 0.12, "mouthStretch": 0.05},
    "CH": {"jawOpen": 0.10, "mouthFunnel": 0.55, "mouthPucker": 0.35},
    "SS": {"jawOpen": 0.05, "mouthStretch": 0.22, "mouthUpperUp": 0.32, "mouthLowerDown": 0.44},
    "nn": {"jawOpen": 0.15, "mouthLowerDown": 0.22, "mouthUpperUp": 0.12, "mouthStretch": 0.06},
    "RR": {"jawOpen": 0.11, "mouthFunnel": 0.28, "mouthPucker": 0.45},
    "aa": {"jawOpen": 0.6, "mouthLowerDown": 0.12, "mouthUpperUp": 0.1},
    "E": {"jawOpen": 0.36, "mouthStretch": 0.3, "mouthSmile": 0.15, "mouthUpperUp": 0.12, "mouthLowerDown": 0.12},
    "I": {"jawOpen": 0.16, "mouthStretch": 0.40, "mouthSmile": 0.36, "mouthUpperUp": 0.16, "mouthLowerDown": 0.14},
    "O": {"jawOpen": 0.36, "mouthFunnel": 0.44, "mouthPucker": 0.68},
    "U": {"jawOpen": 0.12, "mouthFunnel": 0.18, "mouthPucker": 1.0},
}

#: viseme -> gestures of tongue.GESTURES
TONGUE: dict[str, Recipe] = {
    "TH": {"out": 1.15},
    "DD": {"tip_up": 1.0},
    "kk": {"back_up": 1.0},
    "CH": {"tip_up": 0.7},
    "SS": {"tip_up": 0.55},
    "nn": {"tip_up": 1.0},
    "RR": {"curl": 1.0},
    "aa": {"low": 1.0},
    "O": {"low": 0.6, "back_up": 0.3},
    "E": {"tip_up": 0.15},
    "I": {"tip_up": 0.25},
    "U": {"back_up": 0.5},
}

EXTRAS: dict[str, Recipe] = {
    "mouthOpen": {"jawOpen": 0.75, "mouthLowerDown": 0.1},
    "mouthSmile": {"mouthSmile": 0.85, "cheekSquint": 0.15},
    "eyesClosed": {"eyeBlink": 1.0},
    "eyesLookUp": {"eyeLookUp": 1.0},
    "eyesLookDown": {"eyeLookDown": 1.0},
}


def expanded(recipe: Recipe, channels: frozenset[str]) -> Recipe:
    """Spell out the sides of a recipe.

    Args:
        recipe: weights by name, sides merged.
        channels: the 52 ARKit names.

    Returns:
        weights by ARKit name.
    """
    result: Recipe = {}
    for name, weight in recipe.items():
        for channel in (name,) if name in channels else (f"{name}Left", f"{name}Right"):
            result[channel] = weight
    return result


def compose(shapes: dict[str, np.ndarray], own: dict[str, Recipe] | None = None) -> dict[str, np.ndarray]:
    """Build every viseme and extra target (the tongue's gestures are added by ``tongue``).

    Args:
        shapes: ARKit channel -> (n, 3) deltas.
        own: weights in which this face's visemes differ from the others'.

    Returns:
        target name -> (n, 3) deltas.
    """
    channels = frozenset(shapes)
    zero = np.zeros_like(shapes["jawOpen"])
    recipes = {**{f"viseme_{name}": recipe for name, recipe in VISEMES.items()}, **EXTRAS}
    for name, recipe in (own or {}).items():
        recipes[f"viseme_{name}"] = recipes[f"viseme_{name}"] | recipe
    targets = {}
    for name, recipe in recipes.items():
        targets[name] = sum((weight * shapes[channel] for channel, weight in expanded(recipe, channels).items()), zero)
    return targets
