"""Head, neck and chest motion: only the vertices that those joints move are skinned again, and the rest is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.avatar.model import Avatar, Joint, MeshPart
from app.avatar.pose import find_bones

#: how much of a head rotation the neck takes; the skull joint takes the rest
NECK_SHARE = 0.4
#: a full breath lifts the shoulders and pushes the chest forward by these shares of the avatar's height
BREATH_UP, BREATH_FORWARD = 0.0018, 0.0025
#: the spine joint below the chest takes this share of a breath
BELOW_CHEST = 0.4

#: weights this close to 0 or 1 count as such
_SLIGHT = 1e-3
#: a part with more than this share of vertices in one case is computed whole for it: that is faster than picking
_MOSTLY = 0.5


def rotation_matrix(angles: np.ndarray) -> np.ndarray:
    """A head rotation.

    Args:
        angles: (3,) radians: pitch (positive looks down), yaw (positive turns to the avatar's left), roll (positive leans
            to the avatar's right).

    Returns:
        (3, 3) float64 for column vectors, yaw * pitch * roll.
    """
    (sp, sy, sr), (cp, cy, cr) = np.sin(angles), np.cos(angles)
    pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    made: np.ndarray = yaw @ pitch @ roll
    return made


@dataclass(frozen=True)
class Turn:
    """Where head and neck have gone.

    Attributes:
        neck: (3, 3) rotation of what the neck carries, and its offset, (3,).
        head: (3, 3) rotation of what the head carries, and its offset, (3,).
        lift: the present breath, 0 to 1.
    """

    neck: tuple[np.ndarray, np.ndarray]
    head: tuple[np.ndarray, np.ndarray]
    lift: float


@dataclass(frozen=True)
class Skeleton:
    """The joints that idle motion uses.

    Attributes:
        neck_pivot: (3,) world, or None.
        head_pivot: (3,) world, or None when the avatar has no head to turn.
        roles: (n_joints, 3) float32: how much each joint belongs to the neck, the head and the chest.
        height: of the avatar in world units.
    """

    neck_pivot: np.ndarray | None
    head_pivot: np.ndarray | None
    roles: np.ndarray
    height: float

    def turn(self, rotation: np.ndarray, lift: float) -> Turn:
        """Rigid motions for a head rotation (see rotation_matrix) and a breath."""
        share = NECK_SHARE if self.neck_pivot is not None else 0.0
        neck = _about(self.neck_pivot, rotation * share)
        skull = _about(self.head_pivot, rotation * (1 - share))
        return Turn(neck, (neck[0] @ skull[0], neck[0] @ skull[1] + neck[1]), lift)


def _about(pivot: np.ndarray | None, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if pivot is None:
        return np.eye(3), np.zeros(3)
    matrix = rotation_matrix(angles)
    return matrix, pivot - matrix @ pivot


def _below(joints: tuple[Joint, ...], top: int) -> np.ndarray:
    """(n,) bool: a joint and all that hang on it."""
    inside = np.zeros(len(joints), bool)
    for start in range(len(joints)):
        joint, steps = start, 0
        while joint >= 0 and joint != top and steps <= len(joints):
            joint, steps = joints[joint].parent, steps + 1
        inside[start] = joint == top
    return inside


def find_skeleton(avatar: Avatar) -> Skeleton:
    """Find neck, head and chest among an avatar's joints; a head without joints turns as a whole.

    Args:
        avatar: any.
    """
    points = np.concatenate([part.positions for part in avatar.parts])
    low, high = points.min(0), points.max(0)
    height = float(high[1] - low[1])
    joints = avatar.joints
    roles = np.zeros((len(joints), 3), np.float32)
    if not joints:
        pivot = np.array([(low[0] + high[0]) / 2, low[1] + 0.15 * height, (low[2] + high[2]) / 2], np.float64)
        return Skeleton(None, pivot, roles, height)
    bones: Mapping[str, int] = find_bones([joint.name for joint in joints], avatar.bones)
    head, neck = bones.get("head"), bones.get("neck")
    if head is None:
        return Skeleton(None, None, roles, height)
    on_head = _below(joints, head)
    on_neck = _below(joints, neck) & ~on_head if neck is not None else np.zeros(len(joints), bool)
    roles[on_neck, 0], roles[on_head, 1] = 1, 1
    chest = joints[head if neck is None else neck].parent
    if chest >= 0:
        roles[_below(joints, chest) & ~on_head & ~on_neck, 2] = 1
        if joints[chest].parent >= 0:
            roles[joints[chest].parent, 2] = BELOW_CHEST
    origins = [joint.world[:3, 3] for joint in joints]
    return Skeleton(None if neck is None else origins[neck], origins[head], roles, height)


@dataclass(frozen=True)
class PartMotion:
    """How one part follows head, neck and chest.

    Attributes:
        on_head: whether the part is the head's, except for the blended vertices.
        blended: (n,) int64, vertices that move in another way than the rest of the part, or a slice over all.
        neck: (n, 1) float32 weight of the blended vertices on the neck.
        head: (n, 1) float32 weight on the head.
        breathing: (m,) int64, vertices that a breath moves.
        breath: (m, 3) float32, their displacement when it is full.
    """

    on_head: bool
    blended: np.ndarray | slice
    neck: np.ndarray
    head: np.ndarray
    breathing: np.ndarray
    breath: np.ndarray

    def apply(self, turn: Turn, source: tuple[np.ndarray, np.ndarray], out: tuple[np.ndarray, np.ndarray]) -> None:
        """Write turned positions and normals.

        Args:
            turn: where the joints have gone.
            source: (n_vertices, 3) positions and normals before it.
            out: the buffers to write, all of them.
        """
        for shape, shown, offset in ((source[0], out[0], True), (source[1], out[1], False)):
            if self.on_head:
                np.matmul(shape, turn.head[0].T.astype(np.float32), out=shown)
                if offset:
                    np.add(shown, turn.head[1].astype(np.float32), out=shown)
            elif not isinstance(self.blended, slice):
                np.copyto(shown, shape)
            if len(self.neck):
                shown[self.blended] = self._blend(turn, shape[self.blended], offset)
        if turn.lift and len(self.breathing):
            positions = out[0]
            positions[self.breathing] += np.float32(turn.lift) * self.breath

    def _blend(self, turn: Turn, vectors: np.ndarray, offset: bool) -> np.ndarray:
        result = vectors.copy()
        for weight, (rotation, shift) in ((self.neck, turn.neck), (self.head, turn.head)):
            change = vectors @ (rotation - np.eye(3)).T.astype(np.float32)
            if offset:
                change += shift.astype(np.float32)
            change *= weight
            result += change
        return result


def build_motion(part: MeshPart, skeleton: Skeleton) -> PartMotion | None:
    """Find the vertices of a part that head, neck or chest move.

    Args:
        part: the part.
        skeleton: of its avatar.

    Returns:
        Their weights, or None when nothing of it moves.
    """
    n = len(part.positions)
    if skeleton.head_pivot is None:
        return None
    if part.skin is None:
        weights = np.tile(np.array([0, 1, 0], np.float32), (n, 1)) if not len(skeleton.roles) else np.zeros((n, 3), np.float32)
    else:
        weights = np.einsum("nk,nkr->nr", part.skin.weights, skeleton.roles[part.skin.joints])
    rigid = weights[:, 1] > 1 - _SLIGHT
    on_head = bool(rigid.mean() > _MOSTLY)
    special = ~rigid if on_head else weights[:, :2].max(1) > _SLIGHT
    breathing = np.flatnonzero(weights[:, 2] > _SLIGHT)
    if not (on_head or special.any() or len(breathing)):
        return None
    blended: np.ndarray | slice = slice(None) if not on_head and special.mean() > _MOSTLY else np.flatnonzero(special)
    neck, head = (np.ascontiguousarray(weights[blended, i : i + 1]) for i in range(2))
    return PartMotion(on_head, blended, neck, head, breathing, _breath(part.normals[breathing], weights[breathing, 2:], skeleton.height))


def _breath(normals: np.ndarray, chest: np.ndarray, height: float) -> np.ndarray:
    """(n, 3) float32: what belongs to the chest rises, and swells where it faces forward."""
    displacement = np.zeros((len(chest), 3), np.float32)
    displacement[:, 1:2] = chest * height * BREATH_UP
    displacement[:, 2:3] = chest * height * BREATH_FORWARD * np.maximum(normals[:, 2:3], 0)
    return displacement
