"""What a format would make of the motion on show, found out before anything is written: it is written into memory and looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.audio.priority import give_way
from app.core.errors import PreviewError
from app.formats.performance import Performance, WriteOptions
from app.session.base.workers import Job, Workers

TASK = "look at the format"


@dataclass(frozen=True)
class Trial:
    """How a format takes the motion.

    Attributes:
        key: of the format.
        notes: sentences about what it leaves out or changes.
        size: of the file in bytes.
        problem: why it cannot be written, one sentence; "" when it can.
    """

    key: str
    notes: tuple[str, ...] = ()
    size: int = 0
    problem: str = ""


class Trials(QObject):
    """Tries formats out, the newest wish alone.

    Args:
        workers: try.
        performance: what would be written.
        parent: the session's part that writes.

    Raises nothing: what cannot be written is told by the trial.
    """

    tried = Signal(object)

    def __init__(self, workers: Workers, performance: Callable[[], Performance], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workers, self._performance = workers, performance

    def start(self, key: str, options: WriteOptions) -> None:
        """Try a format; ``tried`` tells how it went.

        Args:
            key: of the format.
            options: as they would be written.
        """
        try:
            performance = self._performance()
        except PreviewError as error:
            self.tried.emit(Trial(key, problem=str(error)))
            return

        def work(job: Job) -> None:
            give_way()
            job.post(self.tried.emit, _trial(key, performance, options))

        self._workers.start(TASK, work)

    def stop(self) -> None:
        """Nobody waits any more."""
        self._workers.cancel(TASK)


def _trial(key: str, performance: Performance, options: WriteOptions) -> Trial:
    from app.formats.registry import encoded

    try:
        written = encoded(performance, options, key)
    except PreviewError as error:
        return Trial(key, problem=str(error))
    return Trial(key, written.notes, len(written.data))
