"""The joints that the app turns, as animations of a file's nodes: head and neck, and a jaw that no shape opens."""

from __future__ import annotations

import numpy as np

from app.avatar.document import Document
from app.avatar.fields import Json
from app.avatar.jaw import jaw_turn
from app.avatar.model import Avatar
from app.avatar.motion import find_skeleton
from app.avatar.nodes import NodeTree
from app.avatar.vrm import read_vrm
from app.formats.scenes.gltf.animation import AnimationWriter
from app.formats.scenes.gltf.turns import (
    carrier,
    joints_of,
    node_rotations,
    node_translations,
    parent_world,
    quaternion_of,
    shares_of,
    skinned_nodes,
)

#: a turn moves what is this far from the neck by so many metres per radian: as much of an error as a weight's
_LEVER_M = 0.1


def turn_head(writer: AnimationWriter, avatar: Avatar, angles: np.ndarray) -> str:
    """Add the head's rotation to what turns it in the app.

    Args:
        writer: of the animation.
        avatar: as loaded from the file.
        angles: (n, 3) radians: pitch, yaw, roll.

    Returns:
        What is to be said where nothing can turn, or "".
    """
    document = Document(writer.copy.root)
    vrm = read_vrm(document)
    tree = NodeTree(document, vrm.base)
    joints = joints_of(tree, vrm.bones, skinned_nodes(document))
    shares = shares_of(joints)
    for name, share in shares.items():
        _without_matrix(tree.nodes[joints[name]])
        # a quaternion's numbers change by half of the angle, and all joints together make one turn
        writer.add(joints[name], "rotation", node_rotations(tree, joints[name], share * angles), 2.0 * len(shares))
    if shares:
        return ""
    pivot = None if avatar.joints else find_skeleton(avatar).head_pivot
    node = -1 if pivot is None else carrier(tree, {part.node for part in avatar.parts})
    if node < 0 or pivot is None:
        return "The avatar has no head joint, so the head's rotation was left out."
    _turn_about(writer, tree, node, angles, pivot)
    return ""


def turn_eyes(writer: AnimationWriter, angles: np.ndarray) -> bool:
    """Add the eyes' rotations in the head to their joints, for a face without shapes of looking.

    Args:
        writer: of the animation.
        angles: (n, 9) radians in the order of ``core.head.ANGLES``.

    Returns:
        Whether there are such joints.
    """
    document = Document(writer.copy.root)
    vrm = read_vrm(document)
    tree = NodeTree(document, vrm.base)
    joints = joints_of(tree, vrm.bones, skinned_nodes(document))
    eyes = [(joints[name], first) for name, first in (("eye_left", 3), ("eye_right", 6)) if name in joints]
    for node, first in eyes:
        yaw, pitch, roll = angles[:, first : first + 3].T
        _without_matrix(tree.nodes[node])
        writer.add(node, "rotation", node_rotations(tree, node, np.stack([pitch, -yaw, -roll], axis=1)), 2.0)
    return bool(eyes)


def open_jaw(writer: AnimationWriter, avatar: Avatar, weights: np.ndarray) -> None:
    """Add the turn of a jaw joint.

    Args:
        writer: of the animation.
        avatar: whose jaw opens by its joint.
        weights: (n,) of jawOpen.
    """
    turn = jaw_turn(avatar)
    if turn is None:
        return
    document = Document(writer.copy.root)
    tree = NodeTree(document, read_vrm(document).base)
    angles = np.zeros((len(weights), 3))
    angles[:, 0] = weights * np.arctan2(turn.rotation[2, 1], turn.rotation[1, 1])
    _turn_about(writer, tree, avatar.joints[turn.joint].node, angles, turn.pivot)


def _turn_about(writer: AnimationWriter, tree: NodeTree, node: int, angles: np.ndarray, pivot: np.ndarray) -> None:
    """Turn a node about a point of the avatar's space, which need not be its origin."""
    _without_matrix(tree.nodes[node])
    writer.add(node, "rotation", node_rotations(tree, node, angles), 2.0)
    unit = float(np.linalg.norm(parent_world(tree, node)[:3, 0]))
    writer.add(node, "translation", node_translations(tree, node, angles, pivot), unit / _LEVER_M)


def _without_matrix(node: Json) -> None:
    """Write a node's matrix, if it has one, as translation, rotation and scale, which can be animated."""
    if "matrix" not in node:
        return
    matrix = np.array(node.pop("matrix"), np.float64).reshape(4, 4).T
    node["translation"] = [float(v) for v in matrix[:3, 3]]
    node["rotation"] = [float(v) for v in quaternion_of(matrix)]
    node["scale"] = [float(v) for v in np.linalg.norm(matrix[:3, :3], axis=0)]
