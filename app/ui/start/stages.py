"""Work of a second in small steps: between them the window draws and answers."""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal

#: so long one turn goes on; a step that takes longer is not interrupted
TURN_S = 0.008


class Stages(QObject):
    """Goes through steps, a few in each turn of the event loop.

    Args:
        steps: each is done when the next one is asked for.
        parent: Qt's.
    """

    #: all is done
    ended = Signal()
    #: a step raised this; no other follows
    broke = Signal(object)

    def __init__(self, steps: Iterator[object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps = steps
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)

    def begin(self) -> None:
        """Begin in the next turn."""
        self._timer.start(0)

    def stop(self) -> None:
        """Leave undone what is not done yet."""
        self._timer.stop()

    def _go_on(self) -> None:
        ends_s = time.perf_counter() + TURN_S
        try:
            while time.perf_counter() < ends_s:
                next(self._steps)
        except StopIteration:
            self._timer.stop()
            self.ended.emit()
        except Exception as error:  # noqa: BLE001  (who waits for the end has to know, whatever it was)
            self._timer.stop()
            self.broke.emit(error)
