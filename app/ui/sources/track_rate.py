"""What a track file told about itself: its frame rate and why, what is doubtful, and a field to overrule the rate."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QDoubleSpinBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from app.formats.track_file import MAX_FPS
from app.session.motion.sources import Sources
from app.ui.kit import theme
from app.ui.kit.banner import Banner

#: so many sentences stand in the banner; the dialog has them all
_IN_BANNER = 2
#: the question about head and eyes
_TURNS = "head of the track"


class TrackRateDialog(QDialog):
    """Asks for another frame rate of a track.

    Args:
        name: of the file.
        told: where its rate comes from, and what is doubtful about it.
        fps: the rate at which it was read.
        parent: window.
    """

    def __init__(self, name: str, told: tuple[str, ...], fps: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Frame rate of the track")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        heading = QLabel(name)
        heading.setObjectName("heading")
        column.addWidget(heading)
        for place, sentence in enumerate(told):
            line = QLabel(sentence)
            line.setWordWrap(True)
            line.setStyleSheet("" if place == 0 else f"color: {theme.WARNING};")
            column.addWidget(line)
        self.rate = QDoubleSpinBox()
        self.rate.setAccessibleName("Frames per second")
        self.rate.setDecimals(3)
        self.rate.setRange(0.1, MAX_FPS)
        self.rate.setSuffix(" fps")
        self.rate.setValue(fps)
        self.rate.selectAll()
        form = QFormLayout()
        form.addRow("Read it at", self.rate)
        column.addLayout(form)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Read again")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.setMinimumWidth(420)


class TrackRate(QObject):
    """Says what an opened track told, and lets the user overrule its rate.

    Args:
        banner: says it.
        sources: read the track again.
        head: the switch that lets tracks turn the avatar's head and eyes.
        window: parent of the dialog.
    """

    def __init__(self, banner: Banner, sources: Sources, head: QAction, window: QWidget) -> None:
        super().__init__(window)
        self._banner, self._sources, self._head, self._window = banner, sources, head, window
        head.toggled.connect(lambda: banner.withdraw(_TURNS))
        self.dialog: TrackRateDialog | None = None

    def tell(self, path: Path, told: tuple[str, ...], fps: float, turns: str = "") -> None:
        """A track was opened.

        Args:
            path: of its file.
            told: where its rate comes from, and what is doubtful about it.
            fps: the rate at which it was read.
            turns: what of head and eyes its angles could turn, "" for nothing.
        """
        more = "" if len(told) <= _IN_BANNER else f" {len(told) - _IN_BANNER} more under Frame rate."
        sentence = f"{path.name}: {' '.join(told[:_IN_BANNER])}{more}"
        self._banner.withdraw(_TURNS)
        if turns and not self._head.isChecked():
            offers = (("Let it turn them", self._head.trigger), ("Frame rate…", lambda: self.ask(path, told, fps)))
            self._banner.offer(f"{sentence} It also turns {turns}, which the avatar does not follow now.", offers, _TURNS)
            return
        followed = f" The avatar follows it with {turns}; H lets go." if turns else ""
        self._banner.show_success(sentence + followed, "Frame rate…", lambda: self.ask(path, told, fps))

    def ask(self, path: Path, told: tuple[str, ...], fps: float) -> None:
        """Show all that was told, and ask for another rate; the track is read again at it."""
        dialog = self.dialog = TrackRateDialog(path.name, told, fps, self._window)

        def finished(result: int) -> None:
            self.dialog = None
            if result == QDialog.DialogCode.Accepted:
                self._sources.open_track(path, dialog.rate.value())
            dialog.deleteLater()

        dialog.finished.connect(finished)
        dialog.open()
