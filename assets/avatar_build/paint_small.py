"""Paint the small things: eyelashes, the eye's shadow band, teeth with gums, and the tongue."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .bake import VolumeNoise, rasterise
from .glb import Part
from .picture import fractal_noise, mix, smoothstep

LASH_COLOR = (0.055, 0.038, 0.032)
SHADE_COLOR = (0.17, 0.075, 0.06)


def paint_lashes(upper: int, lower: int, seed: int) -> np.ndarray:
    """Lash hairs in the layout of ``lashes.lash_part``: roots on the middle line, upper lashes above it.

    Args:
        upper: number of upper lashes.
        lower: number of lower lashes.
        seed: for the hairs.

    Returns:
        (512, 1024, 4) sRGB and alpha.
    """
    height, width = 512, 1024
    generator = np.random.default_rng(seed)
    alpha = np.zeros((height, width), np.float32)
    for count, sign, thick in ((upper, -1, 3.6), (lower, 1, 2.6)):
        for root in (np.arange(count) + generator.uniform(-0.35, 0.35, count)) / count:
            clump = np.round(root * count / 3) * 3 / count - root
            lean = clump * 0.75 + generator.normal(0, 0.006) + 0.018 * (root - 0.45)
            reach = generator.uniform(0.72, 1.0) if sign < 0 else generator.uniform(0.5, 1.0)
            _lash(alpha, root * width, lean * width, sign * reach * height / 2, thick * generator.uniform(0.8, 1.15))
    line = np.exp(-(((np.arange(height) - height / 2) / 7.0) ** 2))[:, None] * np.ones((1, width))
    alpha = np.clip(np.maximum(ndimage.gaussian_filter(alpha, 0.7), 0.55 * line), 0, 1)
    return np.concatenate([np.broadcast_to(np.array(LASH_COLOR, np.float32), (height, width, 3)), alpha[..., None]], axis=2)


def _lash(alpha: np.ndarray, x: float, lean: float, reach: float, thick: float) -> None:
    steps = int(abs(reach) * 1.5)
    share = np.linspace(0, 1, steps)
    center = x + lean * share**1.4
    row = np.clip((alpha.shape[0] / 2 + reach * share).astype(int), 0, alpha.shape[0] - 1)
    half = thick * (1 - share) ** 0.7 + 0.45
    for offset in range(-5, 6):
        col = np.floor(center).astype(int) + offset
        ink = np.clip(half - np.abs(col + 0.5 - center) + 0.5, 0, 1)
        ok = (col >= 0) & (col < alpha.shape[1]) & (ink > 0)
        np.maximum.at(alpha, (row[ok], col[ok]), ink[ok].astype(np.float32))


def paint_eye_shade() -> np.ndarray:
    """The shadow of lids on the eye: across, lower (left) to upper lid (right); down, from the lid inwards.

    Returns:
        (64, 64, 4) sRGB and alpha.
    """
    across = np.linspace(0, 1, 64)[None, :]
    down = np.linspace(0, 1, 64)[:, None]
    alpha = (0.26 + 0.50 * across**1.3) * (1 - down) ** 1.7 * smoothstep(1.0, 0.92, down)
    color = np.broadcast_to(np.array(SHADE_COLOR), (64, 64, 3))
    return np.concatenate([color, alpha[..., None]], axis=2).astype(np.float32)


def paint_teeth(seed: int) -> np.ndarray:
    """Teeth (left half; necks at the top) and gums (right half; vestibule at the top, then margin, then palate).

    Args:
        seed: for the noise.

    Returns:
        (512, 512, 3) sRGB.
    """
    size = 512
    v = np.broadcast_to(np.linspace(0, 1, size)[:, None], (size, size)).astype(np.float32)
    u = np.broadcast_to(np.linspace(0, 1, size)[None, :], (size, size)).astype(np.float32)
    noise = fractal_noise(size, size, 90, 3, seed)
    enamel = np.broadcast_to(np.array([0.945, 0.925, 0.88], np.float32), (size, size, 3)).copy()
    enamel = mix(enamel, (0.88, 0.81, 0.70), 0.8 * smoothstep(0.52, 0.16, v))
    enamel = mix(enamel, (0.87, 0.87, 0.85), 0.55 * smoothstep(0.84, 0.96, v))
    enamel *= (1 + 0.012 * noise)[..., None]
    back = np.exp(-(((u / 0.5 * 0.5 * 2 - 0.77) / 0.20) ** 2))
    enamel *= (1 - 0.32 * back)[..., None]
    gum = np.broadcast_to(np.array([0.70, 0.40, 0.38], np.float32), (size, size, 3)).copy()
    gum = mix(gum, (0.76, 0.48, 0.44), smoothstep(0.36, 0.48, v) * smoothstep(0.62, 0.5, v))
    gum = mix(gum, (0.52, 0.22, 0.21), smoothstep(0.28, 0.02, v))
    gum *= (1 + 0.035 * fractal_noise(size, size, 14, 2, seed + 1))[..., None]
    return np.clip(np.where((u < 0.5)[..., None], enamel, gum), 0, 1)


def paint_tongue(part: Part, seed: int) -> np.ndarray:
    """The tongue: papillae, a groove along the middle, paler tip.

    Args:
        part: ``Tongue_Mesh``.
        seed: for the noise.

    Returns:
        (512, 512, 3) sRGB.
    """
    canvas = rasterise(part.uvs, part.triangles, np.concatenate([part.positions, part.normals], axis=1), 512)
    points, up = canvas.values[:, :3], canvas.values[:, 4]
    noise = VolumeNoise(seed)
    z = points[:, 2]
    along = (z - z.min()) / np.ptp(z)
    color = np.broadcast_to(np.array([0.86, 0.48, 0.46], np.float32), points.shape).copy()
    color *= (0.38 + 0.62 * smoothstep(0.05, 0.85, along))[:, None]
    color *= (1 + 0.05 * noise.at(points, 0.0011) + 0.05 * noise.at(points, 0.005, 2))[:, None]
    groove = np.exp(-((points[:, 0] / 0.0016) ** 2)) * smoothstep(0.2, 0.8, up)
    color *= (1 - 0.16 * groove)[:, None]
    color = color + (np.array([0.78, 0.38, 0.37], np.float32) - color) * (0.6 * smoothstep(0.0, -0.6, up))[:, None]
    return canvas.image(np.clip(color, 0, 1).astype(np.float32))
