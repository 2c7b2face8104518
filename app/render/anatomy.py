"""Where an avatar's head and eyes are: found by names, joints and morph targets, in that order."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from app.avatar.model import Avatar, MeshPart
from app.avatar.pose import find_bones
from app.core.arkit import canonical_name

_HEAD = re.compile(r"^(head_mesh|wolf3d_head|wolf3d_avatar|head|face)", re.IGNORECASE)
_EYE = re.compile(r"^(eye_mesh|eye_?left|eye_?right|wolf3d_eye|eyes?$|eyeball)", re.IGNORECASE)
_NOT_SKULL = re.compile(r"hair|head_?wear|glasses|hat|lash|brow|beard", re.IGNORECASE)

#: a head is about this many times as high as it is wide (adult, ears included); used when nothing better is known
_HEAD_ASPECT = 1.45
#: a mesh this many times as tall as what moves in it is a whole body, if that is a face and not a single point
_TALLER, _LEAST_FACE = 3.0, 0.02
#: lips of an adult lie this many head heights below the eyes
_MOUTH_BELOW_EYES = 0.31
#: shapes that move the lips and little else
_ROUNDED = ("mouthPucker", "mouthFunnel", "viseme_U")
#: a vertex that a shape moves by less than this share of its most does not count
_PLAIN_MOTION = 0.15


@dataclass(frozen=True)
class Head:
    """Where the head is.

    Attributes:
        center: (3,) metres, middle of the head.
        eyes: (3,) metres, between the eyes.
        height: chin to crown in metres.
        whole: lowest and highest corner of the whole avatar, (3,) each.
        source: how it was found: ``eyes``, ``joint``, ``morphs`` or ``bounds``.
    """

    center: np.ndarray
    eyes: np.ndarray
    height: float
    whole: tuple[np.ndarray, np.ndarray]
    source: str


def head_of(avatar: Avatar) -> Head:
    """Find an avatar's head.

    Args:
        avatar: anything with at least one part; without parts a head of 24 cm at 1.6 m is assumed.

    Returns:
        The head, in the avatar's neutral pose.
    """
    if not avatar.parts:
        low, high = np.array([-0.3, 0.0, -0.2]), np.array([0.3, 1.75, 0.2])
        return Head(np.array([0.0, 1.62, 0.0]), np.array([0.0, 1.63, 0.08]), 0.24, (low, high), "bounds")
    whole = _bounds(avatar.parts)
    skull = [p for p in avatar.parts if _HEAD.match(p.mesh)] or [p for p in avatar.parts if p.targets is not None]
    eyes = [p for p in avatar.parts if _EYE.match(p.mesh) or _EYE.match(p.material.name)]
    if eyes and skull:
        return _from_eyes(_bounds(skull), _bounds(eyes), whole)
    joint = find_bones([joint.name for joint in avatar.joints], avatar.bones).get("head")
    if joint is not None:
        return _from_joint(avatar, avatar.joints[joint].world[:3, 3], whole)
    face = _face_box(avatar)
    if face is not None and skull and _is_body(_bounds(skull), face):
        return _from_face(avatar, face, whole)
    if skull:
        return _from_top(_bounds(skull), whole, "morphs")
    return _from_top(whole, whole, "bounds")


def mouth_of(avatar: Avatar, head: Head) -> np.ndarray:
    """Find the middle of the lips.

    Args:
        avatar: anything.
        head: of it.

    Returns:
        (3,) metres: the middle of what the shapes of rounded lips move most; where there are none, or they move something else, where
        the mouth of an adult's head is.
    """
    usual: np.ndarray = head.eyes + np.array([0.0, -_MOUTH_BELOW_EYES * head.height, 0.0])
    points, shares = [], []
    for part in avatar.parts:
        for name, deltas in zip(part.targets.names, part.targets.positions, strict=True) if part.targets is not None else ():
            if canonical_name(name) in _ROUNDED:
                reach = np.linalg.norm(deltas, axis=1)
                points.append(part.positions)
                shares.append(np.where(reach > 0.5 * reach.max(initial=0.0), reach, 0.0))
    weights = np.concatenate(shares) if shares else np.zeros(0)
    if not weights.sum() > 0.0:
        return usual
    found: np.ndarray = weights @ np.concatenate(points).astype(np.float64) / weights.sum()
    return found if np.linalg.norm((found - usual)[:2]) < 0.25 * head.height else usual


def _from_eyes(skull: tuple[np.ndarray, np.ndarray], eyes: tuple[np.ndarray, np.ndarray], whole: tuple[np.ndarray, np.ndarray]) -> Head:
    """Eyes lie halfway between chin and crown of an adult head."""
    between = (eyes[0] + eyes[1]) / 2.0
    span = skull[1] - skull[0]
    height = float(np.clip(2.0 * (skull[1][1] - between[1]), 0.45 * span[1], min(span[1], 1.5 * span[0])))
    top = skull[1][1]
    center = np.array([between[0], top - height / 2.0, between[2] - 0.3 * height])
    return Head(center, between, height, whole, "eyes")


def _from_joint(avatar: Avatar, base: np.ndarray, whole: tuple[np.ndarray, np.ndarray]) -> Head:
    """The head joint sits at the skull's base, about 0.3 head heights above the chin."""
    points = np.concatenate([p.positions for p in avatar.parts if not _NOT_SKULL.search(p.mesh)] or [p.positions for p in avatar.parts])
    above = points[points[:, 1] > base[1]]
    top = float(above[:, 1].max()) if len(above) else float(base[1]) + 0.2
    height = (top - float(base[1])) / 0.7
    center = np.array([base[0], top - height / 2.0, base[2]])
    return Head(center, center + np.array([0.0, 0.0, 0.4 * height]), height, whole, "joint")


def _face_box(avatar: Avatar) -> tuple[np.ndarray, np.ndarray] | None:
    """Corners of what the channels move by a visible amount, or None when they move nothing."""
    moved = []
    for part in avatar.parts:
        for i, name in enumerate(part.targets.names if part.targets is not None else ()):
            if canonical_name(name) and part.targets is not None:
                reach = np.linalg.norm(part.targets.positions[i], axis=1)
                moved.append(part.positions[reach > _PLAIN_MOTION * max(float(reach.max(initial=0.0)), 1e-9)])
    points = np.concatenate(moved) if moved else np.zeros((0, 3))
    return (points.min(0).astype(np.float64), points.max(0).astype(np.float64)) if len(points) else None


def _is_body(mesh: tuple[np.ndarray, np.ndarray], face: tuple[np.ndarray, np.ndarray]) -> bool:
    """Whether a mesh goes far beyond what moves in it as a face."""
    size = float(max(face[1][:2] - face[0][:2]))
    return 0.0 < _TALLER * size < float(mesh[1][1] - mesh[0][1]) and size > _LEAST_FACE * float(mesh[1][1] - mesh[0][1])


def _from_face(avatar: Avatar, face: tuple[np.ndarray, np.ndarray], whole: tuple[np.ndarray, np.ndarray]) -> Head:
    """From the chin to the crown above the part of a body that moves as a face."""
    low, high = face
    middle, width = (low + high) / 2, float(high[0] - low[0])
    points = np.concatenate([p.positions for p in avatar.parts if not _NOT_SKULL.search(p.mesh)] or [p.positions for p in avatar.parts])
    above = points[(np.abs(points[:, 0] - middle[0]) < width) & (points[:, 1] > middle[1])]
    top = float(above[:, 1].max()) if len(above) else float(high[1])
    height = min(top - float(low[1]), 2.2 * max(width, float(high[1] - low[1])))
    center = np.array([middle[0], low[1] + height / 2.0, high[2] - 0.4 * height])
    return Head(center, center + np.array([0.0, 0.0, 0.4 * height]), height, whole, "morphs")


def _from_top(box: tuple[np.ndarray, np.ndarray], whole: tuple[np.ndarray, np.ndarray], source: str) -> Head:
    """Count down from the crown of a mesh that may or may not go on below the chin."""
    low, high = box
    span = high - low
    height = float(min(span[1], _HEAD_ASPECT * min(span[0], 1.3 * span[2]))) or 1.0
    center = np.array([(low[0] + high[0]) / 2.0, high[1] - height / 2.0, (low[2] + high[2]) / 2.0])
    return Head(center, center + np.array([0.0, 0.0, 0.4 * height]), height, whole, source)


def _bounds(parts: list[MeshPart] | tuple[MeshPart, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner of some parts, (3,) float64 each."""
    filled = [p.positions for p in parts if len(p.positions)]
    if not filled:
        return np.zeros(3), np.ones(3)
    low = np.min([p.min(axis=0) for p in filled], axis=0).astype(np.float64)
    high = np.max([p.max(axis=0) for p in filled], axis=0).astype(np.float64)
    return low, high
