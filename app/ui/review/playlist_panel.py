"""Takes that are gone through: which is on, how far each is, next and previous."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QVBoxLayout

from app.formats.project_review import STATUSES
from app.session.takes.playlists import Playlists, usual_playlist
from app.ui.kit import theme
from app.ui.kit.buttons import plain_button, segment_button
from app.ui.kit.flow import FlowLayout
from app.ui.review.take_list import TakeList


class PlaylistPanel(QFrame):
    """The playlist of the session.

    Args:
        playlists: the session's.
    """

    #: files are to be asked for: takes to add, a list to open, or a place for this one
    add_wanted = Signal()
    open_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, playlists: Playlists) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._playlists = playlists
        self.summary = QLabel()
        self.summary.setAccessibleName("The playlist")
        self.summary.setWordWrap(True)
        self.hint = QLabel("Drop takes or folders here. Enter opens one, drag reorders, Ctrl+PgDn goes on.")
        self.hint.setWordWrap(True)
        self.hint.setStyleSheet(f"color: {theme.DIM};")
        self.list = TakeList()
        self.list.wanted.connect(playlists.go)
        self.list.moved.connect(playlists.move)
        self.list.removed.connect(playlists.remove)
        self.list.dropped.connect(playlists.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.summary)
        column.addLayout(self._make_buttons())
        column.addWidget(self.list, 1)
        column.addWidget(self.hint)
        column.addLayout(self._make_statuses())
        playlists.changed.connect(self.refresh)
        playlists.played.connect(self.play.setChecked)
        self.refresh()

    def _make_buttons(self) -> FlowLayout:
        rows = FlowLayout()
        self.previous = plain_button("◀", "The take before (Ctrl+PgUp)")
        self.next = plain_button("▶", "The next take (Ctrl+PgDn); what was noted is saved")
        self.play = plain_button("Play all", "Play one take after the other")
        self.play.setCheckable(True)
        self.add = plain_button("Add…", "Add takes to the list")
        self.open = plain_button("Open…", "Open a playlist")
        self.save = plain_button("Save as…", "Give the playlist a name; it stays up to date there")
        for button, name in ((self.previous, "Previous take"), (self.next, "Next take")):
            button.setAccessibleName(name)
        self.previous.clicked.connect(lambda: self._playlists.step(-1))
        self.next.clicked.connect(lambda: self._playlists.step(1))
        self.play.clicked.connect(self._playlists.play_all)
        self.add.clicked.connect(self.add_wanted)
        self.open.clicked.connect(self.open_wanted)
        self.save.clicked.connect(self.save_wanted)
        for button in (self.previous, self.next, self.play, self.add, self.open, self.save):
            rows.addWidget(button)
        return rows

    def _make_statuses(self) -> FlowLayout:
        row = FlowLayout()
        row.setSpacing(4)
        self.statuses = {}
        group = QButtonGroup(self)
        for n, status in enumerate(STATUSES, 1):
            button = segment_button(status.capitalize(), f"The selected take is: {status} (Alt+{n} for the open one)", group, 6)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, chosen=status: self._set_status(chosen))
            self.statuses[status] = button
            row.addWidget(button)
        self.list.currentRowChanged.connect(self._show_status)
        return row

    def _set_status(self, status: str) -> None:
        row = self.list.currentRow()
        if row >= 0:
            self._playlists.set_status(next(each for each in STATUSES if each == status), row)

    def refresh(self) -> None:
        """Show the list as it stands."""
        playlists = self._playlists
        entries, counts = playlists.playlist.entries, playlists.playlist.counts
        name = "Playlist" if playlists.path == usual_playlist() else playlists.path.stem
        told = ", ".join(f"{n} {status}" for status, n in counts.items() if n)
        self.summary.setText(f"{name}: {told}" if entries else f"{name}: no takes yet")
        self.list.show_takes(entries, playlists.about, playlists.at)
        for button in (self.play, self.next):
            button.setEnabled(bool(entries))
        self.previous.setEnabled(playlists.at > 0)
        self._show_status(self.list.currentRow())

    def _show_status(self, row: int) -> None:
        entries = self._playlists.playlist.entries
        for status, button in self.statuses.items():
            button.setEnabled(0 <= row < len(entries))
            button.setChecked(0 <= row < len(entries) and entries[row].status == status)
