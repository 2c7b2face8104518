"""Composition root of the desktop program: the only place that builds the parts and connects them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, Qt, QTimer, QtMsgType, qInstallMessageHandler

from app.core.shipped import shipped
from app.lipsync.feeling import default_source
from app.session import Session
from app.session.base.opening import kind_of
from app.settings import Settings
from app.startup.begun import BEGUN
from app.startup.collector import wake_collector
from app.startup.trace import trace
from app.ui.start.application import make_application
from app.ui.upkeep.unexpected import UnexpectedErrors
from app.ui.window.main_window import MainWindow
from app.upkeep.runs import forget_old

DEFAULT_AVATAR = shipped("assets/avatar.glb")
#: without an avatar there is no first picture; the collector wakes all the same
COLLECTOR_RESTS_MS = 15_000

log = logging.getLogger(__name__)


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
        log.info("the first picture, drawn by %s", window.widgets.preview.gl_description or "nobody")
        session.playback.open()
        session.services.look()
        session.costs.look()
        session.voices.load()
        session.network.open()
        session.bundles.begin()
        session.playlists.begin()
        window.upkeep.updates.begin()

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
    endings = window.upkeep.endings
    endings.look()
    window.controls.projects.offer_restore(endings.report_of)
    endings.offer()
    window.controls.loop.start()


def run_desktop(files: Sequence[Path], text: str | None, avatar: Path | None, source_a: str | None, source_b: str | None) -> int:
    """Open the window and stay until it is closed.

    Args:
        files: recordings, tracks, projects, takes or avatars to open.
        text: a line to have ready.
        avatar: the avatar to show; None for the one shown last, or the bundled one.
        source_a: source of side A; None for the remembered one.
        source_b: source of a second side; None for no second side.

    Returns:
        The exit status.
    """
    trace("desktop imported")
    _step(0.6)
    app = make_application()
    settings = Settings.load()
    if text:
        settings.line = text
    elif not settings.line:
        from app.speech.greeting import GREETING

        settings.line = GREETING
    window = make_window(settings)
    _step(0.9)
    errors = UnexpectedErrors(app)
    errors.caught.connect(window.session.messages.fail, Qt.ConnectionType.QueuedConnection)
    window.upkeep.watch(errors)
    errors.install()
    qInstallMessageHandler(_log_of_qt)
    window.session.sources.choose("A", source_a or settings.sources.chosen or str(default_source()))
    if source_b:
        window.session.sources.choose("B", source_b)
    window.show()
    window.widgets.speak_bar.line.setFocus()
    window.widgets.speak_bar.line.setCursorPosition(0)
    trace("window shown")
    QTimer.singleShot(0, lambda: _begin_all(window, avatar, files))
    try:
        return app.exec()
    finally:
        qInstallMessageHandler(None)
        errors.remove()


def _step(share: float) -> None:
    """So much of the start is done."""
    if BEGUN.splash is not None:
        BEGUN.splash.step(share)


def _log_of_qt(kind: QtMsgType, _where: QMessageLogContext, words: str | None) -> None:
    """What Qt has to say goes into the log as well as to standard error."""
    levels = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO, QtMsgType.QtWarningMsg: logging.WARNING}
    logging.getLogger("app.qt").log(levels.get(kind, logging.ERROR), "%s", words or "")


def _begin_all(window: MainWindow, avatar: Path | None, files: Sequence[Path]) -> None:
    """The window is there: begin what is slow, open the files, and take those of later starts.

    An avatar among the files is the first one that is shown, so that no other is read before it.
    """
    if BEGUN.splash is not None:
        BEGUN.splash.leave()
        BEGUN.splash = None
    first = avatar or next((path for path in files if kind_of(path) == "avatar" and path.exists()), None)
    begin(window, first)
    for path in files:
        if path == first:
            window.settings.remember(path)
        else:
            window.controls.files.open(path)
    if BEGUN.door is not None:
        BEGUN.door.give_to(window.upkeep.handed.receive)
    if BEGUN.run is not None:
        log.info("the window is open: %s", window.upkeep.facts())
        QTimer.singleShot(COLLECTOR_RESTS_MS, forget_old)
