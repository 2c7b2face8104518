"""Lint of the side on show, off the GUI thread, whenever its motion has settled."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.audio.priority import give_way
from app.review.finding import Finding
from app.review.lint import lint
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.session.state import State

SETTLE_MS = 300


class Linting(QObject):
    """Findings of what is shown.

    Args:
        state: whose shown side is checked.
        workers: run the sources; what is being made is not checked.
        messages: told what fails.
        parent: the session.

    Attributes:
        findings: by time.
        side: whose they are.
    """

    #: the findings changed
    found = Signal()

    def __init__(self, state: State, workers: Workers, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.findings: tuple[Finding, ...] = ()
        self.side = "A"
        self._state, self._jobs = state, workers
        self._workers = Workers(messages.fail_task, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._check)
        state.motion_changed.connect(self._motion_changed)
        state.shown_changed.connect(self._motion_changed)
        state.speech_changed.connect(lambda _: self._timer.start())

    def close(self) -> None:
        """End the worker thread."""
        self._timer.stop()
        self._workers.close()

    def _motion_changed(self, side: str) -> None:
        if side == self._state.shown:
            self._timer.start()

    def _check(self) -> None:
        side, speech = self._state.shown_side, self._state.speech
        name, made = side.name, side.tuned
        if made is None or speech is None:
            self._show(name, ())
            return
        if self._jobs.running(side.task):
            self._timer.start()
            return

        def work(job: Job) -> None:
            give_way()
            job.post(self._show, name, lint(made.arkit, speech.audio, speech.phones, made.visemes))

        self._workers.start("lint", work)

    def _show(self, side: str, findings: tuple[Finding, ...]) -> None:
        self.side, self.findings = side, findings
        self.found.emit()
