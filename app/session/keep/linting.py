"""Lint of the side on show, off the GUI thread, whenever its motion has settled."""

from __future__ import annotations

from collections.abc import Callable

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
        by_visemes: the mouth was judged by visemes, because the avatar shows it so; else by the 52 shapes.
        shapes_only: the mouth is judged by its shapes even where visemes are seen.
        shows_visemes: whether the body of a side shows its mouth by visemes; given by who builds the session.
    """

    #: the findings changed
    found = Signal()

    def __init__(self, state: State, workers: Workers, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.findings: tuple[Finding, ...] = ()
        self.side = "A"
        self.by_visemes = self.shapes_only = False
        self.shows_visemes: Callable[[str], bool] = lambda _side: False
        self._state, self._jobs = state, workers
        self._workers = Workers(messages.fail_task, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._check)
        state.motion_changed.connect(self._motion_changed)
        state.shown_changed.connect(self._motion_changed)
        state.speech_changed.connect(lambda _: self._timer.start())

    def by_visemes_of(self, side: str) -> bool:
        """Whether a side's mouth is judged by visemes: where its body shows it so, and nobody asked for the shapes."""
        made = self._state.sides[side].tuned
        return not self.shapes_only and made is not None and made.visemes is not None and self.shows_visemes(side)

    def judge_shapes(self, only: bool) -> None:
        """Judge the mouth by its shapes, as tracks are written, or as it is seen."""
        self.shapes_only = only
        self._check()

    def look_again(self) -> None:
        """What is seen may be another lane: another avatar, or other corrections of it."""
        if self.by_visemes_of(self._state.shown) != self.by_visemes:
            self._timer.start()

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
            self._show(name, (), False)
            return
        if self._jobs.running(side.task):
            self._timer.start()
            return

        by_visemes = self.by_visemes_of(name)

        def work(job: Job) -> None:
            give_way()
            found = lint(made.arkit, speech.audio, speech.phones, made.visemes, by_visemes=by_visemes)
            job.post(self._show, name, found, by_visemes)

        self._workers.start("lint", work)

    def _show(self, side: str, findings: tuple[Finding, ...], by_visemes: bool) -> None:
        self.side, self.findings, self.by_visemes = side, findings, by_visemes
        self.found.emit()
