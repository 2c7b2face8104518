"""A tongue that can articulate: a flattened, rounded body along a spine that gestures bend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import t2
from .figure import Figure
from .glb import Part
from .surface import normals
from .teeth import jaw_moved
from .visemes import TONGUE, Recipe

ALONG, AROUND = 22, 20
#: spine at rest, millimetres behind (z) and above (y) the lips' contact, from the root to the tip
REST_MM = ((-66.0, -26.0), (-56.0, -8.0), (-44.0, 1.0), (-32.0, 2.0), (-22.0, -1.0), (-15.5, -3.2))
#: half widths and half thicknesses along the spine, millimetres
WIDTH_MM = (13.0, 18.0, 20.0, 19.0, 15.0, 9.5)
THICK_MM = (9.0, 9.5, 9.0, 7.0, 4.6, 2.9)


@dataclass(frozen=True)
class Gesture:
    """Where a gesture moves the spine's knots, millimetres; and how it changes the tip.

    Attributes:
        forward: per knot.
        up: per knot.
        thin: factor on the thickness towards the tip.
    """

    forward: tuple[float, ...]
    up: tuple[float, ...]
    thin: float = 1.0


GESTURES = {
    "tip_up": Gesture((0, 0, 0, 0.0, 0.5, -0.5), (0, 0, 0, 0.5, 4.0, 9.5), 0.85),
    "back_up": Gesture((0, -1, -3, -3, -3, -3), (0, 5.0, 8.5, 3.0, -2.0, -2.5)),
    "out": Gesture((0, 1.5, 4, 8, 11.5, 13.0), (0, 0, 0, 0.5, 2.2, 3.6), 0.85),
    "curl": Gesture((0, -1, -3, -4.5, -5.5, -6.5), (0, 0.5, 1.0, 1.0, 3.5, 7.0)),
    "low": Gesture((0, 0, -1, -1.5, -2, -1.5), (0, -1.5, -5.0, -6.5, -4.0, -0.8)),
    "far_out": Gesture((0, 5, 13, 23, 31, 36.0), (0, 1, 2.5, 3.0, -1.5, -12.0), 0.8),
}


def tongue_part(figure: Figure, mouth: np.ndarray, size: float) -> Part:
    """The tongue as ``Tongue_Mesh``.

    Args:
        figure: the person.
        mouth: (3,) middle of the lips' contact.
        size: 1 for an average adult.

    Returns:
        The part.
    """
    rest = _body({}, mouth, size)
    row, col = np.meshgrid(np.arange(ALONG - 1), np.arange(AROUND), indexing="ij")
    a, b = (row * (AROUND + 1) + col).ravel(), (row * (AROUND + 1) + col + 1).ravel()
    triangles = np.concatenate([np.stack([a, b, b + AROUND + 1], axis=1), np.stack([a, b + AROUND + 1, a + AROUND + 1], axis=1)])
    turned = _welded(normals(rest, triangles))
    targets = {}
    for name in t2.TONGUE_TARGETS:
        gesture = {"far_out": 1.0} if name == "tongueOut" else TONGUE.get(name.removeprefix("viseme_"), {})
        moved = jaw_moved(figure, name, _body(gesture, mouth, size))
        targets[name] = (moved - rest, _welded(normals(moved, triangles)) - turned)
    u, v = np.meshgrid(np.arange(AROUND + 1) / AROUND, np.arange(ALONG) / (ALONG - 1))
    uvs = np.stack([u.ravel(), 0.02 + 0.96 * v.ravel()], axis=1)
    joints = np.zeros((len(rest), 4), np.uint8)
    joints[:, 0] = figure.skeleton.names.index("Head")
    weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(rest), 1))
    return Part("Tongue_Mesh", rest, turned, uvs, triangles, joints, weights, "Tongue", targets, t2.TONGUE_TARGETS)


def _body(gestures: Recipe, mouth: np.ndarray, size: float) -> np.ndarray:
    knots = np.array(REST_MM)
    thick = np.array(THICK_MM)
    for name, weight in gestures.items():
        gesture = GESTURES[name]
        knots = knots + weight * np.stack([gesture.forward, gesture.up], axis=1)
        thick = thick * np.interp(np.arange(6), [2, 5], [1.0, 1 + (gesture.thin - 1) * weight])
    at = np.linspace(0, 1, ALONG)
    z, y, half_w, half_t = (_smooth(values, at) for values in (*knots.T, np.array(WIDTH_MM), thick))
    tip = np.sqrt(np.clip(1 - (np.clip(at - 0.86, 0, None) / 0.14) ** 2, 0, 1))
    half_w, half_t = half_w * tip, half_t * tip
    slope = np.arctan2(np.gradient(y), np.gradient(z))
    angle = np.arange(AROUND + 1) / AROUND * 2 * np.pi - np.pi / 2
    across, up = np.cos(angle), np.sin(angle)
    lift = np.where(up > 0, up * (0.80 + 0.20 * np.abs(across)) - 0.16 * np.exp(-((across / 0.25) ** 2)) * up, up * 0.8)
    x = half_w[:, None] * np.sign(across) * np.abs(across) ** 0.85
    rise = half_t[:, None] * lift
    points = np.stack([x, y[:, None] + rise * np.cos(slope)[:, None], z[:, None] - rise * np.sin(slope)[:, None]], axis=2)
    return mouth + points.reshape(-1, 3) * size / 1000


def _smooth(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Catmull-Rom through evenly spaced knots."""
    padded = np.concatenate([[2 * values[0] - values[1]], values, [2 * values[-1] - values[-2]]])
    position = at * (len(values) - 1)
    i = np.clip(position.astype(int), 0, len(values) - 2)
    t = position - i
    a, b, c, d = (padded[i + k] for k in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def _welded(turned: np.ndarray) -> np.ndarray:
    """Make both edges of the texture's seam, and all of the tip, shade alike."""
    grid = turned.reshape(ALONG, AROUND + 1, 3).copy()
    grid[:, 0] += grid[:, -1]
    grid[:, -1] = grid[:, 0]
    grid[-1] = grid[-2].sum(axis=0)
    return (grid / np.linalg.norm(grid, axis=2, keepdims=True)).reshape(-1, 3)
