"""Teeth and tongue that lack a mouth shape follow the jaw: an open mouth with still teeth looks broken."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from app.avatar.model import MeshPart, MorphTargets
from app.core.arkit import VISEME_CHANNELS, canonical_name

_INNER = re.compile(r"teeth|tooth|tongue|gums?\b|denture", re.IGNORECASE)
_TONGUE = re.compile(r"tongue", re.IGNORECASE)
#: what opens a mouth most plainly, best first
_OPENERS = ("jawOpen", "mouthOpen", "viseme_aa")
#: shapes whose jaw part is worth following; the other mouth shapes move lips only
_WITH_JAW = frozenset({"jawOpen", "jawLeft", "jawRight", "jawForward", "mouthOpen", *VISEME_CHANNELS})
#: shapes that open the mouth, of which teeth that open already take a share
_OPENING = _WITH_JAW - {"jawLeft", "jawRight", "jawForward"}
#: the chin is what an opener moves nearly as far as it moves anything
_CHIN = 0.8
#: a smaller share of the full opening cannot be seen on teeth
_SMALLEST_SHARE = 0.02


def follow_jaw(parts: tuple[MeshPart, ...]) -> tuple[MeshPart, ...]:
    """Add the targets that teeth and tongue lack.

    Args:
        parts: of an avatar.

    Returns:
        The same parts; inner ones with added targets where the face has them and they do not.
    """
    face = _face(parts)
    if face is None:
        return parts
    return tuple(_followed(part, face) if _is_inner(part) else part for part in parts)


def _is_inner(part: MeshPart) -> bool:
    return bool(_INNER.search(part.mesh) or _INNER.search(part.material.name))


def _moving(part: MeshPart) -> dict[str, int]:
    """Canonical name -> index of the targets that move something."""
    if part.targets is None:
        return {}
    moving = np.atleast_1d(part.targets.positions.any(axis=(1, 2)))
    return {canonical_name(name) or name: i for i, name in enumerate(part.targets.names) if moving[i]}


def _face(parts: tuple[MeshPart, ...]) -> MeshPart | None:
    able = [part for part in parts if not _is_inner(part) and any(name in _moving(part) for name in _OPENERS)]
    return max(able, key=lambda part: len(part.positions)) if able else None


def _followed(part: MeshPart, face: MeshPart) -> MeshPart:
    shapes, own = _moving(face), _moving(part)
    assert face.targets is not None
    opener = next(name for name in _OPENERS if name in shapes)
    opening = face.targets.positions[shapes[opener]]
    reach = np.linalg.norm(opening, axis=1)
    chin = reach > _CHIN * reach.max()
    basis = part.targets.positions[own[opener]] if part.targets is not None and opener in own else None
    lower = _lower_vertices(part, _lip_line(face, reach))
    added: dict[str, np.ndarray] = {}
    for name in sorted(_WITH_JAW & shapes.keys() - own.keys()):
        moved = face.targets.positions[shapes[name]]
        if basis is not None and name in _OPENING:
            share = float((moved[chin] * opening[chin]).sum() / (opening[chin] ** 2).sum())
            if share > _SMALLEST_SHARE:
                added[name] = min(share, 1.2) * basis
        else:
            delta = _rigid_motion(face.positions[chin], moved[chin], part.positions) * lower[:, None]
            if np.abs(delta).max() > _SMALLEST_SHARE * reach.max():
                added[name] = delta.astype(np.float32)
    return _with_targets(part, added) if added else part


def _rigid_motion(points: np.ndarray, moved: np.ndarray, on: np.ndarray) -> np.ndarray:
    """The displacement that a rigid body would have at some points, if it moved as others do (Kabsch's fit).

    Args:
        points: (n, 3) where the known displacements are.
        moved: (n, 3) displacements there.
        on: (m, 3) where to evaluate.

    Returns:
        (m, 3).
    """
    centre = points.mean(0, dtype=np.float64)
    target = centre + moved.mean(0, dtype=np.float64)
    u, _, vt = np.linalg.svd((points - centre).T @ (points + moved - target))
    sign = np.sign(np.linalg.det(u @ vt)) or 1.0
    rotation = (u * np.array([1.0, 1.0, sign])) @ vt
    made: np.ndarray = (on - centre) @ rotation + target - on
    return made


def _lip_line(face: MeshPart, reach: np.ndarray) -> float:
    """Height where the closed lips meet: the top of what an opening jaw takes along, in the middle of the face."""
    x = face.positions[:, 0]
    middle = np.abs(x - (x.min() + x.max()) / 2) < 0.08 * float(np.ptp(x))
    carried = (reach > 0.6 * reach.max()) & middle
    return float(face.positions[carried if carried.any() else reach > 0.6 * reach.max(), 1].max())


def _lower_vertices(part: MeshPart, lip_line: float) -> np.ndarray:
    """(n,) float: 1 for what hangs on the jaw (lower teeth, the whole tongue), 0 for upper teeth.

    A connected piece is a lower one when its centre is clearly below the lip line; upper front teeth overlap that line.
    """
    if _TONGUE.search(part.mesh):
        return np.ones(len(part.positions))
    heights = part.positions[:, 1].astype(np.float64)
    labels = _components(part)
    n = int(labels.max()) + 1
    top, bottom = np.full(n, -np.inf), np.full(n, np.inf)
    np.maximum.at(top, labels, heights)
    np.minimum.at(bottom, labels, heights)
    centres = np.bincount(labels, heights) / np.maximum(np.bincount(labels), 1)
    made: np.ndarray = (centres < lip_line - 0.2 * (top - bottom))[labels].astype(np.float64)
    return made


def _components(part: MeshPart) -> np.ndarray:
    """(n,) labels of connected pieces; vertices at the same place belong together."""
    _, labels = np.unique(np.round(part.positions / max(float(np.ptp(part.positions)), 1e-9) * 1e5), axis=0, return_inverse=True)
    labels = labels.reshape(-1)
    while True:
        lowest = labels[part.triangles].min(1)
        best = np.full(int(labels.max()) + 1, len(labels), np.int64)
        for corner in range(3):
            np.minimum.at(best, labels[part.triangles[:, corner]], lowest)
        best = np.minimum(best, np.arange(len(best)))
        # following labels several steps at once keeps long strips from taking one round per triangle
        for _ in range(8):
            best = best[best]
        merged = best[labels]
        if np.array_equal(merged, labels):
            return labels
        labels = merged


def _with_targets(part: MeshPart, added: dict[str, np.ndarray]) -> MeshPart:
    deltas = np.stack(list(added.values()))
    targets = part.targets
    if targets is not None:
        keep = [i for i, name in enumerate(targets.names) if (canonical_name(name) or name) not in added]
        names = (*(targets.names[i] for i in keep), *added)
        positions = np.concatenate([targets.positions[keep], deltas])
        normals = np.concatenate([targets.normals[keep], np.zeros_like(deltas)])
        weights = np.concatenate([targets.default_weights[keep], np.zeros(len(added), np.float32)])
        return replace(part, targets=MorphTargets(names, positions, normals, weights))
    return replace(part, targets=MorphTargets(tuple(added), deltas, np.zeros_like(deltas), np.zeros(len(added), np.float32)))
