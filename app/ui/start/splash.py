"""What is seen within half a second: name, version, and how far the start is."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QEventLoop, QLibraryInfo, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from app import __version__
from app.core.errors import PreviewError
from app.startup.screen import missing_for_windows
from app.startup.trace import trace
from app.ui.kit import theme
from app.ui.start.application import TITLE, make_application

SIZE = (420, 200)
#: the display server has so long to show it; the start does not wait longer
SHOWN_S = 0.25
_ICON_PX, _BAR_PX = 72, 3


class Splash(QWidget):
    """A quiet plate in the middle of the screen; it never takes the focus."""

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.SplashScreen | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle(TITLE)
        self.setAccessibleName(f"{TITLE} starts")
        self.resize(*SIZE)
        self._share = 0.05
        self._painted = False
        screen = QGuiApplication.primaryScreen()
        if screen is not None:
            self.move(screen.availableGeometry().center() - self.rect().center())

    def show_now(self) -> None:
        """Be on the screen when this returns, unless the display server takes its time."""
        self.show()
        end_s = time.monotonic() + SHOWN_S
        while not self._painted and time.monotonic() < end_s:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents, 20)

    def step(self, share: float) -> None:
        """So much of the start is done, 0 to 1."""
        self._share = share
        self.repaint()
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    def leave(self) -> None:
        """The window is there."""
        self.close()
        self.deleteLater()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the plate."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.WINDOW))
        painter.setPen(QColor(theme.LINE))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        width, height = SIZE
        top = (height - _ICON_PX) // 2 - 8
        QApplication.windowIcon().paint(painter, QRect(36, top, _ICON_PX, _ICON_PX))
        left = 36 + _ICON_PX + 24
        font = theme.interface_font(22)
        painter.setFont(font)
        painter.setPen(QColor(theme.BRIGHT))
        painter.drawText(QRect(left, top, width - left - 16, 40), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, TITLE)
        painter.setFont(theme.interface_font())
        painter.setPen(QColor(theme.DIM))
        painter.drawText(QRect(left, top + 40, width - left - 16, 24), Qt.AlignmentFlag.AlignLeft, f"Version {__version__}")
        painter.fillRect(0, height - _BAR_PX, round(width * self._share), _BAR_PX, QColor(theme.ACCENT))
        painter.end()
        self._painted = True


def show_splash() -> tuple[str, Splash | None]:
    """Make the application and show the splash.

    Returns:
        One sentence where no window can be opened at all, else ""; and the splash.
    """
    sentence = missing_for_windows(Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)))
    if sentence:
        return sentence, None
    try:
        make_application()
    except PreviewError as error:
        return str(error), None
    splash = Splash()
    splash.show_now()
    trace("splash shown")
    return "", splash
