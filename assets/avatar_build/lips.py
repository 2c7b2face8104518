"""Where the lips touch, and corrections that make them really close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, sparse

from .surface import Surface, normals

#: columns across the mouth that gaps are measured in
COLUMNS_M = np.linspace(-0.0220, 0.0220, 31)
COLUMN_HALF_M = 0.0011
#: how far from the contact line a correction fades out
FADE_M = 0.0085


@dataclass(frozen=True)
class LipLine:
    """The two lips on the base mesh.

    Attributes:
        upper: (p, n) sparse, base vertices to the points of the refined upper lip that touch the lower one.
        lower: (q, n) sparse, the same for the lower lip.
        upper_x: (p,) where those points lie across the neutral face.
        lower_x: (q,).
        side: (n,) +1 above the contact line, -1 below it, times a fade to 0 away from it.
        x: (n,) base vertices across the face.
    """

    upper: sparse.csr_matrix
    lower: sparse.csr_matrix
    upper_x: np.ndarray
    lower_x: np.ndarray
    side: np.ndarray
    x: np.ndarray

    def gaps_m(self, vertices: np.ndarray) -> np.ndarray:
        """Height of the opening in each column.

        Args:
            vertices: (n, 3) base mesh in any expression.

        Returns:
            (len(COLUMNS_M),) metres; negative where the lips overlap.
        """
        top, bottom = (self.upper @ vertices)[:, 1], (self.lower @ vertices)[:, 1]
        gaps = [_near(top, self.upper_x, column).min() - _near(bottom, self.lower_x, column).max() for column in COLUMNS_M]
        return np.array(gaps)

    def closing(self, vertices: np.ndarray, gap_m: float, upper_share: float = 0.5) -> np.ndarray:
        """The smallest smooth change that brings every column to a gap.

        Args:
            vertices: (n, 3) base mesh in an expression whose lips nearly touch.
            gap_m: wanted gap; slightly negative means pressed together.
            upper_share: how much of it the upper lip does.

        Returns:
            (n, 3) deltas to add.
        """
        change = np.zeros_like(vertices)
        share = np.where(self.side > 0, upper_share, 1 - upper_share)
        for _ in range(8):
            excess = ndimage.gaussian_filter1d(self.gaps_m(vertices + change) - gap_m, 1.0, mode="nearest")
            at = np.interp(self.x, COLUMNS_M, excess)
            change[:, 1] -= 0.8 * share * at * self.side
        return change


def find_lips(vertices: np.ndarray, skin: Surface, mouth: np.ndarray) -> LipLine:
    """Find the touching parts of the lips on a neutral face whose mouth is nearly closed.

    Args:
        vertices: (n, 3) metres, base mesh.
        skin: the body's surface, refined everywhere.
        mouth: (3,) middle of the lip line.

    Returns:
        The lips.
    """
    points = skin.operator @ vertices
    turned = normals(points, skin.triangles)
    offset = points - mouth
    near = (np.abs(offset[:, 0]) < 0.024) & (np.abs(offset[:, 1]) < 0.006)
    near &= offset[:, 2] > -0.006 - 0.33 * np.abs(offset[:, 0])
    near &= offset[:, 2] < 0.005
    upper, lower = np.flatnonzero(near & (turned[:, 1] < -0.5)), np.flatnonzero(near & (turned[:, 1] > 0.5))
    line = [
        (_near(points[upper, 1], points[upper, 0], column).min() + _near(points[lower, 1], points[lower, 0], column).max()) / 2
        for column in COLUMNS_M
    ]
    x = vertices[:, 0]
    height = vertices[:, 1] - np.interp(x, COLUMNS_M, line)
    fade = np.clip(1 - np.abs(height) / FADE_M, 0, 1)
    fade = fade * fade * (3 - 2 * fade) * np.clip((0.030 - np.abs(x)) / 0.007, 0, 1)
    inside = (np.abs(x) < 0.030) & (vertices[:, 2] - mouth[2] > -0.022) & (vertices[:, 2] - mouth[2] < 0.03)
    of_upper = np.asarray(skin.operator[upper].sum(axis=0)).ravel()
    of_lower = np.asarray(skin.operator[lower].sum(axis=0)).ravel()
    sign = np.where(of_upper + of_lower > 0.02, np.sign(of_upper - of_lower), np.sign(height))
    side = np.where(inside, sign * fade, 0.0)
    return LipLine(skin.operator[upper], skin.operator[lower], points[upper, 0], points[lower, 0], side, x)


def _near(values: np.ndarray, x: np.ndarray, column: float) -> np.ndarray:
    distance = np.abs(x - column)
    return values[distance <= max(COLUMN_HALF_M, distance.min() + 1e-6)]


def sharpened(values: np.ndarray, smooth: sparse.csr_matrix, amount: np.ndarray, rounds: int = 3) -> np.ndarray:
    """Undo in advance what smoothing will do, where ``amount`` is 1, so that fine features keep their shape.

    Args:
        values: (n, 3) positions or deltas.
        smooth: the smoothing.
        amount: (n,) 0..1.
        rounds: fixed-point iterations.

    Returns:
        (n, 3) values whose smoothed version is near the given one.
    """
    result = values.copy()
    for _ in range(rounds):
        result += amount[:, None] * (values - smooth @ result)
    return result


def tidy_lips(vertices: np.ndarray, shapes: dict[str, np.ndarray], lips: LipLine) -> dict[str, np.ndarray]:
    """Keep the lips from passing through each other in ARKit shapes that move them together.

    Args:
        vertices: (n, 3) neutral.
        shapes: ARKit channel -> (n, 3).
        lips: where they touch.

    Returns:
        A copy with mouthPucker, mouthShrugLower and both smiles corrected, and mouthClose shutting what jawOpen opens.
    """
    result = dict(shapes)
    for name, upper_share in (("mouthPucker", 0.5), ("mouthShrugLower", 0.85)):
        result[name] = shapes[name] + lips.closing(vertices + shapes[name], -0.0012, upper_share)
    smile = shapes["mouthSmileLeft"] + shapes["mouthSmileRight"]
    change = lips.closing(vertices + smile, -0.0012)
    left = np.clip(0.5 + vertices[:, 0] / 0.016, 0, 1)[:, None]
    result["mouthSmileLeft"] = shapes["mouthSmileLeft"] + left * change
    result["mouthSmileRight"] = shapes["mouthSmileRight"] + (1 - left) * change
    shut = vertices + shapes["jawOpen"] + shapes["mouthClose"]
    result["mouthClose"] = shapes["mouthClose"] + lips.closing(shut, -0.0012, 0.3)
    return result


def pressed_viseme(vertices: np.ndarray, delta: np.ndarray, lips: LipLine) -> np.ndarray:
    """Make viseme_PP shut the lips along their whole length.

    Args:
        vertices: (n, 3) neutral.
        delta: (n, 3) the composed viseme.
        lips: where they touch.

    Returns:
        (n, 3) the corrected viseme.
    """
    return delta + lips.closing(vertices + delta, -0.0020)
