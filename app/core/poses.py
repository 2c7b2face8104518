"""Poses of the face by Apple's shape names: those that come with the program, the user's own as plain data, and their mirror images."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, MOUTH_CHANNELS, mirrored
from app.core.curve_edits import SHORTEST_S, CurveEdit
from app.core.errors import PoseError
from app.core.foreign import is_number
from app.core.visemes import VISEME_RECIPES, expanded

FORMAT, VERSION = "visemesync-poses", 1
#: longest name, and most poses of a library
MOST_NAME, MOST_POSES = 80, 2000
#: weights that a pose may have: rigs go a little beyond 0 to 1
_LEAST, _MOST = -1.0, 2.0


@dataclass(frozen=True)
class FacePose:
    """Weights of some shapes, or of all.

    Attributes:
        name: as the user calls it.
        channels: the shapes that it says something about, in ARKIT_CHANNELS' order; others stay as they are where it is blended in.
        values: a weight for each.
    """

    name: str
    channels: tuple[str, ...]
    values: tuple[float, ...]

    @classmethod
    def of(cls, name: str, weights: Mapping[str, float]) -> FacePose:
        """A pose from weights by name, which must be channels."""
        channels = tuple(sorted(weights, key=ARKIT_INDEX.__getitem__))
        return cls(name, channels, tuple(float(weights[channel]) for channel in channels))

    @property
    def weights(self) -> dict[str, float]:
        """Channel -> weight."""
        return dict(zip(self.channels, self.values, strict=True))

    def mirror_image(self) -> FacePose:
        """Left and right exchanged; that of a mirror image is the pose."""
        return self.of(self.name, {mirrored(channel): value for channel, value in self.weights.items()})

    def part(self, channels: Collection[str]) -> FacePose:
        """What it says about some shapes; all of it where none are named."""
        return self.of(self.name, {name: value for name, value in self.weights.items() if not channels or name in channels})

    def edit(self, start_s: float, end_s: float, strength: float, edge_ms: float) -> CurveEdit:
        """The edit that blends it in.

        Args:
            start_s: where it sets in, on the track's own time line.
            end_s: where it has faded out.
            strength: 0 to 1.
            edge_ms: how long it takes to set in and to fade out.
        """
        end_s = max(end_s, start_s + SHORTEST_S)
        return CurveEdit("pose", self.channels, start_s, end_s, strength, edge_ms, self.values, why=f"Pose {self.name}")


def document(poses: Iterable[FacePose]) -> dict[str, Any]:
    """What a file of poses holds."""
    rows = [{"name": pose.name, "weights": {name: round(value, 5) for name, value in pose.weights.items()}} for pose in poses]
    return {"format": FORMAT, "version": VERSION, "poses": rows}


def from_document(data: Any) -> tuple[FacePose, ...]:
    """The poses of a file's content.

    Raises:
        PoseError: it is no library of poses, of a newer version, or damaged.
    """
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise PoseError("This file holds no poses; choose one that this program exported.")
    if data.get("version") != VERSION:
        raise PoseError(f"The poses have version {data.get('version')!r}, this program reads {VERSION}; update the program.")
    rows = data.get("poses")
    if not isinstance(rows, list) or len(rows) > MOST_POSES:
        raise PoseError(f"The file must hold a list of at most {MOST_POSES} poses; correct it.")
    return tuple(_pose_of(row) for row in rows)


def _pose_of(row: Any) -> FacePose:
    name, weights = (row.get("name"), row.get("weights")) if isinstance(row, Mapping) else (None, None)
    if not isinstance(name, str) or not isinstance(weights, Mapping) or not weights:
        raise PoseError("A pose needs a name, and weights by the names of Apple's shapes; correct the file.")
    for channel, value in weights.items():
        if channel not in ARKIT_INDEX:
            raise PoseError(f"The pose {name[:MOST_NAME]} holds {str(channel)[:40]!r}, none of Apple's 52 shapes; correct the file.")
        if not is_number(value) or not _LEAST <= value <= _MOST:
            raise PoseError(f"{channel} of the pose {name[:MOST_NAME]} must be a number from {_LEAST:g} to {_MOST:g}; correct the file.")
    return FacePose.of(checked_name(name), dict(weights))


def checked_name(name: str) -> str:
    """A name without spaces around it.

    Raises:
        PoseError: there is none, or it is too long.
    """
    plain = " ".join(name.split())
    if not plain or len(plain) > MOST_NAME:
        raise PoseError(f"A pose needs a name of 1 to {MOST_NAME} characters; type one.")
    return plain


def free_name(name: str, taken: Collection[str]) -> str:
    """A name that nothing has yet: the same, or the same with a number."""
    known = {each.lower() for each in taken}
    if name.lower() not in known:
        return name
    return next(made for n in range(2, len(known) + 3) if (made := f"{name[: MOST_NAME - 6]} {n}").lower() not in known)


def renamed(pose: FacePose, name: str) -> FacePose:
    """The same pose under another name."""
    return replace(pose, name=checked_name(name))


def _mouth(viseme: str) -> dict[str, float]:
    """A viseme as a pose of the whole mouth."""
    return {**dict.fromkeys(MOUTH_CHANNELS, 0.0), **expanded(VISEME_RECIPES[viseme])}


#: what a viseme is said in, for the name of its pose
_SAID_IN = {
    "PP": "p, b, m", "FF": "f, v", "TH": "th", "DD": "t, d", "kk": "k, g", "CH": "ch, sh", "SS": "s, z", "nn": "n, l", "RR": "r",
    "aa": "ah", "E": "eh", "I": "ee", "O": "oh", "U": "oo",
}  # fmt: skip
_EXPRESSIONS: Mapping[str, Mapping[str, float]] = {
    "Smile": {"mouthSmile*": 0.55, "mouthDimple*": 0.12, "cheekSquint*": 0.3, "eyeSquint*": 0.2},
    "Broad smile": {
        "mouthSmile*": 0.85, "mouthDimple*": 0.2, "mouthUpperUp*": 0.25, "mouthLowerDown*": 0.12, "jawOpen": 0.06, "cheekSquint*": 0.6,
        "eyeSquint*": 0.4,
    },
    "Half a smile": {"mouthSmileRight": 0.5, "mouthDimpleRight": 0.2, "cheekSquintRight": 0.2, "eyeSquintRight": 0.12},
    "Surprise": {"browInnerUp": 0.8, "browOuterUp*": 0.7, "eyeWide*": 0.6, "jawOpen": 0.32, "mouthFunnel": 0.12},
    "Sad": {"browInnerUp": 0.65, "browDown*": 0.15, "mouthFrown*": 0.5, "mouthShrugLower": 0.25, "eyeSquint*": 0.15, "eyeLookDown*": 0.2},
    "Angry": {"browDown*": 0.85, "eyeSquint*": 0.35, "eyeWide*": 0.15, "noseSneer*": 0.35, "mouthPress*": 0.35, "jawForward": 0.15},
    "Disgust": {"noseSneer*": 0.7, "mouthUpperUp*": 0.4, "browDown*": 0.45, "eyeSquint*": 0.4, "mouthFrown*": 0.3, "cheekSquint*": 0.3},
    "Afraid": {"browInnerUp": 0.8, "browOuterUp*": 0.35, "browDown*": 0.2, "eyeWide*": 0.75, "mouthStretch*": 0.5, "jawOpen": 0.12},
    "Doubt": {"browOuterUpLeft": 0.8, "browInnerUp": 0.15, "browDownRight": 0.5, "eyeSquintRight": 0.25, "mouthLeft": 0.15},
    "Thinking": {"browDown*": 0.25, "eyeLookUp*": 0.4, "eyeLookOutLeft": 0.3, "eyeLookInRight": 0.3, "mouthPucker": 0.2, "mouthLeft": 0.2},
    "Brows up": {"browInnerUp": 0.7, "browOuterUp*": 0.7},
    "Brows down": {"browDown*": 0.8},
    "Eyes closed": {"eyeBlink*": 1.0},
    "Wink": {"eyeBlinkLeft": 1.0, "cheekSquintLeft": 0.5, "mouthSmileLeft": 0.3, "browDownLeft": 0.2},
    "Look left": {"eyeLookOutLeft": 0.6, "eyeLookInRight": 0.6},
    "Look right": {"eyeLookInLeft": 0.6, "eyeLookOutRight": 0.6},
    "Look up": {"eyeLookUp*": 0.6, "browInnerUp": 0.15},
    "Look down": {"eyeLookDown*": 0.6, "eyeBlink*": 0.2},
    "Pressed lips": {"mouthPress*": 0.6, "mouthRollUpper": 0.4, "mouthRollLower": 0.4},
    "Pout": {"mouthShrugLower": 0.6, "mouthPucker": 0.35, "mouthFrown*": 0.2},
    "Kiss": {"mouthPucker": 0.95, "mouthFunnel": 0.15, "eyeBlink*": 0.35},
    "Puffed cheeks": {"cheekPuff": 0.9, "mouthPress*": 0.3, "mouthPucker": 0.2},
    "Tongue out": {"tongueOut": 0.9, "jawOpen": 0.25, "mouthLowerDown*": 0.15},
}  # fmt: skip

#: the poses that come with the program
STOCK: tuple[FacePose, ...] = (
    FacePose.of("Rest", dict.fromkeys(ARKIT_CHANNELS, 0.0)),
    *(FacePose.of(name, expanded(weights)) for name, weights in _EXPRESSIONS.items()),
    *(FacePose.of(f"{viseme} ({said})", _mouth(viseme)) for viseme, said in _SAID_IN.items()),
)
