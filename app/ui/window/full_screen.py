"""The picture and its transport over the whole screen, and back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget


class FullScreen:
    """Hides all but the picture and the transport, and brings back what stood beside them.

    Args:
        window: fills the screen; its commands keep their keys.
        splitter: picture on the left, one of the others on the right.
        others: what stands beside the picture and the transport.
    """

    def __init__(self, window: QMainWindow, splitter: QSplitter, others: Sequence[QWidget]) -> None:
        self._window, self._splitter, self._others = window, splitter, others
        self._column_px = 0
        self._hidden: list[QWidget] = []
        self._on = False

    @property
    def on(self) -> bool:
        """Whether the picture fills the screen."""
        return self._on

    def set(self, on: bool) -> None:
        """Fill the screen, or not."""
        if on == self._on:
            return
        self._on = on
        if on:
            self._hidden = [widget for widget in self._others if not widget.isHidden()]
            self._column_px = self._splitter.sizes()[-1]
        for widget in self._hidden:
            widget.setVisible(not on)
        if not on:
            self._splitter.setSizes([sum(self._splitter.sizes()) - self._column_px, self._column_px])
        full = Qt.WindowState.WindowFullScreen
        self._window.setWindowState(self._window.windowState() | full if on else self._window.windowState() & ~full)
