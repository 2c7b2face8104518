"""What lasts as long as a key is held, wherever in the window the focus is, but while typing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.ui.kit.field_keys import is_typing
from app.ui.kit.key_watch import KeyWatch


class HeldKeys(KeyWatch):
    """Tells when a key goes down and when it is not held any more: released, or the window was left, where a release is not told.

    Args:
        window: the keys count while it is the active one.
        holds: key -> told whether it is held.
        always: the same for keys that are no letters: they count while typing, too.
    """

    def __init__(
        self, window: QWidget, holds: Mapping[Qt.Key, Callable[[bool], object]],
        always: Mapping[Qt.Key, Callable[[bool], object]] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._holds, self._always = {**holds, **always}, frozenset(always)
        self._held: set[Qt.Key] = set()

    def close(self) -> None:
        """Let go of everything, and listen no more."""
        super().close()
        self._let_go(*self._held)

    def _press(self, event: QKeyEvent) -> None:
        key = next((key for key in self._holds if key == event.key()), None)
        if key is None or key in self._held or event.modifiers() or not self._window.isActiveWindow():
            return
        if is_typing() and key not in self._always:
            return
        self._held.add(key)
        self._holds[key](True)

    def _let_go(self, *keys: Qt.Key) -> None:
        for key in keys:
            if key in self._held:
                self._held.discard(key)
                self._holds[key](False)

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the keys and the window."""
        kind = event.type()
        if kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            if isinstance(event, QKeyEvent) and isinstance(watched, QWidget) and not event.isAutoRepeat():
                if kind == QEvent.Type.KeyPress:
                    self._press(event)
                else:
                    self._let_go(*(key for key in self._held if key == event.key()))
        elif self._held and watched is self._window and kind in (QEvent.Type.WindowDeactivate, QEvent.Type.Hide):
            self._let_go(*self._held)
        return super().eventFilter(watched, event)
