"""Newer versions: asked for when the user says so, and at the start only where that was switched on."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app import __version__
from app.core.errors import ServiceError
from app.session.base.messages import Messages
from app.session.base.workers import Job, Workers
from app.settings import Settings
from app.ui.kit.banner import Banner

TASK = "look for a newer version"
#: closing the window waits for a question that is out
_TIMEOUT_S = 4.0

log = logging.getLogger(__name__)


class Updates(QObject):
    """Asks, off the GUI thread, and says what was answered in one sentence.

    Args:
        workers: ask.
        messages: tell what did not work.
        banner: says what was answered.
        switch: the entry of the menu that stays on.
        settings: remember whether every start asks.
        parent: Qt's.
    """

    def __init__(
        self, workers: Workers, messages: Messages, banner: Banner, *, switch: QAction, settings: Settings, parent: QObject
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._workers, self._messages, self._banner, self._switch, self._settings = workers, messages, banner, switch, settings
        switch.setChecked(settings.updates)

    def begin(self) -> None:
        """Ask where every start does; only a newer version is said, and no answer is only logged."""
        if self._settings.updates:
            self._ask(True)

    def ask(self) -> None:
        """Ask now, and say what is answered."""
        self._ask(False)

    def switch(self, on: bool) -> None:
        """Ask at every start, or never by itself; whoever switches it on reads who is asked.

        Args:
            on: every start asks.
        """
        from app.upkeep.newer import who_is_asked

        try:
            asked = who_is_asked() if on else ""
        except ServiceError as error:
            self._switch.setChecked(False)
            self._messages.fail(str(error))
            return
        self._settings.updates = on
        if on:
            self._banner.show_success(f"Every start asks {asked} which version is the latest; nothing else is sent.")

    def _ask(self, quiet: bool) -> None:
        def work(job: Job) -> None:
            from app.upkeep.newer import is_newer, latest, who_is_asked

            try:
                published, asked = latest(_TIMEOUT_S), who_is_asked()
            except ServiceError as error:
                if not quiet:
                    raise
                log.info("no word of newer versions: %s", error)
                return
            if is_newer(published, __version__):
                words = f"Version {published} was published ({asked}); this is {__version__}. Get it from where you got this one."
                job.post(self._banner.show_notice if quiet else self._banner.show_success, words)
            elif not quiet:
                job.post(self._banner.show_success, f"This is the latest version, {__version__}, says {asked}.")

        self._workers.start(TASK, work)
