"""Skins: joint weights, and baking them into world-space vertices (pyrender cannot skin)."""

from __future__ import annotations

import numpy as np

from app.avatar.accessors import read_floats, read_integers
from app.avatar.document import Document
from app.avatar.fields import Json, broken, indices, integer, optional_integer
from app.avatar.model import Joint, SkinBinding
from app.avatar.nodes import NodeTree

#: glTF allows any number of sets; eight influences are more than any exporter writes
_SETS = (0, 1)
_INFLUENCES = 4


class JointTable:
    """The joints of all skins of a document, in one list.

    Args:
        document: the file.
        tree: its nodes, already in the pose to bake.

    Raises:
        AvatarError: a skin is invalid.
    """

    def __init__(self, document: Document, tree: NodeTree) -> None:
        self._document = document
        self._tree = tree
        self._skins = [indices(skin, "joints", len(tree.nodes)) for skin in document.all("skins")]
        nodes = sorted({node for skin in self._skins for node in skin})
        self._index = {node: i for i, node in enumerate(nodes)}
        self.joints = tuple(Joint(tree.names[node], self.above(int(tree.parents[node])), tree.worlds[node], node) for node in nodes)

    def above(self, node: int) -> int:
        """The joint that carries a node: itself or the nearest above it, as an index into ``joints``, or -1."""
        while node >= 0 and node not in self._index:
            node = int(self._tree.parents[node])
        return self._index[node] if node >= 0 else -1

    def index(self, node: int) -> int:
        """A node as an index into ``joints``, or -1 when it is no joint."""
        return self._index.get(node, -1)

    def nodes(self, skin: int) -> np.ndarray:
        """(n,) int32: indices into ``joints`` of a skin's joints."""
        self._document.item("skins", skin)
        return np.array([self._index[node] for node in self._skins[skin]], np.int32)

    def matrices(self, skin: int) -> np.ndarray:
        """``W_joint @ inverse bind matrix`` of each joint of a skin.

        Returns:
            (n_joints, 4, 4) float64.

        Raises:
            AvatarError: the inverse bind matrices are invalid.
        """
        source = self._document.item("skins", skin)
        worlds = self._tree.worlds[list(self._skins[skin])]
        accessor = optional_integer(source, "inverseBindMatrices")
        if accessor is None:
            return worlds
        inverse = read_floats(self._document, accessor, ("MAT4",))
        if len(inverse) < len(worlds):
            raise broken("a skin has fewer bind matrices than joints")
        return worlds @ inverse[: len(worlds)].reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)


def read_binding(document: Document, attributes: Json, n_vertices: int, n_joints: int) -> SkinBinding | None:
    """Joint weights of a primitive, reduced to the four largest per vertex.

    Args:
        document: the file.
        attributes: the primitive's attributes.
        n_vertices: how many vertices it has.
        n_joints: how many joints its skin has.

    Returns:
        The binding with joints as the skin numbers them, or None when the primitive has none.

    Raises:
        AvatarError: a joint is out of range, or an accessor is invalid.
    """
    joints, weights = [], []
    for n in _SETS:
        if f"JOINTS_{n}" in attributes and f"WEIGHTS_{n}" in attributes:
            joints.append(read_integers(document, integer(attributes, f"JOINTS_{n}"), ("VEC4",), n_vertices).astype(np.int32))
            weights.append(np.maximum(read_floats(document, integer(attributes, f"WEIGHTS_{n}"), ("VEC4",), n_vertices), 0.0))
    if not joints:
        return None
    all_joints, all_weights = np.concatenate(joints, 1), np.concatenate(weights, 1)
    if all_joints.shape[1] > _INFLUENCES:
        strongest = np.argsort(-all_weights, axis=1, kind="stable")[:, :_INFLUENCES]
        all_joints, all_weights = (np.take_along_axis(a, strongest, 1) for a in (all_joints, all_weights))
    # exporters leave any number in unused slots
    all_joints = np.where(all_weights > 0, all_joints, 0)
    if int(all_joints.max()) >= n_joints:
        raise broken("a vertex is bound to a joint that its skin does not have")
    total = all_weights.sum(1, keepdims=True)
    all_weights = np.where(total > 0, all_weights / np.where(total > 0, total, 1), np.array([1, 0, 0, 0], np.float32))
    return SkinBinding(all_joints, all_weights.astype(np.float32))


def rigid_binding(joint: int, n_vertices: int) -> SkinBinding:
    """The binding of a part that hangs on one joint without a skin."""
    joints = np.zeros((n_vertices, _INFLUENCES), np.int32)
    joints[:, 0] = joint
    weights = np.zeros((n_vertices, _INFLUENCES), np.float32)
    weights[:, 0] = 1.0
    return SkinBinding(joints, weights)


def blended_matrices(binding: SkinBinding, matrices: np.ndarray) -> np.ndarray:
    """``M_v = sum_i w_i matrices[joint_i]`` (linear blend skinning, glTF 2.0 section 3.7.3).

    Args:
        binding: joints index into ``matrices``.
        matrices: (n_joints, 4, 4).

    Returns:
        (n_vertices, 4, 4) float64.
    """
    blended = np.zeros((len(binding.joints), 4, 4))
    for i in range(binding.joints.shape[1]):
        weights = binding.weights[:, i].astype(np.float64)
        if weights.any():
            blended += weights[:, None, None] * matrices[binding.joints[:, i]]
    return blended


def normal_matrices(matrices: np.ndarray) -> np.ndarray:
    """Inverse transposes up to a positive factor, by cofactors, so that a flattening bone does no harm.

    Args:
        matrices: (n, 3, 3).

    Returns:
        (n, 3, 3) cofactor matrices times the determinant's sign.
    """
    a, b, c = matrices[:, 0], matrices[:, 1], matrices[:, 2]
    cofactors = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    mirrored = np.einsum("ni,ni->n", a, cofactors[:, 0]) < 0
    cofactors[mirrored] *= -1
    return cofactors
