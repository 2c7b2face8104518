"""Where the panels beside the picture stand: the tools beside the curves where there is room, else below them, else in their place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

from app.ui.kit.side_tabs import SideTabs

#: widths of curves and tools when they are first opened
SPLIT = (360, 420)
#: from this width on there is room for picture, curves and tools side by side
WIDE = 1560
#: from this height on there is room for curves and tools one above the other
HIGH = 700


class Tools(QObject):
    """Opens, closes and arranges the panels; what is dragged to nothing is closed, and opens as wide as it was.

    Args:
        window: whose width decides.
        splitter: picture on the left, ``right`` on the right.
        right: curves and tools.
        side: the tabs with the curves.
        tabs: the tools.
        curves_action: the command that shows the curves.
        action: the command that shows the tools.
    """

    def __init__(
        self, window: QWidget, splitter: QSplitter, right: QSplitter, *, side: SideTabs, tabs: SideTabs, curves_action: QAction,
        action: QAction,
    ) -> None:  # fmt: skip
        super().__init__(tabs)
        self._window, self._splitter, self._right, self._side, self._tabs = window, splitter, right, side, tabs
        self._curves_action, self._action = curves_action, action
        self._usual_px = self._narrow_px = SPLIT[0]
        self._gave_way = False
        #: the tool that was given most of the height, and the heights since
        self._raised: tuple[QWidget, list[int]] | None = None
        # the sum of the two would keep a high window from becoming one so low that the curves give way
        right.setMinimumHeight(max(tabs.minimumSizeHint().height(), side.minimumSizeHint().height()))
        for watched in (window, side, tabs):
            watched.installEventFilter(self)
        splitter.splitterMoved.connect(self._note_drag)
        tabs.currentChanged.connect(self._lower)

    def show_curves(self, on: bool) -> None:
        """Show or hide the curves and the panels with them; the tools give way to them where there is no room for both."""
        if on and self._is_crowded:
            self.show(False)
        self._curves_action.setChecked(on)
        self._side.setVisible(on)
        self._settle()

    def show(self, on: bool) -> None:
        """Show or hide the tools."""
        self._action.setChecked(on)
        if on == self._tabs.isHidden():
            self._tabs.setVisible(on)
            self._arrange(widen=True)
        self._settle()

    def open(self, panel: QWidget, high: bool = False) -> None:
        """Show one of the tools.

        Args:
            panel: which.
            high: above curves it takes most of the height.
        """
        self.show(True)
        self._tabs.setCurrentWidget(panel)
        if high and self._right.orientation() == Qt.Orientation.Vertical and not self._side.isHidden():
            self._right.setSizes([1, self._right.height()])
            self._raised = panel, self._right.sizes()

    def _narrow(self) -> None:
        """The tools go below the curves, so the column is as wide as before it held both side by side."""
        sizes = self._splitter.sizes()
        if len(sizes) == 2 and sizes[1] > self._narrow_px and not self._tabs.isHidden():
            self._splitter.setSizes([sum(sizes) - self._narrow_px, self._narrow_px])

    def _lower(self, *_: object) -> None:
        """Another tool came in front of one that was given most of the height: halves again, unless they were dragged meanwhile."""
        raised, self._raised = self._raised, None
        if raised is not None and raised[1] == self._right.sizes() and self._tabs.currentWidget() is not raised[0]:
            self._halve()

    def _halve(self) -> None:
        """Curves and tools one above the other, each with half of the height; sizes that do not add up would be the curves' loss."""
        half = self._right.height() // 2
        self._right.setSizes([half, self._right.height() - half])

    def restore(self, on: bool) -> None:
        """Open the tools as they were, in a window whose widths are remembered with them."""
        if on:
            self._action.setChecked(True)
            self._tabs.show()
        self._note_drag()

    def _note_drag(self, *_: object) -> None:
        """The column was dragged: to nothing is closed."""
        width = self._splitter.sizes()[-1]
        if width > 0:
            self._usual_px = width
        self._curves_action.setChecked(width > 0 and not self._side.isHidden())

    @property
    def _is_crowded(self) -> bool:
        """Whether the tools stand where there is no room for curves beside or above them."""
        return not self._tabs.isHidden() and self._window.width() < WIDE and self._window.height() < HIGH

    def _give_way(self) -> None:
        """Curves go while the tools need their place, and come back."""
        crowded, there = self._is_crowded, not self._side.isHidden()
        if crowded and there:
            self._gave_way = True
            self._side.hide()
        elif not crowded and self._gave_way:
            self._gave_way = False
            self._side.show()
        self._curves_action.setChecked(not self._side.isHidden())

    def _settle(self) -> None:
        """The column is there as long as something stands in it, and never without a width."""
        self._give_way()
        wanted = not (self._side.isHidden() and self._tabs.isHidden())
        self._right.setVisible(wanted)
        sizes = self._splitter.sizes()
        if wanted and len(sizes) == 2 and sizes[1] == 0 and any(sizes):
            self._splitter.setSizes([sum(sizes) - self._usual_px, self._usual_px])

    def _arrange(self, widen: bool = False) -> None:
        """Put curves and tools side by side, or one above the other in a narrow window."""
        wide = self._window.width() >= WIDE
        orientation = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if orientation != self._right.orientation():
            if wide:
                self._narrow_px = self._splitter.sizes()[-1] or self._narrow_px
            self._right.setOrientation(orientation)
            self._right.setStretchFactor(1, 0 if wide else 1)
            if wide:
                self._right.setSizes(list(SPLIT))
            else:
                self._halve()
                self._narrow()
            widen = wide and not self._tabs.isHidden()
        elif widen and not wide:
            self._halve()
        sizes = self._splitter.sizes()
        if not widen or not wide or len(sizes) != 2 or self._side.isHidden():
            return
        if self._tabs.isHidden():
            self._splitter.setSizes([sizes[0] + SPLIT[1], max(sizes[1] - SPLIT[1], 320)])
        else:
            self._splitter.setSizes([max(sizes[0] - SPLIT[1], 320), sizes[1] + SPLIT[1]])
            self._right.setSizes([sizes[1], SPLIT[1]])

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Rearrange when the window becomes narrow or wide, and when a panel comes or goes."""
        if watched is self._window:
            if event.type() == QEvent.Type.Resize:
                self._arrange()
                self._give_way()
        elif watched is self._side and event.type() == QEvent.Type.ShowToParent and self._is_crowded:
            self._gave_way = False
            self.show(False)
        elif event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._settle()
        return super().eventFilter(watched, event)


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
