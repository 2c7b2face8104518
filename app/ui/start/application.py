"""The one QApplication, with everything that must be set before it."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics, QGuiApplication, QIcon, QSurfaceFormat
from PySide6.QtWidgets import QApplication

from app.core.shipped import shipped
from app.render.platform import prepare_gl
from app.startup.screen import tell
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
    _have_letters()
    apply_theme(app)
    return app


def _have_letters() -> None:
    """On a system without a single font every letter would be a box: use the one that Pillow brings (Aileron, CC0), and say so."""
    if QFontMetrics(QFont()).inFontUcs4(ord("a")):
        return
    from PIL import ImageFont

    data = getattr(ImageFont.load_default(12), "font_bytes", b"")
    if not data or QFontDatabase.addApplicationFontFromData(QByteArray(data)) < 0:
        tell("No fonts are installed, so that letters are boxes; install some, such as the package fonts-dejavu-core, and start again.")
    else:
        tell("No fonts are installed, so that only Latin letters are shown; install some, such as the package fonts-dejavu-core.")


def _claim_taskbar() -> None:
    """Tell Windows that this is a program of its own, so that the task bar shows our icon and not Python's."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(APP_ID)
