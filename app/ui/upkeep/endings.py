"""Runs that ended badly: their reports, offered at the next start together with what can be restored."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.ui.kit.banner import Banner
from app.upkeep import reports
from app.upkeep.runs import EndedRun, ended_badly

#: how many are told; a program that crashes at every start would fill the picture
MOST = 3


class BadEndings:
    """Keeps a report of each run that crashed, and knows which session it was.

    Args:
        banner: tells.
        shows: shows a report: its text and its file.
    """

    def __init__(self, banner: Banner, shows: Callable[[str, Path | None], None]) -> None:
        self._banner, self._shows = banner, shows
        self._found: dict[int, tuple[EndedRun, Callable[[], None]]] = {}

    def look(self) -> None:
        """Find them, and keep their reports; a run that was killed has nothing to tell beyond what can be restored."""
        for run in ended_badly():
            if run.fault:
                report = reports.of_run(run)
                self._found[run.process] = run, partial(self._shows, report, reports.keep(report))
            run.forget()
        self._found = dict(list(self._found.items())[-MOST:])

    def report_of(self, process: int) -> Callable[[], None] | None:
        """Shows the report of a run whose session is offered again; it is then not offered apart. None for a run without one."""
        found = self._found.pop(process, None)
        return None if found is None else found[1]

    def offer(self) -> None:
        """Tell of those that left nothing to restore."""
        for run, show in self._found.values():
            when = time.strftime("%d %B, %H:%M", time.localtime(run.ended_s))
            sentence = f"The program ended unexpectedly ({when}). A report is ready; it is sent nowhere by itself."
            self._banner.offer(sentence, (("Show report", show), ("Dismiss", lambda: None)), f"run {run.process}")
        self._found = {}
