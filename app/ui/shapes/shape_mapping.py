"""Opens the dialog of shapes, puts what was assigned on the face, keeps it, and offers it where shapes drive nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QWidget

from app.core.errors import AvatarError
from app.session.base import opening
from app.session.base.messages import Messages
from app.session.pose.posing import Posing
from app.session.state import State
from app.ui.compare.compare_cameras import camera_values, set_camera
from app.ui.preview.preview import Preview

if TYPE_CHECKING:
    from app.avatar.names.mapping import AvatarMapping
    from app.ui.shapes.shapes_dialog import ShapesDialog

#: a shape that moves nothing further than this has nothing to show, metres
_SEEN_M = 2e-4


class ShapeMapping(QObject):
    """The command *Shapes…* and the offer to use it.

    Args:
        action: opens the dialog.
        preview: shows the face, and offers the dialog.
        state: has the avatar on show.
        posing: shows single shapes while the dialog is open.
        messages: told what cannot be kept.
        window: parent of the dialog.
    """

    def __init__(self, action: QAction, preview: Preview, *, state: State, posing: Posing, messages: Messages, window: QWidget) -> None:
        super().__init__(window)
        self._action, self._preview, self._window = action, preview, window
        self._state, self._posing, self._messages = state, posing, messages
        self.dialog: ShapesDialog | None = None
        action.setEnabled(False)
        action.triggered.connect(self.open)

    def avatar_changed(self, *_: object) -> None:
        """Another avatar is on show: offer the dialog where channels are missing and shapes drive nothing."""
        rig = self._state.rig
        self._action.setEnabled(rig is not None)
        if rig is None:
            return
        # here and below: the window is up before the avatar's readers are imported, which a worker does
        from app.avatar.names.mapping import idle_targets

        idle = idle_targets(rig.avatar, _SEEN_M) if rig.arkit_missing else 0
        words = "1 shape drives nothing" if idle == 1 else f"{idle} shapes drive nothing"
        self._preview.offer_shapes(words if idle else "")

    def open(self) -> None:
        """Open the dialog for the avatar on show; its face is shown while it is open."""
        rig, path = self._state.rig, self._state.avatar_path
        if rig is None or path is None or self.dialog is not None:
            return
        from app.avatar.names.mapping import AvatarMapping, kept_mapping
        from app.ui.shapes.draft import MappingDraft
        from app.ui.shapes.shapes_dialog import ShapesDialog

        try:
            kept = kept_mapping(path) or AvatarMapping()
        except AvatarError as error:
            self._messages.fail(str(error))
            kept = AvatarMapping()
        dialog = self.dialog = ShapesDialog(MappingDraft(rig.avatar, kept), self._try_on, self._window)
        dialog.finished.connect(self._finished)
        dialog.open()
        # beside the face, which it is about
        around = self._window.frameGeometry()
        dialog.move(max(around.right() - dialog.width(), 0), around.top() + 32)

    def _try_on(self, weights: object) -> None:
        self._posing.try_on(weights)  # type: ignore[arg-type]
        self._preview.redraw()

    def _finished(self, result: int) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is None:
            return
        if result == QDialog.DialogCode.Accepted and dialog.draft.changed:
            self._use(dialog.draft.mapping)
        dialog.deleteLater()

    def _use(self, mapping: AvatarMapping) -> None:
        """Show the avatar with this mapping from now on, looked at as before."""
        rig, path = self._state.rig, self._state.avatar_path
        if rig is None or path is None:
            return
        from app.avatar.names.mapping import assign, keep_mapping

        try:
            avatar = assign(rig.avatar, mapping)
            keep_mapping(path, mapping)
        except AvatarError as error:
            self._messages.fail(str(error))
            return
        looked = None if self._preview.is_framed else camera_values(self._preview.camera)
        self._state.set_avatar(path, opening.another_rig(avatar, rig.corrections))
        if looked is not None:
            set_camera(self._preview.camera, looked)
            self._preview.redraw()
