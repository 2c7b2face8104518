"""The menu of the lanes: what can be done to a word or a phone, or where nothing is spoken."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.ui.timeline.editing.lane_editing import LaneEditing
from app.ui.timeline.lanes.grips import Grip, Lane
from app.ui.timeline.lanes.timing_lanes import TimingLanes


class LaneMenu(QObject):
    """Opens where the lanes want it.

    Args:
        lanes: are clicked with the right button.
        editing: does what is chosen.
        more: commands of the window that stand at the end.
    """

    def __init__(self, lanes: TimingLanes, editing: LaneEditing, more: tuple[QAction, ...]) -> None:
        super().__init__(lanes)
        self._lanes, self._editing, self._more = lanes, editing, more
        lanes.menu_wanted.connect(self.open)

    def made(self, grip: Grip | None, lane: Lane, t: float) -> QMenu:
        """The menu.

        Args:
            grip: what it is about, None where nothing is spoken.
            lane: of it.
            t: seconds, where something would be cut.
        """
        menu, does = QMenu(self._lanes), self._editing
        if self._lanes.can_edit and grip is not None:
            menu.addAction("Rename…\tF2").triggered.connect(lambda: does.rename(grip))
            menu.addAction("Split here…" if lane == "words" else "Split here").triggered.connect(lambda: does.split(grip, t))
            join = menu.addAction("Join with the next")
            join.setEnabled(does.can_join(grip))
            join.triggered.connect(lambda: does.join(grip))
            if lane == "phones":
                menu.addAction("Put in a phone here…").triggered.connect(lambda: does.insert(lane, t))
            menu.addAction("Take out\tDel").triggered.connect(lambda: does.remove(grip))
        elif self._lanes.can_edit:
            words = "Put in a word here…" if lane == "words" else "Put in a phone here…"
            menu.addAction(words).triggered.connect(lambda: does.insert(lane, t))
        menu.addSeparator()
        menu.addActions(list(self._more))
        return menu

    def open(self, grip: Grip | None, lane: Lane, t: float, at: QPoint) -> None:
        """Open it; the dictionary is read meanwhile, for what may be chosen."""
        self._editing.naming.read_dictionary()
        menu = self.made(grip, lane, t)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)
