"""The avatar on show, read off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.session.base import opening
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.state import State

if TYPE_CHECKING:
    from app.avatar.rig import AvatarRig


#: an avatar that is shown for so long is kept for the next start, once drawing has found out all about it
KEEP_AFTER_MS, MOST_TRIES = 4000, 15


class Avatars(QObject):
    """Brings avatars, and what is needed to draw them.

    Args:
        state: is given the avatar.
        workers: read it.
        messages: told what is wrong with it.
        parent: the session.

    Attributes:
        plays: whether something plays; an avatar is kept while nothing does, since that takes what pictures need.
    """

    #: a view can be made now
    renderer_loaded = Signal()
    #: path, seconds, what else is to be said: the file of the avatar that is shown now holds motion of a face too
    motion_found = Signal(object, float, str)

    def __init__(self, state: State, workers: Workers, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._workers, self._messages = state, workers, messages
        self._keeping = Workers(messages.fail_task, self)
        self.plays: Callable[[], bool] = lambda: False
        self._tries = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_AFTER_MS)
        self._timer.timeout.connect(self._keep)

    def load(self, path: Path) -> None:
        """Read an avatar; the present one stays until it is there."""

        def work(job: Job) -> None:
            job.post(self.take, path, opening.read_avatar(path), opening.motion_in_avatar(path))

        self._workers.start("avatar", work)

    def take(self, path: Path, rig: AvatarRig, motion_s: float = 0.0) -> None:
        """Show an avatar that was read off the GUI thread.

        Args:
            path: of its file.
            rig: of it.
            motion_s: length of the motion that the file holds beside it, 0 for none.
        """
        self._state.set_avatar(path, rig)
        self._tries = 0
        self._timer.start()
        self._tell(path, rig, motion_s)

    def show(self, path: Path, rig: AvatarRig) -> None:
        """Show an avatar that was read before there was a session; what else its file holds is looked for now."""
        self.take(path, rig)

        def work(job: Job) -> None:
            motion_s = opening.motion_in_avatar(path)
            if motion_s > 0:
                job.post(self._tell, path, rig, motion_s)

        self._workers.start("avatar", work)

    def _tell(self, path: Path, rig: AvatarRig, motion_s: float) -> None:
        """Say what the file holds, and what is wrong with the avatar."""
        told = " ".join(rig.avatar.problems[:2])
        if motion_s > 0:
            self.motion_found.emit(path, motion_s, told)
        elif told:
            self._messages.tell(told)

    def load_renderer(self) -> None:
        """Import the renderer; ``renderer_loaded`` says when a view can be made."""

        def work(job: Job) -> None:
            opening.import_renderer()
            job.post(self.renderer_loaded.emit)

        self._workers.start("renderer", work)

    def close(self) -> None:
        """End the thread."""
        self._timer.stop()
        self._keeping.close()

    def _keep(self) -> None:
        """Keep the avatar on show, or try again later; nobody waits for it, and it not being kept is no fault."""
        rig = self._state.rig
        if rig is None:
            return
        if self.plays():
            self._timer.start()
            return

        def work(job: Job) -> None:
            if not opening.keep_avatar(rig.avatar, lambda: job.cancel.is_set() or self.plays()):
                job.post(self._again, rig)

        self._keeping.start("keep", work)

    def _again(self, rig: AvatarRig) -> None:
        self._tries += not self.plays()
        if rig is self._state.rig and self._tries < MOST_TRIES:
            self._timer.start()
