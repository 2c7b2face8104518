"""The window: light at first, then furnished in steps: widgets, the controllers that are given them, and what is connected to what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow

from app.render.backgrounds import BACKGROUNDS, DEFAULT_BACKGROUND
from app.settings import Settings, settings_path
from app.ui.start.application import TITLE
from app.ui.start.frame import WindowFrame

if TYPE_CHECKING:
    from app.session import Session
    from app.ui.upkeep.upkeep import Upkeep
    from app.ui.window.controls import Controls
    from app.ui.window.widgets import Widgets

DEFAULT_SIZE = (1280, 800)
#: what can wait begins so long after the window is whole
_LATER_MS = 1500


def import_furniture() -> None:
    """Import what the window is furnished with, most of the program: in a thread, while the first picture is looked at."""
    import app.session
    import app.ui.keys.azure
    import app.ui.upkeep.upkeep
    import app.ui.window.commanding
    import app.ui.window.help
    import app.ui.window.remembering
    import app.ui.window.wiring  # noqa: F401


class MainWindow(QMainWindow):
    """Preview, timeline and transport on the left, curves on the right, the line below.

    Until it is furnished it shows nothing but the picture.

    Args:
        settings: what was remembered; written back on close.
        default_avatar: the bundled one.

    Attributes:
        frame: holds what is seen.
        session: the state that is shown and changed.
        widgets: what is seen, by name.
        controls: what it can do, by name.
        upkeep: reports, logs, places, and files of later starts.
    """

    session: Session
    widgets: Widgets
    controls: Controls
    upkeep: Upkeep

    def __init__(self, settings: Settings, default_avatar: Path) -> None:
        super().__init__()
        self.settings, self.default_avatar = settings, default_avatar
        self._furnished = False
        self.setWindowTitle(TITLE)
        self.resize(*DEFAULT_SIZE)
        self.frame = WindowFrame(self, settings.window)
        if settings.window.geometry:
            self.restoreGeometry(QByteArray.fromBase64(settings.window.geometry.encode()))
        self.frame.preview.framing = settings.picture.framing
        self.frame.preview.set_background(BACKGROUNDS.get(settings.picture.background, BACKGROUNDS[DEFAULT_BACKGROUND]))

    def furnish(self, session: Session) -> Iterator[None]:
        """Put everything into the window, some in each step; it is whole after the last one.

        Args:
            session: what the window shows and changes.
        """
        from app.ui.upkeep.upkeep import Upkeep
        from app.ui.window.controls import Controls
        from app.ui.window.remembering import Remembering
        from app.ui.window.tools import FullScreen
        from app.ui.window.widgets import Widgets
        from app.ui.window.wiring import wire

        self.session, settings = session, self.settings
        self.widgets = widgets = Widgets(self, self.frame, session, settings_path().parent / "presets")
        yield from widgets.make()
        self._full = FullScreen(self, widgets.splitter, widgets.beside_picture)
        self.controls = controls = Controls(self, widgets, session, settings, self.default_avatar)
        yield from controls.make()
        self._remembering = Remembering(self, widgets, controls, session=session, settings=settings, default_avatar=self.default_avatar)
        self.upkeep = Upkeep(
            self, session, widgets.preview.banner, widgets.speak_bar.line, updates_switch=widgets.actions["updates_at_start"],
            settings=settings, gl=lambda: widgets.preview.gl_description, opens=controls.files.open,
        )  # fmt: skip
        yield
        wire(session, widgets, controls)
        self._connect_commands()
        controls.sync.finished.connect(self.remember)
        yield
        self._remembering.restore()
        self.setAcceptDrops(True)
        self._furnished = True
        later = QTimer(self)
        later.setSingleShot(True)
        later.timeout.connect(self._prepare)
        later.start(_LATER_MS)

    def _prepare(self) -> None:
        """Do what the first dialog would keep somebody waiting for."""
        from app.ui.window.dialogs import prepare_dialogs

        prepare_dialogs(self)

    def _connect_commands(self) -> None:
        from app.ui.keys.azure import AzureKeys
        from app.ui.window.actions import connect_commands
        from app.ui.window.commanding import commands

        does = commands(self.session, self.widgets, self.controls)
        does |= {"quit": self.close, "stop": self.stop_work, "full": self.set_full_screen}
        does |= {
            "azure": AzureKeys(self.session.services, self, self.remember).ask,
            "keys": self.show_keys,
            "guide": self.show_guide,
            "about": self.upkeep.show_about,
            "places": self.upkeep.show_places,
            "updates": self.upkeep.updates.ask,
            "updates_at_start": self.upkeep.updates.switch,
        }
        connect_commands(self.widgets.actions, does)

    # -- commands of the window itself

    def stop_work(self) -> None:
        """Leave a field, and cancel what runs; with nothing running, give up what is touched, marked and picked, then full screen."""
        controls, marks = self.controls, self.widgets.edit_bar.numbers.is_typed_in
        if self.session.conversation.interrupt() or controls.noting.leave() or controls.touching.leave():
            return
        controls.fields.leave()
        if self.session.workers.busy:
            self.session.workers.stop_all()
        elif marks or controls.stretching.leave():
            return
        elif self._full.on:
            self.widgets.actions["full"].trigger()

    def set_full_screen(self, full: bool) -> None:
        """Picture and transport alone over the whole screen, or everything again."""
        self._full.set(full)

    def show_keys(self) -> None:
        """Open the sheet of keys."""
        from app.ui.window.help import KeysDialog

        KeysDialog(self).exec()

    def show_guide(self) -> None:
        """Open the guide beside the window."""
        from app.ui.window.help import GuideWindow

        try:
            guide = GuideWindow(self)
        except OSError:
            self.session.messages.fail("The guide is missing from this installation; read docs/guide.md where the program came from.")
            return
        guide.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        guide.show()

    def remember(self) -> None:
        """Write the settings."""
        self._remembering.remember()

    # -- Qt's own, last as everywhere

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open every file that was dropped; with Shift a recording takes the place of the sound, and everything that was done stays."""
        for path in (Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()):
            if not self.controls.bringing.take_drop(path, event.modifiers()):
                self.controls.files.open(path)
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask before changes are lost; then remember, stop ticking, free GL, end all threads, and go.

        A signal holds the function that it is connected to where no collector of garbage looks, and most such functions know the window or
        its session. Only when Qt has destroyed the senders is any of it let go.
        """
        if not self._furnished:
            self._go(event)
            return
        if not self.controls.projects.may_leave():
            event.ignore()
            return
        self._full.set(False)
        if "settings" not in self.upkeep.removes:
            self.remember()
        self.controls.close()
        self._go(event)

    def _go(self, event: QCloseEvent) -> None:
        """End the session, where there is one already, free GL, and have Qt destroy both before a collector of garbage comes to it."""
        if hasattr(self, "session"):
            self.session.close()
            self.session.deleteLater()
        self.frame.preview.close_down()
        super().closeEvent(event)
        self.deleteLater()
