"""Fine hairs painted as strokes in a front view of the face: brows, and the soft edge of the hairline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

#: pixels per metre of the front view
SCALE = 16000


@dataclass(frozen=True)
class BrowStyle:
    """The shape of a brow, metres relative to the middle of the eye, for the left side.

    Attributes:
        knots: (x, y, width) from the nose outwards.
        hairs: number of strokes.
        length_m: of a hair in the thick part.
        strength: darkness of one hair.
    """

    knots: tuple[tuple[float, float, float], ...]
    hairs: int
    length_m: float
    strength: float


def brow_mask(style: BrowStyle, eye: np.ndarray, points: np.ndarray, seed: int) -> np.ndarray:
    """How much brow hair covers each point of the face.

    Args:
        style: the shape.
        eye: (3,) centre of the left eye.
        points: (n, 3) on the face.
        seed: for the strokes.

    Returns:
        (n,) in [0, 1]; the right side mirrors the left with its own strokes.
    """
    total = np.zeros(len(points), np.float32)
    for side in (1, -1):
        canvas = _strokes(style, np.random.default_rng(seed + side))
        local = np.stack([points[:, 0] * side - eye[0], points[:, 1] - eye[1]])
        pixel = np.stack([_ORIGIN[1] - local[1] * SCALE, _ORIGIN[0] + local[0] * SCALE])
        on = (points[:, 0] * side > 0) & (points[:, 2] > eye[2] - 0.035)
        total[on] += ndimage.map_coordinates(canvas, pixel[:, on], order=1, mode="constant")
    return np.clip(total, 0, 1)


#: the eye's middle in the front view: column, row
_ORIGIN = (0.040 * SCALE, 0.050 * SCALE)
_SHAPE = (int(0.060 * SCALE), int(0.085 * SCALE))


def _strokes(style: BrowStyle, generator: np.random.Generator) -> np.ndarray:
    canvas = np.zeros(_SHAPE, np.float32)
    knots = np.array(style.knots)
    dense = np.linspace(0, 1, 200)
    even = np.linspace(0, 1, len(knots))
    spine = np.stack([_spline(even, knots[:, k], dense) for k in range(3)], axis=1)
    for _ in range(style.hairs):
        along = generator.beta(1.05, 1.15)
        x, y, width = spine[int(along * 199)]
        tangent = spine[min(int(along * 199) + 4, 199)][:2] - spine[max(int(along * 199) - 4, 0)][:2]
        slope = np.arctan2(tangent[1], tangent[0])
        across = np.clip(generator.normal(0, 0.27), -0.5, 0.5)
        lean = np.radians(72) * (1 - along) ** 2.2 + np.radians(16) - across * np.radians(46) * (0.4 + 0.6 * along)
        length = style.length_m * (0.65 + 0.45 * generator.random()) * (0.65 + 0.55 * np.sin(np.pi * min(along * 0.9 + 0.12, 1)))
        root = np.array([x, y + across * width])
        fade = np.clip(along / 0.10, 0.25, 1) * (1 - 0.55 * (2 * abs(across)) ** 2)
        ink = style.strength * fade * (0.6 + 0.5 * generator.random())
        _hair(canvas, root, angle=slope + lean, length_m=length, bend=-0.54 * lean, strength=ink)
    soft = ndimage.gaussian_filter(canvas, 0.0011 * SCALE)
    return np.clip(ndimage.gaussian_filter(canvas, 1.5) * 1.9 + 0.95 * soft, 0, 1)


def _hair(canvas: np.ndarray, root: np.ndarray, *, angle: float, length_m: float, bend: float, strength: float) -> None:
    """Draw one tapering, curved hair by dense dots."""
    steps = int(length_m * SCALE)
    share = np.arange(steps) / max(steps, 1)
    heading = angle + bend * share
    x = root[0] + np.cumsum(np.cos(heading)) / SCALE
    y = root[1] + np.cumsum(np.sin(heading)) / SCALE
    col = (_ORIGIN[0] + x * SCALE).astype(int)
    row = (_ORIGIN[1] - y * SCALE).astype(int)
    inside = (col >= 0) & (row >= 0) & (col < canvas.shape[1] - 1) & (row < canvas.shape[0] - 1)
    ink = strength * (1 - share**2)
    np.maximum.at(canvas, (row[inside], col[inside]), ink[inside])
    np.maximum.at(canvas, (row[inside] + 1, col[inside]), 0.7 * ink[inside] * (1 - share[inside]))


def _spline(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Catmull-Rom through evenly spaced knots."""
    padded = np.concatenate([[2 * y[0] - y[1]], y, [2 * y[-1] - y[-2]]])
    position = at * (len(x) - 1)
    i = np.clip(position.astype(int), 0, len(x) - 2)
    t = position - i
    a, b, c, d = (padded[i + k] for k in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
