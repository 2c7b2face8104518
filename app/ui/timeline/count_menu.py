"""Playback, Count frames at: the rate, drop frame, and the timecode that the clip begins at."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from app.core.errors import TimecodeError
from app.core.timecode import REVIEW_RATES, can_drop
from app.session.base.messages import Messages
from app.session.review.counting import Counting


class CountMenu(QObject):
    """Fills itself when it opens.

    Args:
        menu: is filled.
        counting: the session's.
        messages: told what is no timecode.
        window: parent of the question.

    Attributes:
        asks: asks for a timecode, beginning with the present one; None for no answer.
    """

    def __init__(self, menu: QMenu, counting: Counting, messages: Messages, window: QWidget) -> None:
        super().__init__(menu)
        self.menu, self._counting, self._messages, self._window = menu, counting, messages, window
        self.asks: Callable[[str], str | None] = self._ask
        menu.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List the rates, the one in force checked."""
        self.menu.clear()
        group, counting = QActionGroup(self.menu), self._counting
        drops = counting.clip.count.drop

        def offer(words: str, fps: float | None, drop: bool) -> None:
            action = self.menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(fps == counting.fps and (fps is None or drop == drops))
            action.triggered.connect(lambda _=False: counting.set_rate(fps, drop))
            group.addAction(action)

        offer("The track's own rate", None, False)
        self.menu.addSeparator()
        for fps, exact in REVIEW_RATES.items():
            if can_drop(exact):
                offer(f"{fps:g} drop frame", fps, True)
                offer(f"{fps:g} non-drop", fps, False)
            else:
                offer(f"{fps:g}", fps, False)
        self.menu.addSeparator()
        self.menu.addAction(f"Start timecode {counting.start}…").triggered.connect(self.ask_start)

    def ask_start(self) -> None:
        """Ask at which timecode the clip begins."""
        text = self.asks(self._counting.start)
        if text is None:
            return
        try:
            self._counting.set_start(text)
        except TimecodeError as error:
            self._messages.fail(str(error))

    def _ask(self, present: str) -> str | None:
        words = "The clip's first frame is at (a semicolon before the frames means drop frame):"
        text, is_given = QInputDialog.getText(self._window, "Start timecode", words, text=present)
        return text if is_given else None
