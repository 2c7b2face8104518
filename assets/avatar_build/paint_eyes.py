"""Paint the eyes: iris with fibres, limbal ring and pupil, sclera with shading and fine veins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .eyes import IRIS_UV, LIMBUS_SPAN
from .picture import fractal_noise, mix, smoothstep

SIZE = 1024


@dataclass(frozen=True)
class IrisColors:
    """Colours from the pupil outwards, sRGB in [0, 1]."""

    inner: tuple[float, float, float]
    middle: tuple[float, float, float]
    outer: tuple[float, float, float]
    ring: tuple[float, float, float]


HAZEL_GREEN = IrisColors((0.50, 0.36, 0.20), (0.40, 0.43, 0.33), (0.29, 0.37, 0.36), (0.08, 0.10, 0.11))
GREY_BLUE = IrisColors((0.47, 0.42, 0.34), (0.42, 0.50, 0.56), (0.30, 0.40, 0.49), (0.07, 0.10, 0.14))
BROWN = IrisColors((0.42, 0.26, 0.13), (0.33, 0.19, 0.10), (0.24, 0.13, 0.07), (0.06, 0.04, 0.03))


def paint_eye(colors: IrisColors, seed: int) -> np.ndarray:
    """The base colour of the eyeball in the layout of ``eyes.eyeball_surface``.

    Args:
        colors: of the iris.
        seed: for fibres and veins.

    Returns:
        (SIZE, SIZE, 3) sRGB in [0, 1].
    """
    y, x = (np.mgrid[0:SIZE, 0:SIZE] + 0.5) / SIZE - 0.5
    reach, angle = np.hypot(x, y), np.arctan2(-y, x)
    limbus = IRIS_UV / LIMBUS_SPAN
    share = reach / limbus
    picture = _sclera(x, y, share, seed)
    iris = _iris(share, angle, colors, seed)
    picture = mix(picture, iris, smoothstep(1.05, 0.94, share + 0.008 * fractal_noise(SIZE, SIZE, 60, 2, seed + 9)))
    return np.clip(picture, 0, 1).astype(np.float32)


def _iris(share: np.ndarray, angle: np.ndarray, colors: IrisColors, seed: int) -> np.ndarray:
    pupil = 0.36
    depth = np.clip((share - pupil) / (1 - pupil), 0, 1)
    fibres = _fibres(share, angle, seed)
    picture = np.broadcast_to(np.asarray(colors.inner, np.float32), (*share.shape, 3)).copy()
    wobble = depth + 0.05 * fibres
    picture = mix(picture, colors.middle, smoothstep(0.10, 0.38, wobble))
    picture = mix(picture, colors.outer, smoothstep(0.45, 0.95, wobble))
    picture *= (1.06 + 0.30 * fibres * smoothstep(0.0, 0.2, depth) * smoothstep(1.02, 0.8, depth))[..., None]
    collar = np.exp(-(((depth - 0.30 - 0.03 * fibres) / 0.05) ** 2))
    picture *= (1 + 0.18 * collar)[..., None]
    light = 1.0 + 0.28 * smoothstep(-0.2, 0.9, -np.sin(angle) * depth) - 0.30 * smoothstep(0.0, 0.9, np.sin(angle) * depth)
    picture *= light[..., None]
    picture = mix(picture, colors.ring, 0.85 * smoothstep(0.74, 1.0, depth))
    return mix(picture, (0.012, 0.010, 0.010), smoothstep(pupil + 0.035, pupil - 0.02, share + 0.006 * fibres))


def _fibres(share: np.ndarray, angle: np.ndarray, seed: int) -> np.ndarray:
    """Radial streaks: noise that is fine across the angle and long along the radius, read in polar coordinates."""
    rows, cols = 24, 1440
    generator = np.random.default_rng(seed)
    polar = np.zeros((rows, cols), np.float32)
    for step, weight in ((4, 0.7), (10, 0.6), (30, 0.5)):
        grid = generator.standard_normal((rows, cols // step))
        polar += weight * ndimage.zoom(grid, (1, step), order=1, mode="grid-wrap", grid_mode=True)
    polar = ndimage.gaussian_filter1d(polar, 3.5, axis=0, mode="nearest")
    polar /= polar.std()
    col = (angle / (2 * np.pi) % 1.0) * cols
    row = np.clip(share, 0, 1.2) / 1.2 * (rows - 1)
    return np.clip(ndimage.map_coordinates(polar, [row, col], order=1, mode="grid-wrap"), -2, 2)


def _sclera(x: np.ndarray, y: np.ndarray, share: np.ndarray, seed: int) -> np.ndarray:
    picture = np.broadcast_to(np.array([0.885, 0.865, 0.845], np.float32), (SIZE, SIZE, 3)).copy()
    picture *= (1 + 0.010 * fractal_noise(SIZE, SIZE, 120, 3, seed + 1))[..., None]
    corner = smoothstep(1.35, 2.2, np.abs(x) / (IRIS_UV / LIMBUS_SPAN))
    picture = mix(picture, (0.80, 0.62, 0.57), 0.38 * corner)
    picture = mix(picture, (0.72, 0.33, 0.28), 0.42 * corner * smoothstep(0.3, 1.0, _veins(seed)))
    picture = mix(picture, (0.62, 0.62, 0.66), 0.30 * smoothstep(1.18, 0.98, share))
    return mix(picture, (0.70, 0.50, 0.45), 0.5 * smoothstep(2.1, 2.6, np.hypot(x, y * 1.15) / (IRIS_UV / LIMBUS_SPAN)))


def _veins(seed: int) -> np.ndarray:
    """Branching threads that run from both corners towards the iris."""
    generator = np.random.default_rng(seed + 5)
    canvas = np.zeros((SIZE, SIZE), np.float32)
    for _ in range(46):
        side = generator.choice([-1.0, 1.0])
        point = np.array([0.5 + side * 0.47, 0.5 + generator.uniform(-0.28, 0.28)]) * SIZE
        heading = np.arctan2(SIZE / 2 - point[1], -side * SIZE * 0.45) + generator.uniform(-0.3, 0.3)
        strength = generator.uniform(0.35, 1.0)
        for _ in range(int(generator.uniform(90, 220))):
            heading += generator.normal(0, 0.16)
            point = point + 1.2 * np.array([np.cos(heading), np.sin(heading)])
            col, row = np.clip(point.astype(int), 0, SIZE - 1)
            canvas[row, col] = max(canvas[row, col], strength)
            strength *= 0.992
    return ndimage.gaussian_filter(canvas, 0.9) * 2.2
