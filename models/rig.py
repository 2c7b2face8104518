"""From twelve articulation parameters to the 52 ARKit weights: the rig that the teacher and the networks share.

The networks do not predict 52 numbers that move together anyway; they predict what a mouth does, and this table says which
shapes that takes. All values are our own, set by eye and by the lip distances of a reference head.
"""

from __future__ import annotations

import numpy as np

from models.arkit_names import ARKIT, INDEX

__all__ = ["ARKIT", "GAP", "INDEX", "PARAMETERS", "PARAMETER_INDEX", "SMOOTH", "weights_from"]

#: what a mouth does, usually in [0, 1], strong movements beyond it: jaw drop, lip corners out, lips forward, lips flared, lower lip
#: down, upper lip up, jaw forward, tongue between the teeth, prosodic accent; then the three gates: lips meet, lower lip at the teeth,
#: somebody speaks
PARAMETERS = ("jaw", "spread", "pucker", "funnel", "lower", "upper", "forward", "tongue", "accent", "closure", "tuck", "active")
SMOOTH = 9
PARAMETER_INDEX = {name: i for i, name in enumerate(PARAMETERS)}

#: jawOpen at jaw = 1; speech of a relaxed speaker stays near half of what a jaw can do
JAW_RANGE = 0.55
#: parameters are followed up to the first value and approach the second, without ever standing still: a wide mouth has no stop. Of the
#: wide openings of people (41 recorded sentences) the widest are half as wide again as the 95th percentile
_KNEE, _TOP = 0.9, 1.5
#: mouthClose for a jaw drop of 1 under closed lips: slightly more than what brings the lips of the reference head together (0.78)
CLOSE_PER_JAW = 0.94
#: the share of the opening that full rounding takes: the muscle that narrows a mouth also closes it (Abry and Boe, Speech Communication 5,
#: 1986: height and width of rounded lips shrink together). Chosen by looking at 41 recorded sentences: more would shut the lips on W
NARROWED = 0.55
#: mouthStretch for a jaw drop of 1: the dropping jaw of a rig draws the corners of the mouth together, people's stay nearly where they are
#: (looked at there). What spread and pucker move, below, was more than halved for the same reason: widths of people vary by 2 %
HELD = 0.2

#: parameter -> {ARKit shape without side: weight at 1}
_TABLE: dict[str, dict[str, float]] = {
    "spread": {"mouthStretch": 0.14, "mouthSmile": 0.10, "mouthDimple": 0.18, "cheekSquint": 0.06},
    "pucker": {"mouthPucker": 0.52, "mouthShrugUpper": 0.04},
    "funnel": {"mouthFunnel": 0.50},
    "lower": {"mouthLowerDown": 0.62},
    "upper": {"mouthUpperUp": 0.50, "noseSneer": 0.10},
    "forward": {"jawForward": 0.28},
    "tongue": {"tongueOut": 0.34},
    "accent": {"browInnerUp": 0.34, "browOuterUp": 0.26, "eyeWide": 0.16},
    "closure": {"mouthPress": 0.30, "mouthRollLower": 0.13, "mouthRollUpper": 0.09, "mouthShrugLower": 0.06, "mouthPucker": 0.10},
    "tuck": {"mouthRollLower": 0.44, "mouthShrugLower": 0.12, "mouthUpperUp": 0.22},
}  # fmt: skip

#: change of the gap between the inner lips per weight, in units of jawOpen's, on the reference head (ICT-FaceKit); either side
_GAP = {
    "jawOpen": 1.0, "jawForward": 0.038, "mouthClose": -1.286, "mouthFunnel": 0.375, "mouthPucker": -0.045, "mouthRollLower": -0.085,
    "mouthRollUpper": 0.055, "mouthShrugLower": -0.221, "mouthShrugUpper": 0.158, "mouthPress": -0.038, "mouthLowerDown": 0.101,
    "mouthUpperUp": 0.121, "mouthDimple": -0.027, "noseSneer": 0.109,
}  # fmt: skip


def _sides(shape: str) -> tuple[str, ...]:
    return (shape,) if shape in INDEX else (f"{shape}Left", f"{shape}Right")


def _matrix() -> np.ndarray:
    """(12, 52) weights of each parameter at 1; jaw and closing are not linear and stay out."""
    matrix = np.zeros((len(PARAMETERS), len(ARKIT)), np.float32)
    for parameter, shapes in _TABLE.items():
        for shape, weight in shapes.items():
            for name in _sides(shape):
                matrix[PARAMETER_INDEX[parameter], INDEX[name]] = weight
    return matrix


_MATRIX = _matrix()
#: what moves only while somebody speaks, and what meeting lips hold back
_WHILE_ACTIVE = [PARAMETER_INDEX[n] for n in ("spread", "pucker", "funnel", "lower", "upper", "forward", "tongue", "closure", "tuck")]
_NARROWING = [PARAMETER_INDEX[name] for name in ("funnel", "lower", "upper")]
_STRETCH = [INDEX["mouthStretchLeft"], INDEX["mouthStretchRight"]]
_PARTED = [PARAMETER_INDEX[name] for name in ("funnel", "lower", "upper", "tongue")]
#: (52,) float32: weights @ GAP is how far the lips are apart, below 0 where they are pressed together
GAP = np.zeros(len(ARKIT), np.float32)
for _shape, _change in _GAP.items():
    GAP[[INDEX[_name] for _name in _sides(_shape)]] = _change


def _softened(x: np.ndarray) -> np.ndarray:
    """What is large grows less and less, but grows: the slope falls from 1 at the knee towards 0, without a corner."""
    knee, top = np.float32(_KNEE), np.float32(_TOP)
    beyond = np.exp((knee - np.maximum(x, knee)) / (top - knee))
    softened: np.ndarray = np.where(x < knee, x, top - (top - knee) * beyond)
    return softened


def weights_from(parameters: np.ndarray) -> np.ndarray:
    """Pose the face.

    Meeting lips and tucked lips override what would part them, so that no blend of neighbours reopens a closure.

    Args:
        parameters: (..., 12) float32, 0 or more, the gates up to 1, columns as PARAMETERS.

    Returns:
        (..., 52) float32 ARKit weights in [0, 1].
    """
    shaped = np.concatenate([_softened(parameters[..., :SMOOTH]), parameters[..., SMOOTH:]], -1)
    closure, tuck, active = (parameters[..., SMOOTH + k].copy() for k in range(3))
    parted = 1 - np.maximum(closure, np.float32(0.8) * tuck)
    narrow = 1 - np.float32(NARROWED) * np.clip(shaped[..., PARAMETER_INDEX["pucker"]], 0, 1)
    jaw = shaped[..., 0] * (1 - np.float32(0.45) * closure) * (1 - np.float32(0.45) * tuck) * active * narrow
    shaped[..., _NARROWING] *= narrow[..., None]
    shaped[..., 0] = jaw
    shaped[..., _WHILE_ACTIVE] *= active[..., None]
    shaped[..., _PARTED] *= parted[..., None]
    weights: np.ndarray = shaped @ _MATRIX
    weights[..., _STRETCH] += (jaw * np.float32(HELD))[..., None]
    weights[..., INDEX["jawOpen"]] = jaw * np.float32(JAW_RANGE)
    weights[..., INDEX["mouthClose"]] = jaw * np.float32(JAW_RANGE * CLOSE_PER_JAW) * closure
    np.clip(weights, 0, 1, out=weights)
    return weights
