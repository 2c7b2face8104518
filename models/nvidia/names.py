"""Names that NVIDIA's bundles use, in NVIDIA's order."""

from __future__ import annotations

from models.arkit_names import ARKIT

#: the ten explicit emotions; neutral is all zeros and has no slot (order: network input 16..25)
EMOTIONS: tuple[str, ...] = (
    "amazement", "anger", "cheekiness", "disgust", "fear", "grief", "joy", "outofbreath", "pain", "sadness",
)  # fmt: skip

#: skin poses of NVIDIA's blendshape files, Apple's names. Not the order of Live Link Face files: map by name
SKIN_POSES: tuple[str, ...] = ARKIT

#: tongue poses of NVIDIA's tongue rig; there is no tongueOut among them
TONGUE_POSES: tuple[str, ...] = (
    "tongueTipUp", "tongueTipDown", "tongueTipLeft", "tongueTipRight", "tongueRollUp", "tongueRollDown", "tongueRollLeft",
    "tongueRollRight", "tongueUp", "tongueDown", "tongueLeft", "tongueRight", "tongueIn", "tongueStretch", "tongueWide", "tongueNarrow",
)  # fmt: skip

#: symmetry groups of NVIDIA's released configurations: left and right of each share one id
SYMMETRIC_PAIRS: tuple[str, ...] = (
    "eyeBlink", "eyeWide", "mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthPress", "mouthLowerDown",
    "mouthUpperUp", "browOuterUp", "browDown", "cheekSquint", "noseSneer",
)  # fmt: skip


def camel(name: str) -> str:
    """``lip_open_offset`` -> ``lipOpenOffset``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def shape_name(name: str) -> str:
    """A shape as written in a file (``EyeBlinkLeft``) -> this package's spelling (``eyeBlinkLeft``)."""
    return name[:1].lower() + name[1:]
