"""How the user talks: a line to type, a button to hold, a switch for hands-free, and what the microphone hears."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.ui.expression.live_bar import METER_MS, LevelMeter
from app.ui.kit import theme
from app.ui.kit.icons import icon

#: held to talk, as written on the button
TALK_KEY = "F8"
#: the column of the tools is narrow
METER_PX = 72
_HELD = f"QPushButton:checked, QPushButton:pressed {{ background: {theme.ERROR}; border-color: {theme.ERROR}; color: {theme.INK}; }}"


class TalkBar(QWidget):
    """The foot of the panel."""

    #: a typed line
    said = Signal(str)
    #: the button to talk went down or up
    held = Signal(bool)
    #: hear everything, or only what is said while the key is held
    hands_free_chosen = Signal(bool)
    #: stop the answer
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setPlaceholderText("Type instead of speaking")
        self.line.setAccessibleName("What to say")
        self.line.setToolTip("Enter says it; Esc stops the answer")
        self.line.returnPressed.connect(self._say)
        self.send = QToolButton()
        self.send.setText("Say")
        self.send.setAccessibleName("Say the typed line")
        self.send.setToolTip("Say the typed line (Enter)")
        self.send.clicked.connect(self._say)
        self.talk = QPushButton(f"Hold {TALK_KEY} to talk")
        self.talk.setStyleSheet(_HELD)
        self.talk.setToolTip(f"Hold the button, or the key {TALK_KEY} anywhere in the window, while you speak; it stops an answer")
        self.talk.pressed.connect(lambda: self.held.emit(True))
        self.talk.released.connect(lambda: self.held.emit(False))
        self.stop = QToolButton()
        self.stop.setIcon(icon("cross", theme.TEXT))
        self.stop.setAccessibleName("Stop the answer")
        self.stop.setToolTip("Stop the answer (Esc)")
        self.stop.clicked.connect(self.stopped)
        self.hands_free = QCheckBox("Hands-free")
        self.hands_free.setToolTip("Listen all the time, and stop the answer when you begin to speak; off: only while the key is held")
        self.hands_free.clicked.connect(self.hands_free_chosen)
        self.meter = LevelMeter()
        self.meter.setFixedWidth(METER_PX)
        self.level = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(METER_MS)
        self._timer.timeout.connect(lambda: self.meter.set_level(self.level))
        self._lay_out()
        self.show_listening(False)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        typed, spoken = QHBoxLayout(), QHBoxLayout()
        typed.setSpacing(6)
        typed.addWidget(self.line, 1)
        typed.addWidget(self.send)
        spoken.setSpacing(10)
        spoken.addWidget(self.talk)
        spoken.addWidget(self.hands_free)
        spoken.addStretch(1)
        spoken.addWidget(self.meter)
        spoken.addWidget(self.stop)
        column.addLayout(typed)
        column.addLayout(spoken)

    def show_listening(self, listening: bool, name: str = "") -> None:
        """Say whether a microphone is open, and which."""
        if listening and not self._timer.isActive():
            self._timer.start()
        elif not listening:
            self._timer.stop()
            self.level = 0.0
            self.meter.level_db = -60.0
            self.meter.update()
        self.meter.setEnabled(listening)
        self.meter.setToolTip(name or "The microphone is closed")

    def show_held(self, held: bool) -> None:
        """The key is down: show it on the button, too."""
        self.talk.setDown(held)

    def _say(self) -> None:
        text = self.line.text().strip()
        if text:
            self.line.clear()
            self.said.emit(text)
