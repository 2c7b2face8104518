"""What work needed for a moment is given back once nothing works any more."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.core.allocation import give_back
from app.session.base.messages import Messages
from app.session.base.workers import Workers

#: nothing has worked for so long
REST_MS = 2000


class Spare(QObject):
    """Gives free memory back after work, in a thread of its own.

    Args:
        workers: work.
        messages: told what goes wrong.
        parent: the session.
    """

    def __init__(self, workers: Workers, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._giving = Workers(messages.fail_task, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(lambda: self._giving.start("spare memory", lambda _job: give_back()))
        workers.busy_changed.connect(self._note_work)

    def close(self) -> None:
        """End the thread."""
        self._timer.stop()
        self._giving.close()

    def _note_work(self, busy: bool) -> None:
        if busy:
            self._timer.stop()
        else:
            self._timer.start()
