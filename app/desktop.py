"""Composition root of the desktop program: the only place that builds the parts and connects them."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QIcon, QSurfaceFormat
from PySide6.QtWidgets import QApplication

from app.core.shipped import shipped
from app.keys.found import hide_environment
from app.keys.secret import guard_logs, redacted
from app.lipsync.feeling import default_source
from app.render.platform import prepare_gl
from app.session import Session
from app.settings import Settings
from app.startup import wake_collector
from app.ui.kit.theme import apply_theme
from app.ui.window.main_window import MainWindow

DEFAULT_AVATAR = shipped("assets/avatar.glb")
ICON = shipped("assets/icons/visemesync.svg")
APP_ID = "visemesync-preview"
#: without an avatar there is no first picture; the collector wakes all the same
COLLECTOR_RESTS_MS = 15_000
TRACE = "VISEMESYNC_TRACE"

log = logging.getLogger(__name__)
_IMPORTED_S = time.monotonic()


def seconds_since_start() -> float:
    """Seconds since this process began, by the kernel's account where there is one, else since this module was read."""
    if sys.platform == "win32":
        return time.monotonic() - _IMPORTED_S
    try:
        ticks = float(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, IndexError, ValueError):
        return time.monotonic() - _IMPORTED_S
    return uptime - ticks / os.sysconf("SC_CLK_TCK")


def trace(event: str) -> None:
    """With VISEMESYNC_TRACE set, print when something happened, one JSON line on standard error."""
    if os.environ.get(TRACE):
        print(json.dumps({"trace": event, "seconds": round(seconds_since_start(), 3)}), file=sys.stderr, flush=True)


class UnexpectedErrors(QObject):
    """Turns exceptions that nobody caught, in any thread, into a sentence; the program keeps running."""

    caught = Signal(str)

    def install(self) -> None:
        """Listen to both hooks, and let no key into a log."""
        guard_logs()
        hide_environment()
        sys.excepthook = self._from_gui
        threading.excepthook = self._from_thread

    def report(self, error: BaseException) -> None:
        """Print the trail for a developer, without keys, and emit a sentence for the user."""
        print(redacted("".join(traceback.format_exception(error))), end="", file=sys.stderr)
        name = type(error).__name__
        self.caught.emit(f"Something went wrong inside the program ({name}); what you were doing may be unfinished, so try it again.")

    def _from_gui(self, kind: type[BaseException], error: BaseException, _trail: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
        else:
            self.report(error)

    def _from_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.report(arguments.exc_value)


def make_application() -> QApplication:
    """The QApplication with everything that must be set before it."""
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
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName(APP_ID)
    app.setApplicationDisplayName("VisemeSync Preview")
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


def make_window(settings: Settings, default_avatar: Path = DEFAULT_AVATAR) -> MainWindow:
    """The window with its session; nothing slow has begun yet.

    Args:
        settings: what was remembered.
        default_avatar: the bundled avatar's file.
    """
    return MainWindow(Session(default_avatar.parent), settings, default_avatar)


def begin(window: MainWindow, avatar: Path | None = None) -> None:
    """Start what is slow, in the order in which it is needed: avatar, view, then sound and voice.

    Args:
        window: already shown.
        avatar: the one to show first; None for the remembered or the bundled one.
    """
    session, settings = window.session, window.settings
    remembered = Path(settings.picture.avatar) if settings.picture.avatar else None
    first = avatar or (remembered if remembered is not None and remembered.exists() else window.default_avatar)

    def open_devices() -> None:
        trace("first avatar frame")
        session.playback.open()
        session.services.look()
        session.costs.look()
        session.voices.load()
        session.network.open()
        session.bundles.begin()
        session.playlists.begin()

    def fall_back(task: str, _sentence: str) -> None:
        """A broken first avatar leaves the bundled one, under the banner that says what was wrong."""
        if task == "avatar" and session.state.rig is None and first != window.default_avatar and window.default_avatar.exists():
            QTimer.singleShot(0, lambda: session.avatars.load(window.default_avatar))

    session.workers.failed.connect(fall_back)
    window.controls.loop.first_frame_drawn.connect(wake_collector, Qt.ConnectionType.SingleShotConnection)
    QTimer.singleShot(COLLECTOR_RESTS_MS, wake_collector)
    window.controls.loop.first_frame_drawn.connect(open_devices, Qt.ConnectionType.SingleShotConnection)
    if first.exists() or avatar is not None:
        session.avatars.load(first)
    else:
        open_devices()
    kind = settings.picture.renderer
    session.avatars.renderer_loaded.connect(lambda: window.widgets.preview.make_view(kind), Qt.ConnectionType.SingleShotConnection)
    session.avatars.load_renderer()
    # while the workers read: what the settings have put in force is where the user begins
    session.projects.note_clean()
    session.autosave.begin()
    window.controls.projects.offer_restore()
    window.controls.loop.start()


def run_desktop(audio: Path | None, text: str | None, avatar: Path | None, source_a: str | None, source_b: str | None) -> int:
    """Open the window and stay until it is closed.

    Args:
        audio: a recording, track or project to open.
        text: a line to have ready.
        avatar: the avatar to show; None for the one shown last, or the bundled one.
        source_a: source of side A; None for the remembered one.
        source_b: source of a second side; None for no second side.

    Returns:
        The exit status.
    """
    trace("desktop imported")
    app = make_application()
    settings = Settings.load()
    if text:
        settings.line = text
    elif not settings.line:
        from app.speech.greeting import GREETING

        settings.line = GREETING
    window = make_window(settings)
    errors = UnexpectedErrors(app)
    errors.caught.connect(window.session.messages.fail, Qt.ConnectionType.QueuedConnection)
    errors.install()
    window.session.sources.choose("A", source_a or settings.sources.chosen or str(default_source()))
    if source_b:
        window.session.sources.choose("B", source_b)
    window.show()
    window.widgets.speak_bar.line.setFocus()
    window.widgets.speak_bar.line.setCursorPosition(0)
    trace("window shown")
    QTimer.singleShot(0, lambda: _begin_all(window, avatar, audio))
    try:
        return app.exec()
    finally:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__


def _begin_all(window: MainWindow, avatar: Path | None, audio: Path | None) -> None:
    begin(window, avatar)
    if audio is not None:
        window.controls.files.open(audio)
