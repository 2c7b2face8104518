"""Hearing every key of the program before the widgets do, until it is closed."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

#: what is told: of thousands of events a second these few concern keys, or the window in which they are held
_TOLD = frozenset({
    QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride, QEvent.Type.WindowDeactivate, QEvent.Type.Hide,
})  # fmt: skip


class _Hub(QObject):
    """The one filter on the application, there while anybody watches.

    A window that is built sends tens of thousands of events, and each that passes through Python costs as much as a small widget's paint.
    """

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self.watches: list[KeyWatch] = []
        self._application = application

    def add(self, watch: KeyWatch) -> None:
        """Tell one more."""
        if not self.watches:
            self._application.installEventFilter(self)
        self.watches.append(watch)

    def remove(self, watch: KeyWatch) -> None:
        """Tell it no more."""
        if watch in self.watches:
            self.watches.remove(watch)
            if not self.watches:
                self._application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell whoever watches, the last one that came first; what one of them uses up goes no further."""
        if event.type() not in _TOLD:
            return False
        return any(isValid(watch) and watch.eventFilter(watched, event) for watch in reversed(self.watches))


_hubs: WeakKeyDictionary[QCoreApplication, _Hub] = WeakKeyDictionary()


class KeyWatch(QObject):
    """Is told the keys of the application, and what its windows lose them by; what it does with them is its children's ``eventFilter``.

    Args:
        window: whose keys they are.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        application = QApplication.instance()
        assert application is not None
        if application not in _hubs:
            _hubs[application] = _Hub(application)
        self._hub = _hubs[application]
        self._hub.add(self)

    def close(self) -> None:
        """Listen no more."""
        self._hub.remove(self)
