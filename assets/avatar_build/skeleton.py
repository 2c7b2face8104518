"""The Mixamo-named skeleton (54 joints as in Avaturn's files), its weights and the relaxed bind pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .source import BaseMesh, Source

#: arm joint -> degrees about Z (left side; the right side mirrors) that lower MakeHuman's A-pose to hanging arms
RELAX_DEG = {"Arm": -24.0, "Shoulder": -3.0, "ForeArm": 2.0}


@dataclass(frozen=True)
class Skeleton:
    """Joints with world-aligned axes.

    Attributes:
        names: 54 joint names.
        parents: index or -1.
        positions: (54, 3) world metres in the bind pose.
        weights: (n_base, 54) float64 rows that sum to 1.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    positions: np.ndarray
    weights: np.ndarray


def build_skeleton(source: Source, vertices: np.ndarray) -> Skeleton:
    """Place the joints in a person and read the skin weights.

    Args:
        source: the MakeHuman data.
        vertices: (19158, 3) metres in MakeHuman's A-pose.

    Returns:
        The skeleton in the A-pose.
    """
    base, rig = source.base(), source.rig()
    plain = {name: name.removeprefix("mixamorig:") for name in rig}
    heads = {plain[name]: _head(base, bone["head"], vertices) for name, bone in rig.items()}
    parent = {plain[name]: plain.get(bone["parent"], "") for name, bone in rig.items()}
    for side, letter in (("Left", "l"), ("Right", "r")):
        heads[f"{side}Eye"] = base.group_center(f"joint-{letter}-eye", vertices)
        parent[f"{side}Eye"] = "Head"
    names = _depth_first(parent)
    index = {name: i for i, name in enumerate(names)}
    weights = np.zeros((len(vertices), len(names)))
    for bone, rows in source.rig_weights().items():
        weights[rows[:, 0].astype(int), index[plain[bone]]] += rows[:, 1]
    for side, group in (("Left", "helper-l-eye"), ("Right", "helper-r-eye")):
        eye = np.unique(base.faces[group])
        weights[eye] = 0.0
        weights[eye, index[f"{side}Eye"]] = 1.0
    empty = weights.sum(axis=1) == 0
    weights[empty, index["Hips"]] = 1.0
    weights /= weights.sum(axis=1, keepdims=True)
    parents = tuple(index.get(parent[name], -1) for name in names)
    return Skeleton(names, parents, np.array([heads[name] for name in names]), weights)


def relax(skeleton: Skeleton, vertices: np.ndarray) -> tuple[Skeleton, np.ndarray]:
    """Lower the arms and make that the bind pose.

    Args:
        skeleton: in the A-pose.
        vertices: (n, 3) metres, one row per row of ``skeleton.weights``.

    Returns:
        (skeleton, vertices) in the relaxed pose.
    """
    worlds = np.tile(np.eye(4), (len(skeleton.names), 1, 1))
    for i, (name, parent) in enumerate(zip(skeleton.names, skeleton.parents, strict=True)):
        local = _turn_about(skeleton.positions[i], _relax_angle(name))
        worlds[i] = local if parent < 0 else worlds[parent] @ local
    homogeneous = np.concatenate([vertices, np.ones((len(vertices), 1))], axis=1)
    per_joint = np.einsum("jab,nb->nja", worlds[:, :3], homogeneous)
    posed = np.einsum("nj,nja->na", skeleton.weights, per_joint)
    joints = np.einsum("jab,jb->ja", worlds[:, :3], np.c_[skeleton.positions, np.ones(len(skeleton.names))])
    return Skeleton(skeleton.names, skeleton.parents, joints, skeleton.weights), posed


def strongest(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep the four strongest joints of each vertex, as glTF wants.

    Args:
        weights: (n, n_joints).

    Returns:
        (n, 4) uint8 joints and (n, 4) float32 weights that sum to 1; unused slots are joint 0, weight 0.
    """
    order = np.argsort(-weights, axis=1, kind="stable")[:, :4]
    top = np.take_along_axis(weights, order, axis=1)
    top[top < 0.01] = 0.0
    top /= top.sum(axis=1, keepdims=True)
    return np.where(top > 0, order, 0).astype(np.uint8), top.astype(np.float32)


def _head(base: BaseMesh, rule: dict, vertices: np.ndarray) -> np.ndarray:
    if rule["strategy"] == "CUBE":
        return base.group_center(rule["cube_name"], vertices)
    if rule["strategy"] == "VERTEX":
        return vertices[rule["vertex_index"]]
    return vertices[rule["vertex_indices"]].mean(axis=0)


def _depth_first(parent: dict[str, str]) -> tuple[str, ...]:
    names: list[str] = []

    def visit(name: str) -> None:
        names.append(name)
        for child in sorted(k for k, v in parent.items() if v == name):
            visit(child)

    visit("Hips")
    return tuple(names)


def _relax_angle(name: str) -> float:
    side = 1.0 if name.startswith("Left") else -1.0
    return side * RELAX_DEG.get(name.removeprefix("Left").removeprefix("Right"), 0.0) if name.startswith(("Left", "Right")) else 0.0


def _turn_about(center: np.ndarray, degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, 3] = center - matrix[:3, :3] @ center
    return matrix
