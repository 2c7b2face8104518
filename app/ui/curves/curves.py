"""The panel of all 52 curves: search, pairing, folding, and picked lanes enlarged on top."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.core.arkit import ARKIT_CHANNELS, ARKIT_INDEX, GROUPS
from app.core.track import BlendshapeTrack
from app.ui.curves.curve_selecting import PlotMarks
from app.ui.curves.lanes import arrange, arrange_picked
from app.ui.curves.lanes_view import LanesView
from app.ui.curves.overlays import Overlay
from app.ui.kit import theme
from app.ui.kit.elided import ElidedLabel
from app.ui.kit.icons import icon
from app.ui.kit.shape_names import LANE_GROUPS, lanes_of
from app.ui.timeline.time_axis import TimeAxis

#: logical pixels that the picked lanes share, however many they are, and of one of them at least
MOST_PICKED, LEAST_PICKED = 190, 28
#: share of the lanes' room that the picked ones take: less than half, so that they never come to lie under the mouse that picked them
PICKED_SHARE = 0.4


class CurvesPanel(QFrame):
    """All channels, and the picked ones large beside them; the values are those at the cursor."""

    #: the playhead was dragged here: seconds
    scrubbed = Signal(float)
    #: the lane under the mouse: its channels, none while no lane is there
    lane_hovered = Signal(tuple)
    #: the right button was pressed here, on the screen
    menu_wanted = Signal(QPoint)
    #: other shapes are picked
    picks_changed = Signal()
    #: pairing or folding changed
    layout_changed = Signal()

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(320)
        self.collapsed: set[str] = set()
        self.picked: list[str] = []
        self.overlays: list[Overlay] = []
        self._t = 0.0
        self._missing: tuple[str, ...] = ()
        self._by_visemes = False
        self._has_track = self._finds_nothing = self._has_angles = False
        self._on_top = False
        self.large = LanesView(axis)
        self.all = LanesView(axis)
        self.large.hide()
        self.large.setMinimumHeight(LEAST_PICKED)
        self.rule = QFrame()
        self.rule.setObjectName("rule")
        self.rule.setFixedHeight(1)
        self.rule.hide()
        self._build_header()
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._header)
        self._stack_lanes()
        for view in (self.large, self.all):
            view.hovered.connect(self._hover)
            view.scrubbed.connect(self.scrubbed)
        # a click on an enlarged curve is one for its keys; its name gives it up
        for picked in (self.all.picked, self.large.names.picked):
            picked.connect(self.toggle_pick)
        self.all.toggled.connect(self._toggle_group)
        self.all.installEventFilter(self)

    def _build_header(self) -> None:
        self.title = QLabel("Curves")
        self.title.setObjectName("heading")
        self.note = ElidedLabel()
        self.note.setObjectName("caption")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a shape")
        self.search.setAccessibleName("Find a shape")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(64)
        self.search.setMaximumWidth(128)
        self.pair = QToolButton()
        self.pair.setIcon(icon("pair"))
        self.pair.setCheckable(True)
        self.pair.setChecked(True)
        self.pair.setAccessibleName("Left and right in one lane")
        self.pair.setToolTip("Left and right in one lane")
        self.clear = QPushButton("Show all")
        self.clear.setToolTip("Stop isolating the picked curves (Esc)")
        self.clear.hide()
        self._header = QHBoxLayout()
        self._header.setContentsMargins(16, 8, 8, 8)
        self._header.setSpacing(8)
        left: tuple[QWidget, ...] = (self.title, self.note)
        right: tuple[QWidget, ...] = (self.clear, self.search, self.pair)
        for widget in left:
            self._header.addWidget(widget)
        self._header.addStretch(1)
        for widget in right:
            self._header.addWidget(widget)
        self.search.textChanged.connect(self._lay_out)
        self.pair.toggled.connect(self._pairing_changed)
        self.clear.clicked.connect(self.clear_picks)

    # -- what is shown

    def set_track(self, track: BlendshapeTrack | None) -> None:
        """Show a track's 52 channels, and the angles that ``with_angles`` put behind them; None while there is none."""
        self._has_track = track is not None
        has_angles = track is not None and len(track.channels) > len(ARKIT_CHANNELS)
        if has_angles != self._has_angles:
            self._has_angles = has_angles
            self.picked = [name for name in self.picked if has_angles or name in ARKIT_INDEX]
            self._lay_out()
        for view in (self.large, self.all):
            view.set_track(track)
        self._write_note()

    def set_overlays(self, overlays: list[Overlay], own_colour: str = "") -> None:
        """Draw further tracks over the curves; see CurvesPlot.set_overlays."""
        self.overlays = overlays
        for view in (self.large, self.all):
            view.plot.set_overlays(overlays, own_colour)
        self.large.names.own_colour = own_colour

    def set_explanation(self, explain: Callable[[str], str]) -> None:
        """Say why a channel does not move on the face as its curve does; shown where the mouse rests on its name."""
        for view in (self.large, self.all):
            view.names.explain = explain

    def set_marks(self, marks: Mapping[str, tuple[str, str]]) -> None:
        """Mark channels that come from elsewhere; see ChannelList.set_marks."""
        for view in (self.large, self.all):
            view.names.set_marks(marks)

    @property
    def marks(self) -> tuple[PlotMarks, PlotMarks]:
        """What is marked with the mouse, over the enlarged curves and over all."""
        return self.large.plot.marks, self.all.plot.marks

    def add_tool(self, widget: QWidget) -> None:
        """Put a control before the search."""
        self._header.insertWidget(self._header.indexOf(self.search), widget)

    def add_foot(self, widget: QWidget) -> None:
        """Put a widget below the curves."""
        self._column.addWidget(widget)

    def set_range(self, marked: tuple[float, float] | None) -> None:
        """Mark a stretch of time in seconds, or none."""
        for view in (self.large, self.all):
            view.plot.set_range(marked)

    def set_missing(self, missing: tuple[str, ...], by_visemes: bool = False) -> None:
        """Mark the channels that the avatar lacks.

        Args:
            missing: their names.
            by_visemes: the avatar moves by viseme targets, so that the curves only show what the source means.
        """
        self._missing = missing
        self._by_visemes = by_visemes
        self._lay_out()

    def set_time(self, t: float) -> None:
        """Move the cursor to a time in seconds."""
        self._t = t
        for view in (self.large, self.all):
            view.set_time(t)

    def set_values(self, values: np.ndarray) -> None:
        """Write the (52,) weights at the cursor, and beside the enlarged curves those of what lies over them."""
        self.large.names.others = [(o.colour, o.track.sample(self._t)) for o in self.overlays]
        for view in (self.large, self.all):
            view.set_values(values)

    def refresh(self, smooth: bool = True) -> bool:
        """Draw what changed since the last time.

        Args:
            smooth: antialiased; not while every millisecond counts.

        Returns:
            Whether anything was drawn.
        """
        drawn = self.all.plot.refresh(smooth)
        return (self.large.isVisible() and self.large.plot.refresh(smooth)) or drawn

    # -- picking and folding

    def toggle_pick(self, channel: str) -> None:
        """Isolate a channel's lane, or give it up; several can be picked."""
        lanes = [lane for group in LANE_GROUPS for lane in lanes_of(group, self.pair.isChecked())]
        lane = next(lane for lane in lanes if channel in lane)
        if any(c in self.picked for c in lane):
            self.picked = [c for c in self.picked if c not in lane]
        else:
            if not self.picked:
                self._choose_place(lane)
            self.picked.extend(lane)
        self._lay_out()

    def pick(self, channels: Iterable[str]) -> None:
        """Isolate just these channels' lanes."""
        wanted = set(channels)
        lanes = [lane for group in LANE_GROUPS for lane in lanes_of(group, self.pair.isChecked())]
        self.picked = [channel for lane in lanes if wanted & set(lane) for channel in lane]
        self._lay_out()

    @property
    def picked_shapes(self) -> tuple[str, ...]:
        """The shapes that are picked: keys, poses and copies have no angles."""
        return tuple(name for name in self.picked if name in ARKIT_INDEX)

    @property
    def only_angles(self) -> bool:
        """Whether angles of head and eyes are picked, and no shape."""
        return bool(self.picked) and not self.picked_shapes

    def pick_touched(self, channels: tuple[str, ...], adds: bool) -> None:
        """Isolate channels that were picked on the face.

        Args:
            channels: whose lanes.
            adds: to what is picked already.
        """
        self.pick([*self.picked, *channels] if adds else channels)

    def clear_picks(self) -> None:
        """Show all curves alike."""
        self.picked = []
        self._lay_out()

    def set_layout(self, paired: bool, collapsed: list[str]) -> None:
        """Take over a remembered layout."""
        self.collapsed = set(collapsed)
        self.pair.setChecked(paired)
        self._lay_out()

    def _toggle_group(self, group: str) -> None:
        self.collapsed ^= {group}
        self._lay_out()
        self.layout_changed.emit()

    def _pairing_changed(self) -> None:
        self._lay_out()
        self.layout_changed.emit()

    def _hover(self, channel: str) -> None:
        for view in (self.large, self.all):
            view.set_hovered(channel)
        lanes = [row.channels for view in (self.large, self.all) for row in view.rows if channel and channel in row.channels]
        self.lane_hovered.emit(lanes[0] if lanes else ())

    @property
    def _groups(self) -> tuple[str, ...]:
        """What has lanes."""
        return tuple(LANE_GROUPS if self._has_angles else GROUPS)

    @property
    def _taken(self) -> int:
        """Pixels that the picked lanes take from the others."""
        return 0 if self.large.isHidden() else self.large.height() + self.rule.maximumHeight()

    @property
    def _room(self) -> int:
        """Pixels that all lanes have while none is picked."""
        return self.all.height() + self._taken

    @property
    def _large_height(self) -> int:
        return max(min(MOST_PICKED, round(PICKED_SHARE * self._room)), LEAST_PICKED)

    def _choose_place(self, lane: tuple[str, ...]) -> None:
        """The picked lanes come to lie below the others, but above them where they would cover the one that was picked."""
        row = next((row for row in self.all.rows if row.channels and row.channels[0] in lane), None)
        below = 0.0 if row is None else row.top + row.height - self.all.bar.value()
        on_top = below > self._room - self._large_height - self.rule.maximumHeight()
        if on_top != self._on_top:
            self._on_top = on_top
            self._stack_lanes()

    def _stack_lanes(self) -> None:
        parts = (self.large, self.rule, self.all) if self._on_top else (self.all, self.rule, self.large)
        for place, part in enumerate(parts, 1):
            self._column.removeWidget(part)
            self._column.insertWidget(place, part, 1 if part is self.all else 0)

    def _lay_out(self, *_: object) -> None:
        """Show the lanes there are; those that were on show stay where they are on the screen."""
        self.picks_changed.emit()
        paired = self.pair.isChecked()
        n_picked = len(arrange_picked(self.picked, paired, 1.0))
        height = self._large_height
        lane = max(height // max(n_picked, 1), LEAST_PICKED)
        place = self.all.bar.value() - self._taken * self._on_top
        self.large.setMaximumHeight(height)
        for part in (self.large, self.rule, self.clear):
            part.setVisible(n_picked > 0)
        self._column.activate()
        self.large.set_rows(arrange_picked(self.picked, paired, float(lane)), self._missing, (), ())
        self._show_all()
        self.all.bar.setValue(place + self._taken * self._on_top)
        self._write_note()

    def _show_all(self) -> None:
        room = self._room
        rows = arrange(room, self.pair.isChecked(), self.collapsed, self.search.text(), groups=self._groups)
        self.all.set_rows(rows, self._missing, self.picked, self.collapsed, room if self._on_top else 0)
        self._finds_nothing = bool(self.search.text().strip()) and not any(row.channels for row in rows)

    def _write_note(self) -> None:
        n, total = len(ARKIT_CHANNELS) - len(self._missing), len(ARKIT_CHANNELS)
        text = f"{n} of {total} on this avatar" if self._missing else f"{total} shapes"
        if n == 0 and self._by_visemes:
            text = "this avatar moves by visemes"
        if self._finds_nothing:
            text = f"no shape is called “{self.search.text().strip()}”"
        self.note.setText("" if self.picked and not self._finds_nothing else text)
        self.note.setStyleSheet(f"color: {theme.WARNING if self._missing or self._finds_nothing else theme.DIM};")

    # -- Qt's own, last as everywhere

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with this motion."""
        self.menu_wanted.emit(event.globalPos())
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lay the lanes out anew when their place changes."""
        if watched is self.all and event.type() == QEvent.Type.Resize:
            self._show_all()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the picked lanes the room that there is now."""
        super().resizeEvent(event)
        if self.picked and event.size().height() != event.oldSize().height():
            self._lay_out()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape shows all curves."""
        if event.key() == Qt.Key.Key_Escape and self.picked:
            self.clear_picks()
        else:
            super().keyPressEvent(event)
