"""The structure of an Avaturn T2 avatar: which mesh has which morph targets, in which order (facts of the format)."""

from __future__ import annotations

_VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")
_VISEME_TARGETS = tuple(f"viseme_{v}" for v in _VISEMES)


def _pair(stem: str) -> tuple[str, str]:
    return f"{stem}Left", f"{stem}Right"


_LOOKS = _pair("eyeLookDown") + _pair("eyeLookUp") + _pair("eyeLookIn") + _pair("eyeLookOut")
_EYES_BOTH = ("eyesClosed", "eyesLookUp", "eyesLookDown")
_BROWS = (*_pair("browDown"), "browInnerUp", *_pair("browOuterUp"))

HEAD_TARGETS = (
    "mouthOpen", *_VISEME_TARGETS[:4], *_pair("eyeWide"), *_LOOKS, *_pair("cheekSquint"), "mouthRollUpper",
    *_pair("eyeBlink"), *_EYES_BOTH, "mouthClose", *_pair("mouthFrown"), "mouthFunnel", *_pair("mouthPress"),
    *_pair("mouthStretch"), "tongueOut", *_pair("mouthDimple"), "jawLeft", "jawRight", *_pair("eyeSquint"),
    *_pair("mouthLowerDown"), *_pair("mouthUpperUp"), *_pair("mouthSmile"), "mouthLeft", "mouthRight", "mouthPucker",
    "mouthSmile", "jawForward", "jawOpen", "mouthRollLower", "cheekPuff", "noseSneerRight", "noseSneerLeft",
    "mouthShrugLower", "mouthShrugUpper", *_VISEME_TARGETS[4:], *_BROWS,
)  # fmt: skip
TEETH_TARGETS = ("mouthOpen", *_VISEME_TARGETS, "jawOpen", "jawForward", "jawLeft", "jawRight")
TONGUE_TARGETS = (*TEETH_TARGETS, "tongueOut")
EYE_AO_TARGETS = (
    *_BROWS, *_pair("eyeSquint"), *_pair("noseSneer"), "cheekPuff", *_pair("cheekSquint"), "mouthSmile", "mouthLeft",
    "mouthRight", *_pair("mouthSmile"), *_pair("eyeWide"), *_LOOKS, *_pair("eyeBlink"), *_EYES_BOTH,
)  # fmt: skip
EYELASH_TARGETS = (
    *_BROWS, *_pair("eyeSquint"), *_pair("eyeWide"), *_pair("noseSneer"), *_LOOKS, *_pair("cheekSquint"),
    *_pair("eyeBlink"), *_EYES_BOTH, "mouthSmile", *_pair("mouthSmile"), *_pair("mouthUpperUp"),
)  # fmt: skip
EYE_TARGETS = (*_LOOKS, *_EYES_BOTH)

TARGETS = {
    "Head_Mesh": HEAD_TARGETS,
    "Teeth_Mesh": TEETH_TARGETS,
    "Tongue_Mesh": TONGUE_TARGETS,
    "EyeAO_Mesh": EYE_AO_TARGETS,
    "Eyelash_Mesh": EYELASH_TARGETS,
    "Eye_Mesh": EYE_TARGETS,
}
