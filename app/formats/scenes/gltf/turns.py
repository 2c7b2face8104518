"""Angles of head and eyes as rotations of a file's nodes, and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from app.avatar.document import Document
from app.avatar.fields import indices
from app.avatar.motion import NECK_SHARE
from app.avatar.nodes import NodeTree, quaternion_matrix
from app.avatar.pose import bone_key, find_bones
from app.core.head import ANGLES

#: how rigs call the joints (or nodes) of the eyes, in ``bone_key``'s spelling, {c} = l/r, {s} = left/right
_EYES = ("{s}eye", "eye{s}", "eye{c}", "{c}eye", "{c}faceeye", "jadj{c}faceeye", "grpeye{s}", "eyeball{c}", "{s}eyeball", "eyeball{s}")
#: turns below this are none
STILL = 1e-5


def multiplied(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(n, 4) products of quaternions x, y, z, w; either may be a single one."""
    ax, ay, az, aw = np.moveaxis(np.asarray(a, np.float64), -1, 0)
    bx, by, bz, bw = np.moveaxis(np.asarray(b, np.float64), -1, 0)
    return np.stack(
        [
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
            aw * bw - ax * bx - ay * by - az * bz,
        ],
        axis=-1,
    )


def inverted(q: np.ndarray) -> np.ndarray:
    """(…, 4) conjugates of unit quaternions."""
    made: np.ndarray = np.asarray(q, np.float64) * np.array([-1.0, -1.0, -1.0, 1.0])
    return made


def quaternion_of(matrix: np.ndarray) -> np.ndarray:
    """(4,) unit quaternion of a matrix without shear, whose scale is taken out."""
    rotation = matrix[:3, :3] / np.maximum(np.linalg.norm(matrix[:3, :3], axis=0), 1e-12)
    if np.linalg.det(rotation) < 0:
        rotation = -rotation
    # the eigenvector of Bar-Itzhack (2000), which needs no cases
    (a, b, c), (d, e, f), (g, h, i) = rotation
    table = np.array([
        [a - e - i, d + b, g + c, h - f],
        [d + b, e - a - i, h + f, c - g],
        [g + c, h + f, i - a - e, d - b],
        [h - f, c - g, d - b, a + e + i],
    ])  # fmt: skip
    q: np.ndarray = np.linalg.eigh(table / 3)[1][:, -1]
    return q if q[3] >= 0 else -q


def quaternions_of(angles: np.ndarray) -> np.ndarray:
    """Rotations about the avatar's axes.

    Args:
        angles: (n, 3) radians: pitch, yaw, roll as ``avatar.motion.rotation_matrix`` takes them.

    Returns:
        (n, 4) unit quaternions, yaw * pitch * roll.
    """
    half = np.asarray(angles, np.float64) / 2
    zero = np.zeros(len(half))
    pitch, yaw, roll = (
        np.stack([np.sin(half[:, i]) if i == axis else zero for axis in range(3)] + [np.cos(half[:, i])], axis=1) for i in range(3)
    )
    return multiplied(multiplied(yaw, pitch), roll)


def angles_of(q: np.ndarray) -> np.ndarray:
    """(n, 3) radians pitch, yaw, roll of (n, 4) unit quaternions: the other way of ``quaternions_of``."""
    x, y, z, w = np.asarray(q, np.float64).T
    pitch = np.arcsin(np.clip(2 * (w * x - y * z), -1.0, 1.0))
    yaw = np.arctan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
    roll = np.arctan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z))
    return np.stack([pitch, yaw, roll], axis=1)


def joints_of(tree: NodeTree, known: Mapping[str, int], skinned: Collection[int]) -> dict[str, int]:
    """``head``, ``neck``, ``eye_left`` and ``eye_right`` among a file's nodes, as far as they are there.

    Args:
        tree: the nodes.
        known: bones that the file itself names.
        skinned: nodes that are joints of a skin; no other can be a head or a neck that is not ``known``.
    """
    names = [name if i in skinned else "" for i, name in enumerate(tree.names)]
    bones = find_bones(names, known)
    keys = {bone_key(name): i for i, name in reversed(list(enumerate(tree.names)))}
    found: dict[str, int] = {name: bones[name] for name in ("head", "neck") if name in bones}
    for side in ("left", "right"):
        spelt = (pattern.format(s=side, c=side[0]) for pattern in _EYES)
        node = known.get(f"eye_{side}", next((keys[key] for key in spelt if key in keys), -1))
        if node >= 0:
            found[f"eye_{side}"] = node
    if "head" in found and "neck" in found and found["head"] not in tree.subtree(found["neck"]):
        del found["neck"]
    return found


def skinned_nodes(document: Document) -> frozenset[int]:
    """Nodes that are joints of a skin."""
    n = len(document.all("nodes"))
    return frozenset(node for skin in document.all("skins") for node in indices(skin, "joints", n))


def above(tree: NodeTree, node: int) -> list[int]:
    """A node and all that it hangs on, the root first."""
    chain = []
    while node >= 0:
        chain.append(node)
        node = int(tree.parents[node])
    return chain[::-1]


def carrier(tree: NodeTree, nodes: Collection[int]) -> int:
    """The lowest node that carries all of some, or -1."""
    shared: list[int] | None = None
    for node in nodes:
        chain = above(tree, node)
        shared = chain if shared is None else [own for own, other in zip(shared, chain, strict=False) if own == other]
    return shared[-1] if shared else -1


def shares_of(joints: Mapping[str, int]) -> dict[str, float]:
    """How much of the head's angles each joint takes, as the app turns it."""
    if "head" not in joints:
        return {}
    return {"neck": NECK_SHARE, "head": 1 - NECK_SHARE} if "neck" in joints else {"head": 1.0}


def parent_world(tree: NodeTree, node: int) -> np.ndarray:
    """(4, 4) the space in which a node's own transform counts."""
    parent = int(tree.parents[node])
    made: np.ndarray = tree.worlds[parent] if parent >= 0 else tree.base
    return made


def parent_rotation(tree: NodeTree, node: int) -> np.ndarray:
    """(4,) how the space is turned in which a node's own rotation counts."""
    return quaternion_of(parent_world(tree, node))


def rest_rotation(tree: NodeTree, node: int) -> np.ndarray:
    """(4,) a node's own rotation in the file."""
    own = tree.nodes[node]
    if "matrix" in own:
        return quaternion_of(np.array(own["matrix"], np.float64).reshape(4, 4).T)
    return quaternion_of(quaternion_matrix(tuple(own.get("rotation", (0.0, 0.0, 0.0, 1.0)))))


def node_rotations(tree: NodeTree, node: int, angles: np.ndarray) -> np.ndarray:
    """What a node's rotation must be for it to turn about the avatar's axes.

    Args:
        tree: nodes at rest, in the avatar's space.
        node: the one to turn; nodes above it may turn as well.
        angles: (n, 3) radians: pitch, yaw, roll.

    Returns:
        (n, 4) quaternions, of which each lies on the side of the one before.
    """
    above = parent_rotation(tree, node)
    made = multiplied(multiplied(inverted(above), quaternions_of(angles)), multiplied(above, rest_rotation(tree, node)))
    return continued(made)


def node_translations(tree: NodeTree, node: int, angles: np.ndarray, pivot: np.ndarray) -> np.ndarray:
    """(n, 3) where a node's origin must be for it to turn by (n, 3) angles about a (3,) point of the avatar's space."""
    arm = tree.worlds[node, :3, 3] - pivot
    places = pivot + rotated(quaternions_of(angles), arm)
    back = np.linalg.inv(parent_world(tree, node))
    made: np.ndarray = places @ back[:3, :3].T + back[:3, 3]
    return made


def rotated(q: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """(n, 3) a vector turned by (n, 4) unit quaternions."""
    whole = np.append(vector, 0.0)
    return multiplied(multiplied(q, whole), inverted(q))[:, :3]


def turned_angles(tree: NodeTree, node: int, rotations: np.ndarray) -> np.ndarray:
    """(n, 3) radians by which a node with these (n, 4) rotations has turned from rest: the other way of ``node_rotations``."""
    above = parent_rotation(tree, node)
    return angles_of(multiplied(multiplied(above, multiplied(rotations, inverted(rest_rotation(tree, node)))), inverted(above)))


def continued(q: np.ndarray) -> np.ndarray:
    """(n, 4) the same rotations, each quaternion of the sign that is nearer to the one before."""
    flips = np.cumprod(np.where((q[1:] * q[:-1]).sum(1) < 0, -1.0, 1.0))
    return np.concatenate([q[:1], q[1:] * flips[:, None]])


def side_columns(what: str, angles: np.ndarray) -> dict[str, np.ndarray]:
    """Angles under Live Link Face's names and signs.

    Args:
        what: ``Head``, ``LeftEye`` or ``RightEye``.
        angles: (n, 3) radians pitch, yaw, roll; see ``core.head``.
    """
    pitch, yaw, roll = angles.T
    made = {f"{what}Yaw": -yaw, f"{what}Pitch": pitch, f"{what}Roll": -roll}
    assert set(made) <= set(ANGLES)
    return made


def turns(columns: Sequence[np.ndarray]) -> bool:
    """Whether any of these angles ever leaves 0."""
    return any(float(np.abs(column).max(initial=0.0)) > STILL for column in columns)
