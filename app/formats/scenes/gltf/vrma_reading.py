"""VRM 1.0 animation (.vrma) as a track: expressions by name, the head by its bones, the gaze by what the avatar looks at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from app.avatar.document import Document
from app.avatar.fields import broken, integer, optional_integer, record, records, text
from app.avatar.nodes import NodeTree
from app.avatar.vrm import PRESETS
from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, MOUTH_CHANNELS, VISEME_CHANNELS, canonical_name
from app.core.errors import TrackError
from app.core.visemes import projection_matrix
from app.formats.scenes.gltf.curves import Curve, read_curve
from app.formats.scenes.gltf.rate import Sampling, sampling_of, stated
from app.formats.scenes.gltf.shapes import STILL, VISEMES_TOLD
from app.formats.scenes.gltf.turns import side_columns, turned_angles, turns
from app.formats.track_file import TrackFile

NAME = "VRM animation"
VRMA = "VRMC_vrm_animation"
_MOUTH = np.array(sorted(ARKIT_INDEX[name] for name in MOUTH_CHANNELS))
_LOOKS = np.array([i for name, i in ARKIT_INDEX.items() if name.startswith("eyeLook")])
#: presets of looking, which the standard forbids here and some files hold
_LOOK_PRESETS: Mapping[str, tuple[str, ...]] = {
    "lookup": ("eyeLookUpLeft", "eyeLookUpRight"), "lookdown": ("eyeLookDownLeft", "eyeLookDownRight"),
    "lookleft": ("eyeLookOutLeft", "eyeLookInRight"), "lookright": ("eyeLookInLeft", "eyeLookOutRight"),
}  # fmt: skip


def read_vrma(document: Document, name: str, fps: float | None) -> TrackFile:
    """The first animation as a track.

    Raises:
        TrackError: it moves no face.
        AvatarError: the file is broken.
    """
    extension = record(record(document.root, "extensions"), VRMA)
    groups = record(extension, "expressions")
    nodes = {
        (kind, expression): integer(record(record(groups, kind), expression), "node")
        for kind in ("preset", "custom")
        for expression in record(groups, kind)
    }
    bones = {bone: integer(record(record(record(extension, "humanoid"), "humanBones"), bone), "node")
             for bone in record(record(extension, "humanoid"), "humanBones")}  # fmt: skip
    look = optional_integer(record(extension, "lookAt"), "node")
    if max([*nodes.values(), *bones.values(), -1 if look is None else look], default=-1) >= len(document.all("nodes")):
        raise broken("its animation is of a node that is not there")
    moved, turned, said = _curves(document)
    expressions = {key: moved[node] for key, node in nodes.items() if node in moved}
    rotations = {bone: turned[node] for bone, node in bones.items() if node in turned}
    gaze = turned.get(look) if look is not None else None
    used = [*expressions.values(), *(rotations[bone] for bone in ("neck", "head") if bone in rotations), *([gaze] if gaze else [])]
    if not used:
        raise TrackError(f"{name} is a VRM animation of a body, which moves no face; choose one with expressions.")
    sampling = sampling_of(used, name, fps, said)
    columns = {key: sampling.of(curve)[:, 0] for key, curve in expressions.items()}
    weights, visemes, others, warnings = _channels(columns, sampling.n_frames)
    tree = NodeTree(document)
    angles = _angles(tree, bones, rotations, sampling)
    if gaze is not None and look is not None and not weights[:, _LOOKS].any():
        seen = turned_angles(tree, look, sampling.of(gaze))
        if turns([seen]):
            angles |= {**side_columns("LeftEye", seen), **side_columns("RightEye", seen)}
    if look is not None and look in moved:
        warnings.append("What the avatar looks at is a moving point, which was not read; only a turning gaze is.")
    body = [bone for bone in rotations if bone not in ("neck", "head", "leftEye", "rightEye")]
    if body:
        warnings.append(f"The body's motion ({len(body)} bones) was left out.")
    return sampling.track_file(weights, {**angles, **others}, tuple(warnings), NAME, visemes=visemes)


def _curves(document: Document) -> tuple[dict[int, Curve], dict[int, Curve], float | None]:
    """Node -> its translation, node -> its rotation, of the first animation; and the rate that it states."""
    animations = document.all("animations")
    moved: dict[int, Curve] = {}
    turned: dict[int, Curve] = {}
    if not animations:
        return moved, turned, None
    samplers = records(animations[0], "samplers")
    for channel in records(animations[0], "channels"):
        target, which = record(channel, "target"), integer(channel, "sampler")
        node, path = optional_integer(target, "node"), text(target, "path")
        if node is None or which >= len(samplers):
            continue
        if path == "translation":
            moved[node] = read_curve(document, samplers[which], path, 3)
        elif path == "rotation":
            turned[node] = read_curve(document, samplers[which], path, 4)
    return moved, turned, stated(animations[0], "fps")


def _channels(columns: dict[tuple[str, str], np.ndarray], n: int) -> tuple[np.ndarray, np.ndarray | None, dict[str, np.ndarray], list[str]]:
    """The 52 channels, visemes that move the mouth, expressions that are neither under their own names, and what is to be said."""
    weights, visemes = np.zeros((n, len(ARKIT_CHANNELS))), np.zeros((n, len(VISEME_CHANNELS)))
    presets = np.zeros((n, len(ARKIT_CHANNELS)))
    others: dict[str, np.ndarray] = {}
    for (kind, name), column in columns.items():
        channel = canonical_name(name) if kind == "custom" else PRESETS.get(name.lower())
        if kind == "custom" and channel is not None and channel in ARKIT_INDEX:
            weights[:, ARKIT_INDEX[channel]] = column
        elif channel in VISEME_CHANNELS:
            visemes[:, VISEME_CHANNELS.index(channel)] = column
        elif kind == "preset" and (both := _eye_channels(name, channel)):
            for eye in both:
                presets[:, ARKIT_INDEX[eye]] = np.maximum(presets[:, ARKIT_INDEX[eye]], column)
        elif np.abs(column).max(initial=0.0) > STILL:
            others[name] = column
    warnings = []
    still = ~weights.any(0)
    weights[:, still] += presets[:, still]
    if np.abs(visemes).max(initial=0.0) > STILL:
        if weights[:, _MOUTH].any():
            warnings.append("Its mouth was read from ARKit's shapes; the vowels, which say the same, were left out.")
        else:
            weights += visemes @ projection_matrix().astype(np.float64)
            warnings.append(VISEMES_TOLD)
            return weights, visemes, others, warnings
    return weights, None, others, warnings


def _eye_channels(name: str, channel: str | None) -> tuple[str, ...]:
    """What a preset of lids or gaze moves."""
    if channel == "blink":
        return ("eyeBlinkLeft", "eyeBlinkRight")
    return (channel,) if channel is not None and channel in ARKIT_INDEX else _LOOK_PRESETS.get(name.lower(), ())


def _angles(tree: NodeTree, bones: dict[str, int], rotations: dict[str, Curve], sampling: Sampling) -> dict[str, np.ndarray]:
    """The head's angles, the neck's share among them, where it ever turns."""
    parts = [turned_angles(tree, bones[bone], sampling.of(rotations[bone])) for bone in ("neck", "head") if bone in rotations]
    if not parts or not turns([sum(parts, np.zeros_like(parts[0]))]):
        return {}
    return side_columns("Head", sum(parts, np.zeros_like(parts[0])))
