"""The window's part in logs, reports, places and files of later starts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QThread
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QLineEdit, QMainWindow

from app.notices.collecting import notice
from app.session import Session
from app.session.base.workers import Job
from app.settings import Settings
from app.startup.begun import BEGUN
from app.ui.kit.banner import Banner
from app.ui.upkeep.about import AboutDialog
from app.ui.upkeep.endings import BadEndings
from app.ui.upkeep.handed import HandedFiles
from app.ui.upkeep.licences import LicencesDialog
from app.ui.upkeep.overheard import Overheard
from app.ui.upkeep.places_dialog import PlacesDialog
from app.ui.upkeep.report_dialog import ReportDialog
from app.ui.upkeep.unexpected import UnexpectedErrors
from app.ui.upkeep.updates import Updates
from app.upkeep import cleaning, reports
from app.upkeep.cleaning import Found

log = logging.getLogger(__name__)


class Upkeep(QObject):
    """Shows reports, knows what was said, opens what is handed over, and removes what the user wants to be rid of.

    Args:
        window: parent of dialogs; comes to the front.
        session: tells what failed and what was said.
        banner: tells of runs that ended badly.
        line: that is typed.
        updates_switch: the menu's entry for asking at every start.
        settings: remember whether it is on.
        gl: says what draws.
        opens: opens a file.

    Attributes:
        dialog: shows reports.
        endings: runs that ended badly.
        handed: files of later starts.
        updates: asks for newer versions.
        removes: names of what is removed when the window is closed.
    """

    def __init__(
        self,
        window: QMainWindow,
        session: Session,
        banner: Banner,
        line: QLineEdit,
        *,
        updates_switch: QAction,
        settings: Settings,
        gl: Callable[[], str],
        opens: Callable[[Path], None],
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._gl = window, session, gl
        self.removes: frozenset[str] = frozenset()
        self.dialog = ReportDialog(window)
        self.dialog.quit_wanted.connect(window.close)
        self.endings = BadEndings(banner, self.dialog.show_ended)
        self.overheard = Overheard(session, line, self)
        self.handed = HandedFiles(window, opens)
        self.updates = Updates(session.workers, session.messages, banner, switch=updates_switch, settings=settings, parent=self)
        session.messages.failed.connect(self._log)

    def watch(self, errors: UnexpectedErrors) -> None:
        """Show reports of what nobody caught."""
        errors.facts = self.facts
        errors.reported.connect(self.dialog.show_error)

    def facts(self) -> Mapping[str, str]:
        """What a report says of the window."""
        if QThread.currentThread() is not self.thread():  # widgets belong to their thread
            return {}
        self.overheard.learn()
        screens = (f"{s.size().width()}x{s.size().height()} at {s.devicePixelRatio():g}" for s in QGuiApplication.screens())
        return {"GL": self._gl() or "none yet", "windows": QGuiApplication.platformName(), "screens": ", ".join(screens)}

    def show_about(self) -> None:
        """Say what this is, and on what it runs."""
        dialog = AboutDialog({**reports.about_program(), **self.facts()}, self.show_places, self.show_licences, self._window)
        dialog.exec()
        dialog.deleteLater()

    def show_licences(self) -> None:
        """Show whose work is in the program; from source its notice is made first, which takes a second."""
        dialog, workers = LicencesDialog(self._window), self._session.workers

        def work(job: Job) -> None:
            job.post(dialog.show_text, notice())

        workers.start("licences", work)
        dialog.exec()
        workers.cancel("licences")
        dialog.deleteLater()

    def show_places(self) -> None:
        """Show where things are kept."""
        dialog = PlacesDialog(self.remove, self._window)
        dialog.exec()
        dialog.deleteLater()

    def remove(self, chosen: Sequence[Found]) -> None:
        """Remove what the user chose: at once what is made again, the rest when the window is closed, which begins now."""
        kept = frozenset(each.name for each in chosen if each.place.worth == "kept")
        now = [each for each in chosen if each.name not in kept]
        left = cleaning.remove(now)
        if left:
            self._session.messages.fail(
                f"{left[0].name} could not be removed, because it is in use or protected; close the program and try again."
            )
        elif now:
            size = cleaning.size_words(sum(each.n_bytes for each in now))
            self._session.messages.tell(f"Removed {size}.")
        if kept:
            self.removes = BEGUN.removes = kept
            if not self._window.close():
                self.removes = BEGUN.removes = frozenset()

    def _log(self, sentence: str) -> None:
        self.overheard.learn()
        log.warning("told: %s", sentence)
