"""How far two poses of one head are apart, vertex by vertex."""

from __future__ import annotations

import numpy as np

#: this far apart is the end of the scale, in millimetres: a third of a mouth opened for speech
FULL_MM = 5.0


def heat_of(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The distance of vertices as a share of the scale.

    Args:
        a: (n, 3) float32 metres.
        b: (n, 3) float32 metres, the same vertices in the other pose.

    Returns:
        (n,) float32: 0 for the same place, 1 for FULL_MM.
    """
    apart = a - b
    made: np.ndarray = np.sqrt(np.einsum("ij,ij->i", apart, apart)) * np.float32(1e3 / FULL_MM)
    return made
