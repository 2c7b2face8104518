"""Where the panels of tuning and comparison stand: beside the curves where there is room, else below them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter, QWidget

from app.ui.kit.side_tabs import SideTabs

#: widths of curves and tools when the tools are first opened
SPLIT = (360, 372)
#: from this width on there is room for picture, curves and tools side by side
WIDE = 1560
#: height of the curves above the tools in a narrow window
LEAST_CURVES = 310


class Tools(QObject):
    """Opens, closes and arranges the tools.

    Args:
        window: whose width decides.
        splitter: picture on the left, ``right`` on the right.
        right: curves and tools.
        side: the tabs with the curves.
        tabs: the tools.
        action: the command that shows them.
    """

    def __init__(self, window: QWidget, splitter: QSplitter, right: QSplitter, *, side: SideTabs, tabs: SideTabs, action: QAction) -> None:
        super().__init__(tabs)
        self._window, self._splitter, self._right, self._side, self._tabs, self._action = window, splitter, right, side, tabs, action
        window.installEventFilter(self)

    def show(self, on: bool) -> None:
        """Show or hide the tools."""
        self._action.setChecked(on)
        if on != self._tabs.isVisible():
            self._tabs.setVisible(on)
            self._arrange(widen=True)

    def open(self, panel: QWidget) -> None:
        """Show one of the tools."""
        self.show(True)
        self._tabs.setCurrentWidget(panel)

    def restore(self, on: bool) -> None:
        """Open the tools as they were, in a window whose widths are remembered with them."""
        if on:
            self._action.setChecked(True)
            self._tabs.show()

    def _arrange(self, widen: bool = False) -> None:
        """Put curves and tools side by side, or one above the other in a narrow window."""
        wide = self._window.width() >= WIDE
        orientation = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if orientation != self._right.orientation():
            self._right.setOrientation(orientation)
            self._side.setMinimumHeight(0 if wide else LEAST_CURVES)
            self._right.setSizes(list(SPLIT) if wide else [1000, 1000])
            widen = wide and self._tabs.isVisible()
        elif widen and not wide:
            self._right.setSizes([1000, 1000])
        sizes = self._splitter.sizes()
        if not widen or not wide or len(sizes) != 2:
            return
        if self._tabs.isVisible():
            self._splitter.setSizes([max(sizes[0] - SPLIT[1], 320), sizes[1] + SPLIT[1]])
            self._right.setSizes([sizes[1], SPLIT[1]])
        else:
            self._splitter.setSizes([sizes[0] + SPLIT[1], max(sizes[1] - SPLIT[1], 320)])

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Rearrange when the window becomes narrow or wide."""
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self._arrange()
        return super().eventFilter(watched, event)
