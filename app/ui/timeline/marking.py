"""Marks in the window: set at the playhead, named and coloured in a small dialog or by a right click on the flag."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QMenu, QWidget

from app.formats.marks import COLOURS, Mark
from app.session.base.playback import Playback
from app.session.review.counting import Counting
from app.session.review.marks import Marks
from app.session.review.stops import Stops
from app.ui.timeline.mark_flags import INKS
from app.ui.timeline.scrubbing import Scrubbing
from app.ui.timeline.timeline import Timeline


def _swatch(colour: str) -> QIcon:
    picture = QPixmap(12, 12)
    picture.fill(QColor(INKS[colour]))
    return QIcon(picture)


class MarkDialog(QDialog):
    """Asks for the name and the colour of a mark.

    Args:
        mark: as it is.
        timecode: where it is.
        parent: Qt's.
    """

    def __init__(self, mark: Mark, timecode: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Mark at {timecode}")
        self.name = QLineEdit(mark.name)
        self.name.setAccessibleName("Name of the mark")
        self.name.setMaxLength(200)
        self.name.setMinimumWidth(260)
        self.colour = QComboBox()
        self.colour.setAccessibleName("Colour of the mark")
        for colour in COLOURS:
            self.colour.addItem(_swatch(colour), colour.capitalize(), colour)
        self.colour.setCurrentIndex(self.colour.findData(mark.colour))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setSpacing(8)
        form.addRow("Name", self.name)
        form.addRow("Colour", self.colour)
        form.addRow(buttons)


class Marking(QObject):
    """What keys and mouse do to marks, and the jumps between them.

    Args:
        timeline: shows them.
        marks: the session's.
        stops: what is jumped between: marks, notes and findings.
        counting: tells how long a frame is.
        playback: has the time.
        scrubbing: goes there.
        window: parent of the dialog.
    """

    def __init__(
        self, timeline: Timeline, marks: Marks, stops: Stops, *, counting: Counting, playback: Playback, scrubbing: Scrubbing,
        window: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(window)
        self._timeline, self._marks, self._stops, self._counting = timeline, marks, stops, counting
        self._playback, self._scrubbing, self._window = playback, scrubbing, window
        timeline.mark_clicked.connect(self.go_to)
        timeline.mark_menu_wanted.connect(self.open_menu)
        marks.changed.connect(self.show)

    def show(self) -> None:
        """Show the marks there are now."""
        self._timeline.set_marks(self._marks.all)

    def set_here(self) -> str:
        """Set a mark at the frame that is on, playing or not; its id."""
        count = self._counting.clip.count
        time_s = count.time_of(count.frame_at(self._playback.now()))
        return self._marks.add(min(time_s, self._playback.duration_s), 0.5 / float(count.rate))

    def edit_here(self) -> None:
        """Name and colour the mark at the playhead; one is set where there is none."""
        self.edit(self.set_here())

    def edit(self, mark_id: str) -> None:
        """Ask for the name and the colour of a mark."""
        mark = self._marks.of(mark_id)
        if mark is None:
            return
        dialog = MarkDialog(mark, self._counting.clip.timecode(mark.time_s), self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._marks.change(mark_id, "Name mark", name=dialog.name.text().strip(), colour=dialog.colour.currentData())
        dialog.deleteLater()

    def menu(self, mark_id: str) -> QMenu:
        """The menu of a mark: go there, name it, colour it, take it out."""
        made = QMenu(self._window)
        made.addAction("Go to mark").triggered.connect(lambda: self.go_to(mark_id))
        made.addAction("Name and colour…").triggered.connect(lambda: self.edit(mark_id))
        colours = made.addMenu("Colour")
        for colour in COLOURS:
            action = colours.addAction(_swatch(colour), colour.capitalize())
            action.triggered.connect(lambda _=False, colour=colour: self._marks.change(mark_id, "Colour mark", colour=colour))
        made.addSeparator()
        made.addAction("Remove mark").triggered.connect(lambda: self._marks.remove(mark_id))
        made.addAction("Remove all marks").triggered.connect(self._marks.clear)
        return made

    def open_menu(self, mark_id: str, at: QPoint) -> None:
        """Open the menu of a mark."""
        menu = self.menu(mark_id)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def go_to(self, mark_id: str) -> None:
        """Stand at a mark."""
        mark = self._marks.of(mark_id)
        if mark is not None:
            self._scrubbing.scrub_to(mark.time_s)

    def jump(self, direction: int, stops: Stops | None = None) -> None:
        """Go to the next (1) or the one before (-1): mark, note or finding."""
        row, now_s = self._stops if stops is None else stops, self._playback.now()
        there = row.after(now_s) if direction > 0 else row.before(now_s)
        if there is not None:
            self._scrubbing.scrub_to(there)

    def jump_mark(self, direction: int) -> None:
        """Go to the next mark (1) or the one before (-1)."""
        self.jump(direction, Stops(lambda: (mark.time_s for mark in self._marks.all)))
