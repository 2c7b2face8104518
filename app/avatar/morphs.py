"""Morph targets as the file stores them: names, default weights, position and normal deltas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.avatar.accessors import read_floats
from app.avatar.document import Document
from app.avatar.fields import Json, broken, free_numbers, integer, record, records, text

#: position deltas below this share of the part's size move nothing that could be seen
STILL = 1e-5


@dataclass
class RawTargets:
    """Targets of one primitive in its own space.

    Attributes:
        names: one per target.
        positions: (n_targets, n_vertices, 3) float32.
        normals: the same shape.
        has_normals: (n_targets,) bool; False where the file has none and they must be computed.
        default_weights: (n_targets,) float32.
    """

    names: tuple[str, ...]
    positions: np.ndarray
    normals: np.ndarray
    has_normals: np.ndarray
    default_weights: np.ndarray


def target_names(document: Document, mesh: Json, primitive: Json, count: int) -> tuple[str, ...] | None:
    """Names by convention: ``mesh.extras.targetNames``, or on the primitive, or on the targets' accessors in a few files.

    Returns:
        ``count`` names, or None when the file has none that fit.
    """
    for owner in (mesh, primitive):
        extras = owner.get("extras")
        names = extras.get("targetNames") if isinstance(extras, dict) else None
        if isinstance(names, list) and len(names) == count and all(isinstance(name, str) for name in names):
            return tuple(names)
    targets = records(primitive, "targets")
    names = [text(record(target, "extras"), "name") or _accessor_name(document, target) for target in targets]
    return tuple(names) if all(names) and len(set(names)) == count else None


def _accessor_name(document: Document, target: Json) -> str:
    """What FBX2glTF calls a target: the name of its first accessor."""
    attribute = next((key for key in ("POSITION", "NORMAL") if key in target), "")
    return text(document.item("accessors", integer(target, attribute)), "name") if attribute else ""


def _default_weights(mesh: Json, node_weights: tuple[float, ...], count: int) -> np.ndarray:
    """``node.weights`` override ``mesh.weights`` (glTF 2.0 section 3.7.2.2)."""
    weights = node_weights or free_numbers(mesh, "weights")
    row = np.zeros(count, np.float32)
    row[: min(count, len(weights))] = weights[:count]
    return row


def read_targets(document: Document, mesh: Json, primitive: Json, n_vertices: int, node_weights: tuple[float, ...]) -> RawTargets | None:
    """The targets of a primitive, sparse ones expanded.

    Args:
        document: the file.
        mesh: the mesh that holds the primitive.
        primitive: the primitive.
        n_vertices: how many vertices it has.
        node_weights: ``node.weights`` or ().

    Returns:
        The targets, or None when there are none.

    Raises:
        AvatarError: an accessor is invalid or has another number of vertices.
    """
    targets = records(primitive, "targets")
    if not targets:
        return None
    names = target_names(document, mesh, primitive, len(targets))
    if names is None:
        names = tuple(f"target_{i}" for i in range(len(targets)))
        document.note("The morph targets of this avatar have no names, so nothing can drive them; export it with shape names.")
    if n_vertices * len(targets) > 1 << 30:
        raise broken("it has impossibly many morph targets")
    document.claim(2 * 12 * n_vertices * len(targets))
    positions = np.zeros((len(targets), n_vertices, 3), np.float32)
    normals = np.zeros_like(positions)
    for i, target in enumerate(targets):
        if "POSITION" in target:
            positions[i] = read_floats(document, integer(target, "POSITION"), ("VEC3",), n_vertices)
        if "NORMAL" in target:
            normals[i] = read_floats(document, integer(target, "NORMAL"), ("VEC3",), n_vertices)
    has_normals = np.array(["NORMAL" in target for target in targets])
    return RawTargets(names, positions, normals, has_normals, _default_weights(mesh, node_weights, len(targets)))
