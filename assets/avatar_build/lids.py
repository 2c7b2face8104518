"""Eyelids that stay outside the eyeball and meet when they close."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from .eyes import CORNEA_BULGE, IRIS_SHARE, Eyeball

#: how far outside the eyeball the skin's inner side stays, and how far the closed lids overlap
CLEARANCE_M = 0.00045
OVERLAP_M = 0.0004
#: which targets move lids
LID_TARGETS = (
    "eyeBlink",
    "eyeSquint",
    "eyeWide",
    "eyeLookDown",
    "eyeLookUp",
    "eyeLookIn",
    "eyeLookOut",
    "cheekSquint",
    "eyesClosed",
    "eyesLookUp",
    "eyesLookDown",
)


def eye_surface_m(eye: Eyeball, points: np.ndarray) -> np.ndarray:
    """(n,) radius of the eyeball, cornea bulge included, towards each point (eye looking ahead)."""
    offset = points - eye.center
    theta = np.arctan2(np.linalg.norm(offset[:, :2], axis=1), offset[:, 2])
    share = np.clip(theta / (np.arcsin(IRIS_SHARE) * 1.08), 0, 1)
    return eye.radius * (1 + CORNEA_BULGE * (1 - share**2) ** 1.5)


def pushed_off(
    vertices: np.ndarray,
    moved: np.ndarray,
    eyes: tuple[Eyeball, ...],
    smooth: sparse.csr_matrix,
    skin: np.ndarray,
    clearance_m: float = CLEARANCE_M,
) -> np.ndarray:
    """Push skin that lies inside an eyeball out of it.

    Args:
        vertices: (n, 3) neutral base mesh.
        moved: (n, 3) the expression.
        eyes: the eyeballs.
        smooth: base vertices to the smoothed surface.
        skin: (n,) bool, vertices of the lids that may be moved.
        clearance_m: how far outside to stay.

    Returns:
        (n, 3) the corrected expression.
    """
    result = moved.copy()
    for eye in eyes:
        near = np.flatnonzero(skin & (np.linalg.norm(vertices - eye.center, axis=1) < 1.45 * eye.radius))
        for _ in range(6):
            points = (smooth @ result)[near]
            offset = points - eye.center
            distance = np.linalg.norm(offset, axis=1)
            lack = np.clip(eye_surface_m(eye, points) + clearance_m - distance, 0, None)
            lack[offset[:, 2] < 0] = 0.0
            result[near] += offset / distance[:, None] * lack[:, None]
    return result


def closed(moved: np.ndarray, margin: np.ndarray, smooth: sparse.csr_matrix, fade: np.ndarray) -> np.ndarray:
    """Bring the two lid margins of a blink together, the upper lid doing most of the way.

    Args:
        moved: (n, 3) the blink.
        margin: ordered vertices of the lid margin, the nose's corner first.
        smooth: base vertices to the smoothed surface.
        fade: (n,) how much a vertex belongs to this eye's lids, +1 upper and -1 lower at the margin.

    Returns:
        (n, 3) the corrected blink.
    """
    result = moved.copy()
    for _ in range(5):
        points = smooth @ result
        rim = points[margin]
        upper, lower = rim[fade[margin] > 0], rim[fade[margin] < 0]
        columns = np.linspace(rim[:, 0].min(), rim[:, 0].max(), 41)[2:-2]
        gap = _height(upper, columns) - _height(lower, columns) + OVERLAP_M
        excess = np.interp(points[:, 0], columns, gap)
        result[:, 1] -= np.where(fade > 0, 0.8, 0.2) * fade * np.clip(excess, -0.001, None)
    return result


def lid_gap_m(points: np.ndarray, margin: np.ndarray, fade: np.ndarray) -> float:
    """The largest opening between the lid margins, metres; negative when they overlap everywhere."""
    rim = points[margin]
    upper, lower = rim[fade[margin] > 0], rim[fade[margin] < 0]
    columns = np.linspace(rim[:, 0].min(), rim[:, 0].max(), 41)[4:-4]
    return float((_height(upper, columns) - _height(lower, columns)).max())


def lid_sides(vertices: np.ndarray, margin: np.ndarray, eye: Eyeball, skin: np.ndarray) -> np.ndarray:
    """Which lid each vertex belongs to.

    Args:
        vertices: (n, 3) neutral.
        margin: ordered lid margin.
        eye: the eyeball.
        skin: (n,) bool.

    Returns:
        (n,) +1 on the upper lid, -1 on the lower, fading to 0 about a centimetre away.
    """
    rim = vertices[margin]
    inner, outer = rim[np.argmin(np.abs(rim[:, 0]))], rim[np.argmax(np.abs(rim[:, 0]))]
    share = (vertices[:, 0] - inner[0]) / (outer[0] - inner[0])
    height = vertices[:, 1] - (inner[1] + share * (outer[1] - inner[1]))
    distance = cKDTree(rim).query(vertices)[0]
    fade = np.clip(1 - distance / 0.010, 0, 1)
    side = np.where(skin & (np.abs(vertices[:, 0] - eye.center[0]) < 1.6 * eye.radius), np.sign(height) * fade * fade * (3 - 2 * fade), 0.0)
    side[margin] = np.where(height[margin] > 0, 1.0, -1.0)
    return side


def _height(points: np.ndarray, columns: np.ndarray) -> np.ndarray:
    order = np.argsort(points[:, 0])
    return np.interp(columns, points[order, 0], points[order, 1])


def corrected_lids(
    vertices: np.ndarray,
    shapes: dict[str, np.ndarray],
    eyes: tuple[Eyeball, ...],
    smooth: sparse.csr_matrix,
    skin: np.ndarray,
    margins: dict[str, np.ndarray],
    sides: dict[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """Correct every shape that moves lids: closed blinks, skin outside the eyeballs, also half way.

    Args:
        vertices: (n, 3) neutral.
        shapes: ARKit channel -> (n, 3).
        eyes: the eyeballs.
        smooth: base vertices to the smoothed surface.
        skin: (n,) bool.
        margins: side -> lid margin.
        sides: side -> ``lid_sides``.

    Returns:
        A copy of ``shapes`` with the lid shapes corrected.
    """
    result = dict(shapes)
    for name, delta in shapes.items():
        if not name.startswith(LID_TARGETS):
            continue
        moved = vertices + delta
        side = "Left" if name.endswith("Left") else "Right"
        moved = pushed_off(vertices, moved, eyes, smooth, skin)
        if name.startswith("eyeBlink"):
            for _ in range(3):
                moved = closed(moved, margins[side], smooth, sides[side])
                moved = _clear_half_way(vertices, moved, eyes, smooth, skin)
            moved = closed(moved, margins[side], smooth, sides[side])
        result[name] = moved - vertices
    return result


def _clear_half_way(
    vertices: np.ndarray, moved: np.ndarray, eyes: tuple[Eyeball, ...], smooth: sparse.csr_matrix, skin: np.ndarray
) -> np.ndarray:
    """Bulge a blink outwards until its straight path from the open eye clears the eyeball everywhere on the way."""
    for weight in (1.0, 0.75, 0.5, 0.25):
        part = vertices + weight * (moved - vertices)
        moved = moved + (pushed_off(vertices, part, eyes, smooth, skin, 0.00025) - part) / max(weight, 0.5)
    return moved
