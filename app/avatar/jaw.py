"""A jaw without shapes: a joint that carries the chin turns it, with axis and angle found from the geometry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from app.avatar.model import Avatar, MeshPart, MorphTargets
from app.avatar.pose import find_bones
from app.core.arkit import canonical_name

#: at full opening the chin has gone this share of the head's height: what ARKit's jawOpen does on measured heads
CHIN_TRAVEL = 0.155
#: degrees; people reach about 30
LEAST_ANGLE, LARGEST_ANGLE = 8.0, 32.0
#: a joint nearer to the chin than this share of the head's height is no hinge; one that lies more above than behind is none either
_SHORTEST_LEVER = 0.2
#: where the hinge lies from the chin instead, in head heights: up and back (before the ear)
_HINGE_UP, _HINGE_BACK = 0.25, 0.42
#: a vertex with less of the jaw than this share of the most does not belong to the chin
_CHIN = 0.5
_FRONT = 80


def open_by_jaw_joint(avatar: Avatar) -> Avatar:
    """Give an avatar that nothing opens a ``jawOpen`` made by its jaw joint.

    Args:
        avatar: with or without targets.

    Returns:
        The avatar with a target more on each part that hangs on the jaw; unchanged when there is no jaw joint.
    """
    turn = jaw_turn(avatar)
    if turn is None:
        return avatar
    below = _below(avatar, turn.joint)
    shares = [_share(part, below) for part in avatar.parts]
    parts = tuple(_opened(part, s, turn.rotation, turn.pivot) if s.any() else part for part, s in zip(avatar.parts, shares, strict=True))
    return replace(avatar, parts=parts, bones={**avatar.bones, "jaw": turn.joint})


@dataclass(frozen=True)
class JawTurn:
    """How a jaw joint opens a mouth.

    Attributes:
        joint: index into the avatar's joints.
        rotation: (3, 3) at full opening, about the axis from ear to ear.
        pivot: (3,) the point that it turns about, in world space.
    """

    joint: int
    rotation: np.ndarray
    pivot: np.ndarray


def jaw_turn(avatar: Avatar) -> JawTurn | None:
    """How an avatar's jaw joint would open its mouth, or None when no joint carries a chin.

    Args:
        avatar: with or without targets.
    """
    jaw = find_bones([joint.name for joint in avatar.joints], avatar.bones).get("jaw")
    if jaw is None:
        return None
    below = _below(avatar, jaw)
    points = np.concatenate([part.positions for part in avatar.parts]).astype(np.float64)
    share = np.concatenate([_share(part, below) for part in avatar.parts])
    if not share.max(initial=0.0) > 0.1:
        return None
    return JawTurn(jaw, *opening(points, share, avatar.joints[jaw].world[:3, 3], head_height(avatar, points, share)))


def opens_by_joint(avatar: Avatar) -> bool:
    """Whether the ``jawOpen`` of an avatar is made by its jaw joint."""
    return any(
        part.targets is not None
        and part.targets.written is not None
        and part.targets.names[-1:] == ("jawOpen",)
        and not {"jawOpen"} & {canonical_name(name) for name in part.targets.written}
        and "jawOpen" not in avatar.vocabulary.recipes
        for part in avatar.parts
    )


def opening(points: np.ndarray, share: np.ndarray, joint: np.ndarray, height: float) -> tuple[np.ndarray, np.ndarray]:
    """The turn of a jaw at full opening, so that the chin goes down and back.

    Args:
        points: (n, 3) metres, facing +Z.
        share: (n,) how much each hangs on the jaw.
        joint: (3,) origin of the jaw joint.
        height: of the head.

    Returns:
        (3, 3) rotation about the axis from ear to ear, and the (3,) point that it turns about.
    """
    hanging = points[share > _CHIN * share.max()]
    chin = hanging[hanging[:, 2] >= np.percentile(hanging[:, 2], _FRONT)].mean(0)
    pivot = np.array([chin[0], joint[1], joint[2]])
    lever = chin - pivot
    if lever[2] < _SHORTEST_LEVER * height or lever[2] < 0.7 * abs(lever[1]):
        pivot = chin + np.array([0.0, _HINGE_UP * height, -_HINGE_BACK * height])
        lever = chin - pivot
    angle = 2 * np.arcsin(min(1.0, CHIN_TRAVEL * height / (2 * float(np.linalg.norm(lever)))))
    angle = float(np.clip(angle, np.radians(LEAST_ANGLE), np.radians(LARGEST_ANGLE)))
    # positive about X takes what lies in front downwards
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, cosine, -sine], [0.0, sine, cosine]]), pivot


def head_height(avatar: Avatar, points: np.ndarray, share: np.ndarray) -> float:
    """Height of the head in metres: from the lowest of the jaw to the crown above it."""
    hanging = points[share > _CHIN * share.max()]
    low, high = hanging.min(0), hanging.max(0)
    reach = max(float(high[0] - low[0]), 1e-6)
    above = points[np.abs(points[:, 0] - (low[0] + high[0]) / 2) < reach]
    tall = float(above[:, 1].max() - low[1])
    # a hat or a mesh that goes on above: a head is about three times as high as its jaw is wide at most
    return min(tall, 3.0 * reach)


def _below(avatar: Avatar, top: int) -> np.ndarray:
    """(n_joints,) bool: a joint and those that hang on it."""
    inside = np.zeros(len(avatar.joints), bool)
    for start in range(len(avatar.joints)):
        joint, steps = start, 0
        while joint >= 0 and joint != top and steps <= len(avatar.joints):
            joint, steps = avatar.joints[joint].parent, steps + 1
        inside[start] = joint == top
    return inside


def _share(part: MeshPart, below: np.ndarray) -> np.ndarray:
    """(n,) float64: how much each vertex of a part hangs on the jaw."""
    if part.skin is None:
        return np.zeros(len(part.positions))
    shares: np.ndarray = np.einsum("nk,nk->n", part.skin.weights.astype(np.float64), below[part.skin.joints].astype(np.float64))
    return shares


def _opened(part: MeshPart, share: np.ndarray, rotation: np.ndarray, pivot: np.ndarray) -> MeshPart:
    """A part with ``jawOpen`` as its last target."""
    turned = ((part.positions - pivot) @ rotation.T + pivot - part.positions) * share[:, None]
    normals = (part.normals @ rotation.T - part.normals) * share[:, None]
    targets = part.targets or MorphTargets((), *(np.zeros((0, *part.positions.shape), np.float32),) * 2, np.zeros(0, np.float32))
    added: Mapping[str, np.ndarray] = {"positions": turned.astype(np.float32), "normals": normals.astype(np.float32)}
    return replace(
        part,
        targets=MorphTargets(
            (*targets.names, "jawOpen"),
            np.concatenate([targets.positions, added["positions"][None]]),
            np.concatenate([targets.normals, added["normals"][None]]),
            np.append(targets.default_weights, np.float32(0)),
            written=targets.names if targets.written is None else targets.written,
        ),
    )
