"""The window: where everything stands and what is connected to what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QMainWindow, QMenu, QMessageBox, QSplitter, QVBoxLayout, QWidget

from app import __version__
from app.session import Session
from app.settings import Settings
from app.ui.curves.curve_editing import CurveEditing
from app.ui.curves.curves import CurvesPanel
from app.ui.expression.expression import ExpressionParts
from app.ui.expression.listening import ListeningParts
from app.ui.kit.side_tabs import SideTabs
from app.ui.preview.look_menus import LookMenus
from app.ui.preview.preview import FRAMINGS, Preview
from app.ui.sound.device_menus import DeviceMenus
from app.ui.sources.bundles import BundleParts
from app.ui.sources.linking import LinkParts
from app.ui.sources.speak_bar import SpeakBar
from app.ui.timeline.time_axis import TimeAxis
from app.ui.timeline.timeline import Timeline
from app.ui.timeline.transport import Transport
from app.ui.window.actions import fill_menu, make_actions
from app.ui.window.dialogs import KeysDialog
from app.ui.window.files import FileCommands
from app.ui.window.frame_loop import FrameLoop
from app.ui.window.project_files import ProjectFiles, project_slots
from app.ui.window.remembering import remember, restore
from app.ui.window.status import Status
from app.ui.window.studio import StudioParts, studio_slots

DEFAULT_SIZE = (1280, 800)
SPLIT = (856, 424)


class MainWindow(QMainWindow):
    """Preview, timeline and transport on the left, curves on the right, the line below.

    Args:
        session: the state that is shown and changed.
        settings: what was remembered; written back on close.
        default_avatar: the bundled one.
    """

    def __init__(self, session: Session, settings: Settings, default_avatar: Path) -> None:
        super().__init__()
        self.session, self.settings, self.default_avatar = session, settings, default_avatar
        self.setWindowTitle("VisemeSync Preview")
        self.setAcceptDrops(True)
        self.resize(*DEFAULT_SIZE)
        self.axis = TimeAxis(self)
        self.preview = Preview()
        self.files = FileCommands(session, settings, self.preview, self)
        self.curves = CurvesPanel(self.axis)
        self.side = SideTabs()
        self.actions_by_name = make_actions(self, self._slots())
        self.timeline = Timeline(self.axis)
        self.transport = Transport(self.actions_by_name)
        self.speak_bar = SpeakBar()
        self.status = Status()
        self.loop = FrameLoop(session, self.preview, self.curves, self.timeline, self.transport)
        self._resume = False
        self._build()
        self._build_menus()
        self.expression = ExpressionParts(self)
        self.studio = StudioParts(self)
        self.linking = LinkParts(self)
        self.bundles = BundleParts(self)
        self.editing = CurveEditing(self)
        self.projects = ProjectFiles(self)
        self.splitter.setSizes(list(SPLIT))
        self._connect_session()
        self._connect_controls()
        restore(self)
        self.listening = ListeningParts(self)
        self._list_avatars()
        self._show_source("A", "")

    # -- where everything stands

    def _build(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.preview, 1)
        column.addWidget(self.timeline)
        column.addWidget(self.transport)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(6)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(left)
        self.side.addTab(self.curves, "Curves")
        self.curves.title.hide()
        self.splitter.addWidget(self.side)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes(list(SPLIT))
        rule = QFrame()
        rule.setObjectName("rule")
        center = QWidget()
        rows = QVBoxLayout(center)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for widget, stretch in ((self.splitter, 1), (rule, 0), (self.speak_bar, 0)):
            rows.addWidget(widget, stretch)
        self.setCentralWidget(center)
        self.setStatusBar(self.status)

    def _build_menus(self) -> None:
        actions = self.actions_by_name
        self.menus = {title: self.menuBar().addMenu(title) for title in ("File", "Edit", "Playback", "View", "Help")}
        for menu in self.menus.values():
            menu.setToolTipsVisible(True)
            fill_menu(menu, actions)
        recent = QMenu("Open recent", self)
        recent.setToolTipsVisible(True)
        recent.aboutToShow.connect(lambda: self.files.fill_recent(recent))
        self.menus["File"].insertMenu(actions["transcript"], recent)
        self.devices = DeviceMenus(self.session, self.preview, self.menus, self)
        self.look = LookMenus(self.session, self.preview, self.menus["View"], self.settings, self)
        actions["swap"].setVisible(False)
        actions["curves"].setChecked(True)

    def _slots(self) -> dict[str, Callable[..., object]]:
        """What the commands do."""
        playback = self.session.playback
        step = lambda n: lambda: playback.step(n, self.session.state.shown_side.fps)  # noqa: E731
        return {
            "open": self.files.ask_open, "transcript": self.files.ask_transcript, "save_track": self.files.save_track,
            "save_video": self.files.save_video, "save_sound": self.files.save_sound, "quit": self.close,
            "play": playback.toggle, "forward": step(1), "back": step(-1), "forward10": step(10), "back10": step(-10),
            "start": lambda: playback.seek(0.0), "end": lambda: playback.seek(playback.duration_s),
            "loop": playback.set_looping, "in": playback.set_in, "out": playback.set_out,
            "clear_loop": lambda: playback.set_loop(None), "scrub_sound": playback.set_scrub_sound, "stop": self.stop_work,
            "mark": lambda: self.editing.mark_loop(),  # noqa: PLW0108 - made after the commands
            **{framing: (lambda f=framing: self.show_framing(f)) for framing in FRAMINGS},
            "reset": lambda: self.show_framing(self.preview.framing), "swap": self.swap_slots, "fit": self.axis.fit,
            "curves": self.side.setVisible, "life": self.set_life, "full": self.set_full_screen,
            **studio_slots(self), **project_slots(self), "undo": self.session.undo.undo, "redo": self.session.undo.redo,
            "live": self.session.live.toggle,
            "add_key": self.add_emotion_key, "keys": lambda: KeysDialog(self).exec(), "about": self.show_about,
        }  # fmt: skip

    # -- what is connected to what

    def _connect_session(self) -> None:
        session = self.session
        session.state.avatar_changed.connect(self._show_avatar)
        session.state.speech_changed.connect(self._show_speech)
        session.state.motion_changed.connect(self._show_motion)
        session.state.shown_changed.connect(self._show_motion)
        session.state.sides_changed.connect(lambda: self._show_source(session.state.shown, ""))
        session.comparing.side_rigs.corrected.connect(self.loop.mark_dirty)
        session.state.source_changed.connect(self._show_source)
        session.voices.voices_changed.connect(self._show_voices)
        session.voices.voice_changed.connect(self._show_voices)
        session.messages.failed.connect(self._show_failure)
        session.life.changed.connect(self.loop.mark_dirty)
        session.messages.noticed.connect(self.preview.banner.show_notice)
        session.workers.progress_changed.connect(self.status.set_progress)
        session.workers.progress_changed.connect(self._show_busy)
        session.playback.playback_changed.connect(self.transport.set_playing)
        session.playback.moved.connect(self.loop.mark_dirty)
        session.playback.loop_changed.connect(self._show_loop)
        session.playback.output_changed.connect(self._show_output)

    def _connect_controls(self) -> None:
        playback, bar = self.session.playback, self.speak_bar
        self.timeline.scrub_started.connect(self._begin_scrub)
        self.timeline.scrubbed.connect(playback.scrub)
        self.timeline.scrub_ended.connect(self._end_scrub)
        self.timeline.loop_dragged.connect(playback.set_loop)
        self.curves.scrubbed.connect(self.scrub_to)
        self.transport.rate_chosen.connect(playback.set_rate)
        self.transport.volume_chosen.connect(playback.set_volume)
        bar.spoken.connect(self.say)
        bar.stopped.connect(self.session.workers.stop_all)
        bar.avatar_chosen.connect(self.session.avatars.load)
        bar.avatar_wanted.connect(lambda: self._ask_from_picker("avatar"))
        bar.source_wanted.connect(lambda kind: self._ask_from_picker(kind) if kind == "track" else None)
        bar.voice_chosen.connect(self.session.voices.choose)
        bar.source_chosen.connect(self.choose_source)
        self.preview.failed.connect(self.session.messages.fail)
        self.preview.view_changed.connect(self._write_status)
        self.preview.avatar_wanted.connect(lambda: self.files.ask_open("avatar"))
        self.status.cancelled.connect(self.session.workers.stop_all)
        self.loop.status_due.connect(self._write_status)

    # -- commands

    def say(self, line: str) -> None:
        """Speak a line; the keys then belong to the player, so that Space repeats it."""
        self.preview.banner.dismiss()
        self.preview.setFocus()
        self.session.speeches.say(line)

    def _ask_from_picker(self, kind: str) -> None:
        """Ask for a file; the pickers go back to what is on until it is there."""
        self.files.ask_open(kind)
        self._list_avatars()
        self._show_source(self.session.state.shown, "")

    def choose_source(self, spec: str) -> None:
        """Let another source move what is shown; a track file is not remembered, because it belongs to one sound."""
        if self.session.state.shown == "A" and not spec.startswith("file:"):
            self.settings.source = spec
        self.session.sources.choose(self.session.state.shown, spec)

    def show_framing(self, framing: str) -> None:
        """Look straight at the avatar."""
        self.preview.frame(framing)  # type: ignore[arg-type]

    def swap_slots(self) -> None:
        """Put the other slot on the picture."""
        names = sorted(self.session.state.sides)
        if len(names) > 1:
            self.session.state.show(names[(names.index(self.session.state.shown) + 1) % len(names)])
            self._show_source(self.session.state.shown, "")

    def stop_work(self) -> None:
        """Cancel what runs; with nothing running, give up picks, then full screen."""
        if self.session.workers.busy:
            self.session.workers.stop_all()
        elif self.curves.picked:
            self.curves.clear_picks()
        elif self.isFullScreen():
            self.actions_by_name["full"].trigger()

    def add_emotion_key(self) -> None:
        """Let another emotion begin at the cursor."""
        self.expression.add_key()

    def set_full_screen(self, full: bool) -> None:
        """Fill the screen, or not."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen if full != self.isFullScreen() else self.windowState())

    def set_life(self, lively: bool) -> None:
        """Let the avatar live, or hold still but for the mouth."""
        self.settings.life = lively
        self.session.life.set_settings(replace(self.session.life.settings, enabled=lively))

    def show_about(self) -> None:
        """Say what this is."""
        text = f"<b>VisemeSync Preview {__version__}</b><p>Preview and tune audio-driven faces.</p><p>MIT licence.</p>"
        QMessageBox.about(self, "About VisemeSync Preview", text)

    # -- the session changed

    def _show_avatar(self, _rig: object) -> None:
        rig, path = self.session.state.rig, self.session.state.avatar_path
        if rig is None:
            return
        self.preview.set_rig(rig, "Default avatar" if path == self.default_avatar else "")
        self.curves.set_missing(rig.arkit_missing, rig.has_visemes)
        if path is not None and path != self.default_avatar:
            self.settings.remember(path)
        self._list_avatars()
        self.loop.mark_dirty()

    def _list_avatars(self) -> None:
        current = self.session.state.avatar_path
        bundled = {"Default avatar": self.default_avatar, "Man": self.default_avatar.with_name("avatar_man.glb")}
        known = [(name, path) for name, path in bundled.items() if path.exists()]
        others = [Path(text) for text in self.settings.recent if text.lower().endswith((".glb", ".gltf"))]
        known += [(path.stem, path) for path in others if path.exists() and path not in bundled.values()]
        self.speak_bar.set_avatars(known, current)

    def _show_speech(self, _speech: object) -> None:
        speech = self.session.state.speech
        self.timeline.set_speech(speech, self.session.state.peaks)
        self.axis.set_duration(0.0 if speech is None else speech.audio.duration_s)
        self.loop.mark_dirty()

    def _show_motion(self, slot: str) -> None:
        if slot != self.session.state.shown:
            return
        shown = self.session.state.sides[slot]
        self.curves.set_track(self.studio.layers.track(shown))
        self.show_source_tag()
        self.loop.mark_dirty()

    def show_source_tag(self) -> None:
        """Say on the picture who moves it."""
        slot, live = self.session.state.shown, self.session.live
        shown = self.session.state.sides[slot]
        if live.active:
            self.preview.set_source(live.source_label, live.is_mock)
            return
        prefix = f"{slot}   " if len(self.session.state.sides) > 1 and shown.label else ""
        self.preview.set_source(prefix + shown.label, shown.is_mock)
        self.loop.mark_dirty()

    def _show_source(self, slot: str, _spec: str) -> None:
        self.actions_by_name["swap"].setVisible(len(self.session.state.sides) > 1)
        if slot == self.session.state.shown:
            self.speak_bar.set_source(str(self.session.state.sides[slot].spec))

    def _show_voices(self, *_: object) -> None:
        voices = self.session.voices
        self.speak_bar.set_voices(voices.offered, voices.current)

    def _show_failure(self, sentence: str) -> None:
        self.preview.loading_failed()
        self.preview.banner.show_error(sentence)
        self._list_avatars()

    def _show_busy(self, *_: object) -> None:
        self.speak_bar.set_speaking(self.session.workers.running("speech", "video", "phones"))
        if self.session.workers.running("avatar"):
            self.preview.show_loading("Reading the meshes and textures.")

    def _show_loop(self, loop: tuple[float, float] | None) -> None:
        looping = self.session.playback.looping
        self.actions_by_name["loop"].setChecked(looping)
        self.timeline.set_loop(loop, looping)

    def _show_output(self) -> None:
        playback = self.session.playback
        self.transport.set_output(playback.rate, playback.volume)
        self._write_status()

    def _write_status(self) -> None:
        playback = self.session.playback
        self.status.set_figures(self.loop.figures, playback.playing or self.session.live.active)
        self.status.set_renderer(self.preview.gl_description)
        self.status.set_sound(*self.devices.sound_status())

    # -- scrubbing

    def _begin_scrub(self) -> None:
        self._resume = self.session.playback.playing
        self.session.playback.pause()

    def _end_scrub(self) -> None:
        if self._resume:
            self.session.playback.play()

    def scrub_to(self, t: float) -> None:
        """Stand still at a time in seconds, and let it be heard."""
        self.session.playback.pause()
        self.session.playback.scrub(t)

    def go_to(self, t: float) -> None:
        """Stand still at a time in seconds."""
        self.session.playback.pause()
        self.session.playback.seek(t)

    # -- what is remembered

    def remember(self) -> None:
        """Write the settings."""
        remember(self)

    # -- Qt's own, last as everywhere

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open every file that was dropped."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.files.open(Path(url.toLocalFile()))
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask before changes are lost; then remember, stop ticking, free GL, end all threads."""
        if not self.projects.may_leave():
            event.ignore()
            return
        self.remember()
        self.loop.stop()
        self.studio.close()
        self.session.close()
        self.preview.close_down()
        super().closeEvent(event)
