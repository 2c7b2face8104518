"""Hearing every key of the program before the widgets do, until it is closed."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget


class KeyWatch(QObject):
    """Filters the events of the application; what it does with them is its children's ``eventFilter``.

    Args:
        window: whose keys they are.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        application = QApplication.instance()
        assert application is not None
        self._application = application
        application.installEventFilter(self)

    def close(self) -> None:
        """Listen no more."""
        self._application.removeEventFilter(self)
