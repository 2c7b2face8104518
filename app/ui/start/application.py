"""The one QApplication, with everything that must be set before it."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QIcon, QSurfaceFormat
from PySide6.QtWidgets import QApplication

from app.core.shipped import shipped
from app.render.platform import prepare_gl
from app.ui.kit.theme import apply_theme

ICON = shipped("assets/icons/visemesync.svg")
APP_ID = "visemesync-preview"
TITLE = "VisemeSync Preview"


def make_application() -> QApplication:
    """The QApplication; the one that is there already when it is ours."""
    there = QApplication.instance()
    if isinstance(there, QApplication) and there.applicationName() == APP_ID:
        return there
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if not platform and sys.platform.startswith("linux"):
        platform = "wayland" if os.environ.get("WAYLAND_DISPLAY") and not os.environ.get("DISPLAY") else "xcb"
    prepare_gl(platform or None)
    wanted = QSurfaceFormat()
    wanted.setVersion(3, 3)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    wanted.setDepthBufferSize(24)
    QSurfaceFormat.setDefaultFormat(wanted)
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = there or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName(APP_ID)
    app.setApplicationDisplayName(TITLE)
    app.setDesktopFileName(APP_ID)
    app.setWindowIcon(QIcon(str(ICON)))
    _claim_taskbar()
    apply_theme(app)
    return app


def _claim_taskbar() -> None:
    """Tell Windows that this is a program of its own, so that the task bar shows our icon and not Python's."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(APP_ID)
