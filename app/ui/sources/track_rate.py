"""What a track file told about itself: its frame rate and why, what is doubtful, and how to read it otherwise."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QDoubleSpinBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from app.formats.track_file import MAX_FPS, SIDES_SWAPPED
from app.session.motion.sources import Sources
from app.ui.kit import theme
from app.ui.kit.banner import Banner

#: so many sentences stand in the banner; the dialog has them all
_IN_BANNER = 2
#: the question about head and eyes
_TURNS = "head of the track"
#: the question about left and right
_SIDES = "sides of the track"


class TrackRateDialog(QDialog):
    """Asks how a track shall be read: at another frame rate, with its sides exchanged.

    Args:
        name: of the file.
        told: where its rate comes from, and what is doubtful about it.
        fps: the rate at which it was read.
        swapped: whether its sides were exchanged.
        parent: window.
    """

    def __init__(self, name: str, told: tuple[str, ...], fps: float, swapped: bool = False, parent: QWidget | None = None) -> None:
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
        self.swap = QCheckBox("Swap left and right of jaw and mouth")
        self.swap.setChecked(swapped)
        form.addRow("", self.swap)
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
        #: rates that were stated for files
        self._stated: dict[Path, float] = {}
        self.dialog: TrackRateDialog | None = None

    def tell(self, path: Path, told: tuple[str, ...], fps: float, turns: str = "", maybe_swapped: bool = False) -> None:
        """A track was opened.

        Args:
            path: of its file.
            told: where its rate comes from, and what is doubtful about it.
            fps: the rate at which it was read.
            turns: what of head and eyes its angles could turn, "" for nothing.
            maybe_swapped: left and right of jaw and mouth may be swapped in it, as ``told`` says.
        """
        doubt = told[-1:] if maybe_swapped else ()
        first = (*told[: _IN_BANNER - len(doubt)], *doubt)
        more = "" if len(told) <= len(first) else f" {len(told) - len(first)} more under Frame rate."
        sentence = f"{path.name}: {' '.join(first)}{more}"
        self._banner.withdraw(_TURNS)
        self._banner.withdraw(_SIDES)
        ask = ("Frame rate…", lambda: self.ask(path, told, fps))
        if turns and not self._head.isChecked():
            offers = (("Let it turn them", self._head.trigger), ask)
            self._banner.offer(f"{sentence} It also turns {turns}, which the avatar does not follow now.", offers, _TURNS)
        if maybe_swapped:
            self._banner.offer(sentence, (("Swap left and right", lambda: self._read(path, fps, swap_sides=True)), ask), _SIDES)
        elif not turns or self._head.isChecked():
            followed = f" The avatar follows it with {turns}; H lets go." if turns else ""
            self._banner.show_success(sentence + followed, *ask)

    def _read(self, path: Path, fps: float, *, swap_sides: bool, was_fps: float | None = None) -> None:
        """Read a track again: at the rate that the file gives, unless another was stated now or before."""
        keeps = was_fps is None or abs(fps - was_fps) < 1e-6
        if not keeps:
            self._stated[path] = fps
        stated = self._stated.get(path)
        self._sources.open_track(path, stated if stated is not None and abs(stated - fps) < 1e-3 else None, swap_sides)

    def ask(self, path: Path, told: tuple[str, ...], fps: float) -> None:
        """Show all that was told, and ask how the track shall be read; it is read again so."""
        dialog = self.dialog = TrackRateDialog(path.name, told, fps, SIDES_SWAPPED in told, self._window)
        shown = dialog.rate.value()

        def finished(result: int) -> None:
            self.dialog = None
            if result == QDialog.DialogCode.Accepted:
                self._read(path, dialog.rate.value(), swap_sides=dialog.swap.isChecked(), was_fps=shown)
            dialog.deleteLater()

        dialog.finished.connect(finished)
        dialog.open()
