"""How a head is turned, as formats of JSON say it: three angles about x, y and z, or a matrix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from app.core.track import BlendshapeTrack
from app.formats.side_columns import angle

#: the head's angles in the order of three numbers: about x, y and z
HEAD = ("HeadPitch", "HeadYaw", "HeadRoll")


def head_angles(track: BlendshapeTrack) -> np.ndarray:
    """(n, 3) float32 angles of HEAD in the track's own unit; zeros where it has none."""
    return np.column_stack([angle(track, title) for title in HEAD]).astype(np.float32)


def is_angles(value: Any) -> bool:
    """Whether what ``turn_of`` reads is three numbers."""
    return isinstance(value, list) and len(value) == len(HEAD)


def turn_of(value: Any) -> tuple[float, float, float] | None:
    """HEAD in radians of what a frame says, or None where it says nothing that is known.

    Args:
        value: three numbers, a 4 x 4 matrix (rows, or MediaPipe's ``data`` by columns), or a list with one of them.
    """
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        flat = value.get("data", value.get("packedData"))
        return _of_matrix(_numbers(flat, 16), by_columns=True)
    if isinstance(value, list) and len(value) == 4 and all(isinstance(row, list) for row in value):
        return _of_matrix(_numbers([cell for row in value for cell in row], 16), by_columns=False)
    if isinstance(value, list) and len(value) == 16:
        return _of_matrix(_numbers(value, 16), by_columns=True)
    three = _numbers(value, 3)
    return None if three is None else (three[0], three[1], three[2])


def _numbers(value: Any, count: int) -> list[float] | None:
    if not isinstance(value, list) or len(value) != count:
        return None
    plain = all(isinstance(each, int | float) and not isinstance(each, bool) and abs(each) < 1e6 for each in value)
    return [float(each) for each in value] if plain else None


def _of_matrix(cells: list[float] | None, by_columns: bool) -> tuple[float, float, float] | None:
    """The angles of a matrix that turns by yaw, then pitch, then roll, all in the head's own frame."""
    if cells is None:
        return None
    matrix = np.array(cells).reshape(4, 4)[:3, :3]
    matrix = matrix.T if by_columns else matrix
    scale = float(np.cbrt(abs(np.linalg.det(matrix))))
    if scale < 1e-9:
        return None
    matrix = matrix / scale
    pitch = math.asin(min(max(-float(matrix[1, 2]), -1.0), 1.0))
    yaw = math.atan2(float(matrix[0, 2]), float(matrix[2, 2]))
    roll = math.atan2(float(matrix[1, 0]), float(matrix[1, 1]))
    # Live Link turns the other way about y and z (see core.head)
    return pitch, -yaw, -roll


def matrices_of(angles: np.ndarray) -> np.ndarray:
    """(n, 16) by columns: the poses of heads.

    Args:
        angles: (n, 3) of HEAD in radians.
    """
    pitch, yaw, roll = angles[:, 0].astype(np.float64), -angles[:, 1].astype(np.float64), -angles[:, 2].astype(np.float64)
    zero, one = np.zeros(len(angles)), np.ones(len(angles))

    def stacked(*cells: np.ndarray) -> np.ndarray:
        return np.stack(cells, axis=1).reshape(-1, 3, 3)

    about_y = stacked(np.cos(yaw), zero, np.sin(yaw), zero, one, zero, -np.sin(yaw), zero, np.cos(yaw))
    about_x = stacked(one, zero, zero, zero, np.cos(pitch), -np.sin(pitch), zero, np.sin(pitch), np.cos(pitch))
    about_z = stacked(np.cos(roll), -np.sin(roll), zero, np.sin(roll), np.cos(roll), zero, zero, zero, one)
    poses = np.tile(np.eye(4), (len(angles), 1, 1))
    poses[:, :3, :3] = about_y @ about_x @ about_z
    flat: np.ndarray = poses.transpose(0, 2, 1).reshape(-1, 16)
    return flat
