"""What the mouse does to the camera, in fractions of the view's height: no Qt."""

from __future__ import annotations

from typing import Literal

from app.render.camera import OrbitCamera

Grip = Literal["orbit", "pan"]


class Pointer:
    """Turns drags into camera moves.

    Attributes:
        grip: what the present drag does, or None between drags.
    """

    def __init__(self) -> None:
        self.grip: Grip | None = None
        self._last = (0.0, 0.0)

    def press(self, x: float, y: float, grip: Grip) -> None:
        """Begin a drag at a point, in any unit that ``drag`` uses too."""
        self.grip = grip
        self._last = (x, y)

    def drag(self, camera: OrbitCamera, x: float, y: float, view_height: float) -> bool:
        """Continue the drag.

        Args:
            camera: moved in place.
            x: pointer position.
            y: pointer position, downwards.
            view_height: height of the view in the same unit.

        Returns:
            Whether the camera moved.
        """
        dx, dy = (x - self._last[0]) / max(view_height, 1.0), (y - self._last[1]) / max(view_height, 1.0)
        self._last = (x, y)
        if self.grip is None or (dx == 0.0 and dy == 0.0):
            return False
        (camera.orbit if self.grip == "orbit" else camera.pan)(dx, dy)
        return True

    def release(self) -> None:
        """End the drag."""
        self.grip = None
