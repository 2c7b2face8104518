"""The light of the scene: VisemeSync's three lamps and ambience, as numbers for the shaders."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


def linear_from_srgb(color: ArrayLike) -> np.ndarray:
    """Decode display values to linear light (IEC 61966-2-1).

    Args:
        color: any shape, 0 to 1.

    Returns:
        float64 of the same shape.
    """
    c = np.asarray(color, np.float64)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _hex(rgb: int) -> np.ndarray:
    """(3,) linear colour of a web colour."""
    return linear_from_srgb([(rgb >> shift & 255) / 255.0 for shift in (16, 8, 0)])


@dataclass(frozen=True)
class Lamp:
    """A directional light.

    Attributes:
        color: (3,) linear.
        intensity: as three.js counts it: a white surface facing it has radiance intensity / pi.
        position: (3,) metres; shines towards the origin.
    """

    color: np.ndarray
    intensity: float
    position: tuple[float, float, float]

    @property
    def direction(self) -> np.ndarray:
        """(3,) unit vector towards the lamp."""
        return np.asarray(self.position) / math.sqrt(sum(v * v for v in self.position))

    @property
    def radiance(self) -> np.ndarray:
        """(3,) linear radiance that a white diffuse surface facing the lamp reflects."""
        return self.color * self.intensity / math.pi


#: key, fill and rim of VisemeSync's scene (specs/visemesync-wire.md, section 4)
LAMPS = (
    Lamp(_hex(0xFFF5E6), 2.5, (2.0, 3.0, 2.0)),
    Lamp(_hex(0xE6F0FF), 0.8, (-2.0, 2.0, 1.0)),
    Lamp(_hex(0xFFFFFF), 0.8, (0.0, 2.0, -3.0)),
)
#: VisemeSync's ambient light plus its hemisphere light, as radiance of a white surface facing up and facing down;
#: the bounce from below stands for a light floor, which lifts the shadows under nose and chin
_AMBIENT = _hex(0x404060) * 0.45
SKY = (_AMBIENT + _hex(0xFFEEDD) * 0.62) / math.pi
GROUND = (_AMBIENT + _hex(0xB0A090) * 0.42) / math.pi

#: three.js divides by 0.6 before its ACES curve; exposure 1 therefore gives its brightness
EXPOSURE = 1.0 / 0.6
