"""Files that a second start hands over: the window comes to the front and opens them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from app.startup.hand_over import Handed

#: while a dialog is open that must be answered first, files wait; it is looked again after this
AGAIN_MS = 150


class HandedFiles(QObject):
    """Takes what a later start was asked for, in any thread, and opens it in the GUI thread.

    Args:
        window: comes to the front.
        opens: opens a file; asks before changes are lost.
    """

    #: private road from the door's thread
    arrived = Signal(object)
    #: files are open, or are being opened
    taken = Signal(object)

    def __init__(self, window: QWidget, opens: Callable[[Path], None]) -> None:
        super().__init__(window)
        self._window, self._opens = window, opens
        self._waiting: list[Path] = []
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._open_waiting)
        self.arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def receive(self, handed: Handed) -> None:
        """Take what was handed over; any thread may call this."""
        self.arrived.emit(handed)

    def _take(self, handed: Handed) -> None:
        if handed.activation:
            # Wayland and the start-up notification of X11 let a window come to the front that has the newcomer's token
            os.environ["XDG_ACTIVATION_TOKEN"] = handed.activation
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized | Qt.WindowState.WindowActive)
        window.show()
        window.raise_()
        window.activateWindow()
        QApplication.alert(window)
        self._waiting += handed.files
        self._open_waiting()

    def _open_waiting(self) -> None:
        if QApplication.activeModalWidget() is not None:
            self._again.start()
            return
        files, self._waiting = tuple(self._waiting), []
        for path in files:
            self._opens(path)
        self.taken.emit(files)
