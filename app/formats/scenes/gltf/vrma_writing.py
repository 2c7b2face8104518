"""VRM 1.0 animation (.vrma): expressions and a turning head for any VRM avatar.

As VRMC_vrm_animation 1.0 has it: every expression is a node whose translation along x is its weight, from 0 to 1; the bones are a skeleton
in T-pose; the presets of looking (lookUp ...) may not be animated, for the gaze is a node's rotation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.avatar.document import read_document
from app.avatar.fields import Json, record, records, text
from app.avatar.vrm import CONSONANTS
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, VISEME_CHANNELS, canonical_name
from app.core.errors import AvatarError
from app.core.head import LOOK_PER_RADIAN, has_head, head_rotations
from app.core.projection import VisemeEstimate
from app.core.track import BlendshapeTrack
from app.formats.performance import Performance, WriteOptions, Written
from app.formats.scenes.gltf.animation import AnimationWriter
from app.formats.scenes.gltf.copy import GlbCopy
from app.formats.scenes.gltf.naming import animation_name, beside_sentence, on_frames
from app.formats.scenes.gltf.turns import quaternions_of, shares_of

EXTENSION = "VRMC_vrm_animation"
#: preset -> the viseme that it is
VOWELS: Mapping[str, str] = {"aa": "viseme_aa", "ih": "viseme_I", "ou": "viseme_U", "ee": "viseme_E", "oh": "viseme_O"}
#: a VRM with so many expressions called after ARKit's shapes moves by them
_PERFECT_SYNC = 20
#: bone -> the bone it hangs on, and metres from it; all that VRM requires, and a neck
_SKELETON: Mapping[str, tuple[str, tuple[float, float, float]]] = {
    "hips": ("", (0.0, 0.95, 0.0)),
    "spine": ("hips", (0.0, 0.1, 0.0)),
    "chest": ("spine", (0.0, 0.15, 0.0)),
    "neck": ("chest", (0.0, 0.25, 0.0)),
    "head": ("neck", (0.0, 0.09, 0.01)),
    **{
        f"{side}{bone}": (f"{side}{above}" if above[0].isupper() else above, (way * x, y, z))
        for side, way in (("left", 1.0), ("right", -1.0))
        for bone, above, (x, y, z) in (
            ("UpperArm", "chest", (0.16, 0.17, 0.0)), ("LowerArm", "UpperArm", (0.27, 0.0, 0.0)), ("Hand", "LowerArm", (0.25, 0.0, 0.0)),
            ("UpperLeg", "hips", (0.09, -0.05, 0.0)), ("LowerLeg", "UpperLeg", (0.0, -0.42, 0.0)), ("Foot", "LowerLeg", (0.0, -0.42, 0.0)),
        )
    },
}  # fmt: skip
#: where the eyes are, from the head bone
_EYES_M = (0.0, 0.06, 0.06)


@dataclass(frozen=True)
class Expressions:
    """What is written.

    Attributes:
        custom: channel -> the expression's name.
        presets: whether vowels, blinks and the gaze are written.
        told: what is to be said about it.
    """

    custom: Mapping[str, str] = field(default_factory=dict)
    presets: bool = True
    told: str = ""


def expressions_for(avatar: Path | None) -> Expressions:
    """What an avatar can show: ARKit's 52 where it has them, VRM's presets where not, both where it is not known.

    Args:
        avatar: its file, or None.
    """
    own = {channel: channel for channel in ARKIT_CHANNELS}
    names = _expression_names(avatar)
    if names is None:
        return Expressions(own, True, (
            "Written for any VRM: the five vowels, blinks and gaze, and ARKit's 52 as custom expressions; an avatar with Perfect Sync"
            " would show both, so give it as the avatar to write only what it has."
        ))  # fmt: skip
    spelt = {canonical_name(name) or "": name for name in names}
    custom = {channel: spelt[channel] for channel in ARKIT_CHANNELS if channel in spelt}
    if len(custom) >= _PERFECT_SYNC:
        return Expressions(custom, presets=False)
    return Expressions({}, True, "The avatar has VRM's presets only, so the file holds the five vowels, blinks and gaze, and no more.")


def _expression_names(avatar: Path | None) -> list[str] | None:
    """Names of a VRM's expressions, or None where the file is no VRM."""
    if avatar is None:
        return None
    try:
        extensions = record(read_document(avatar).root, "extensions")
        if "VRMC_vrm" in extensions:
            groups = record(record(extensions, "VRMC_vrm"), "expressions")
            return [name for kind in ("preset", "custom") for name in record(groups, kind)]
        if "VRM" in extensions:
            return [text(group, "name") for group in records(record(record(extensions, "VRM"), "blendShapeMaster"), "blendShapeGroups")]
    except AvatarError:
        return None
    return None


def write(performance: Performance, options: WriteOptions) -> Written:
    """A VRM animation.

    Args:
        performance: whose avatar, where it is a VRM, says which expressions there are.
        options: ``max_error`` leaves keys out.

    Raises:
        TrackError: not the 52 channels.
    """
    arkit, visemes = on_frames(performance)
    chosen = expressions_for(performance.avatar)
    presets = _presets(arkit, visemes) if chosen.presets else {}
    customs = {name: arkit.column(channel) for channel, name in chosen.custom.items()}
    copy = GlbCopy({"asset": {"version": "2.0", "generator": "VisemeSync Preview"}, "extensionsUsed": [EXTENSION]})
    bones = _skeleton(copy)
    writer = AnimationWriter(copy, arkit.times_s, options.max_error)
    extension: Json = {"specVersion": "1.0", "humanoid": {"humanBones": {bone: {"node": node} for bone, node in bones.items()}}}
    extension["expressions"] = {
        kind: _written(writer, columns) for kind, columns in (("preset", presets), ("custom", customs)) if columns
    }  # fmt: skip
    if has_head(arkit):
        shares = shares_of(bones)
        for bone, share in shares.items():
            writer.add(bones[bone], "rotation", quaternions_of(share * head_rotations(arkit)), 2.0 * len(shares))
    gaze = _gaze(arkit)
    if chosen.presets and gaze.any():
        node = copy.append("nodes", {"name": "lookAt"})
        writer.add(node, "rotation", quaternions_of(gaze), 2.0)
        extension["lookAt"] = {"node": node, "offsetFromHeadBone": list(_EYES_M)}
    if not writer.channels:
        writer.add(bones["head"], "rotation", quaternions_of(np.zeros((len(arkit), 3))))
    copy.root["extensions"] = {EXTENSION: extension}
    copy.root["scenes"] = [{"nodes": _roots(copy.root["nodes"])}]
    copy.root["scene"] = 0
    writer.finish(animation_name(performance), arkit.fps)
    notes = (chosen.told, _cut(arkit), beside_sentence(performance.arkit, "VRM's animation", gaze=True), writer.told(arkit.fps))
    return Written(copy.to_bytes(), tuple(note for note in notes if note))


def _skeleton(copy: GlbCopy) -> dict[str, int]:
    """Append the bones at rest; returns bone -> node."""
    nodes: dict[str, int] = {}
    for bone, (above, place) in _SKELETON.items():
        nodes[bone] = copy.append("nodes", {"name": bone, "translation": list(place)})
        if above:
            copy.root["nodes"][nodes[above]].setdefault("children", []).append(nodes[bone])
    return nodes


def _roots(nodes: list[Json]) -> list[int]:
    below = {child for node in nodes for child in node.get("children", ())}
    return [i for i in range(len(nodes)) if i not in below]


def _written(writer: AnimationWriter, columns: Mapping[str, np.ndarray]) -> Json:
    """Append the expressions that move, each as a node; returns name -> node as the extension has it."""
    made: Json = {}
    for name, column in columns.items():
        if column.any():
            node = writer.copy.append("nodes", {"name": name})
            rows = np.zeros((len(column), 3), np.float32)
            rows[:, 0] = np.clip(column, 0.0, 1.0)
            writer.add(node, "translation", rows)
            made[name] = {"node": node}
    return made


def _presets(arkit: BlendshapeTrack, visemes: BlendshapeTrack | None) -> dict[str, np.ndarray]:
    """Vowels as the app shows a VRM's, and the blinks."""
    if visemes is None:
        estimate = VisemeEstimate([name.removeprefix("viseme_") for name in VOWELS.values()])
        rows = np.array([estimate(row) for row in arkit.weights]).reshape(-1, len(VISEME_CHANNELS))
    else:
        rows = visemes.weights.copy()
        for consonant, mixture in CONSONANTS.items():
            for vowel, share in mixture.items():
                rows[:, VISEME_CHANNELS.index(vowel)] += share * visemes.column(consonant)
    made = {preset: rows[:, VISEME_CHANNELS.index(viseme)] for preset, viseme in VOWELS.items()}
    return {**made, "blinkLeft": arkit.column("eyeBlinkLeft"), "blinkRight": arkit.column("eyeBlinkRight")}


def _gaze(arkit: BlendshapeTrack) -> np.ndarray:
    """(n, 3) radians pitch, yaw, roll of both eyes together, from the eyeLook shapes."""
    angles = np.zeros((len(arkit), 3))
    for side, outward in (("Left", 1.0), ("Right", -1.0)):
        out, into, down, up = (arkit.column(f"eyeLook{way}{side}").astype(np.float64) for way in ("Out", "In", "Down", "Up"))
        angles[:, 0] += (down - up) / LOOK_PER_RADIAN[1] / 2
        angles[:, 1] += outward * (out - into) / LOOK_PER_RADIAN[0] / 2
    return angles


def _cut(arkit: BlendshapeTrack) -> str:
    """What VRM's range takes from the weights."""
    beyond = float(max(arkit.weights.max(initial=0.0) - 1.0, -arkit.weights.min(initial=0.0)))
    if beyond < 1e-6:
        return ""
    worst = ARKIT_CHANNELS[int(np.abs(arkit.weights - np.clip(arkit.weights, 0, 1)).max(axis=0).argmax())]
    assert worst in ARKIT_INDEX
    return f"VRM's weights go from 0 to 1; what lies beyond was cut, by {beyond:.2f} at most ({worst})."
