"""Exceptions that nobody caught, in any thread: a sentence, a report, and the program goes on."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Mapping
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.keys.found import hide_environment
from app.keys.secret import guard_logs
from app.startup.begun import BEGUN
from app.upkeep import reports

log = logging.getLogger(__name__)
#: of errors of the same place, those that are still written down
_TOLD = (1, 10, 100, 1000)


class UnexpectedErrors(QObject):
    """Turns exceptions that nobody caught, in any thread, into a sentence and a report; the program keeps running."""

    #: one sentence
    caught = Signal(str)
    #: the text of a report, and how many errors there were in all
    reported = Signal(str, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        #: what a report says of the window; asked in the thread of the error, so it only reads
        self.facts: Callable[[], Mapping[str, str]] = dict
        self._counts: dict[tuple[str, str, int], int] = {}

    def install(self) -> None:
        """Listen to both hooks, and let no key into a log."""
        guard_logs()
        hide_environment()
        sys.excepthook = self._from_gui
        threading.excepthook = self._from_thread

    def remove(self) -> None:
        """Leave both hooks to Python again."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def report(self, error: BaseException) -> None:
        """Log the trail, without keys, emit a sentence for the user, and a report of what did not happen before."""
        place = _place_of(error)
        self._counts[place] = count = self._counts.get(place, 0) + 1
        if count in _TOLD:
            log.error("nobody caught this (%d times)", count, exc_info=error)
        name = type(error).__name__
        self.caught.emit(f"Something went wrong inside the program ({name}); what you were doing may be unfinished, so try it again.")
        if count in _TOLD:
            tail = BEGUN.run.tail() if BEGUN.run is not None else ()
            self.reported.emit(reports.of_error(error, self.facts(), tail), sum(self._counts.values()))

    def _from_gui(self, kind: type[BaseException], error: BaseException, _trail: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
        else:
            self.report(error)

    def _from_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.report(arguments.exc_value)


def _place_of(error: BaseException) -> tuple[str, str, int]:
    """What went wrong where: errors of one place are one error."""
    trail = error.__traceback__
    while trail is not None and trail.tb_next is not None:
        trail = trail.tb_next
    return type(error).__name__, "" if trail is None else trail.tb_frame.f_code.co_filename, 0 if trail is None else trail.tb_lineno
