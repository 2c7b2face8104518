"""Paint strands of hair: colour with alpha in columns, dense ones for under-layers and loose ones for cards."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .hair import COLUMNS, DENSE_COLUMNS
from .picture import normal_map

WIDTH, HEIGHT = 1024, 1024


def paint_hair(root: tuple[float, float, float], tip: tuple[float, float, float], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Colour and relief of the strand texture.

    Args:
        root: sRGB colour at the roots.
        tip: sRGB colour at the tips.
        seed: for the strands.

    Returns:
        (HEIGHT, WIDTH, 4) colour with alpha and (HEIGHT, WIDTH, 3) normal map.
    """
    generator = np.random.default_rng(seed)
    width = WIDTH // COLUMNS
    light, cover = np.zeros((HEIGHT, WIDTH), np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
    for column in range(COLUMNS):
        dense = column in DENSE_COLUMNS
        area = slice(column * width, (column + 1) * width)
        light[:, area], cover[:, area] = _column(generator, width, 420 if dense else 190, dense)
    rows = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None]
    blend = np.clip(rows * 1.15 - 0.05, 0, 1)[..., None]
    color = np.asarray(root, np.float32) * (1 - blend) + np.asarray(tip, np.float32) * blend
    color = color * (0.62 + 0.62 * light[..., None])
    relief = normal_map(ndimage.gaussian_filter(light, (2.0, 0.7)), 1.1)
    return np.concatenate([np.clip(color, 0, 1), cover[..., None]], axis=2), relief


def _column(generator: np.random.Generator, width: int, strands: int, dense: bool) -> tuple[np.ndarray, np.ndarray]:
    """Draw strands that wander from root (top) to tip, lighter over darker ones, and thin out at the tips."""
    light = np.full((HEIGHT, width), 0.30, np.float32)
    cover = np.zeros((HEIGHT, width), np.float32)
    rows = np.arange(HEIGHT)
    share = rows / HEIGHT
    for number in range(strands):
        center = generator.random() if dense else np.clip(0.5 + 0.21 * generator.standard_normal(), 0.03, 0.97)
        end = generator.uniform(0.90, 1.0) if dense else generator.uniform(0.72, 1.0)
        wander = 0.012 * np.sin(share * generator.uniform(3, 9) + generator.uniform(0, 6)) + 0.02 * generator.standard_normal() * share**2
        gather = (0.5 - center) * 0.25 * share**3 if not dense else 0.0
        x = (center + wander + gather) * width
        thick = generator.uniform(0.8, 1.9) if dense else generator.uniform(0.7, 1.5)
        shade = np.clip(0.30 + 0.6 * (number / strands) ** 1.2 + 0.12 * generator.standard_normal(), 0, 1)
        alive = rows < end * HEIGHT
        fade = np.clip((end - share) / 0.22, 0, 1) ** 0.6
        for step in (-1, 0, 1, 2):
            col = np.floor(x).astype(int) + step
            near = np.clip(1.25 - np.abs(col + 0.5 - x) / thick, 0, 1) * (fade > 0.12)
            if dense:
                col = col % width
            ok = alive & (col >= 0) & (col < width) & (near > 0)
            amount = near[ok]
            light[rows[ok], col[ok]] += (shade - light[rows[ok], col[ok]]) * amount
            cover[rows[ok], col[ok]] = np.maximum(cover[rows[ok], col[ok]], amount * np.clip(fade[ok] * 1.3, 0, 1))
    if dense:
        solid = np.clip((0.90 - share) / 0.03, 0, 1)[:, None]
        cover = np.maximum(cover, solid)
    root = np.clip(share / 0.02, 0, 1)[:, None] if not dense else 1.0
    return light, np.clip(cover * 1.15, 0, 1) * root
