"""Films and pictures that are waited for: drawn one after the other, each listed until it is over."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.core.errors import Cancelled, PreviewError
from app.session.base.workers import Job, Workers
from app.session.keep.filming import FilmOrder, run_film

TASK = "video"
FilmState = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class FilmEntry:
    """One of the list.

    Attributes:
        number: tells it from all others.
        out: what is written.
        words: what it is.
        state: how far it is.
        progress: 0 to 1 while it runs.
        sentence: why it failed.
    """

    number: int
    out: Path
    words: str
    state: FilmState = "waiting"
    progress: float = 0.0
    sentence: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in ("done", "failed", "cancelled")


class FilmQueue(QObject):
    """The list. What is cancelled leaves no file.

    Args:
        workers: draw, under one name: one at a time.
        parent: Qt's.
    """

    #: an entry came, went on or ended
    changed = Signal()
    #: the file that is there now, and sentences about it
    written = Signal(object, tuple)
    #: why one failed
    failed = Signal(str)

    def __init__(self, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workers = workers
        self._numbers = itertools.count(1)
        self._orders: dict[int, FilmOrder] = {}
        self.entries: tuple[FilmEntry, ...] = ()
        #: draws an order in a job, and says what the user has to know of the file
        self.draws: Callable[[Job, FilmOrder], str | None] = run_film
        workers.progress_changed.connect(self._progressed)
        workers.ended.connect(self._ended)
        workers.stopped.connect(self._stopped)

    @property
    def running(self) -> FilmEntry | None:
        """The one that is being drawn."""
        return next((entry for entry in self.entries if entry.state == "running"), None)

    @property
    def n_waiting(self) -> int:
        """How many have not begun."""
        return sum(entry.state == "waiting" for entry in self.entries)

    def add(self, order: FilmOrder, words: str) -> int:
        """Put an order at the end of the list; it begins when those before it are over.

        Returns:
            Its number.
        """
        number = next(self._numbers)
        self._orders[number] = order
        self.entries = (*self.entries, FilmEntry(number, order.out, words))
        self.changed.emit()
        self._go_on()
        return number

    def cancel(self, number: int) -> None:
        """Give up one, running or waiting."""
        entry = next((each for each in self.entries if each.number == number), None)
        if entry is None or entry.is_over:
            return
        self._put(number, state="cancelled")
        if entry.state == "running":
            self._workers.cancel(TASK)
        self._go_on()

    def clear(self) -> None:
        """Take what is over out of the list."""
        self.entries = tuple(entry for entry in self.entries if not entry.is_over)
        self.changed.emit()

    # -- inside

    def _put(self, number: int, **values: object) -> None:
        self.entries = tuple(replace(each, **values) if each.number == number else each for each in self.entries)  # type: ignore[arg-type]
        if any(each.number == number and each.is_over for each in self.entries):
            self._orders.pop(number, None)
        self.changed.emit()

    def _go_on(self) -> None:
        waiting = next((each for each in self.entries if each.state == "waiting"), None)
        if waiting is None or self.running is not None:
            return
        number, order = waiting.number, self._orders[waiting.number]
        self._put(number, state="running")

        def work(job: Job) -> None:
            try:
                note = self.draws(job, order)
            except Cancelled:
                raise
            except PreviewError as error:
                job.post(self._failed, number, str(error))
            else:
                job.post(self._done, number, note or "")

        self._workers.start(TASK, work)

    def _done(self, number: int, note: str) -> None:
        self._put(number, state="done", progress=1.0)
        self.written.emit(next(each.out for each in self.entries if each.number == number), (note,) if note else ())

    def _failed(self, number: int, sentence: str) -> None:
        self._put(number, state="failed", sentence=sentence)
        self.failed.emit(sentence)

    def _progressed(self, task: str, fraction: float) -> None:
        running = self.running
        if task == TASK and running is not None and 0 <= fraction < 1:
            self._put(running.number, progress=fraction)

    def _ended(self, task: str) -> None:
        if task != TASK:
            return
        running = self.running
        if running is not None:
            self._put(running.number, state="failed", sentence="The video stopped unexpectedly; try again.")
        self._go_on()

    def _stopped(self, tasks: tuple[str, ...]) -> None:
        """Who gives up all work gives up what waits, too."""
        if TASK in tasks:
            for entry in self.entries:
                if not entry.is_over:
                    self._put(entry.number, state="cancelled")
