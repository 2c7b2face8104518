"""The avatar on show, read off the GUI thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.session.base import opening
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.state import State

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig


class Avatars(QObject):
    """Brings avatars, and what is needed to draw them.

    Args:
        state: is given the avatar.
        workers: read it.
        messages: told what is wrong with it.
        parent: the session.
    """

    #: a view can be made now
    renderer_loaded = Signal()

    def __init__(self, state: State, workers: Workers, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._workers, self._messages = state, workers, messages

    def load(self, path: Path) -> None:
        """Read an avatar; the present one stays until it is there."""
        self._workers.start("avatar", lambda job: job.post(self.take, path, opening.read_avatar(path)))

    def take(self, path: Path, rig: AvatarRig) -> None:
        """Show an avatar that was read off the GUI thread."""
        self._state.set_avatar(path, rig)
        if rig.avatar.problems:
            self._messages.tell(" ".join(rig.avatar.problems[:2]))

    def load_renderer(self) -> None:
        """Import the renderer; ``renderer_loaded`` says when a view can be made."""

        def work(job: Job) -> None:
            opening.import_renderer()
            job.post(self.renderer_loaded.emit)

        self._workers.start("renderer", work)
