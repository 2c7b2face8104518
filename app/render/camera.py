"""The orbit camera and its framings, computed from the avatar's geometry: no GL, no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np

from app.avatar.model import Avatar
from app.render.anatomy import head_of, mouth_of

Framing = Literal["portrait", "face", "bust", "body", "mouth", "three_quarter", "profile"]
FRAMINGS: tuple[Framing, ...] = get_args(Framing)

_PITCH_LIMIT = math.radians(80.0)
_PITCH_SOFTNESS = math.radians(25.0)
_ZOOM_STEP = 0.12
_ORBIT_RADIANS_PER_HEIGHT = 3.0


@dataclass(frozen=True)
class _Shot:
    """A framing in units of head heights.

    Attributes:
        fov_deg: vertical field of view; long lenses flatter close faces.
        height: visible height.
        width: width that must stay visible in narrow windows.
        below_eyes: how far the picture's centre lies below the eye line.
        yaw_deg: how far the camera stands to the side of the face.
    """

    fov_deg: float
    height: float
    width: float
    below_eyes: float
    yaw_deg: float = 0.0


#: head and shoulders with the eyes about 60 % up; the wider shots keep VisemeSync's 35 degree lens
_SHOTS = {
    "face": _Shot(22.0, 1.42, 1.05, 0.08),
    "portrait": _Shot(28.0, 2.25, 1.60, 0.27),
    "bust": _Shot(35.0, 3.70, 2.30, 0.85),
    "three_quarter": _Shot(28.0, 1.75, 1.45, 0.12, yaw_deg=38.0),
    "profile": _Shot(28.0, 1.75, 1.45, 0.12, yaw_deg=90.0),
}
#: from the nose's tip to below the chin
_MOUTH_SHOT = _Shot(22.0, 0.52, 0.62, 0.0)

#: an avatar lower than this many head heights is a bare head: nothing to show below it
_HEAD_ONLY = 1.6
_HEAD_SHOT = _Shot(28.0, 1.75, 1.20, 0.05)


@dataclass
class OrbitCamera:
    """A camera that turns about a target.

    Attributes:
        target: (3,) metres, the point looked at.
        distance: metres from the target.
        yaw: radians about Y; 0 looks at the face from +Z, positive moves the camera to +X.
        pitch: radians; positive moves the camera up.
        fov_deg: vertical field of view in degrees.
        framing: the framing it was last set to, for reset.
        reach: (nearest, farthest) distance in metres that zooming approaches softly.
    """

    target: np.ndarray = field(default_factory=lambda: np.array([0.0, 1.2, 0.0]))
    distance: float = 2.2
    yaw: float = 0.0
    pitch: float = 0.0
    fov_deg: float = 35.0
    framing: Framing = "portrait"
    reach: tuple[float, float] = (0.15, 12.0)

    @property
    def position(self) -> np.ndarray:
        """(3,) where the camera stands, in metres."""
        return self.target + self.distance * self._backward()

    @property
    def state(self) -> tuple[float, ...]:
        """Everything that changes the picture, comparable."""
        return (*self.target.tolist(), self.distance, self.yaw, self.pitch, self.fov_deg)

    def orbit(self, dx: float, dy: float) -> None:
        """Turn about the target.

        Args:
            dx: drag to the right, as a fraction of the view's height.
            dy: drag downwards, as a fraction of the view's height.
        """
        self.yaw = math.remainder(self.yaw - dx * _ORBIT_RADIANS_PER_HEIGHT, 2.0 * math.pi)
        self.pitch = _approach(self.pitch, dy * _ORBIT_RADIANS_PER_HEIGHT, -_PITCH_LIMIT, _PITCH_LIMIT, _PITCH_SOFTNESS)

    def pan(self, dx: float, dy: float) -> None:
        """Move the target so that the avatar follows the pointer.

        Args:
            dx: drag to the right, as a fraction of the view's height.
            dy: drag downwards, as a fraction of the view's height.
        """
        visible = 2.0 * self.distance * math.tan(math.radians(self.fov_deg) / 2.0)
        right, up, _ = self._axes()
        self.target = self.target - right * (dx * visible) + up * (dy * visible)

    def zoom(self, steps: float, at: tuple[float, float] = (0.0, 0.0)) -> None:
        """Come nearer or go away, slowing down softly at the ends of ``reach``.

        Args:
            steps: wheel notches; positive comes nearer.
            at: the point of the picture that stays where it is, right of and below the middle, as fractions of the view's height.
        """
        before = self.distance
        low, high = (math.log(d) for d in self.reach)
        self.distance = math.exp(_approach(math.log(self.distance), -steps * _ZOOM_STEP, low, high, 0.5))
        visible = 2.0 * (before - self.distance) * math.tan(math.radians(self.fov_deg) / 2.0)
        right, up, _ = self._axes()
        self.target = self.target + right * (at[0] * visible) - up * (at[1] * visible)

    def frame(self, avatar: Avatar, framing: Framing = "portrait", aspect: float = 16 / 9) -> None:
        """Look at the avatar as one of FRAMINGS does.

        Args:
            avatar: whose geometry decides.
            framing: ``face``, ``portrait`` (head and shoulders), ``bust``, ``body``, ``mouth``, ``three_quarter`` or ``profile``.
            aspect: width over height of the picture.
        """
        head = head_of(avatar)
        self.yaw = self.pitch = 0.0
        self.framing = framing
        self.reach = (0.9 * head.height, 60.0 * head.height)
        if framing == "body":
            low, high = head.whole
            self.fov_deg = 35.0
            self.target = np.array([head.eyes[0], (low[1] + high[1]) / 2.0, head.eyes[2]])
            self._fit(1.08 * (high[1] - low[1]), 1.05 * (high[0] - low[0]), aspect)
            return
        if framing == "mouth":
            self.fov_deg = _MOUTH_SHOT.fov_deg
            self.target = mouth_of(avatar, head)
            self._fit(_MOUTH_SHOT.height * head.height, _MOUTH_SHOT.width * head.height, aspect)
            return
        shot = _SHOTS[framing]
        if head.whole[1][1] - head.whole[0][1] < _HEAD_ONLY * head.height and framing != "face":
            shot = replace(_HEAD_SHOT, yaw_deg=shot.yaw_deg)
        self.yaw = math.radians(shot.yaw_deg)
        self.fov_deg = shot.fov_deg
        self.target = head.center + np.array([0.0, head.eyes[1] - shot.below_eyes * head.height - head.center[1], 0.0])
        self._fit(shot.height * head.height, shot.width * head.height, aspect)

    def view_matrix(self) -> np.ndarray:
        """(4, 4) float64: world to camera, looking along -Z, Y up."""
        right, up, backward = self._axes()
        matrix = np.eye(4)
        matrix[0, :3], matrix[1, :3], matrix[2, :3] = right, up, backward
        matrix[:3, 3] = -matrix[:3, :3] @ self.position
        return matrix

    def projection(self, aspect: float) -> np.ndarray:
        """(4, 4) float64 perspective matrix for GL clip space.

        Args:
            aspect: width over height of the picture.
        """
        near = 0.08 * self.distance
        far = 8.0 * self.distance + 4.0
        f = 1.0 / math.tan(math.radians(self.fov_deg) / 2.0)
        matrix = np.zeros((4, 4))
        matrix[0, 0], matrix[1, 1] = f / aspect, f
        matrix[2, 2], matrix[2, 3] = (far + near) / (near - far), 2.0 * far * near / (near - far)
        matrix[3, 2] = -1.0
        return matrix

    def _fit(self, height: float, width: float, aspect: float) -> None:
        """Stand so far away that a height and a width of the target plane are visible."""
        half = math.tan(math.radians(self.fov_deg) / 2.0)
        self.distance = max(height, width / max(aspect, 1e-3)) / (2.0 * half)
        low, high = self.reach
        self.reach = (min(low, self.distance * 0.7), max(high, self.distance * 1.5))

    def _backward(self) -> np.ndarray:
        """(3,) unit vector from the target to the camera."""
        level = math.cos(self.pitch)
        return np.array([math.sin(self.yaw) * level, math.sin(self.pitch), math.cos(self.yaw) * level])

    def _axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Unit vectors right, up and backward of the camera in the world."""
        backward = self._backward()
        right = np.array([math.cos(self.yaw), 0.0, -math.sin(self.yaw)])
        return right, np.cross(backward, right), backward


def visemesync_camera() -> OrbitCamera:
    """VisemeSync's own camera: 35 degrees, at (0, 1.2, 2.2), looking at (0, 1.2, 0)."""
    return OrbitCamera()


def _approach(value: float, step: float, low: float, high: float, softness: float) -> float:
    """Move by a step that shrinks to nothing at a limit, so that the end is felt and never jumped over."""
    room = (high - value) if step > 0 else (value - low)
    damped = step * min(1.0, max(0.0, room / softness))
    return min(max(value + damped, low), high)
