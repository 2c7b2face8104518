"""Much work of the window itself, done in pieces between its events: a long list of controls is there little by little."""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer

#: of one piece; the window goes on between two
PIECE_S = 0.006


class InSteps(QObject):
    """Goes through steps, a few at a time; the first ones at once.

    Args:
        parent: Qt's; the steps end with it.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps: Iterator[None] = iter(())
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)

    def begin(self, steps: Iterator[None]) -> None:
        """Take these steps instead of those that are left.

        Args:
            steps: each does a little when it is asked for.
        """
        self._steps = steps
        self._timer.start()
        self._go_on()

    def finish(self) -> None:
        """Take all that are left now."""
        self._timer.stop()
        for _ in self._steps:
            pass

    def _go_on(self) -> None:
        ends_s = time.monotonic() + PIECE_S
        for _ in self._steps:
            if time.monotonic() > ends_s:
                return
        self._timer.stop()
