"""The widgets of the window, made and put in their places; what they do is said elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QFrame, QMainWindow, QMenu, QToolButton, QVBoxLayout, QWidget

from app.session import Session
from app.ui.acting.acting_panel import ActingPanel
from app.ui.carry.conflict_list import ConflictList
from app.ui.compare.compare_panel import ComparePanel
from app.ui.conversation.panel import ConversationPanel
from app.ui.curves.curve_layers import CurveLayers
from app.ui.curves.curves import CurvesPanel
from app.ui.curves.edit_bar import EditBar
from app.ui.curves.lint_panel import LintPanel
from app.ui.expression.emotion_lane import EmotionLane
from app.ui.expression.emotion_panel import EmotionPanel
from app.ui.expression.listening import ListenerPicker
from app.ui.expression.live_bar import LiveBar
from app.ui.kit.icons import icon
from app.ui.layers.layers_panel import LayersPanel
from app.ui.live.live_sign import LiveSign
from app.ui.live.panel import LivePanel
from app.ui.marks.mark_completion import MarkCompletion
from app.ui.marks.mark_lane import MarkLane
from app.ui.poses.panel import PosesPanel
from app.ui.review.notes.note_lane import NoteLane
from app.ui.review.notes.panel import NotesPanel
from app.ui.review.notes.pen_bar import PenBar
from app.ui.review.playlist_panel import PlaylistPanel
from app.ui.sources.link_panel import LinkDot, LinkPanel
from app.ui.sources.speak_bar import SpeakBar
from app.ui.start.frame import WindowFrame, column
from app.ui.timeline.sound_strip import SoundStrip
from app.ui.timeline.time_axis import TimeAxis
from app.ui.timeline.timeline import Timeline
from app.ui.timeline.transport import Transport
from app.ui.tuning.tuning_panel import TuningPanel
from app.ui.window.actions import fill_menu, make_actions
from app.ui.window.status import Status


class Widgets:
    """A plain container: everything that is seen, by name.

    They are there once ``make`` was gone through.

    Args:
        window: they stand in it.
        frame: of the window, which holds them.
        session: its parts, which panels show.
        presets: the folder of the user's presets.

    Attributes:
        actions: the commands by name.
        menus: the menus by title.
        axis: the stretch of time on show.
        splitter: the left and the right half.
        right: curves and tools.
        beside_picture: what full screen leaves out.
    """

    def __init__(self, window: QMainWindow, frame: WindowFrame, session: Session, presets: Path) -> None:
        self._window, self._frame, self._session, self._presets = window, frame, session, presets
        self.menus, self.preview, self.splitter = frame.menus, frame.preview, frame.splitter
        self.right, self.side, self.tools = frame.right, frame.side, frame.tools

    def make(self) -> Iterator[None]:
        """Make them, some in each step."""
        session = self._session
        self.actions = make_actions(self._window)
        self.axis = TimeAxis(self._window)
        yield
        self._make_picture(session)
        yield
        yield from self._make_curves(session)
        yield from self._make_tools(session)
        self._make_live(session)
        yield
        self.status = Status()
        self.status.add_before_figures(self.live_sign)
        self.status.add_before_figures(self.link_dot)
        self._lay_out()
        yield
        self._make_menus()

    def _make_picture(self, session: Session) -> None:
        self.live_bar = LiveBar(session.live, session.incoming, session.taking, self.preview)
        self.timeline = Timeline(self.axis, session.messages.fail_task)
        self.note_lane = NoteLane(self.axis)
        self.pen_bar = PenBar(self.preview)
        self.emotion_lane = EmotionLane(session.emotion, self.axis)
        self.mark_lane = MarkLane(session.text_marks, self.axis)
        self.transport = Transport(self.actions)
        self.speak_bar = SpeakBar()
        MarkCompletion(self.speak_bar.line)

    def _make_curves(self, session: Session) -> Iterator[None]:
        """The tabs beside the picture."""
        self.layers = CurveLayers()
        self.curves = CurvesPanel(self.axis)
        self.curves.title.hide()
        self.touch = QToolButton()
        self.touch.setDefaultAction(self.actions["touch"])
        self.touch.setIcon(icon("touch"))
        self.touch.setAccessibleName("Pick by touching")
        self.curves.add_tool(self.layers)
        self.curves.add_tool(self.touch)
        self.sound_strip = SoundStrip(self.axis, self.curves.all.names.width(), self.curves.all.bar.sizeHint().width())
        self.curves.add_foot(self.sound_strip)
        yield
        self.emotion = EmotionPanel(session.emotion)
        self.listeners = ListenerPicker()
        self.emotion.add_below_note(self.listeners)
        self.link_panel = LinkPanel(session.links, self.side)
        self.link_panel.hide()
        self.link_dot = LinkDot(session.links)
        yield
        self.side.addTab(self.curves, "Curves")
        self.acting = ActingPanel(session.acting, session.state)
        self.side.addTab(self.emotion, "Emotion")
        yield
        self.side.addTab(self.acting, "Acting")
        yield

    def _make_live(self, session: Session) -> None:
        """Faces to and from other programs: a tab beside the picture, and a sign in the status bar."""
        self.live_panel = LivePanel(session.live_out, session.incoming, session.taking, session.live, self.actions["head"])
        self.live_sign = LiveSign(session.live_out, session.incoming, session.taking)
        self.side.addTab(self.live_panel, "Live")

    def _make_tools(self, session: Session) -> Iterator[None]:
        self.tools.setAccessibleName("Tuning and comparison")
        self.tuning = TuningPanel(session.tunings, self._presets, session.parameters)
        yield
        self.tools.addTab(self.tuning, "Tuning")
        yield
        bar = self.speak_bar
        self.compare = ComparePanel(session.state, session.comparing, bar.offered_avatars, bar.offered_sources, dual=session.dual)
        self.tools.addTab(self.compare, "Compare")
        yield
        self.face_layers = LayersPanel()
        self.tools.addTab(self.face_layers, "Layers")
        self.lint = LintPanel(session.linting, session.fixing)
        self.tools.addTab(self.lint, "Check")
        yield
        self.notes = NotesPanel(session.notes, session.state)
        self.tools.addTab(self.notes, "Notes")
        yield
        self.edit_bar, self.conflicts = EditBar(), ConflictList()
        self.edit_bar.add_foot(self.conflicts)
        self.edit_bar.numbers.set_snap_action(self.actions["snap"])
        self.tools.addTab(self.edit_bar, "Edits")
        yield
        self.poses = PosesPanel()
        self.tools.addTab(self.poses, "Poses")
        self.conversation = ConversationPanel(session.costs)
        self.tools.addTab(self.conversation, "Talk")
        yield
        self.playlist = PlaylistPanel(session.playlists)
        self.tools.addTab(self.playlist, "Takes")
        yield

    def _lay_out(self) -> None:
        frame, window, times, rule = self._frame, self._window, QWidget(), QFrame()
        rule.setObjectName("rule")
        _fill(column(frame.below), times, self.transport)
        _fill(column(times), self.timeline, self.note_lane, self.mark_lane, self.emotion_lane)
        _fill(column(frame.foot), rule, self.speak_bar)
        window.setStatusBar(self.status)
        self.beside_picture = (window.menuBar(), times, self.right, frame.foot, self.status)

    def _make_menus(self) -> None:
        for title, menu in self.menus.items():
            menu.setToolTipsVisible(True)
            fill_menu(menu, title, self.actions)
        view, playback = self.menus["View"], self.menus["Playback"]
        self.lips_menu = self.menus["Edit"].addMenu("Replace only the lips")
        self.renderer_menu = view.addMenu("Renderer")
        self.count_menu = playback.addMenu("Count frames at")
        self.output_menu = playback.addMenu("Sound output")
        self.background_menu = view.addMenu("Background")
        self.corrections = view.addAction("Rig corrections…")
        self.shapes = view.addAction("Shapes…")
        self.life_menu = view.addMenu("Life strength")
        self.microphone_menu = playback.addMenu("Microphone")
        for menu in (self.output_menu, self.microphone_menu):
            menu.setToolTipsVisible(True)
        self.recent_menu = QMenu("Open recent", self._window)
        self.recent_menu.setToolTipsVisible(True)
        self.menus["File"].insertMenu(self.actions["transcript"], self.recent_menu)
        self.actions["swap"].setVisible(False)
        self.actions["curves"].setChecked(True)


def _fill(layout: QVBoxLayout, *widgets: QWidget) -> None:
    """Put widgets into a column; the first takes the room that is left."""
    for i, widget in enumerate(widgets):
        layout.addWidget(widget, 0 if i else 1)
