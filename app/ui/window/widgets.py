"""The widgets of the window, made and put in their places; what they do is said elsewhere."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QMainWindow, QMenu, QSplitter, QToolButton, QVBoxLayout, QWidget

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
from app.ui.kit.side_tabs import SideTabs
from app.ui.layers.layers_panel import LayersPanel
from app.ui.live.live_sign import LiveSign
from app.ui.live.panel import LivePanel
from app.ui.marks.mark_completion import MarkCompletion
from app.ui.marks.mark_lane import MarkLane
from app.ui.poses.panel import PosesPanel
from app.ui.preview.preview import Preview
from app.ui.review.notes.note_lane import NoteLane
from app.ui.review.notes.panel import NotesPanel
from app.ui.review.notes.pen_bar import PenBar
from app.ui.review.playlist_panel import PlaylistPanel
from app.ui.sources.link_panel import LinkDot, LinkPanel
from app.ui.sources.speak_bar import SpeakBar
from app.ui.timeline.sound_strip import SoundStrip
from app.ui.timeline.time_axis import TimeAxis
from app.ui.timeline.timeline import Timeline
from app.ui.timeline.transport import Transport
from app.ui.tuning.tuning_panel import TuningPanel
from app.ui.window.actions import fill_menu, make_actions
from app.ui.window.status import Status

#: widths of preview and curves on a first start
SPLIT = (840, 440)
MENUS = ("File", "Edit", "Playback", "Review", "View", "Help")


class Widgets:
    """A plain container: everything that is seen, by name.

    Args:
        window: they stand in it.
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

    def __init__(self, window: QMainWindow, session: Session, presets: Path) -> None:
        self.actions = make_actions(window)
        self.axis = TimeAxis(window)
        self._make_frame(window)
        self._make_picture(session)
        self._make_curves(session)
        self._make_tools(session, presets)
        self._make_live(session)
        self.status = Status()
        self.status.add_before_figures(self.live_sign)
        self.status.add_before_figures(self.link_dot)
        self._lay_out(window)
        self._make_menus(window)

    def _make_frame(self, window: QMainWindow) -> None:
        """What holds the rest, from the window inwards: a widget that gets another parent styles all that it holds once more."""
        centre = QWidget()
        # a click beside everything that takes keys ends typing
        centre.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        window.setCentralWidget(centre)
        left = QWidget()
        self._centre, self._left = _column(centre), _column(left)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self._centre.addWidget(self.splitter, 1)
        self.right = QSplitter(Qt.Orientation.Vertical)
        self.side, self.tools = SideTabs(), SideTabs()
        for splitter, halves in ((self.splitter, (left, self.right)), (self.right, (self.side, self.tools))):
            splitter.setHandleWidth(6)
            splitter.setChildrenCollapsible(False)
            for half in halves:
                splitter.addWidget(half)
            splitter.setStretchFactor(0, 1)
        self.splitter.setCollapsible(1, True)

    def _make_picture(self, session: Session) -> None:
        self.preview = Preview()
        self.live_bar = LiveBar(session.live, session.incoming, session.taking, self.preview)
        self.timeline = Timeline(self.axis, session.messages.fail_task)
        self.note_lane = NoteLane(self.axis)
        self.pen_bar = PenBar(self.preview)
        self.emotion_lane = EmotionLane(session.emotion, self.axis)
        self.mark_lane = MarkLane(session.text_marks, self.axis)
        self.transport = Transport(self.actions)
        self.speak_bar = SpeakBar()
        MarkCompletion(self.speak_bar.line)

    def _make_curves(self, session: Session) -> None:
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
        self.emotion = EmotionPanel(session.emotion)
        self.listeners = ListenerPicker()
        self.emotion.add_below_note(self.listeners)
        self.link_panel = LinkPanel(session.links, self.side)
        self.link_panel.hide()
        self.link_dot = LinkDot(session.links)
        self.side.addTab(self.curves, "Curves")
        self.acting = ActingPanel(session.acting, session.state)
        self.side.addTab(self.emotion, "Emotion")
        self.side.addTab(self.acting, "Acting")

    def _make_live(self, session: Session) -> None:
        """Faces to and from other programs: a tab beside the picture, and a sign in the status bar."""
        self.live_panel = LivePanel(session.live_out, session.incoming, session.taking, session.live, self.actions["head"])
        self.live_sign = LiveSign(session.live_out, session.incoming, session.taking)
        self.side.addTab(self.live_panel, "Live")

    def _make_tools(self, session: Session, presets: Path) -> None:
        self.tuning = TuningPanel(session.tunings, presets, session.parameters)
        self.compare = ComparePanel(
            session.state, session.comparing, self.speak_bar.offered_avatars, self.speak_bar.offered_sources, dual=session.dual
        )  # fmt: skip
        self.face_layers = LayersPanel()
        self.lint = LintPanel(session.linting, session.fixing)
        self.edit_bar, self.conflicts = EditBar(), ConflictList()
        self.edit_bar.add_foot(self.conflicts)
        self.poses = PosesPanel()
        self.edit_bar.numbers.set_snap_action(self.actions["snap"])
        self.conversation = ConversationPanel(session.costs)
        self.notes = NotesPanel(session.notes, session.state)
        self.playlist = PlaylistPanel(session.playlists)
        self.tools.setAccessibleName("Tuning and comparison")
        panels = {
            "Tuning": self.tuning, "Compare": self.compare, "Layers": self.face_layers, "Check": self.lint,
            "Notes": self.notes, "Edits": self.edit_bar, "Poses": self.poses, "Talk": self.conversation, "Takes": self.playlist,
        }  # fmt: skip
        for title, panel in panels.items():
            self.tools.addTab(panel, title)
        self.tools.hide()

    def _lay_out(self, window: QMainWindow) -> None:
        times, rule, foot = QWidget(), QFrame(), QWidget()
        rule.setObjectName("rule")
        _fill(self._left, self.preview, times, self.transport)
        _fill(_column(times), self.timeline, self.note_lane, self.mark_lane, self.emotion_lane)
        self._centre.addWidget(foot)
        _fill(_column(foot), rule, self.speak_bar)
        self.splitter.setSizes(list(SPLIT))
        window.setStatusBar(self.status)
        self.beside_picture = (window.menuBar(), times, self.right, foot, self.status)

    def _make_menus(self, window: QMainWindow) -> None:
        # Alt and the first letter opens a menu
        self.menus = {title: window.menuBar().addMenu(f"&{title}") for title in MENUS}
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
        self.recent_menu = QMenu("Open recent", window)
        self.recent_menu.setToolTipsVisible(True)
        self.menus["File"].insertMenu(self.actions["transcript"], self.recent_menu)
        self.actions["swap"].setVisible(False)
        self.actions["curves"].setChecked(True)


def _column(widget: QWidget) -> QVBoxLayout:
    """Lay out what a widget will hold, one below the other without gaps."""
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column


def _fill(column: QVBoxLayout, *widgets: QWidget) -> None:
    """Put widgets into a column; the first takes the room that is left."""
    for i, widget in enumerate(widgets):
        column.addWidget(widget, 0 if i else 1)
