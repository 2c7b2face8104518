"""The node tree: parents, names, world transforms, and which meshes the scene shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from app.avatar.document import Document
from app.avatar.fields import Json, broken, free_numbers, indices, numbers, optional_integer, record, text

_BLENDER_SUFFIX = re.compile(r"\.\d{3}$")
_IDENTITY = tuple(float(i == j) for i in range(4) for j in range(4))


def plain_name(name: str) -> str:
    """A name without Blender's ``.002``."""
    return _BLENDER_SUFFIX.sub("", name.strip())


def quaternion_matrix(quaternion: tuple[float, ...]) -> np.ndarray:
    """Rotation of a quaternion.

    Args:
        quaternion: x, y, z, w as glTF writes them; normalised here; zeros mean no rotation.

    Returns:
        (3, 3) float64.
    """
    length = float(np.sqrt(sum(c * c for c in quaternion)))
    x, y, z, w = (c / length for c in quaternion) if length > 1e-12 else (0.0, 0.0, 0.0, 1.0)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


def local_matrix(node: Json) -> np.ndarray:
    """(4, 4) float64: a node's transform relative to its parent (``matrix`` is column-major, or T * R * S)."""
    if "matrix" in node:
        return np.array(numbers(node, "matrix", _IDENTITY)).reshape(4, 4).T
    matrix = np.eye(4)
    rotation = quaternion_matrix(numbers(node, "rotation", (0.0, 0.0, 0.0, 1.0)))
    matrix[:3, :3] = rotation * np.array(numbers(node, "scale", (1.0, 1.0, 1.0)))
    matrix[:3, 3] = numbers(node, "translation", (0.0, 0.0, 0.0))
    return matrix


@dataclass(frozen=True)
class MeshInstance:
    """A mesh that the scene shows.

    Attributes:
        node: index of the node that carries it.
        mesh: index into ``meshes``.
        skin: index into ``skins`` or None.
        name: the mesh's name, or the nearest named node's.
        weights: ``node.weights``, () when absent.
    """

    node: int
    mesh: int
    skin: int | None
    name: str
    weights: tuple[float, ...]


class NodeTree:
    """All nodes of a document.

    Args:
        document: the file.
        base: (4, 4) transform above all roots.

    Raises:
        AvatarError: the nodes are no forest.
    """

    def __init__(self, document: Document, base: np.ndarray | None = None) -> None:
        self._document = document
        self.nodes = document.all("nodes")
        n = len(self.nodes)
        self.children = [indices(node, "children", n) for node in self.nodes]
        self.parents = np.full(n, -1, np.int64)
        for parent, children in enumerate(self.children):
            for child in children:
                if self.parents[child] >= 0 or child == parent:
                    raise broken(f"node {child} has two parents")
                self.parents[child] = parent
        self.names = [text(node, "name") for node in self.nodes]
        self.order = self._topological()
        self.base = np.eye(4) if base is None else base
        self.worlds = self._worlds(self.base)

    def _topological(self) -> list[int]:
        """Parents before children; nodes on a cycle are never reached from a root, which gives them away."""
        order = [int(i) for i in np.flatnonzero(self.parents < 0)]
        for node in order:
            order.extend(self.children[node])
        if len(order) != len(self.nodes):
            raise broken("its nodes form a circle")
        return order

    def _worlds(self, base: np.ndarray) -> np.ndarray:
        worlds = np.empty((len(self.nodes), 4, 4))
        with np.errstate(over="ignore", invalid="ignore"):
            for node in self.order:
                parent = self.parents[node]
                worlds[node] = (base if parent < 0 else worlds[parent]) @ local_matrix(self.nodes[node])
            if not (np.abs(worlds) <= 1e12).all():
                raise broken("its node transforms are absurdly large")
        return worlds

    def subtree(self, node: int) -> list[int]:
        """A node and all below it."""
        found = [node]
        for item in found:
            found.extend(self.children[item])
        return found

    def nearest_name(self, node: int) -> str:
        """The node's name, or that of the nearest named node above it, or ""."""
        while node >= 0 and not self.names[node].strip():
            node = int(self.parents[node])
        return self.names[node] if node >= 0 else ""

    def shown_nodes(self) -> list[int]:
        """Nodes of the default scene, parents first; all nodes when the file has no scene."""
        document = self._document
        if not document.all("scenes"):
            return self.order
        index = optional_integer(document.root, "scene")
        roots = indices(document.item("scenes", 0 if index is None else index), "nodes", len(self.nodes))
        shown: set[int] = set()
        for root in roots:
            if root not in shown:
                shown.update(self.subtree(root))
        return [node for node in self.order if node in shown]

    def hidden(self, node: int) -> bool:
        """Whether KHR_node_visibility hides a node, itself or by a node above it."""
        while node >= 0:
            visibility = record(record(self.nodes[node], "extensions"), "KHR_node_visibility")
            if visibility.get("visible", True) is False:
                return True
            node = int(self.parents[node])
        return False

    def mesh_instances(self) -> list[MeshInstance]:
        """The visible meshes of the default scene, in node order."""
        found = []
        for index in sorted(self.shown_nodes()):
            node = self.nodes[index]
            mesh = optional_integer(node, "mesh")
            if mesh is None or self.hidden(index):
                continue
            name = text(self._document.item("meshes", mesh), "name") or self.nearest_name(index) or f"mesh {mesh}"
            found.append(MeshInstance(index, mesh, optional_integer(node, "skin"), plain_name(name), free_numbers(node, "weights")))
        return found
