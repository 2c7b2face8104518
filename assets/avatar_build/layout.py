"""Texture layouts: the base mesh's UVs rearranged so that the face gets most of the pixels.

MakeHuman keeps the whole body in one square, where both eyes and the mouth cover a few thousand texels at 2048 px.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .surface import Surface

#: the middle of the face (u, v) in MakeHuman's layout, where the face lies on its side with the crown at small u
FACE_CENTER = (0.878, 0.4835)
#: half extents of the head's island: across, towards the crown, towards the throat
FACE_REACH = (0.336, 0.240, 0.118)
#: magnification of the middle of the face against an even layout, and the radius at which the warp ends
MAGNIFY, RIM = 2.7, 1.32
#: where the head's island ends above the strip that holds mouth lining, neck and sockets (v from the bottom)
STRIP = 0.18


def head_layout(surface: Surface) -> Surface:
    """Lay out the head.

    Args:
        surface: head with MakeHuman's UVs.

    Returns:
        The same surface with new UVs.
    """
    u, v = surface.uvs.T
    main = (u > 0.64) & (v > 0.145)
    mouth = (u > 0.75) & (v <= 0.145)
    socket = u < 0.155
    neck = ~(main | mouth | socket)
    uvs = np.zeros_like(surface.uvs)
    uvs[main] = _face(u[main], v[main])
    uvs[mouth] = _box(u[mouth], v[mouth], (0.757, 0.925, 0.011, 0.137), (0.01, 0.24, 0.01, STRIP - 0.01))
    uvs[neck] = _box(u[neck], v[neck], (0.255, 0.505, 0.84, 0.975), (0.27, 0.76, 0.01, STRIP - 0.01))
    uvs[socket] = _box(u[socket], v[socket], (0.01, 0.155, 0.545, 0.635), (0.79, 0.99, 0.01, STRIP - 0.01))
    return replace(surface, uvs=uvs)


def body_layout(surface: Surface) -> Surface:
    """Lay out what is left of the body's skin: the hands and the skin below the collar.

    Args:
        surface: with MakeHuman's UVs.

    Returns:
        The same surface with new UVs.
    """
    u, v = surface.uvs.T
    hands = v < 0.2
    uvs = np.zeros_like(surface.uvs)
    uvs[hands] = _box(u[hands], v[hands], (0.361, 0.763, 0.011, 0.197), (0.01, 0.99, 0.40, 0.99))
    uvs[~hands] = _box(u[~hands], v[~hands], (0.0, 0.76, 0.6, 0.98), (0.01, 0.99, 0.01, 0.38))
    return replace(surface, uvs=uvs)


def _face(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    across = (v - FACE_CENTER[1]) / FACE_REACH[0]
    up = FACE_CENTER[0] - u
    up = np.where(up > 0, up / FACE_REACH[1], up / FACE_REACH[2])
    radius = np.hypot(across, up)
    share = radius / RIM
    warped = MAGNIFY * share / (1 + (MAGNIFY - 1) * share) * RIM
    grow = np.where(radius > 1e-9, warped / np.maximum(radius, 1e-9), MAGNIFY)
    x, y = across * grow, up * grow
    return np.stack([0.5 + 0.485 * x / 1.14, STRIP + (1 - STRIP) * (0.5 + 0.49 * y / 1.16)], axis=1)


def _box(u: np.ndarray, v: np.ndarray, old: tuple[float, ...], new: tuple[float, ...]) -> np.ndarray:
    x = new[0] + (u - old[0]) / (old[1] - old[0]) * (new[1] - new[0])
    y = new[2] + (v - old[2]) / (old[3] - old[2]) * (new[3] - new[2])
    return np.stack([x, y], axis=1)
