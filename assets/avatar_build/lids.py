"""Eyelids that stay outside the eyeball and meet when they close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from .eyes import CORNEA_BULGE, IRIS_SHARE, Eyeball

#: how far outside the eyeball the skin's inner side stays, and how far the closed lids overlap
CLEARANCE_M = 0.00045
HALF_WAY_CLEARANCE_M = 0.00025
OVERLAP_M = 0.0004
#: how much more than a column of the line a corner of the eye pulls at the arc along which closed lids lie
CORNER_WEIGHT = 4.0
#: the folds beside the corners, which say nothing about the line, are this wide; skin follows the margin's vertices about so far away
CORNER_M, FOLLOW_M = 0.0025, 0.0010
#: channels that move lids
LID_CHANNELS = ("eyeBlink", "eyeSquint", "eyeWide", "eyeLook", "cheekSquint")


@dataclass(frozen=True)
class Lids:
    """The lids of a person on the base mesh.

    Attributes:
        neutral: (n, 3) metres.
        eyes: left and right eyeball.
        smooth: (n, n) sparse, base vertices to the smoothed surface.
        skin: (n,) bool, vertices of the body.
        margins: side -> ordered vertices of the lid margin, the nose's corner first.
        sides: side -> (n,) +1 on the upper lid, -1 on the lower, fading to 0 about a centimetre away.
    """

    neutral: np.ndarray
    eyes: tuple[Eyeball, ...]
    smooth: sparse.csr_matrix
    skin: np.ndarray
    margins: dict[str, np.ndarray]
    sides: dict[str, np.ndarray]

    def pushed_off(self, moved: np.ndarray, clearance_m: float = CLEARANCE_M) -> np.ndarray:
        """Push skin that lies inside an eyeball out of it.

        Args:
            moved: (n, 3) an expression.
            clearance_m: how far outside to stay.

        Returns:
            (n, 3) the corrected expression.
        """
        result = moved.copy()
        for eye in self.eyes:
            near = np.flatnonzero(self.skin & (np.linalg.norm(self.neutral - eye.center, axis=1) < 1.45 * eye.radius))
            for _ in range(6):
                points = (self.smooth @ result)[near]
                offset = points - eye.center
                distance = np.linalg.norm(offset, axis=1)
                lack = np.clip(eye_surface_m(eye, points) + clearance_m - distance, 0, None)
                lack[offset[:, 2] < 0] = 0.0
                result[near] += offset / distance[:, None] * lack[:, None]
        return result

    def closed(self, moved: np.ndarray, side: str) -> np.ndarray:
        """Bring the two lid margins of a blink together, the upper lid doing most of the way.

        Args:
            moved: (n, 3) the blink.
            side: ``Left`` or ``Right``.

        Returns:
            (n, 3) the corrected blink.
        """
        result, fade, margin = moved.copy(), self.sides[side], self.margins[side]
        for _ in range(5):
            points = self.smooth @ result
            rim = points[margin]
            upper, lower = rim[fade[margin] > 0], rim[fade[margin] < 0]
            columns = np.linspace(rim[:, 0].min(), rim[:, 0].max(), 41)[2:-2]
            gap = _height(upper, columns) - _height(lower, columns) + OVERLAP_M
            excess = np.interp(points[:, 0], columns, gap)
            result[:, 1] -= np.where(fade > 0, 0.8, 0.2) * fade * np.clip(excess, -0.001, None)
        return result

    def along_an_arc(self, moved: np.ndarray, side: str) -> np.ndarray:
        """Lay the line of closed lids along one arc: closed lids of people meet in a calm curve that hangs from the two corners.

        Args:
            moved: (n, 3) a closed blink.
            side: ``Left`` or ``Right``.

        Returns:
            (n, 3) the corrected blink.
        """
        result, fade, margin = moved.copy(), self.sides[side], self.margins[side]
        upper = fade[margin] > 0
        spread = _spread(self.neutral, margin, upper, fade)
        for _ in range(6):
            rim = (self.smooth @ result)[margin]
            ends = np.argmin(rim[:, 0]), np.argmax(rim[:, 0])
            inside = np.minimum(rim[:, 0] - rim[ends[0], 0], rim[ends[1], 0] - rim[:, 0])
            weights = np.where(inside > CORNER_M, 1.0, 0.0)
            weights[list(ends)] = CORNER_WEIGHT
            arc = np.polynomial.Polynomial.fit(rim[:, 0], rim[:, 1], 3, w=weights)
            lap = OVERLAP_M / 2 * np.clip(inside / CORNER_M, 0, 1)
            result[:, 1] += spread @ (arc(rim[:, 0]) + np.where(upper, -lap, lap) - rim[:, 1])
        return result

    def corrected(self, shapes: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Correct every shape that moves lids: closed blinks, skin outside the eyeballs, also half way.

        Args:
            shapes: ARKit channel -> (n, 3).

        Returns:
            A copy of ``shapes`` with the lid shapes corrected.
        """
        result = dict(shapes)
        for name, delta in shapes.items():
            if not name.startswith(LID_CHANNELS):
                continue
            moved = self.pushed_off(self.neutral + delta)
            if name.startswith("eyeBlink"):
                side = name.removeprefix("eyeBlink")
                for _ in range(3):
                    moved = self._clear_half_way(self.closed(moved, side))
                moved = self.closed(self.along_an_arc(moved, side), side)
            result[name] = moved - self.neutral
        return result

    def _clear_half_way(self, moved: np.ndarray) -> np.ndarray:
        """Bulge a blink outwards until its straight path from the open eye clears the eyeball everywhere on the way."""
        for weight in (1.0, 0.75, 0.5, 0.25):
            part = self.neutral + weight * (moved - self.neutral)
            moved = moved + (self.pushed_off(part, HALF_WAY_CLEARANCE_M) - part) / max(weight, 0.5)
        return moved


def _spread(vertices: np.ndarray, margin: np.ndarray, upper: np.ndarray, fade: np.ndarray) -> np.ndarray:
    """(n, k) how much each vertex follows each vertex of the margin: the nearest ones of its own lid, less and less away from it."""
    near = np.flatnonzero(fade)
    distance = np.linalg.norm(vertices[near][:, None] - vertices[margin][None], axis=2)
    own = (fade[near][:, None] > 0) == upper[None]
    share = np.where(own, np.exp(-0.5 * ((distance - distance.min(axis=1, keepdims=True)) / FOLLOW_M) ** 2), 0.0)
    result = np.zeros((len(vertices), len(margin)))
    result[near] = np.abs(fade[near])[:, None] * share / np.maximum(share.sum(axis=1, keepdims=True), 1e-9)
    result[margin] = np.eye(len(margin))
    return result


def eye_surface_m(eye: Eyeball, points: np.ndarray) -> np.ndarray:
    """(n,) radius of the eyeball, cornea bulge included, towards each point (eye looking ahead)."""
    offset = points - eye.center
    theta = np.arctan2(np.linalg.norm(offset[:, :2], axis=1), offset[:, 2])
    share = np.clip(theta / (np.arcsin(IRIS_SHARE) * 1.08), 0, 1)
    return eye.radius * (1 + CORNEA_BULGE * (1 - share**2) ** 1.5)


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
    fade = np.clip(1 - cKDTree(rim).query(vertices)[0] / 0.010, 0, 1)
    near = skin & (np.abs(vertices[:, 0] - eye.center[0]) < 1.6 * eye.radius)
    side = np.where(near, np.sign(height) * fade * fade * (3 - 2 * fade), 0.0)
    side[margin] = np.where(height[margin] > 0, 1.0, -1.0)
    return side


def _height(points: np.ndarray, columns: np.ndarray) -> np.ndarray:
    order = np.argsort(points[:, 0])
    return np.interp(columns, points[order, 0], points[order, 1])
