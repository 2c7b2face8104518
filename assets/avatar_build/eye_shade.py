"""``EyeAO_Mesh``: the soft shadow that lids and lashes cast on the eyeball, as an alpha band along the lid margin."""

from __future__ import annotations

import numpy as np

from . import t2
from .eyes import Eyeball
from .figure import Figure
from .glb import Part
from .surface import normals

#: rows across the band, outer (under the lid) to inner (towards the pupil)
ROWS = 5
#: how far the band reaches over the eyeball, metres, at the lower and the upper lid
REACH_M = (0.0022, 0.0052)
LOOSE_M = 0.0003
SAMPLES = 64


def eye_shade_part(figure: Figure) -> Part:
    """Build the band for both eyes.

    Args:
        figure: the person.

    Returns:
        The part.
    """
    names = t2.EYE_AO_TARGETS
    still = _bands(figure, None)
    positions = np.concatenate(still)
    triangles = np.concatenate([_grid(i * len(still[0]), flip=i == 1) for i in range(2)])
    base_normals = normals(positions, triangles)
    targets = {}
    for name in names:
        moved = np.concatenate(_bands(figure, figure.shapes[name]))
        targets[name] = (moved - positions, normals(moved, triangles) - base_normals)
    v = np.repeat(np.arange(ROWS) / (ROWS - 1), SAMPLES + 1)
    heights = [_height(_loop(rim)) for rim in figure.rims(None).values()]
    uvs = np.concatenate([np.stack([0.03 + 0.94 * np.tile(height, ROWS), 0.03 + 0.94 * v], axis=1) for height in heights])
    joints = np.zeros((len(positions), 4), np.uint8)
    joints[:, 0] = figure.skeleton.names.index("Head")
    weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(positions), 1))
    return Part("EyeAO_Mesh", positions, base_normals, uvs, triangles, joints, weights, "EyeAO", targets, names)


def _bands(figure: Figure, delta: np.ndarray | None) -> list[np.ndarray]:
    rims = figure.rims(delta)
    return [_band(eye, rims[eye.side]) for eye in figure.eyes]


def _band(eye: Eyeball, margin: np.ndarray) -> np.ndarray:
    """Rows from just under the lid margin inwards, laid on the eyeball."""
    loop = _loop(margin)
    reach_m = np.interp(_height(loop), [0, 1], REACH_M)[:, None]
    middle = loop[:-1].mean(axis=0)
    inward = middle - loop
    room = np.linalg.norm(inward, axis=1, keepdims=True)
    inward /= np.maximum(room, 1e-6)
    rows = []
    for k in range(ROWS):
        share = k / (ROWS - 1)
        reach = np.minimum(reach_m, room * 0.8)
        point = loop + inward * (share * reach - 0.0012 * (1 - share))
        radial = point - eye.center
        length = np.linalg.norm(radial, axis=1, keepdims=True)
        floor = eye.radius * (1 + 0.055 * np.clip(1.15 - _polar(radial) / 0.48, 0, 1) ** 1.5) + LOOSE_M
        rows.append(eye.center + radial / length * floor)
    return np.concatenate(rows)


def _polar(radial: np.ndarray) -> np.ndarray:
    return np.arctan2(np.linalg.norm(radial[:, :2], axis=1), radial[:, 2])[:, None]


def _loop(margin: np.ndarray) -> np.ndarray:
    return _resample(np.concatenate([margin, margin[:1]]), SAMPLES)


def _height(loop: np.ndarray) -> np.ndarray:
    """0 at the lowest point of the margin to 1 at the highest."""
    return (loop[:, 1] - loop[:, 1].min()) / np.ptp(loop[:, 1])


def _resample(closed: np.ndarray, count: int) -> np.ndarray:
    share = np.linspace(0, len(closed) - 1, count + 1)
    return np.stack([np.interp(share, np.arange(len(closed)), closed[:, axis]) for axis in range(3)], axis=1)


def _grid(first: int, flip: bool) -> np.ndarray:
    width = SAMPLES + 1
    row, col = np.meshgrid(np.arange(ROWS - 1), np.arange(SAMPLES), indexing="ij")
    a = (first + row * width + col).ravel()
    quads = np.stack([a, a + width, a + width + 1, a + 1], axis=1)
    if flip:
        quads = quads[:, ::-1]
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
