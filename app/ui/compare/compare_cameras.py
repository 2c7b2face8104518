"""The cameras of a comparison: one for all sides, or one for each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from app.avatar.model import Avatar
from app.formats.project import CameraValues
from app.render.camera import OrbitCamera
from app.session.compare.comparing import Comparing
from app.session.state import State
from app.ui.preview.preview import Preview

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig


def follow(camera: OrbitCamera, avatar: Avatar, leader: OrbitCamera, led: Avatar, aspect: float) -> None:
    """Look at one avatar as another camera looks at another avatar: the same turn, zoom and place on the face.

    Args:
        camera: is moved.
        avatar: what it looks at.
        leader: the other camera.
        led: what that looks at.
        aspect: width over height of the picture.
    """
    own, home = OrbitCamera(), OrbitCamera()
    own.frame(avatar, leader.framing, aspect)
    home.frame(led, leader.framing, aspect)
    share = own.distance / home.distance
    camera.framing, camera.reach, camera.fov_deg = leader.framing, own.reach, leader.fov_deg
    camera.yaw, camera.pitch = leader.yaw, leader.pitch
    camera.target = own.target + (np.asarray(leader.target) - home.target) * share
    camera.distance = leader.distance * share


def camera_values(camera: OrbitCamera) -> CameraValues:
    """A camera as plain numbers: target, distance, yaw, pitch, field of view."""
    x, y, z, distance, yaw, pitch, fov_deg = (float(value) for value in camera.state)
    return x, y, z, distance, yaw, pitch, fov_deg


def set_camera(camera: OrbitCamera, values: CameraValues) -> None:
    """Put a camera where plain numbers say.

    Args:
        camera: is moved.
        values: as ``camera_values`` makes them.
    """
    camera.target = np.array(values[:3], float)
    camera.distance, camera.yaw, camera.pitch, camera.fov_deg = values[3:]


class SideCameras(QObject):
    """Hands every side its camera and keeps linked ones together.

    Args:
        state: has the avatar on show.
        comparing: whose sides are looked at.
        preview: side A's picture, with the camera that leads.

    Attributes:
        wanted: where cameras of sides that are still to come should stand, as ``camera_values`` makes it.
    """

    def __init__(self, state: State, comparing: Comparing, preview: Preview) -> None:
        super().__init__(preview)
        self._state, self._comparing, self._preview = state, comparing, preview
        self._own: dict[str, OrbitCamera] = {}
        self._was_linked = True
        self.wanted: dict[str, CameraValues] = {}

    @property
    def linked(self) -> bool:
        """Whether all sides are looked at alike; only beside one another can they be looked at apart."""
        return self._comparing.linked or self._comparing.layout != "split"

    def of(self, side: str) -> OrbitCamera:
        """The camera that a side is looked at with."""
        if self.linked and not self._comparing.side_rigs.is_own(side):
            return self._preview.camera
        if side not in self._own:
            leader = self._preview.camera
            self._own[side] = replace(leader, target=np.array(leader.target))
            if side in self.wanted:
                set_camera(self._own[side], self.wanted.pop(side))
            else:
                self._lead(side)
        return self._own[side]

    def refresh(self) -> None:
        """Follow the link's switch: linked again, all look as A does."""
        linked = self.linked
        if linked and not self._was_linked:
            self.moved("A")
        self._was_linked = linked

    def moved(self, side: str) -> None:
        """A side's camera was moved by the user; linked ones follow."""
        if not self.linked:
            return
        rig, main = self._comparing.side_rigs.of(side), self._state.rig
        if side in self._own and rig is not None and main is not None and self._comparing.side_rigs.is_own(side):
            follow(self._preview.camera, main.avatar, self._own[side], rig.avatar, self._aspect)
        for other in self._own:
            if other != side:
                self._lead(other)

    def frame_all(self) -> None:
        """Side A was framed anew: so is every other side, on its own avatar."""
        for side, camera in self._own.items():
            rig = self._rig(side)
            if rig is not None:
                camera.frame(rig.avatar, self._preview.framing, self._aspect)

    def forget(self, side: str) -> None:
        """The side is gone, or shows another avatar."""
        self._own.pop(side, None)

    # -- inside

    @property
    def _aspect(self) -> float:
        return self._preview.picture_share * self._preview.width() / max(self._preview.height(), 1)

    def _rig(self, side: str) -> AvatarRig | None:
        return self._comparing.side_rigs.of(side)

    def _lead(self, side: str) -> None:
        """Let a side's camera look as side A's does."""
        rig, main = self._rig(side), self._state.rig
        if rig is not None and main is not None:
            follow(self._own[side], rig.avatar, self._preview.camera, main.avatar, self._aspect)
