"""Ten emotions: how each one poses the face and changes the way it speaks.

This layer is deterministic and ours, not learnt: no recorded emotional faces may be shipped, so honest rules stand where a data set
would be needed. The pose of an emotion is a set of ARKit offsets after the action units of Ekman and Friesen (FACS) for the basic
emotions; its style scales the articulation (an angry jaw opens farther, a sad one hardly). Strengths mix linearly and may change
from frame to frame; all zeros is neutral.
"""

from __future__ import annotations

import numpy as np

from models.feelings import EMOTIONS, emotion_vector, keyed_emotion
from models.rig import INDEX, PARAMETER_INDEX, PARAMETERS

__all__ = ["EMOTIONS", "POSES", "STYLES", "emotion_vector", "keyed_emotion", "posed", "styled"]

#: emotion -> ARKit shape (without side: both sides) -> offset at strength 1
POSES: dict[str, dict[str, float]] = {
    "amazement": {
        "browInnerUp": 0.65, "browOuterUp": 0.6, "eyeWide": 0.55, "jawOpen": 0.10, "mouthFunnel": 0.08, "mouthSmile": 0.06,
    },
    "anger": {
        "browDown": 0.75, "eyeSquint": 0.30, "eyeWide": 0.15, "noseSneer": 0.35, "mouthPress": 0.12, "mouthFrown": 0.18,
        "mouthUpperUp": 0.10, "mouthLowerDown": 0.12, "mouthStretch": 0.10, "jawForward": 0.10,
    },
    "cheekiness": {
        "mouthSmileLeft": 0.52, "mouthSmileRight": 0.20, "mouthDimpleLeft": 0.32, "mouthDimpleRight": 0.10, "browOuterUpLeft":
        0.45, "browDownRight": 0.18, "eyeSquint": 0.22, "cheekSquintLeft": 0.32, "mouthLeft": 0.06,
    },
    "disgust": {
        "noseSneer": 0.65, "mouthUpperUp": 0.26, "browDown": 0.40, "eyeSquint": 0.38, "mouthFrown": 0.28, "cheekSquint": 0.25,
        "mouthShrugLower": 0.10,
    },
    "fear": {
        "browInnerUp": 0.75, "browOuterUp": 0.25, "browDown": 0.12, "eyeWide": 0.65, "mouthStretch": 0.30, "jawOpen": 0.05,
        "mouthFrown": 0.10,
    },
    "grief": {
        "browInnerUp": 0.85, "browDown": 0.30, "eyeSquint": 0.38, "mouthFrown": 0.50, "mouthStretch": 0.20, "mouthShrugLower":
        0.22, "cheekSquint": 0.18, "eyeLookDown": 0.12,
    },
    "joy": {
        "mouthSmile": 0.52, "cheekSquint": 0.45, "eyeSquint": 0.25, "mouthDimple": 0.16, "browOuterUp": 0.14, "browInnerUp":
        0.08, "mouthUpperUp": 0.06,
    },
    "outofbreath": {
        "browInnerUp": 0.30, "jawOpen": 0.12, "mouthFunnel": 0.06, "noseSneer": 0.12, "eyeBlink": 0.12, "mouthLowerDown": 0.06,
    },
    "pain": {
        "browDown": 0.60, "browInnerUp": 0.35, "eyeSquint": 0.68, "eyeBlink": 0.15, "noseSneer": 0.35, "mouthStretch": 0.38,
        "mouthUpperUp": 0.16, "cheekSquint": 0.45, "mouthLowerDown": 0.12,
    },
    "sadness": {
        "browInnerUp": 0.62, "browDown": 0.10, "mouthFrown": 0.42, "eyeBlink": 0.10, "eyeSquint": 0.12, "eyeLookDown": 0.18,
        "mouthShrugLower": 0.18,
    },
}  # fmt: skip
#: emotion -> articulation parameter -> its factor at strength 1
STYLES: dict[str, dict[str, float]] = {
    "amazement": {"jaw": 1.18, "accent": 1.4},
    "anger": {"jaw": 1.15, "lower": 1.35, "upper": 1.3, "spread": 1.1, "accent": 0.5},
    "cheekiness": {"spread": 1.2, "accent": 1.2},
    "disgust": {"upper": 1.3, "jaw": 0.95, "accent": 0.6},
    "fear": {"spread": 1.2, "jaw": 0.95},
    "grief": {"jaw": 0.82, "accent": 0.7, "pucker": 0.9},
    "joy": {"spread": 1.3, "jaw": 1.06, "pucker": 0.9, "accent": 1.3},
    "outofbreath": {"jaw": 1.12},
    "pain": {"spread": 1.25, "jaw": 1.05, "accent": 0.6},
    "sadness": {"jaw": 0.80, "spread": 0.85, "lower": 0.85, "accent": 0.6},
}  # fmt: skip
#: offsets that would part the lips: held back while lips meet
_PARTING = ("jawOpen", "mouthFunnel", "mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight")


def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    poses, styles, parting = np.zeros((10, 52), np.float32), np.zeros((10, len(PARAMETERS)), np.float32), np.zeros(52, np.float32)
    for row, emotion in enumerate(EMOTIONS):
        for shape, offset in POSES[emotion].items():
            for name in (shape,) if shape in INDEX else (f"{shape}Left", f"{shape}Right"):
                poses[row, INDEX[name]] = offset
        for parameter, factor in STYLES[emotion].items():
            styles[row, PARAMETER_INDEX[parameter]] = float(np.log(factor))
    parting[[INDEX[n] for n in _PARTING]] = 1
    return poses, styles, parting


_POSES, _STYLES, _PARTS = _tables()


def styled(parameters: np.ndarray, emotion: np.ndarray) -> np.ndarray:
    """Scale the articulation; (..., 12) and (..., 10) -> (..., 12), 0 or more. Gates keep their values."""
    scaled: np.ndarray = parameters * np.exp(emotion @ _STYLES)
    return scaled


def posed(weights: np.ndarray, closure: np.ndarray, emotion: np.ndarray) -> np.ndarray:
    """Add the emotion's pose without opening lips that meet.

    Args:
        weights: (..., 52) of the speaking face.
        closure: (...,) how far the lips meet.
        emotion: (..., 10) strengths.

    Returns:
        (..., 52) in [0, 1].
    """
    offset = emotion @ _POSES
    together: np.ndarray = np.clip(weights + offset * (1 - closure[..., None] * _PARTS), 0, 1)
    return together
