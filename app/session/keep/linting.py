"""Lint of the slot on show, off the GUI thread, whenever its motion has settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.review.finding import Finding
from app.review.lint import lint
from app.session.base.workers import Job, Workers

if TYPE_CHECKING:
    from app.session.session import Session

SETTLE_MS = 300


class Linting(QObject):
    """Findings of what is shown.

    Args:
        session: whose shown slot is checked.

    Attributes:
        findings: by time.
        slot: whose they are.
    """

    #: the findings changed
    found = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.findings: tuple[Finding, ...] = ()
        self.slot = "A"
        self._session = session
        self._workers = Workers(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._check)
        session.animation_grew.connect(self._motion_changed)
        session.speech_changed.connect(lambda _: self._timer.start())

    def close(self) -> None:
        """End the worker thread."""
        self._timer.stop()
        self._workers.close()

    def _motion_changed(self, slot: str) -> None:
        if slot == self._session.shown:
            self._timer.start()

    def _check(self) -> None:
        session = self._session
        name, made, speech = session.shown, session.slots[session.shown].tuned, session.speech
        if made is None or speech is None:
            self._show(name, ())
            return
        if session.workers.running(session.slots[name].task):
            self._timer.start()
            return
        phones = speech.phones

        def work(job: Job) -> None:
            job.post(self._show, name, lint(made.arkit, speech.audio, phones, made.visemes))

        self._workers.start("lint", work)

    def _show(self, slot: str, findings: tuple[Finding, ...]) -> None:
        self.slot, self.findings = slot, findings
        self.found.emit()
