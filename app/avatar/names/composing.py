"""Targets made from others by a vocabulary's recipes, so that everything above knows shapes by this program's names only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from app.avatar.model import Avatar, MeshPart, MorphTargets
from app.avatar.vocabulary import Recipe, Vocabulary
from app.core.arkit import canonical_name

#: between the two sides of a face a shape is blended over this share of its own width
_SEAM = 0.12
#: appended to a target that is called after a channel which a user gave to other targets
SET_ASIDE = " (set aside)"


def compose(avatar: Avatar, vocabulary: Vocabulary) -> Avatar:
    """An avatar whose channels are made as a vocabulary says.

    Args:
        avatar: as read, or as composed by another vocabulary, which this one replaces.
        vocabulary: recipes; an empty one gives the file's own targets back.

    Returns:
        The avatar with the vocabulary and, on each part, the file's targets followed by the composed ones.
    """
    parts = tuple(as_written(part) for part in avatar.parts)
    seams = _seams(parts, vocabulary)
    return replace(avatar, parts=tuple(_composed(part, vocabulary, seams) for part in parts), vocabulary=vocabulary)


def as_written(part: MeshPart) -> MeshPart:
    """A part with nothing but the file's own targets."""
    targets = part.targets
    if targets is None or targets.written is None:
        return part
    n = len(targets.written)
    if not n:
        return replace(part, targets=None)
    return replace(part, targets=MorphTargets(targets.written, targets.positions[:n], targets.normals[:n], targets.default_weights[:n]))


def written_names(parts: Iterable[MeshPart]) -> tuple[str, ...]:
    """Names of all targets as the file writes them, each once, in order of appearance."""
    found: dict[str, None] = {}
    for part in parts:
        if part.targets is not None:
            found.update(dict.fromkeys(part.targets.names if part.targets.written is None else part.targets.written))
    return tuple(found)


def _composed(part: MeshPart, vocabulary: Vocabulary, seams: dict[str, tuple[float, float]]) -> MeshPart:
    targets = part.targets
    if targets is None or not vocabulary.recipes:
        return part
    index = {name: i for i, name in reversed(list(enumerate(targets.names)))}
    own = {canonical_name(name) for name in targets.names}
    added: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for channel, recipes in vocabulary.recipes.items():
        if channel in own and channel not in vocabulary.by_hand:
            continue
        recipe = next((r for r in recipes if any(pull.target in index for pull in r)), None)
        if recipe is not None:
            added[channel] = _mixture(part, targets, recipe, index, seams)
    names = tuple(name + SET_ASIDE if canonical_name(name) in vocabulary.by_hand else name for name in targets.names)
    if not added:
        return part if names == targets.names else replace(part, targets=replace(targets, names=names, written=targets.names))
    return replace(
        part,
        targets=MorphTargets(
            (*names, *added),
            np.concatenate([targets.positions, np.stack([positions for positions, _ in added.values()])]),
            np.concatenate([targets.normals, np.stack([normals for _, normals in added.values()])]),
            np.concatenate([targets.default_weights, np.zeros(len(added), np.float32)]),
            written=targets.names,
        ),
    )


def _mixture(
    part: MeshPart, targets: MorphTargets, recipe: Recipe, index: dict[str, int], seams: dict[str, tuple[float, float]]
) -> tuple[np.ndarray, np.ndarray]:
    """Position and normal deltas of one recipe on one part."""
    positions = np.zeros_like(part.positions)
    normals = np.zeros_like(part.positions)
    for pull in recipe:
        i = index.get(pull.target)
        if i is None:
            continue
        share: np.ndarray | float = pull.weight
        if pull.side:
            share = pull.weight * left_share(part.positions[:, 0], *seams[pull.target], of_right=pull.side == "right")[:, None]
        positions += (share * targets.positions[i]).astype(np.float32)
        normals += (share * targets.normals[i]).astype(np.float32)
    return positions, normals


def left_share(x: np.ndarray, middle: float, reach: float, of_right: bool = False) -> np.ndarray:
    """How much each vertex belongs to the avatar's left side; both sides together are 1 everywhere.

    Args:
        x: (n,) metres; the avatar's left is positive, because it faces +Z.
        middle: where the sides meet.
        reach: half the width over which they blend.
        of_right: the other side's share instead.

    Returns:
        (n,) float32 in [0, 1].
    """
    left = np.clip(0.5 + (x - middle) / (2 * max(reach, 1e-9)), 0.0, 1.0)
    return (1 - left if of_right else left).astype(np.float32)


def _seams(parts: Iterable[MeshPart], vocabulary: Vocabulary) -> dict[str, tuple[float, float]]:
    """Middle and reach of every target that a recipe splits, from what it moves on all parts together."""
    split = {p.target for recipes in vocabulary.recipes.values() for recipe in recipes for p in recipe if p.side}
    ends: dict[str, list[float]] = {name: [] for name in split}
    for part in parts:
        for i, name in enumerate(part.targets.names if part.targets is not None else ()):
            if name in split and part.targets is not None:
                moved = part.positions[part.targets.positions[i].any(axis=1), 0]
                ends[name] += [float(moved.min()), float(moved.max())] if len(moved) else []
    return {name: _seam(min(found, default=0.0), max(found, default=0.0)) for name, found in ends.items()}


def _seam(low: float, high: float) -> tuple[float, float]:
    """A shape that lies on both sides is split in its middle, one that lies on one side at the avatar's."""
    middle = (low + high) / 2 if low < 0 < high else 0.0
    return middle, _SEAM * (high - low) / 2
