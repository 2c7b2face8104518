"""Which side is where on the preview, and through which camera: what a click on the picture means."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect

from app.avatar.rig import AvatarRig
from app.formats.notes import FacePoint
from app.formats.project import CameraValues
from app.render.camera import OrbitCamera
from app.render.pins import pin_at
from app.session.compare.comparing import Comparing
from app.session.state import State
from app.ui.compare.compare_cameras import set_camera
from app.ui.compare.compare_view import CompareView
from app.ui.preview.preview import Preview


@dataclass(frozen=True)
class Pictured:
    """One side's picture.

    Attributes:
        side: whose.
        rect: of the whole picture, in the preview's pixels.
        seen: what of it is not covered by another side's.
        camera: looked through.
        rig: the body.
    """

    side: str
    rect: QRect
    seen: QRect
    camera: OrbitCamera
    rig: AvatarRig

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.rect.width() / max(self.rect.height(), 1)

    def shares(self, at: QPointF) -> tuple[float, float]:
        """A place of the preview as shares of this picture, within it."""
        x = (at.x() - self.rect.x()) / max(self.rect.width(), 1)
        y = (at.y() - self.rect.y()) / max(self.rect.height(), 1)
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def point(self, at: QPointF) -> FacePoint | None:
        """The point of the skin under a place of the preview."""
        x, y = self.shares(at)
        return pin_at(self.rig, self.camera, x, y, self.aspect)


class PicturedSides:
    """Asks the preview and the comparison.

    Args:
        preview: has side A's picture.
        compare_view: has the others'.
        comparing: knows which are shown.
        state: has side A's body.
    """

    def __init__(self, preview: Preview, compare_view: CompareView, comparing: Comparing, state: State) -> None:
        self._preview, self._compare_view, self._comparing, self._state = preview, compare_view, comparing, state

    def now(self) -> tuple[Pictured, ...]:
        """All pictures, the uppermost last."""
        made = []
        view, rig = self._preview.view, self._state.rig
        if view is not None and rig is not None and view.isVisible():
            made.append(Pictured(self._comparing.main_side, view.geometry(), view.geometry(), view.camera, rig))
        for side, other in self._compare_view.views.items():
            clip, body = other.parentWidget(), other.rig
            if clip is not None and clip.isVisible() and body is not None:
                made.append(Pictured(side, other.geometry().translated(clip.pos()), clip.geometry(), other.camera, body))
        return tuple(made)

    def look(self, side: str, values: CameraValues) -> None:
        """Look at a side's face from where plain numbers say.

        Args:
            side: whose picture, "" for all.
            values: as a note's look has them.
        """
        for one in self.now():
            if side in ("", one.side):
                set_camera(one.camera, values)
                self._compare_view.cameras.moved(one.side)
        self._preview.redraw()
        self._compare_view.redraw()

    def at(self, place: QPointF) -> Pictured | None:
        """The uppermost picture at a place of the preview."""
        return next((one for one in reversed(self.now()) if one.seen.contains(place.toPoint())), None)
