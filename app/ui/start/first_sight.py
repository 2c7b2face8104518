"""The avatar on the picture, before the rest of the window is there."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.core.errors import PreviewError
from app.startup.trace import trace
from app.ui.preview.preview import Preview

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig
    from app.render.view import ViewKind

log = logging.getLogger(__name__)
#: a window that nobody sees is not drawn; its rest does not wait longer than this
UNSEEN_MS = 2000


class FirstSight(QObject):
    """Reads an avatar in a thread, makes the view meanwhile, and shows one on the other.

    Args:
        preview: the picture.
        path: of the avatar's file.
        kind: who draws.
        name: of the avatar, "" for its own.

    Attributes:
        path: of the avatar's file.
        rig: the avatar once it is read; None before, and where it cannot be read.
        drawn: whether it was seen.
    """

    #: the avatar was drawn, or nothing will be
    over = Signal()
    _read = Signal(object)

    def __init__(self, preview: Preview, path: Path, kind: ViewKind, name: str = "") -> None:
        super().__init__(preview)
        self.path = path
        self.rig: AvatarRig | None = None
        self.drawn = False
        self._preview, self._kind, self._name = preview, kind, name
        self._ended = False
        self._thread = threading.Thread(target=self._read_file, name="first avatar", daemon=True)
        self._read.connect(self._take, Qt.ConnectionType.QueuedConnection)
        preview.failed.connect(self._end)
        preview.frame_drawn.connect(self._note_drawn)

    def begin(self) -> None:
        """Read the file, and make the view."""
        self._preview.show_loading("Reading the meshes and textures.")
        self._thread.start()
        try:
            import app.render.readback  # noqa: F401

            self._preview.make_view(self._kind)
        except (PreviewError, ImportError):  # it is tried once more when the window is there, and told
            self._end()
        self.put_off(True)

    def put_off(self, on: bool) -> None:
        """Let what makes the picture better wait, until the window is there."""
        if self._preview.view is not None:
            self._preview.view.puts_off = on

    def _read_file(self) -> None:
        """In a thread; whoever loads the avatar again is told what is wrong with it."""
        rig: AvatarRig | None = None
        try:
            from app.render.prepared import read_rig

            rig = read_rig(self.path)
        except Exception:  # whatever it is: without an end of this the window would never be furnished
            log.info("the first avatar was not read", exc_info=True)
        self._read.emit(rig)

    def _take(self, rig: AvatarRig | None) -> None:
        self.rig = rig
        if rig is None or self._ended:
            self._end()
        else:
            self._preview.set_rig(rig, self._name)
            QTimer.singleShot(UNSEEN_MS, self._end)

    def _note_drawn(self, _elapsed_ms: float) -> None:
        if self.rig is not None and not self._ended:
            self.drawn = True
            trace("first avatar frame")
            self._end()

    def _end(self, *_: object) -> None:
        if not self._ended:
            self._ended = True
            self.over.emit()
