"""A head's angles as VMC's bone: a quaternion in Unity's left-handed space, and back.

Unity's character looks along +z with its own right along +x; glTF's has its left there. Mirroring x turns one into the other: of a
rotation, the parts about y and z change sign.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def bone_rotation(yaw: float, pitch: float, roll: float) -> tuple[float, float, float, float]:
    """The quaternion x, y, z, w of a head.

    Args:
        yaw: radians as in ``core.head``: positive turns to the character's right.
        pitch: positive looks down.
        roll: positive leans to the character's left.
    """
    (sy, sp, sr), (cy, cp, cr) = ([f(a / 2) for a in (yaw, pitch, roll)] for f in (math.sin, math.cos))
    # about y, then x, then z, as avatar.motion turns a head
    return (cy * sp * cr + sy * cp * sr, sy * cp * cr - cy * sp * sr, cy * cp * sr - sy * sp * cr, cy * cp * cr + sy * sp * sr)


def joined(first: Sequence[float], then: Sequence[float]) -> tuple[float, float, float, float]:
    """The rotation of a bone that hangs on another: a head's on its neck's.

    Args:
        first: (4,) x, y, z, w of the parent.
        then: (4,) of the child.
    """
    ax, ay, az, aw = first
    bx, by, bz, bw = then
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def head_angles(rotation: Sequence[float]) -> np.ndarray:
    """(3,) float32 radians yaw, pitch, roll of a quaternion; zeros for one without length.

    Args:
        rotation: (4,) x, y, z, w.
    """
    length = math.sqrt(sum(part * part for part in rotation))
    if not 1e-6 < length < 1e6:
        return np.zeros(3, np.float32)
    x, y, z, w = (part / length for part in rotation)
    pitch = math.asin(min(max(2 * (w * x - y * z), -1.0), 1.0))
    yaw = math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
    roll = math.atan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z))
    return np.array([yaw, pitch, roll], np.float32)
