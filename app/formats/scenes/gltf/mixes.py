"""How the app's weights become those of a file's own morph targets, node by node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.avatar.drive import touched_vertices
from app.avatar.fields import Json, records
from app.avatar.follow import follow_jaw
from app.avatar.jaw import opens_by_joint
from app.avatar.model import Avatar, MeshPart, MorphTargets
from app.avatar.names.composing import SET_ASIDE
from app.avatar.rig import AvatarRig
from app.core.arkit import canonical_name

#: a share of a target below this is none
_SLIGHT = 1e-4
#: what the file's own targets leave out of a shape counts from this share of its largest move on
_SHORT = 0.05


@dataclass
class NodeMix:
    """One node that shows a mesh with targets.

    Attributes:
        node: its index in the file.
        name: of its mesh.
        n_targets: of the file.
        matrix: (n_columns, n_targets) float64: ``reaching @ matrix`` gives the weights of its targets.
        is_moved: the app moves it by targets, its own or others.
        short: column -> how much of its move the file's own targets cannot make, where the app makes a target of its own.
    """

    node: int
    name: str
    n_targets: int
    matrix: np.ndarray
    is_moved: bool = False
    short: dict[int, float] = field(default_factory=dict)


def node_mixes(root: Json, avatar: Avatar, rig: AvatarRig) -> tuple[NodeMix, ...]:
    """All nodes with targets, in the file's order.

    The targets that the app drives by name are driven alone. What it composes (a shape of another dialect, a VRM's expression, teeth
    that follow the jaw) becomes the mixture of the file's own targets that moves the vertices most nearly so.

    Args:
        root: the file's JSON.
        avatar: as loaded from it.
        rig: of it, with its corrections.
    """
    driven = follow_jaw(avatar.parts) if rig.corrections.teeth_follow else avatar.parts
    pairs: dict[int, list[tuple[MeshPart, MeshPart]]] = {}
    for part, moved in zip(avatar.parts, driven, strict=True):
        if part.node >= 0 and moved.targets is not None:
            pairs.setdefault(part.node, []).append((part, moved))
    columns = {name: i for i, name in enumerate(rig.target_names)}
    found = []
    for node, parts in sorted(pairs.items()):
        primitives = records(root["meshes"][root["nodes"][node]["mesh"]], "primitives")
        n_targets = max(len(records(primitive, "targets")) for primitive in primitives)
        found.append(_Mixer(parts, n_targets, columns, avatar).mixed(node))
    return tuple(found)


class _Mixer:
    """Finds the mixture of one node, whose primitives share their weights."""

    def __init__(self, parts: list[tuple[MeshPart, MeshPart]], n_targets: int, columns: dict[str, int], avatar: Avatar) -> None:
        self._parts = parts
        self._n = n_targets
        self._columns = columns
        self._recipes = avatar.vocabulary.recipes
        self._by_joint = columns["jawOpen"] if opens_by_joint(avatar) else -1
        self._files = [_first(part.targets, n_targets) for part, _ in parts]
        self._touched = [_touched(part, targets) for (part, _), targets in zip(parts, self._files, strict=True)]
        # of every target of the file, whether it moves anything on any primitive
        self._moving: np.ndarray = np.array([any(own[j] for own in self._touched if len(own)) for j in range(n_targets)], bool)
        self._names: Sequence[str] = next((targets.names for targets in self._files if targets is not None), ())

    def mixed(self, node: int) -> NodeMix:
        """The node's mixture."""
        matrix = np.zeros((len(self._columns), self._n))
        mix = NodeMix(node, self._parts[0][0].mesh, self._n, matrix)
        by_name: dict[int, list[int]] = {}
        for j, name in enumerate(self._names):
            by_name.setdefault(self._columns.get(canonical_name(name) or name, -1), []).append(j)
        for column, targets in by_name.items():
            if column >= 0:
                matrix[column, next((j for j in targets if self._moving[j]), targets[0])] = 1.0
        composed = self._composed(by_name)
        mix.is_moved = bool(by_name or composed)
        for column, deltas in composed.items():
            shares, left = self._solved(column, deltas)
            matrix[column] += shares
            if left > _SHORT:
                mix.short[column] = left
        return mix

    def _composed(self, by_name: dict[int, list[int]]) -> dict[int, list[np.ndarray | None]]:
        """Column -> what moves it on each primitive, for targets that are not the file's own."""
        found: dict[int, list[np.ndarray | None]] = {}
        for k, (_, moved) in enumerate(self._parts):
            assert moved.targets is not None
            own = {column for column, targets in by_name.items() if any(self._touched[k][j] for j in targets if len(self._touched[k]))}
            for i, name in enumerate(moved.targets.names):
                column = self._columns.get(canonical_name(name) or name, -1)
                if column >= 0 and column not in own and column != self._by_joint and moved.targets.positions[i].any():
                    found.setdefault(column, [None] * len(self._parts))[k] = moved.targets.positions[i]
                    own.add(column)
        return found

    def _solved(self, column: int, deltas: list[np.ndarray | None]) -> tuple[np.ndarray, float]:
        """(n_targets,) shares of the file's targets, and how much of the move they leave out."""
        shares = np.zeros(self._n)
        chosen = self._candidates(column)
        gram, pull, whole = np.zeros((len(chosen),) * 2), np.zeros(len(chosen)), 0.0
        for targets, delta in zip(self._files, deltas, strict=True):
            if delta is None:
                continue
            flat = delta.reshape(-1).astype(np.float64)
            whole += float(flat @ flat)
            if targets is not None and len(chosen):
                basis = targets.positions[chosen].reshape(len(chosen), -1).astype(np.float64)
                gram += basis @ basis.T
                pull += basis @ flat
        if len(chosen):
            solved = np.linalg.lstsq(gram, pull, rcond=1e-9)[0]
            shares[chosen] = np.where(np.abs(solved) > _SLIGHT, solved, 0.0)
            whole_left = whole - 2 * float(pull @ shares[chosen]) + float(shares[chosen] @ gram @ shares[chosen])
        else:
            whole_left = whole
        return shares, float(np.sqrt(max(whole_left, 0.0) / whole))

    def _candidates(self, column: int) -> np.ndarray:
        """The file's targets that may make a column: those of its recipe, or any that moves something."""
        name = next(name for name, i in self._columns.items() if i == column)
        pulls = {pull.target for recipe in self._recipes.get(name, ()) for pull in recipe}
        if pulls:
            own = enumerate(name.removesuffix(SET_ASIDE) for name in self._names)
            return np.array([j for j, target in own if target in pulls and self._moving[j]], np.int64)
        return np.flatnonzero(self._moving)


def _first(targets: MorphTargets | None, n: int) -> MorphTargets | None:
    """The file's own targets of a part, which stand first."""
    if targets is None or len(targets.names) < n or not n:
        return None
    return MorphTargets(targets.names[:n], targets.positions[:n], targets.normals[:n], targets.default_weights[:n])


def _touched(part: MeshPart, targets: MorphTargets | None) -> np.ndarray:
    """(n_targets,) bool: which of them move anything."""
    if targets is None:
        return np.zeros(0, bool)
    extent = float(np.ptp(part.positions, axis=0).max())
    return np.asarray(touched_vertices(targets.positions, targets.normals, extent).any(1))
