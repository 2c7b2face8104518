"""Pictures as float arrays: seeded noise, colour mixing, filters, encoding. All painting is done in sRGB values."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from scipy import ndimage


def fractal_noise(height: int, width: int, cell: float, octaves: int, seed: int) -> np.ndarray:
    """Smooth noise of several scales that tiles.

    Args:
        height: rows.
        width: columns.
        cell: size of the coarsest feature in pixels.
        octaves: each halves the feature size and the strength.
        seed: for the generator.

    Returns:
        (height, width) float32, mean about 0, standard deviation 1.
    """
    generator = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        size = max(cell / 2**octave, 1.0)
        rows, cols = max(round(height / size), 2), max(round(width / size), 2)
        grid = generator.standard_normal((rows, cols)).astype(np.float32)
        y = np.arange(height, dtype=np.float32) * rows / height
        x = np.arange(width, dtype=np.float32) * cols / width
        total += ndimage.map_coordinates(grid, np.meshgrid(y, x, indexing="ij"), order=3, mode="grid-wrap") / 2**octave
    return (total - total.mean()) / total.std()


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, an S-curve between (either order of the ends).

    Args:
        low: where it is 0.
        high: where it is 1.
        value: any shape.

    Returns:
        Same shape, in [0, 1].
    """
    share = np.clip((value - low) / (high - low), 0.0, 1.0)
    return share * share * (3 - 2 * share)


def mix(base: np.ndarray, color: tuple[float, float, float] | np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Blend a colour over a picture.

    Args:
        base: (h, w, 3).
        color: one colour or (h, w, 3).
        amount: (h, w) in [0, 1].

    Returns:
        (h, w, 3).
    """
    return base + (np.asarray(color, np.float32) - base) * amount[..., None]


def normal_map(height: np.ndarray, strength: float) -> np.ndarray:
    """Tangent-space normals of a height field (glTF: +X right, +Y up, +Z out).

    Args:
        height: (h, w), larger is higher.
        strength: slope per unit of height difference between pixels.

    Returns:
        (h, w, 3) in [0, 1].
    """
    dx = (np.roll(height, -1, axis=1) - np.roll(height, 1, axis=1)) * 0.5 * strength
    dy = (np.roll(height, -1, axis=0) - np.roll(height, 1, axis=0)) * 0.5 * strength
    normal = np.stack([-dx, dy, np.ones_like(dx)], axis=2)
    return normal / np.linalg.norm(normal, axis=2, keepdims=True) * 0.5 + 0.5


def encode(picture: np.ndarray, quality: int | None = 90) -> tuple[str, bytes]:
    """Compress a picture: JPEG, or PNG when it has alpha or no quality is named.

    Args:
        picture: (h, w, 3 or 4) in [0, 1].
        quality: JPEG quality; None for PNG.

    Returns:
        (mime type, bytes).
    """
    image = Image.fromarray(np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    if quality is None or picture.shape[2] == 4:
        image.save(buffer, "PNG", optimize=True)
        return "image/png", buffer.getvalue()
    image.save(buffer, "JPEG", quality=quality, subsampling=0, optimize=True)
    return "image/jpeg", buffer.getvalue()
