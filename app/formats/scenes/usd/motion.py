"""The moving part of a scene: SkelAnimations of blend shapes and joints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.core.arkit import ARKIT_CHANNELS, VISEME_CHANNELS
from app.core.side import SideChannels
from app.core.track import BlendshapeTrack
from app.formats.scenes.gltf.keys import kept_keys
from app.formats.scenes.gltf.turns import quaternions_of
from app.formats.scenes.usd.text import exact, indented, numbers, quoted, samples, tokens, tuples

#: of the animation that moves the face, and of the one that has the weights as they were made, where the avatar gets others
SHOWN, AS_MADE = "Motion", "AsMade"
#: attributes of ours
SIDE_NAMES, SIDE = "userProperties:sideNames", "userProperties:side"


@dataclass(frozen=True)
class TurnedJoint:
    """A joint that turns.

    Attributes:
        path: with those above it.
        angles: (n, 3) radians pitch, yaw, roll of its own.
    """

    path: str
    angles: np.ndarray


@dataclass(frozen=True)
class Joints:
    """The joints of a face.

    Attributes:
        paths: of all, those above first.
        places: (n, 3) metres, each from the joint above it.
        turned: those that turn.
    """

    paths: tuple[str, ...]
    places: np.ndarray
    turned: tuple[TurnedJoint, ...] = ()


def animation(
    name: str, columns: tuple[Sequence[str], np.ndarray], codes: np.ndarray, max_error: float, *, joints: Joints | None = None,
    side: SideChannels | None = None,
) -> str:  # fmt: skip
    """The text of a SkelAnimation.

    Args:
        name: of the prim.
        columns: names and (n, names) weights.
        codes: (n,) time codes of the frames.
        max_error: keys that change nothing by more are left out.
        joints: that are posed by it, None for none.
        side: columns beside the shapes, None for none.
    """
    names, weights = columns
    kept = kept_keys(weights, max_error)
    lines = [
        f"uniform token[] blendShapes = {tokens(names)}",
        f"float[] blendShapeWeights.timeSamples = {samples(codes[kept].tolist(), (exact(row) for row in weights[kept]))}",
    ]
    if joints is not None:
        lines += _joint_lines(joints, codes, max_error)
    if side is not None:
        kept = kept_keys(side.values, max_error)
        lines += [
            f"custom uniform token[] {SIDE_NAMES} = {tokens(side.names)}",
            f"custom float[] {SIDE}.timeSamples = {samples(codes[kept].tolist(), (exact(row) for row in side.values[kept]))}",
        ]
    return f"def SkelAnimation {quoted(name)}\n{{\n{indented(chr(10).join(lines))}\n}}"


def as_made(arkit: BlendshapeTrack, visemes: BlendshapeTrack | None) -> tuple[tuple[str, ...], np.ndarray]:
    """Names and rows of the weights before any avatar."""
    if visemes is None:
        return ARKIT_CHANNELS, arkit.weights
    return (*ARKIT_CHANNELS, *VISEME_CHANNELS), np.concatenate([arkit.weights, visemes.weights], axis=1)


def _joint_lines(joints: Joints, codes: np.ndarray, max_error: float) -> list[str]:
    n, m = len(codes), len(joints.paths)
    quaternions = np.zeros((n, m, 4))
    quaternions[:, :, 0] = 1.0
    for joint in joints.turned:
        # USD's quaternions begin with the real part
        quaternions[:, joints.paths.index(joint.path)] = quaternions_of(joint.angles)[:, [3, 0, 1, 2]]
    kept = kept_keys(quaternions.reshape(n, -1), max_error)
    ones = f"[{', '.join(['(1, 1, 1)'] * m)}]"
    turned = (tuples(quaternions[k], 9) for k in kept)
    return [
        f"uniform token[] joints = {tokens(joints.paths)}",
        f"quatf[] rotations.timeSamples = {samples(codes[kept].tolist(), turned)}",
        f"half3[] scales = {ones}",
        f"float3[] translations = {tuples(joints.places, 9)}",
    ]


def codes_text(codes: np.ndarray) -> str:
    """First and last time code, as a layer says them."""
    return f"    endTimeCode = {numbers(codes[-1:], 9)}\n    startTimeCode = {numbers(codes[:1], 9)}"
