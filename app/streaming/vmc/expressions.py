"""The 52 shapes as the few expressions of a VRM model without them, and back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_INDEX
from app.core.projection import VisemeEstimate
from app.core.visemes import VISEME_RECIPES, expanded

#: expression of VRM 1.0 -> viseme
VOWELS: Mapping[str, str] = MappingProxyType({"aa": "aa", "ih": "I", "ou": "U", "ee": "E", "oh": "O"})
#: expression -> the shapes whose mean it is; left and right are the character's own
PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "blinkLeft": ("eyeBlinkLeft",), "blinkRight": ("eyeBlinkRight",),
    "lookUp": ("eyeLookUpLeft", "eyeLookUpRight"), "lookDown": ("eyeLookDownLeft", "eyeLookDownRight"),
    "lookLeft": ("eyeLookOutLeft", "eyeLookInRight"), "lookRight": ("eyeLookInLeft", "eyeLookOutRight"),
})  # fmt: skip
NAMES = (*VOWELS, "blink", *PARTS)
#: how VRM 0 called them, in the same order, and many VMC programs still do
OLD_NAMES = ("A", "I", "U", "E", "O", "Blink", "Blink_L", "Blink_R", "LookUp", "LookDown", "LookLeft", "LookRight")
_KNOWN = {spelling.lower(): name for names in (NAMES, OLD_NAMES) for spelling, name in zip(names, NAMES, strict=True)}


class VrmExpressions:
    """Expressions of a face."""

    def __init__(self) -> None:
        self._estimate = VisemeEstimate(tuple(VOWELS.values()))

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """(len(NAMES),) float32 in [0, 1].

        What both lids do together is ``blink``, what one does more is its own, for a model adds the two.

        Args:
            weights: (52,) in ARKIT_CHANNELS order.
        """
        visemes = self._estimate(np.clip(weights, 0.0, 1.0))
        values = {name: float(visemes[VISEME_INDEX[viseme]]) for name, viseme in VOWELS.items()}
        values |= {name: float(np.mean([weights[ARKIT_INDEX[shape]] for shape in shapes])) for name, shapes in PARTS.items()}
        both = values["blink"] = min(values["blinkLeft"], values["blinkRight"])
        values["blinkLeft"] -= both
        values["blinkRight"] -= both
        return np.clip(np.array([values[name] for name in NAMES], np.float32), 0.0, 1.0)


def expression_name(name: str) -> str | None:
    """The expression of VRM 1.0 that a name means in any version's spelling, or None."""
    return _KNOWN.get(name.strip().lower())


def weights_of(expressions: Mapping[str, float]) -> np.ndarray:
    """(52,) float32: the shapes that expressions mean.

    Args:
        expressions: of NAMES, to 0 to 1.
    """
    weights = np.zeros(len(ARKIT_CHANNELS), np.float32)
    for name, viseme in VOWELS.items():
        for shape, value in expanded(VISEME_RECIPES[viseme]).items():
            weights[ARKIT_INDEX[shape]] += value * expressions.get(name, 0.0)
    for name, shapes in PARTS.items():
        shared = expressions.get("blink", 0.0) if name.startswith("blink") else 0.0
        for shape in shapes:
            weights[ARKIT_INDEX[shape]] += expressions.get(name, 0.0) + shared
    return np.clip(weights, 0.0, 1.0)
