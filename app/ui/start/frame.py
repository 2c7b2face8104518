"""The window before anything else is in it: the picture where it will stay, and room for all that comes."""

from __future__ import annotations

import time

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter, QStatusBar, QVBoxLayout, QWidget

from app.settings import WindowLayout
from app.ui.kit.side_tabs import SideTabs
from app.ui.preview.preview import Preview

#: widths of preview and curves on a first start
SPLIT = (840, 440)
#: heights of time line with transport, of the line's bar, and of the status bar, before they were ever seen
HEIGHTS = (196, 61, 32)
#: of the bundled avatar
DEFAULT_NAME = "Default avatar"
#: the display server has so long to show the window; the start does not wait longer
SHOWN_S = 0.06
MENUS = ("File", "Edit", "Playback", "Review", "View", "Help")
_MOST_PX = (1 << 24) - 1


class WindowFrame:
    """What holds the rest, from the window inwards: a widget that gets another parent styles all that it holds once more.

    Args:
        window: is filled.
        layout: as remembered.

    Attributes:
        menus: the menus by title, still empty.
        centre: column of the splitter and what is below it.
        splitter: the left and the right half.
        left: column of the picture and what is below it.
        preview: the picture.
        below: holds the time line and the transport.
        right: curves and tools.
        side: the panels beside the picture.
        tools: the panels that are opened.
        foot: holds the bar of the line.
    """

    def __init__(self, window: QMainWindow, layout: WindowLayout) -> None:
        self._window, self._layout = window, layout
        # Alt and the first letter opens a menu
        self.menus = {title: window.menuBar().addMenu(f"&{title}") for title in MENUS}
        centre, left = QWidget(), QWidget()
        # a click beside everything that takes keys ends typing
        centre.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        window.setCentralWidget(centre)
        self.centre, self.left = column(centre), column(left)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.centre.addWidget(self.splitter, 1)
        self.right = QSplitter(Qt.Orientation.Vertical)
        self.side, self.tools = SideTabs(), SideTabs()
        for splitter, halves in ((self.splitter, (left, self.right)), (self.right, (self.side, self.tools))):
            splitter.setHandleWidth(6)
            splitter.setChildrenCollapsible(False)
            for half in halves:
                splitter.addWidget(half)
            splitter.setStretchFactor(0, 1)
        self.splitter.setCollapsible(1, True)
        self.tools.hide()
        self.preview, self.below, self.foot = Preview(), QWidget(), QWidget()
        self.left.addWidget(self.preview, 1)
        self.left.addWidget(self.below)
        self.centre.addWidget(self.foot)
        self.splitter.setSizes(list(layout.widths or SPLIT))

    def hold(self) -> None:
        """Keep the room of what will come, so that the picture stands where it will stay, and show nothing half made."""
        status = QStatusBar()
        status.setSizeGripEnabled(False)
        self._window.setStatusBar(status)
        for widget, height in zip((self.below, self.foot, status), self._layout.heights or HEIGHTS, strict=True):
            widget.setFixedHeight(height)
        for widget in (self.below, self.foot, self.right):
            widget.setUpdatesEnabled(False)

    def show_now(self) -> None:
        """Be on the screen when this returns, unless the display server takes its time."""
        end_s = time.monotonic() + SHOWN_S
        shown = self._window.windowHandle()
        while time.monotonic() < end_s and not shown.isExposed():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 10)
        self.preview.repaint()

    def let_go(self) -> None:
        """Everything is there: show it, and remember the room that it takes for the next start."""
        for widget in (self.below, self.foot):
            widget.setMinimumHeight(0)
            widget.setMaximumHeight(_MOST_PX)
        for widget in (self.below, self.foot, self.right):
            widget.setUpdatesEnabled(True)
        heights = (self.below.sizeHint().height(), self.foot.sizeHint().height(), self._window.statusBar().sizeHint().height())
        self._layout.heights = heights


def column(widget: QWidget) -> QVBoxLayout:
    """Lay out what a widget will hold, one below the other without gaps."""
    made = QVBoxLayout(widget)
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(0)
    return made
