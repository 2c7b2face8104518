"""Asks in which format motion is written, and says before what that format leaves out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.formats.dialect import Dialect
from app.formats.performance import WriteOptions
from app.session.keep.trials import Trial, Trials
from app.settings import ExportSettings
from app.ui.exports.format_list import FormatList
from app.ui.kit import theme
from app.ui.kit.number_row import NUMBER_STYLE

#: typing and arrow keys within this time are one wish
SETTLE_MS = 150
_KEPT = "It keeps everything that this motion has."


class FormatDialog(QDialog):
    """Asks for a format and what there is to choose about it.

    Args:
        formats: all that can be written.
        remembered: what was chosen last.
        trials: find out what a format leaves out.
        parent: window.
    """

    def __init__(self, formats: Sequence[Dialect], remembered: ExportSettings, trials: Trials, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export track")
        self._formats, self._trials = {dialect.key: dialect for dialect in formats}, trials
        self.list = FormatList(formats)
        self._make_fields(remembered)
        self._make_words()
        self._lay_out()
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(SETTLE_MS)
        self._settling.timeout.connect(self._try)
        trials.tried.connect(self._tell)
        self.list.picked.connect(self._picked)
        self.list.itemDoubleClicked.connect(self._chosen)
        for changed in (self.max_error.valueChanged, self.rate.valueChanged, self.extended.toggled):
            changed.connect(self._settling.start)
        self.finished.connect(self._over)
        self.list.pick(remembered.format)
        self.list.setFocus()

    @property
    def dialect(self) -> Dialect:
        """The format that is picked."""
        return self._formats[self.list.key]

    @property
    def options(self) -> WriteOptions:
        """What was chosen about it."""
        asks = self.dialect.asks
        return WriteOptions(
            self.max_error.value() if "max_error" in asks else 0.0,
            self.extended.isChecked() or "extended" not in asks,
            self.rate.value() if "fps" in asks else None,
        )

    def note(self, remembered: ExportSettings) -> None:
        """Remember what was chosen."""
        remembered.format = self.list.key
        remembered.max_error, remembered.cue_fps = self.max_error.value(), self.rate.value()
        remembered.extended_cues = self.extended.isChecked()

    # -- making

    def _make_fields(self, remembered: ExportSettings) -> None:
        self.max_error = QDoubleSpinBox()
        self.max_error.setDecimals(4)
        self.max_error.setRange(0.0, 1.0)
        self.max_error.setSingleStep(0.001)
        self.max_error.setValue(remembered.max_error)
        self.max_error.setAccessibleName("Largest error")
        self.max_error.setSpecialValueText("every frame")
        self.max_error.setToolTip("Keys that change no weight by more than this are left out; 0 writes every frame")
        self.rate = QDoubleSpinBox()
        self.rate.setDecimals(3)
        self.rate.setRange(1.0, 240.0)
        self.rate.setSuffix(" fps")
        self.rate.setValue(remembered.cue_fps)
        self.rate.setAccessibleName("Frames per second")
        for box in (self.max_error, self.rate):
            box.setStyleSheet(NUMBER_STYLE)
            box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.extended = QCheckBox("With the extended mouths (Rhubarb's G, H, X)")
        self.extended.setChecked(remembered.extended_cues)

    def _make_words(self) -> None:
        self.heading, self.facts, self.words = QLabel(), QLabel(), QLabel()
        self.heading.setObjectName("heading")
        self.facts.setObjectName("caption")
        self.words.setAccessibleName("What the format leaves out")
        for label in (self.heading, self.words):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self._save = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        self._save.setText("Choose the file…")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def _lay_out(self) -> None:
        self._form = QFormLayout()
        self._form.addRow("Largest error", self.max_error)
        self._form.addRow("Frame rate", self.rate)
        self._form.addRow(self.extended)
        about = QVBoxLayout()
        about.setSpacing(8)
        for widget in (self.heading, self.facts, self.words):
            about.addWidget(widget)
        about.addLayout(self._form)
        about.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(16)
        both.addWidget(self.list, 3)
        both.addLayout(about, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(both, 1)
        column.addWidget(self.buttons)
        self.resize(860, 620)

    # -- what happens

    def _picked(self) -> None:
        dialect = self.dialect
        self.heading.setText(dialect.name)
        for field, choice in ((self.max_error, "max_error"), (self.rate, "fps"), (self.extended, "extended")):
            self._form.setRowVisible(field, choice in dialect.asks)
        self._say("Looking at what it keeps…", theme.DIM)
        self.facts.setText(dialect.ending)
        self._settling.start()

    def _chosen(self, item: QTreeWidgetItem) -> None:
        """A double click."""
        if item.parent() is not None and self._save.isEnabled():
            self.accept()

    def _try(self) -> None:
        self._trials.start(self.list.key, self.options)

    def _tell(self, trial: Trial) -> None:
        if trial.key != self.list.key or self._settling.isActive():
            return
        self._save.setEnabled(not trial.problem)
        if trial.problem:
            self._say(trial.problem, theme.ERROR)
            return
        self.facts.setText(f"{self.dialect.ending}, {_size_text(trial.size)}")
        self._say(" ".join(trial.notes) or _KEPT, theme.WARNING if trial.notes else theme.DIM)

    def _say(self, text: str, colour: str) -> None:
        self.words.setText(text)
        self.words.setStyleSheet(f"color: {colour};")

    def _over(self) -> None:
        self._settling.stop()
        self._trials.stop()
        self._trials.tried.disconnect(self._tell)


def _size_text(size: int) -> str:
    """A file's size for people."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{max(size / 1e3, 0.1):.1f} kB"
