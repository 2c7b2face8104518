"""Worker threads that hand their results to the GUI thread, and drop what nobody waits for any more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from app.core.errors import Cancelled, PreviewError

#: how long closing waits for a thread; work that asks its cancel token ends far sooner
JOIN_S = 5.0
#: progress of a job that has just started, or cannot tell
UNKNOWN = -1.0


class Job(threading.Thread):
    """One piece of work off the GUI thread.

    Attributes:
        task: the name under which it was started; starting the same name again cancels this job.
        job_id: distinguishes this run from earlier runs of the same task.
        cancel: set when nobody wants the result any more; a CancelToken for the rooms below.
        crashed: it ended in an error that nobody foresaw.
    """

    def __init__(self, task: str, job_id: int, work: Callable[[Job], None], workers: Workers, before: Job | None) -> None:
        super().__init__(name=f"{task}-{job_id}", daemon=True)
        self.task = task
        self.job_id = job_id
        self.cancel = threading.Event()
        self.crashed = False
        self._work = work
        self._workers = workers
        self._before = before
        self._told_percent = 0

    def post(self, call: Callable[..., None], *arguments: Any) -> None:
        """Run a call in the GUI thread later, unless this job is stale by then."""
        self._workers.posted.emit(partial(self._deliver, call, arguments))

    def progress(self, fraction: float) -> None:
        """Tell how far the work is, 0 to 1."""
        self.post(self._workers.progress_changed.emit, self.task, float(fraction))

    def watch(self, fraction: float) -> None:
        """Tell how far the work is, by whole percents, and end it where nobody wants it any more; below 0 is unknown.

        Raises:
            Cancelled: the job was cancelled.
        """
        if self.cancel.is_set():
            raise Cancelled("Nobody waits for this any more.")
        percent = int(100 * fraction)
        if fraction >= 0 and percent != self._told_percent:
            self._told_percent = percent
            self.progress(min(fraction, 0.999))

    def run(self) -> None:
        """Do the work; errors meant for the user become a sentence, others go to the thread's except hook."""
        self.crashed = True
        try:
            if self._before is not None:
                self._before.join()
                self._before = None
            if not self.cancel.is_set():
                self._work(self)
            self.crashed = False
        except Cancelled:
            self.crashed = False
        except PreviewError as error:
            self.crashed = False
            self.post(self._workers.failed.emit, self.task, str(error))
        finally:
            self._workers.posted.emit(partial(self._workers.forget, self))

    def _deliver(self, call: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        if not self.cancel.is_set():
            call(*arguments)


class Workers(QObject):
    """The running jobs, at most one per task name.

    Args:
        on_failure: told the task and one sentence when a job failed, before anybody else is; nothing fails unheard.
        parent: Qt's.
    """

    #: private road from any thread to the GUI thread: a callable without arguments
    posted = Signal(object)
    #: task, sentence
    failed = Signal(str, str)
    #: task, fraction: UNKNOWN at its start, 1 when it is over
    progress_changed = Signal(str, float)
    busy_changed = Signal(bool)
    #: a task ended in an error that nobody foresaw: do not try it again
    crashed = Signal(str)
    #: a task ended by itself, well or not; a cancelled one does not
    ended = Signal(str)
    #: the user gave up all work in progress: names of the tasks
    stopped = Signal(object)

    def __init__(self, on_failure: Callable[[str, str], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.failed.connect(on_failure)
        self._jobs: dict[str, Job] = {}
        self._leaving: set[Job] = set()
        self._next_id = 1
        self._closed = False
        self.posted.connect(self._run_posted, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether any job that was not cancelled still runs."""
        return bool(self._jobs)

    @property
    def leaving(self) -> bool:
        """Whether a cancelled job has not ended yet."""
        return bool(self._leaving)

    def running(self, *tasks: str) -> bool:
        """Whether a job of one of these names runs."""
        return any(task in self._jobs for task in tasks)

    def start(self, task: str, work: Callable[[Job], None]) -> Job:
        """Start a job; a running one of the same name is cancelled, its results are dropped, and its end is waited for.

        Args:
            task: what the job does, as shown beside its progress.
            work: runs in the thread; it posts results with ``job.post`` and asks ``job.cancel``.
        """
        self.cancel(task)
        before = max((job for job in self._leaving if job.task == task), key=lambda job: job.job_id, default=None)
        job = Job(task, self._next_id, work, self, before)
        self._next_id += 1
        was_busy = self.busy
        self._jobs[task] = job
        job.start()
        self.progress_changed.emit(task, UNKNOWN)
        if not was_busy:
            self.busy_changed.emit(True)
        return job

    def cancel(self, task: str) -> None:
        """Cancel a job; whatever it still posts is dropped."""
        job = self._jobs.pop(task, None)
        if job is None:
            return
        job.cancel.set()
        self._leaving.add(job)
        self.progress_changed.emit(task, 1.0)
        if not self.busy:
            self.busy_changed.emit(False)

    def stop_all(self) -> None:
        """Cancel every job because the user gives them up; what is there stays."""
        tasks = tuple(self._jobs)
        self.stopped.emit(tasks)
        for task in tasks:
            self.cancel(task)

    def forget(self, job: Job) -> None:
        """Note in the GUI thread that a job's thread has ended."""
        self._leaving.discard(job)
        if self._jobs.get(job.task) is not job:
            return
        del self._jobs[job.task]
        self.progress_changed.emit(job.task, 1.0)
        if job.crashed:
            self.crashed.emit(job.task)
        self.ended.emit(job.task)
        if not self.busy:
            self.busy_changed.emit(False)

    def close(self) -> None:
        """Cancel everything and wait for the threads; nothing is delivered afterwards."""
        self._closed = True
        jobs = set(self._jobs.values()) | self._leaving
        for job in jobs:
            job.cancel.set()
        for job in jobs:
            job.join(JOIN_S)
        self._jobs.clear()
        self._leaving.clear()

    def _run_posted(self, call: Callable[[], None]) -> None:
        if not self._closed:
            call()
