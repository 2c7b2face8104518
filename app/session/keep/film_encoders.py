"""Who would encode a film on this machine, found out off the GUI thread: encoders are tried, which may take a second."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.audio.priority import give_way
from app.session.base.workers import Job, Workers

TASK = "look for an encoder"


@dataclass(frozen=True)
class EncoderFound:
    """Who encodes films of a size.

    Attributes:
        size: width and height in pixels.
        format: what the pictures will be: ``H.264``, ``AV1``.
        words: by whom, and who cannot watch it.
    """

    size: tuple[int, int]
    format: str
    words: str


class FilmEncoders(QObject):
    """Looks for encoders, the newest wish alone; what was found is remembered by the process.

    Args:
        workers: look.
        parent: the session's part that writes.
    """

    found = Signal(object)

    def __init__(self, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workers = workers

    def start(self, size: tuple[int, int]) -> None:
        """Look for one; ``found`` tells which.

        Args:
            size: of the film in pixels.
        """

        def work(job: Job) -> None:
            give_way()
            from app.render.output.encoders import film_encoder

            encoder = film_encoder(*size)
            job.post(self.found.emit, EncoderFound(size, encoder.format, encoder.words))

        self._workers.start(TASK, work)

    def stop(self) -> None:
        """Nobody waits any more."""
        self._workers.cancel(TASK)
