"""From twelve articulation parameters to the 52 ARKit weights: the rig that the teacher and the networks share.

The networks do not predict 52 numbers that move together anyway; they predict what a mouth does, and this table says which
shapes that takes. All values are our own, set by eye and by the lip distances of a reference head.
"""

from __future__ import annotations

import torch

from models.arkit_names import ARKIT, INDEX

__all__ = ["ARKIT", "INDEX", "PARAMETERS", "PARAMETER_INDEX", "SMOOTH", "weights_from"]

#: what a mouth does, each in [0, 1]: jaw drop, lip corners out, lips forward, lips flared, lower lip down, upper lip up, jaw forward,
#: tongue between the teeth, prosodic accent; then the three gates: lips meet, lower lip at the teeth, somebody speaks
PARAMETERS = ("jaw", "spread", "pucker", "funnel", "lower", "upper", "forward", "tongue", "accent", "closure", "tuck", "active")
SMOOTH = 9
PARAMETER_INDEX = {name: i for i, name in enumerate(PARAMETERS)}

#: jawOpen at jaw = 1; speech of a relaxed speaker stays near half of what a jaw can do
JAW_RANGE = 0.55
#: mouthClose for a jaw drop of 1 under closed lips: slightly more than what brings the lips of the reference head together (0.78)
CLOSE_PER_JAW = 0.94

#: parameter -> {ARKit shape without side: weight at 1}
_TABLE: dict[str, dict[str, float]] = {
    "spread": {"mouthStretch": 0.32, "mouthSmile": 0.24, "mouthDimple": 0.22, "cheekSquint": 0.10},
    "pucker": {"mouthPucker": 0.78, "mouthShrugUpper": 0.04},
    "funnel": {"mouthFunnel": 0.62},
    "lower": {"mouthLowerDown": 0.62},
    "upper": {"mouthUpperUp": 0.50, "noseSneer": 0.10},
    "forward": {"jawForward": 0.28},
    "tongue": {"tongueOut": 0.34},
    "accent": {"browInnerUp": 0.34, "browOuterUp": 0.26, "eyeWide": 0.16},
    "closure": {"mouthPress": 0.30, "mouthRollLower": 0.13, "mouthRollUpper": 0.09, "mouthShrugLower": 0.06},
    "tuck": {"mouthRollLower": 0.44, "mouthShrugLower": 0.12, "mouthUpperUp": 0.22},
}  # fmt: skip


def _sides(shape: str) -> tuple[str, ...]:
    return (shape,) if shape in INDEX else (f"{shape}Left", f"{shape}Right")


def _matrix() -> torch.Tensor:
    """(12, 52) weights of each parameter at 1; jaw and closing are not linear and stay out."""
    matrix = torch.zeros(len(PARAMETERS), len(ARKIT))
    for parameter, shapes in _TABLE.items():
        for shape, weight in shapes.items():
            for name in _sides(shape):
                matrix[PARAMETER_INDEX[parameter], INDEX[name]] = weight
    return matrix


_MATRIX = _matrix()


def weights_from(parameters: torch.Tensor) -> torch.Tensor:
    """Pose the face.

    Meeting lips and tucked lips override what would part them, so that no blend of neighbours reopens a closure.

    Args:
        parameters: (..., 12) in [0, 1], columns as PARAMETERS.

    Returns:
        (..., 52) ARKit weights in [0, 1].
    """
    p = dict(zip(PARAMETERS, parameters.unbind(-1), strict=True))
    closure, tuck, active = p["closure"], p["tuck"], p["active"]
    parted = 1 - torch.maximum(closure, 0.8 * tuck)
    jaw = p["jaw"] * (1 - 0.45 * closure) * (1 - 0.45 * tuck) * active
    lips = [p[name] * parted * active for name in ("funnel", "lower", "upper")]
    others = [p["forward"] * active, p["tongue"] * parted * active, p["accent"], closure * active, tuck * active, active]
    shaped = torch.stack([jaw, p["spread"] * active, p["pucker"] * active, *lips, *others], -1)
    weights = shaped @ _MATRIX.to(parameters)
    weights[..., INDEX["jawOpen"]] = jaw * JAW_RANGE
    weights[..., INDEX["mouthClose"]] = jaw * JAW_RANGE * CLOSE_PER_JAW * closure
    return weights.clamp(0, 1)
