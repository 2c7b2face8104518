"""Where hair grows on the skull."""

from __future__ import annotations

import numpy as np

from .figure import Figure

#: azimuth about the skull's axis (degrees, 0 = front) and the hairline's height over the eyes in metres
HAIRLINE = (
    (0, 0.066), (18, 0.0665), (34, 0.062), (46, 0.052), (56, 0.036), (64, 0.020), (72, 0.004), (80, -0.010), (87, -0.010),
    (93, 0.014), (104, 0.016), (112, -0.004), (122, -0.034), (138, -0.060), (158, -0.070), (180, -0.074),
)  # fmt: skip


def skull_axis(figure: Figure) -> np.ndarray:
    """(3,) a point between the ears that azimuths are taken about."""
    eye = figure.eyes[0].center
    return np.array([0.0, eye[1], eye[2] - 0.092])


def azimuth_deg(figure: Figure, points: np.ndarray) -> np.ndarray:
    """(n,) unsigned angle from straight ahead, degrees."""
    offset = points - skull_axis(figure)
    return np.degrees(np.arctan2(np.abs(offset[:, 0]), offset[:, 2]))


def above_hairline_m(figure: Figure, points: np.ndarray) -> np.ndarray:
    """How far points of the head lie above the hairline.

    Args:
        figure: the person.
        points: (n, 3) metres.

    Returns:
        (n,) metres, negative on the face and neck.
    """
    table = np.array(HAIRLINE)
    line = np.interp(azimuth_deg(figure, points), table[:, 0], table[:, 1])
    ears = np.abs(points[:, 0]) > 0.076
    above = points[:, 1] - figure.eyes[0].center[1] - line
    low = points[:, 1] < figure.eyes[0].center[1] + 0.03
    return np.where(ears & low, -0.02, above)
