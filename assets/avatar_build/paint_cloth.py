"""A tile of fine knit: a nearly white colour (garments tint it by vertex colour) and its relief."""

from __future__ import annotations

import numpy as np

from .picture import fractal_noise, normal_map

SIZE, COLUMNS, ROWS = 512, 14, 18


def paint_knit(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Stocking stitch: columns of V shapes.

    Args:
        seed: for the yarn's unevenness.

    Returns:
        (SIZE, SIZE, 3) sRGB and (SIZE, SIZE, 3) normal map; both tile.
    """
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    column = x * COLUMNS % 1.0
    leaning = np.abs(column - 0.5) * 2
    row = (y * ROWS + leaning * 0.75) % 1.0
    strand = np.sin(np.pi * row) ** 0.7 * np.clip(np.sin(np.pi * np.clip(leaning * 0.94 + 0.03, 0, 1)), 0, 1) ** 0.45
    fibre = fractal_noise(SIZE, SIZE, 6, 2, seed)
    height = strand + 0.06 * fibre
    tone = 0.74 + 0.24 * strand + 0.025 * fibre + 0.02 * fractal_noise(SIZE, SIZE, 130, 3, seed + 1)
    color = np.repeat(np.clip(tone, 0, 1)[..., None], 3, axis=2)
    return color.astype(np.float32), normal_map(height, 6.0)
