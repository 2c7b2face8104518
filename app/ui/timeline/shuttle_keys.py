"""J, K and L: pressed for speeds, and together with a held K for single frames and slow motion."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.session.base.shuttle import Direction, Shuttle
from app.ui.kit.key_watch import KeyWatch

_DIRECTIONS: MappingProxyType[int, Direction] = MappingProxyType({Qt.Key.Key_J: -1, Qt.Key.Key_L: 1})
#: with K held, a key that is down for longer than this plays slowly; a shorter press is one frame
SLOW_AFTER_MS = 280


class ShuttleKeys(KeyWatch):
    """Listens wherever in the window the focus is, but while typing.

    Args:
        window: the keys count while it is the active one.
        shuttle: plays.
        step: moves by so many frames.
        fields: kinds of widgets in which a letter is a letter.
    """

    #: K was pressed and released by itself while nothing was to be stopped
    tapped = Signal()

    def __init__(self, window: QWidget, shuttle: Shuttle, step: Callable[[int], object], fields: tuple[type, ...]) -> None:
        super().__init__(window)
        self._shuttle, self._step, self._fields = shuttle, step, fields
        self._holds_stop, self._slow = False, False
        self._taps = False
        self._direction: Direction = 1
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(SLOW_AFTER_MS)
        self._patience.timeout.connect(self._go_slowly)

    def close(self) -> None:
        """Listen no more."""
        self._patience.stop()
        super().close()

    def _go_slowly(self) -> None:
        self._slow = True
        self._shuttle.slow(self._direction)

    def _press(self, key: int) -> None:
        if key == Qt.Key.Key_K:
            self._holds_stop, self._taps = True, not self._shuttle.running
            self._shuttle.stop()
            return
        self._taps = False
        self._direction = _DIRECTIONS[key]
        if self._holds_stop:
            self._step(self._direction)
            self._patience.start()
        else:
            self._shuttle.run(self._direction)

    def _release(self, key: int) -> None:
        if key == Qt.Key.Key_K:
            self._holds_stop = False
            if self._taps:
                self._taps = False
                self.tapped.emit()
        self._patience.stop()
        if self._slow:
            self._slow = False
            self._shuttle.stop()

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Use up J, K and L; follow the window, where a release is not told when it is left."""
        kind = event.type()
        if kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            if isinstance(event, QKeyEvent) and isinstance(watched, QWidget):
                return self._key(watched, event, kind == QEvent.Type.KeyPress)
        elif watched is self._window and kind in (QEvent.Type.WindowDeactivate, QEvent.Type.Hide):
            self._taps = False
            self._release(Qt.Key.Key_K)
        return False

    def _key(self, watched: QWidget, event: QKeyEvent, is_press: bool) -> bool:
        key = event.key()
        if key not in _DIRECTIONS and key != Qt.Key.Key_K:
            return False
        is_typing = isinstance(watched, self._fields) or isinstance(QApplication.focusWidget(), self._fields)
        if event.modifiers() or not self._window.isActiveWindow() or is_typing:
            return False
        if not event.isAutoRepeat():
            (self._press if is_press else self._release)(key)
        return True
