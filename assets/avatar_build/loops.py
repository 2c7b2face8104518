"""Edge loops of the base mesh that anatomy is measured on: the margins of the eyelids."""

from __future__ import annotations

import numpy as np

from .source import BaseMesh

#: rings of faces from the middle of the closed eye socket outwards to the inner rim of the lid margin
MARGIN_RING = 11


def lid_margin(base: BaseMesh, center: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """The inner rim of the eyelids of one eye.

    MakeHuman's socket is a closed cup behind the eye; rings of faces about its deepest vertex are edge loops.

    Args:
        base: the base mesh.
        center: (3,) of the eyeball.
        vertices: (19158, 3) in the same space.

    Returns:
        (30,) vertex indices, counter-clockwise seen from the front, starting at the nose.
    """
    quads = base.faces["body"]
    offset = vertices - center
    flat = np.linalg.norm(offset[:, :2], axis=1)
    body = np.zeros(len(vertices), bool)
    body[np.unique(quads)] = True
    cup = body & (offset[:, 2] < 0) & (np.linalg.norm(offset, axis=1) < 1.3 * np.linalg.norm(offset[body], axis=1).min() + 0.008)
    seed = int(np.flatnonzero(cup)[np.argmin(flat[cup])])
    seen = np.zeros(len(vertices), bool)
    seen[seed] = True
    ring = seen.copy()
    for _ in range(MARGIN_RING):
        grown = np.zeros_like(seen)
        grown[quads[ring[quads].any(axis=1)]] = True
        ring = grown & ~seen
        seen |= ring
    members = np.flatnonzero(ring)
    return _in_order(members, quads, vertices, center)


def _in_order(members: np.ndarray, quads: np.ndarray, vertices: np.ndarray, center: np.ndarray) -> np.ndarray:
    chosen = set(members.tolist())
    links: dict[int, set[int]] = {m: set() for m in chosen}
    for quad in quads[np.isin(quads, members).sum(axis=1) >= 2]:
        for a, b in zip(quad, np.roll(quad, -1), strict=True):
            if a in chosen and b in chosen:
                links[int(a)].add(int(b))
                links[int(b)].add(int(a))
    nose = min(members.tolist(), key=lambda m: abs(vertices[m, 0]))
    path = [nose]
    while True:
        following = [m for m in sorted(links[path[-1]]) if m not in path]
        if not following:
            break
        path.append(following[0])
    offset = vertices[path] - center
    area = (offset[:, 0] * np.roll(offset[:, 1], -1) - np.roll(offset[:, 0], -1) * offset[:, 1]).sum()
    return np.array(path if area > 0 else [path[0], *path[:0:-1]])
