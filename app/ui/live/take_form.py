"""The foot of the panel: the face that comes is recorded."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QWidget

from app.session.live.taking import Taking
from app.ui.kit import theme


class TakeForm(QWidget):
    """A button to record, the time, and whether the microphone is recorded along.

    Args:
        taking: records.
    """

    #: begin or end
    toggled = Signal(bool)

    def __init__(self, taking: Taking) -> None:
        super().__init__()
        self._taking = taking
        self.record = QPushButton()
        self.record.setAccessibleName("Record the face that comes")
        self.record.clicked.connect(lambda: self.toggled.emit(not taking.recording))
        self.time = QLabel()
        self.time.setAccessibleName("Length of the recording")
        self.sound = QCheckBox("With the microphone")
        self.sound.setToolTip("Record the microphone along, in sync with the face; both are opened together")
        self.sound.clicked.connect(self._set_sound)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(10)
        line.addWidget(self.record)
        line.addWidget(self.time)
        line.addStretch(1)
        line.addWidget(self.sound)
        taking.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Write everything."""
        recording = self._taking.recording
        self.record.setText("Stop recording" if recording else "Record")
        self.record.setToolTip(
            "End the recording and write it"
            if recording
            else f"Record the face that comes, as a Live Link Face CSV in {self._taking.where}"
        )
        self.sound.setChecked(self._taking.with_sound)
        self.sound.setEnabled(not recording)
        self.show_time()

    def show_time(self) -> None:
        """Write how long it is."""
        seconds = self._taking.length_s
        text = f'<span style="color:{theme.ERROR}">●</span> {int(seconds) // 60}:{seconds % 60:04.1f}' if self._taking.recording else ""
        if self.time.text() != text:
            self.time.setText(text)

    def _set_sound(self, on: bool) -> None:
        self._taking.with_sound = on
