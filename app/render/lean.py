"""Avatars with fewer triangles, for moving pictures in which a triangle is hardly larger than a pixel.

On software GL the vertices and the many small triangles are most of the cost of a small picture. Lips, lids, teeth, eyes and whatever is
blended keep all of theirs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.avatar.model import Avatar, MeshPart
from app.core.arkit import canonical_name
from app.render.alpha import effective_alpha
from app.render.clusters import Clusters, cluster, grouped
from app.render.openness import OfAvatars
from app.render.surface import surface_of
from app.render.thinning import thin

#: how far a surface may come off its place, as a share of the avatar's height: 0.9 mm on a grown person
TOLERANCE = 5e-4
#: a part that would keep more than this share of its triangles stays as it is
_WORTH = 0.85
#: expressions that are looked at: each mixes every sixth target
_MIXTURES = 6
#: what lips and lids do; vertices that go at least this share of the farthest way with one of them belong to them
_FINE = frozenset({
    "eyeBlinkLeft", "eyeBlinkRight", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper",
    "mouthShrugLower", "mouthShrugUpper", "jawOpen",
})  # fmt: skip
_FINE_SHARE = 0.45
#: surfaces that are looked at for what they tell
_WHOLE = frozenset({"eye", "teeth", "tongue", "cornea", "lash"})

#: one for each part of an avatar; None where the part stays as it is
LEAN: OfAvatars[list[Clusters | None]] = OfAvatars()


def make_lean(avatar: Avatar, stop: Callable[[], bool] = lambda: False) -> list[Clusters | None] | None:
    """Find out, or say what was found out before, which triangles of each part moving pictures need; takes a second or two.

    Args:
        avatar: its pose relaxed.
        stop: asked now and then; once it is true, nothing more is found out.

    Returns:
        One for each part, None for parts that stay as they are; None where it was stopped.
    """
    known = LEAN.of(avatar)
    if known is None:
        heights = np.concatenate([part.positions[:, 1] for part in avatar.parts] or [np.zeros(1)])
        known = [_lean_part(part, TOLERANCE * float(np.ptp(heights)), stop) for part in avatar.parts]
        if stop():
            return None
        LEAN.keep(avatar, known)
    return known


def _lean_part(part: MeshPart, tolerance: float, stop: Callable[[], bool]) -> Clusters | None:
    if not len(part.triangles) or effective_alpha(part) == "BLEND" or surface_of(part).kind in _WHOLE or stop():
        return None
    triangles = cluster(part).triangles
    left = thin(_poses(part), part.normals, triangles, _fine(part), tolerance, stop=stop)
    return grouped(part, left) if 0 < len(left) <= _WORTH * len(triangles) else None


def _poses(part: MeshPart) -> np.ndarray:
    """(p, n, 3) the part at rest and in some expressions."""
    if part.targets is None or not len(part.targets.names):
        return part.positions[None]
    deltas = part.targets.positions
    moved = [part.positions + deltas[first::_MIXTURES].sum(axis=0) for first in range(min(_MIXTURES, len(deltas)))]
    return np.stack([part.positions, *moved])


def _fine(part: MeshPart) -> np.ndarray:
    """(n,) bool: vertices of lips and lids."""
    fine = np.zeros(len(part.positions), bool)
    if part.targets is None:
        return fine
    for name, deltas in zip(part.targets.names, part.targets.positions, strict=True):
        if canonical_name(name) in _FINE:
            way = np.linalg.norm(deltas, axis=1)
            fine |= way > _FINE_SHARE * max(float(way.max()), 1e-9)
    return fine
