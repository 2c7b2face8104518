"""Composition root of the desktop program: the only place that builds the parts and connects them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMessageLogContext, QObject, Qt, QTimer, QtMsgType, Signal, qInstallMessageHandler

from app.core.file_kinds import kind_of
from app.core.shipped import shipped
from app.settings import Settings
from app.startup.begun import BEGUN
from app.startup.collector import wake_collector
from app.startup.trace import trace
from app.ui.start.application import make_application
from app.ui.start.first_sight import FirstSight
from app.ui.start.frame import DEFAULT_NAME
from app.ui.start.stages import Stages
from app.ui.upkeep.unexpected import UnexpectedErrors
from app.ui.window.main_window import MainWindow, import_furniture
from app.upkeep.runs import forget_old

DEFAULT_AVATAR = shipped("assets/avatar.glb")
#: without an avatar there is no first picture; the collector wakes all the same
COLLECTOR_RESTS_MS = 15_000

log = logging.getLogger(__name__)


def make_window(settings: Settings, default_avatar: Path = DEFAULT_AVATAR) -> MainWindow:
    """The whole window with its session; nothing slow has begun yet.

    Args:
        settings: what was remembered.
        default_avatar: the bundled avatar's file.
    """
    window = MainWindow(settings, default_avatar)
    for _ in _furnish(window):
        pass
    return window


def _furnish(window: MainWindow) -> Iterator[None]:
    """Make the session of a window, and put everything into it, some in each step."""
    from app.remote.sources import register
    from app.session import Session

    register()
    session = Session(window.default_avatar.parent)
    yield
    yield from window.furnish(session)


def begin(window: MainWindow, avatar: Path | None = None, sight: FirstSight | None = None) -> None:
    """Start what is slow, in the order in which it is needed: avatar, view, then sound and voice.

    Args:
        window: already shown.
        avatar: the one to show first; None for the remembered or the bundled one.
        sight: of that avatar, where it was looked at before.
    """
    session = window.session
    first = avatar or remembered_avatar(window)

    def open_devices() -> None:
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
    QTimer.singleShot(COLLECTOR_RESTS_MS, wake_collector)
    if sight is not None and sight.rig is not None:
        session.avatars.show(sight.path, sight.rig)
    elif first.exists() or avatar is not None:
        session.avatars.load(first)
    if (sight is not None and sight.drawn) or not (first.exists() or avatar is not None):
        wake_collector()
        open_devices()
    else:
        for done in (wake_collector, open_devices):
            window.controls.loop.first_frame_drawn.connect(done, Qt.ConnectionType.SingleShotConnection)
    _make_view(window)
    # while the workers read: what the settings have put in force is where the user begins
    session.projects.note_clean()
    session.autosave.begin()
    endings = window.upkeep.endings
    endings.look()
    window.controls.projects.offer_restore(endings.report_of)
    endings.offer()
    window.controls.loop.start()


def _make_view(window: MainWindow) -> None:
    """Make the view, once what it needs is read; or tell what is wrong with the one that is there."""
    preview, avatars, kind = window.widgets.preview, window.session.avatars, window.settings.picture.renderer
    if preview.view is None:
        avatars.renderer_loaded.connect(lambda: preview.make_view(kind), Qt.ConnectionType.SingleShotConnection)
        avatars.load_renderer()
    elif preview.view.error:
        window.session.messages.fail(preview.view.error)


def remembered_avatar(window: MainWindow) -> Path:
    """The avatar that was shown last, or the bundled one."""
    remembered = Path(window.settings.picture.avatar) if window.settings.picture.avatar else None
    return remembered if remembered is not None and remembered.exists() else window.default_avatar


@dataclass(frozen=True)
class Wishes:
    """What a start was asked for.

    Attributes:
        files: recordings, tracks, projects, takes or avatars to open.
        text: a line to have ready.
        avatar: the avatar to show; None for the one shown last, or the bundled one.
        source_a: source of side A; None for the remembered one.
        source_b: source of a second side; None for no second side.
    """

    files: Sequence[Path] = ()
    text: str | None = None
    avatar: Path | None = None
    source_a: str | None = None
    source_b: str | None = None

    @property
    def first_avatar(self) -> Path | None:
        """The one to show first: an avatar among the files is, so that no other is read before it."""
        return self.avatar or next((path for path in self.files if kind_of(path) == "avatar" and path.exists()), None)


def run_desktop(wishes: Wishes) -> int:
    """Open the window and stay until it is closed.

    The window comes with the picture alone; while that is looked at, the rest is read and put around it.

    Args:
        wishes: what the start was asked for.

    Returns:
        The exit status.
    """
    trace("desktop imported")
    app = make_application()
    window = MainWindow(Settings.load(), DEFAULT_AVATAR)
    window.frame.hold()
    start = Start(window, wishes)
    window.show()
    trace("window shown")
    QTimer.singleShot(0, start.begin)
    try:
        status = app.exec()
    finally:
        start.end()
    if start.error is not None:
        raise start.error
    return status


class Start(QObject):
    """Brings the window from its first sight to all that was asked for.

    Args:
        window: light, and shown.
        wishes: what the start was asked for.

    Attributes:
        sight: of the avatar.
        error: what kept the window from being furnished.
        quits: ends the program.
    """

    #: the window cannot be furnished
    failed = Signal()
    #: all is there, and was opened
    completed = Signal()
    _imported = Signal()

    def __init__(self, window: MainWindow, wishes: Wishes) -> None:
        super().__init__()  # the window goes as soon as it is closed
        self.error: Exception | None = None
        self.quits: Callable[[], object] = QCoreApplication.quit
        self._window, self._wishes = window, wishes
        self._errors: UnexpectedErrors | None = None
        first = wishes.first_avatar or remembered_avatar(window)
        name = DEFAULT_NAME if first == window.default_avatar else ""
        self.sight = FirstSight(window.frame.preview, first, window.settings.picture.renderer, name)
        self._stages = Stages(self._steps(), self)
        self._stages.ended.connect(self.completed)
        self._stages.broke.connect(self._fail)
        window.destroyed.connect(self._stages.stop)
        self._thread = threading.Thread(target=self._import, name="furniture")
        self._imported.connect(self._stages.begin, Qt.ConnectionType.QueuedConnection)
        self.sight.over.connect(self._thread.start, Qt.ConnectionType.SingleShotConnection)

    def begin(self) -> None:
        """Show the avatar; all else follows from that."""
        self._window.frame.show_now()
        if BEGUN.splash is not None:
            BEGUN.splash.leave()
            BEGUN.splash = None
        self.sight.begin()

    def end(self) -> None:
        """The window is closed."""
        self._stages.stop()
        qInstallMessageHandler(None)
        if self._errors is not None:
            self._errors.remove()
        if self._thread.ident is not None:
            self._thread.join()

    def _import(self) -> None:
        """In a thread; what goes wrong there goes wrong once more where it is needed, and is told then."""
        with suppress(Exception):
            import_furniture()
        self._imported.emit()

    def _fail(self, error: Exception) -> None:
        self.error = error
        self.failed.emit()
        self.quits()

    def _steps(self) -> Iterator[None]:
        """Everything after the first sight."""
        from app.lipsync.feeling import default_source

        window, wishes = self._window, self._wishes
        settings = window.settings
        if wishes.text:
            settings.line = wishes.text
        elif not settings.line:
            from app.speech.greeting import GREETING

            settings.line = GREETING
        yield from _furnish(window)
        self._listen()
        session, line = window.session, window.widgets.speak_bar.line
        session.sources.choose("A", wishes.source_a or settings.sources.chosen or str(default_source()))
        if wishes.source_b:
            session.sources.choose("B", wishes.source_b)
        line.setFocus()
        line.setCursorPosition(0)
        yield
        begin(window, wishes.first_avatar, self.sight)
        window.frame.let_go()
        self.sight.put_off(False)
        trace("window complete")
        yield
        self._open_files()

    def _listen(self) -> None:
        """From here on errors are told in the window."""
        window = self._window
        self._errors = errors = UnexpectedErrors(self)
        errors.caught.connect(window.session.messages.fail, Qt.ConnectionType.QueuedConnection)
        window.upkeep.watch(errors)
        errors.install()
        qInstallMessageHandler(_log_of_qt)

    def _open_files(self) -> None:
        """Open the files, and take those of later starts."""
        window, wishes = self._window, self._wishes
        for path in wishes.files:
            if path == wishes.first_avatar:
                window.settings.remember(path)
            else:
                window.controls.files.open(path)
        if BEGUN.door is not None:
            BEGUN.door.give_to(window.upkeep.handed.receive)
        if BEGUN.run is not None:
            log.info("the window is open: %s", window.upkeep.facts())
            QTimer.singleShot(COLLECTOR_RESTS_MS, forget_old)


def _log_of_qt(kind: QtMsgType, _where: QMessageLogContext, words: str | None) -> None:
    """What Qt has to say goes into the log as well as to standard error."""
    levels = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO, QtMsgType.QtWarningMsg: logging.WARNING}
    logging.getLogger("app.qt").log(levels.get(kind, logging.ERROR), "%s", words or "")
