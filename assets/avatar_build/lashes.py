"""Eyelashes as curved bands with alpha, rooted on the lid margins, re-grown in every expression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import t2
from .eyes import Eyeball
from .figure import Figure
from .glb import Part

SAMPLES, ROWS = 24, 5


@dataclass(frozen=True)
class LashStyle:
    """Lengths in metres at the nose, the middle and the outer corner, and how far the tips curl.

    Attributes:
        upper: lengths of the upper lashes.
        lower: lengths of the lower lashes.
        curl: radians the upper lashes bend over their length.
    """

    upper: tuple[float, float, float]
    lower: tuple[float, float, float]
    curl: float


def lash_part(figure: Figure, style: LashStyle) -> Part:
    """Upper and lower lashes of both eyes as ``Eyelash_Mesh``.

    Args:
        figure: the person.
        style: lengths.

    Returns:
        The part.
    """
    positions = _bands(figure, style, None)
    width = SAMPLES
    row, col = np.meshgrid(np.arange(ROWS - 1), np.arange(width - 1), indexing="ij")
    a = (row * width + col).ravel()
    quads = np.stack([a, a + 1, a + width + 1, a + width], axis=1)
    band = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    triangles = np.concatenate([band + k * ROWS * width for k in range(4)])
    turned = _facing(figure, positions)
    targets = {}
    for name in t2.EYELASH_TARGETS:
        moved = _bands(figure, style, figure.shapes[name])
        targets[name] = (moved - positions, np.zeros_like(positions))
    u, v = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, ROWS))
    upper = np.stack([u.ravel(), 0.5 * (1 - v.ravel())], axis=1)
    lower = np.stack([u.ravel(), 1 - 0.5 * (1 - v.ravel())], axis=1)
    uvs = np.concatenate([upper, lower, upper, lower])
    joints = np.zeros((len(positions), 4), np.uint8)
    joints[:, 0] = figure.skeleton.names.index("Head")
    weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(positions), 1))
    return Part("Eyelash_Mesh", positions, turned, uvs, triangles, joints, weights, "Eyelash", targets, t2.EYELASH_TARGETS)


def _bands(figure: Figure, style: LashStyle, delta: np.ndarray | None) -> np.ndarray:
    rims = figure.rims(delta)
    bands = []
    for eye in figure.eyes:
        upper, lower = split_rim(figure, eye.side, rims[eye.side])
        bands += [_band(eye, upper, style.upper, style.curl, 1.0), _band(eye, lower, style.lower, 0.45, -1.0)]
    return np.concatenate(bands)


def split_rim(figure: Figure, side: str, rim: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lid margin as two curves from the nose outwards.

    Args:
        figure: the person.
        side: ``Left`` or ``Right``.
        rim: (k, 3) the margin in the order of ``figure.margins``.

    Returns:
        Upper and lower curve, both with the corners.
    """
    outer = figure.outer_corner[side]
    first, second = rim[: outer + 1], np.concatenate([rim[outer:], rim[:1]])[::-1]
    at_rest = figure.rims(None)[side]
    first_is_upper = at_rest[1:outer, 1].mean() > at_rest[outer + 1 :, 1].mean()
    return (first, second) if first_is_upper else (second, first)


def _band(eye: Eyeball, curve: np.ndarray, lengths: tuple[float, float, float], curl: float, up: float) -> np.ndarray:
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    share = np.linspace(0.05, 1.0, SAMPLES)
    roots = np.stack([np.interp(share * length[-1], length, curve[:, k]) for k in range(3)], axis=1)
    radial = roots - eye.center
    radial /= np.linalg.norm(radial, axis=1, keepdims=True)
    along = np.gradient(roots, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    lift = np.cross(radial, along)
    lift *= up * np.sign(lift[:, 1].sum())
    fan = along * ((share - 0.42) * 0.55)[:, None]
    reach = np.interp(share, [0, 0.5, 1], lengths)
    start = roots + radial * 0.0007
    rows = [start]
    angle = -0.10 if up > 0 else 0.15
    for _ in range(ROWS - 1):
        heading = radial * np.cos(angle) + lift * np.sin(angle) + fan
        heading /= np.linalg.norm(heading, axis=1, keepdims=True)
        rows.append(rows[-1] + heading * (reach / (ROWS - 1))[:, None])
        angle += curl / (ROWS - 2)
    return np.concatenate(rows)


def _facing(figure: Figure, positions: np.ndarray) -> np.ndarray:
    """Normals that point away from the eye, so that lashes are lit like the lid behind them."""
    owner = np.where(positions[:, 0] > 0, 0, 1)
    centers = np.array([eye.center for eye in figure.eyes])[owner]
    turned = positions - centers
    return turned / np.linalg.norm(turned, axis=1, keepdims=True)
