"""The embedded recogniser's weights: fetched once, with progress and a way to give it up, while one can type already."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from app.core.cancel import CancelToken
from app.core.errors import Cancelled, PreviewError, ServiceError
from app.session.base.workers import Job, Workers

if TYPE_CHECKING:
    from app.conversation.recognition.moonshine import Moonshine

TASK = "embedded recogniser"
FETCHES = (
    "The embedded recogniser fetches its weights from the package index, once (Moonshine base-en, 55 MB, kept on this computer); until then"
    " you can type, and the cross in the status bar stops it."
)
READY = "The embedded recogniser has its weights; say something."
GIVEN_UP = "The embedded recogniser has no weights, so nobody hears you; type, or press End and Start to fetch them again."
_LOOK_S = 0.05


class _Fetch:
    """One fetch that several may wait for."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.job: Job | None = None
        self.sentence = ""

    @property
    def is_past(self) -> bool:
        """Whether it ended, well or not."""
        return self.over.is_set() or (self.job is not None and self.job.cancel.is_set())

    def wait(self, cancel: CancelToken) -> None:
        """Until it is over.

        Raises:
            ServiceError: it failed, or was given up.
            Cancelled: nobody waits any more.
        """
        while not self.over.wait(_LOOK_S):
            if cancel.is_set():
                raise Cancelled("Nobody waits for the recogniser any more.")
            if self.is_past and not self.over.is_set():
                raise ServiceError(GIVEN_UP)
        if self.sentence:
            raise ServiceError(self.sentence)


class Weights(QObject):
    """Loads the embedded recogniser for dialogues that need it; what is missing is fetched as a job of the window's.

    Args:
        workers: show the progress, and let the user stop it.
        parent: the session.
    """

    #: one sentence for who talks
    told = Signal(str)
    #: private road from a recogniser's thread: a fetch that should begin
    _wanted = Signal(object)

    def __init__(self, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workers = workers
        self._present: _Fetch | None = None
        self._lock = threading.Lock()
        self._wanted.connect(self._begin, Qt.ConnectionType.QueuedConnection)

    def load(self, cancel: CancelToken) -> Moonshine:
        """The recogniser's network; called on its own thread.

        Args:
            cancel: set when nobody waits any more; a fetch that began goes on, for the next time.

        Raises:
            ServiceError: the weights cannot be had.
            Cancelled: ``cancel`` was set.
        """
        from app.conversation.recognition.embedded import load
        from app.conversation.recognition.moonshine_weights import are_ready

        if not are_ready():
            with self._lock:
                if fresh := self._present is None or self._present.is_past:
                    self._present = _Fetch()
                fetch = self._present
            assert fetch is not None
            if fresh:
                self._wanted.emit(fetch)
            fetch.wait(cancel)
        return load(cancel=cancel)

    def _begin(self, fetch: _Fetch) -> None:
        def work(job: Job) -> None:
            from app.conversation.recognition.moonshine_weights import prepared

            try:
                prepared(progress=job.progress, cancel=job.cancel)
            except Cancelled:
                return  # who waits sees it by the job
            except PreviewError as error:
                fetch.sentence = str(error)
            fetch.over.set()
            if not fetch.sentence:
                job.post(self.told.emit, READY)

        self.told.emit(FETCHES)
        fetch.job = self._workers.start(TASK, work)
