"""The 46 action-unit names of Omniverse Audio2Face's classic solver, as the ARKit shapes that they plainly are."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX

_SIDED = {
    "browLower": "browDown", "outerBrowRaiser": "browOuterUp", "eyesClose": "eyeBlink", "eyesUpperLidRaiser": "eyeWide",
    "squint": "eyeSquint", "cheekRaiser": "cheekSquint", "noseWrinkler": "noseSneer", "dimpler": "mouthDimple",
    "lipCornerPuller": "mouthSmile", "lipCornerDepressor": "mouthFrown", "lipStretcher": "mouthStretch",
    "upperLipRaiser": "mouthUpperUp", "lowerLipDepressor": "mouthLowerDown",
}  # fmt: skip
#: name -> shapes; where several names make one shape, the strongest counts. jawDropLipTowards has no plain counterpart.
FACS = MappingProxyType({
    **{f"{facs}{side[0]}": (f"{shape}{side}",) for facs, shape in _SIDED.items() for side in ("Left", "Right")},
    "innerBrowRaiserL": ("browInnerUp",), "innerBrowRaiserR": ("browInnerUp",),
    "eyesLookLeft": ("eyeLookOutLeft", "eyeLookInRight"), "eyesLookRight": ("eyeLookInLeft", "eyeLookOutRight"),
    "eyesLookUp": ("eyeLookUpLeft", "eyeLookUpRight"), "eyesLookDown": ("eyeLookDownLeft", "eyeLookDownRight"),
    "cheekPuffL": ("cheekPuff",), "cheekPuffR": ("cheekPuff",),
    "jawDrop": ("jawOpen",), "jawThrust": ("jawForward",), "jawSlideLeft": ("jawLeft",), "jawSlideRight": ("jawRight",),
    "mouthSlideLeft": ("mouthLeft",), "mouthSlideRight": ("mouthRight",), "chinRaiser": ("mouthShrugLower",),
    "lipPressor": ("mouthPressLeft", "mouthPressRight"), "pucker": ("mouthPucker",), "funneler": ("mouthFunnel",),
    "lipSuck": ("mouthRollLower", "mouthRollUpper"),
})  # fmt: skip
_LOWER = MappingProxyType({name.lower(): shapes for name, shapes in FACS.items()})
#: this many of the names make it such a file
_ENOUGH = 8


def are_facs(names: Sequence[str]) -> bool:
    """Whether names are this solver's."""
    return sum(name.lower() in _LOWER for name in names) >= min(_ENOUGH, max(len(names), 1))


def from_facs(names: Sequence[str], values: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """ARKit weights of action units.

    Args:
        names: of the columns.
        values: (n, len(names)).

    Returns:
        (n, 52) float32, and the names that stay without a counterpart.
    """
    weights = np.zeros((len(values), len(ARKIT_CHANNELS)), np.float32)
    left_out = []
    for i, name in enumerate(names):
        shapes = _LOWER.get(name.lower(), ())
        if not shapes:
            left_out.append(name)
        for shape in shapes:
            column = ARKIT_INDEX[shape]
            weights[:, column] = np.maximum(weights[:, column], values[:, i])
    return weights, left_out
