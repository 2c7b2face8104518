"""Apple's 52 ARKit blendshape names, the 15 Oculus visemes, and how their dialects are spelt.

The order is the wire order shared by Apple, Audio2Face, Azure and Unreal. Files use at least five
different orders, so nothing in this project maps channels by position: always by name.
"""

from __future__ import annotations

import re
from types import MappingProxyType

import numpy as np

ARKIT_CHANNELS: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft", "eyeWideLeft",
    "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight",
    "jawForward", "jawLeft", "jawRight", "jawOpen",
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight",
    "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight",
    "mouthStretchLeft", "mouthStretchRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip

VISEMES: tuple[str, ...] = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")
VISEME_CHANNELS: tuple[str, ...] = tuple(f"viseme_{name}" for name in VISEMES)

#: channel -> its column in every (n, 52) array of this project
ARKIT_INDEX = MappingProxyType({name: i for i, name in enumerate(ARKIT_CHANNELS)})
#: viseme name without prefix -> its column in every (n, 15) array of this project
VISEME_INDEX = MappingProxyType({name: i for i, name in enumerate(VISEMES)})

#: display groups of the curves, in order; together they hold every channel once
GROUPS = MappingProxyType({
    "brow": tuple(n for n in ARKIT_CHANNELS if n.startswith("brow")),
    "eye": tuple(n for n in ARKIT_CHANNELS if n.startswith("eye")),
    "cheek": tuple(n for n in ARKIT_CHANNELS if n.startswith(("cheek", "nose"))),
    "jaw": tuple(n for n in ARKIT_CHANNELS if n.startswith("jaw")),
    "mouth": tuple(n for n in ARKIT_CHANNELS if n.startswith("mouth")),
    "tongue": ("tongueOut",),
})  # fmt: skip

#: channels that a viseme lane owns: driving these and ``viseme_*`` together would double the opening
MOUTH_CHANNELS = frozenset(GROUPS["jaw"] + GROUPS["mouth"] + GROUPS["tongue"] + ("cheekPuff",))

_ALIASES = {
    **{name.lower(): name for name in ARKIT_CHANNELS},
    **{name.lower(): name for name in VISEME_CHANNELS},
    "viseme_ih": "viseme_I", "viseme_oh": "viseme_O", "viseme_ou": "viseme_U",
}  # fmt: skip
_FLAT_ALIASES = {key.replace("_", ""): value for key, value in _ALIASES.items()}
_BLENDER_SUFFIX = re.compile(r"\.\d{3}$")
_PREFIX = re.compile(r"^(blendshapes?\d*|[a-z0-9_]*blendshape\d*)\.", re.IGNORECASE)
_SIDE = re.compile(r"[_ ](l|r|left|right)$", re.IGNORECASE)


def canonical_name(name: str) -> str | None:
    """Translate any known spelling of a shape into this project's name.

    Handles case, ``blendShapes.`` / ``blendShape1.`` prefixes, Blender's ``.002`` suffix, ``_L``/``_R`` and
    ``_left``/``_right`` sides (also ``jaw_L``, ``tongue_out``), and the SDK's ``viseme_ih/oh/ou``.

    Args:
        name: the name as written in a file.

    Returns:
        One of ARKIT_CHANNELS or VISEME_CHANNELS, or None if the name is none of them.
    """
    text = _PREFIX.sub("", _BLENDER_SUFFIX.sub("", name.strip()))
    found = _ALIASES.get(text.lower())
    if found:
        return found
    side = _SIDE.search(text)
    if side:
        text = text[: side.start()] + ("Left" if side[1][0] in "lL" else "Right")
    return _FLAT_ALIASES.get(text.lower().replace("_", ""))


def mirrored(channel: str) -> str:
    """The same shape on the other side of the face (``jawLeft`` -> ``jawRight``); itself when unpaired."""
    if channel.endswith("Left"):
        return channel[:-4] + "Right"
    if channel.endswith("Right"):
        return channel[:-5] + "Left"
    return channel


def weights_from(values: dict[str, float], channels: tuple[str, ...] = ARKIT_CHANNELS) -> np.ndarray:
    """Build a weight row from names.

    Args:
        values: channel -> weight; names must be spelt as in ``channels``.
        channels: the columns of the row.

    Returns:
        (len(channels),) float32.

    Raises:
        KeyError: a name that is not a channel.
    """
    index = {name: i for i, name in enumerate(channels)}
    row = np.zeros(len(channels), np.float32)
    for name, value in values.items():
        row[index[name]] = value
    return row
