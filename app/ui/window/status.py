"""The status bar: what is being done, and how fast, how much in sync, by whom and to where."""

from __future__ import annotations

import re

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from app.ui.kit import theme
from app.ui.kit.elided import ElidedLabel
from app.ui.kit.icons import icon
from app.ui.window.frame_loop import LoopFigures

WORDS = {
    "avatar": "Loading the avatar",
    "audio": "Reading the recording",
    "audio device": "Opening the sound device",
    "film": "Reading the film",
    "line": "Opening the line to the voice",
    "network": "Loading Audio2Face",
    "phones": "Finding the phones",
    "places": "Comparing the sounds",
    "project": "Opening the project",
    "renderer": "Loading the renderer",
    "sound": "Writing the sound",
    "speech": "Making speech",
    "track": "Reading the track",
    "track file": "Writing the track",
    "video": "Writing the video",
    "voice": "Fetching the voice",
    "voice engine": "Loading the voice",
    "voice list": "Asking for the list of voices",
}
#: tasks that are named for what they work on
STARTS = {"motion": "Animating", "NVIDIA bundle": "Opening the NVIDIA bundle"}
#: what goes on until it is stopped has a plate of its own
ENDLESS = ("live",)
#: work shorter than this is not mentioned
PATIENCE_MS = 250
#: place after activity, bar and cross
_BEFORE_FIGURES = 3
#: ITU-R BT.1359-1: viewers detect sound that is 45 ms early
DETECTABLE_MS = 45.0


class Status(QStatusBar):
    """Activity on the left, figures on the right."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._work: dict[str, float] = {}
        self.activity = ElidedLabel("Ready")
        self.activity.setAccessibleName("Activity")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(140)
        self.stop = QToolButton()
        self.stop.setIcon(icon("cross", theme.DIM))
        self.stop.setAccessibleName("Cancel")
        self.stop.setToolTip("Cancel (Esc)")
        self.stop.clicked.connect(self.cancelled)
        for widget in (self.activity, self.bar, self.stop):
            self.addWidget(widget)
        self.fps = self._figure("Frame rate", "Pictures per second of the preview", "00/29.97 fps, 000 dropped")
        self.offset = self._figure("Picture minus sound", "", "A/V +000 ms")
        self.network = self._figure("Network", "What the Audio2Face network runs on")
        self.network.hide()
        self.gl = self._figure("Renderer", "Who draws the preview; change it under View, Renderer")
        self.sound = self._figure("Sound", "Where the sound goes; change it under Playback, Sound output")
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._write_activity)
        self._show_bar(False)

    def _figure(self, name: str, hint: str, widest: str = "") -> QLabel:
        """A figure; one that changes with every picture has room for its widest text, so that nothing beside it moves."""
        made = ElidedLabel(widest)
        made.ensurePolished()
        made.setMinimumWidth(made.sizeHint().width() if widest else 0)
        made.clear()
        made.setAccessibleName(name)
        made.setToolTip(hint)
        self.addPermanentWidget(made)
        return made

    def add_before_figures(self, widget: QWidget) -> None:
        """Put a widget before the figures; it stays hidden until it shows itself."""
        self.insertPermanentWidget(_BEFORE_FIGURES, widget)
        widget.hide()

    def set_progress(self, task: str, fraction: float) -> None:
        """Note how far a task is: below 0 unknown, 1 over."""
        if task in ENDLESS:
            return
        if fraction >= 1.0:
            self._work.pop(task, None)
        else:
            self._work[task] = fraction
        if self.bar.isVisible() or not self._work:
            self._write_activity()
        elif not self._patience.isActive():
            self._patience.start()

    def set_figures(self, figures: LoopFigures, playing: bool) -> None:
        """Write frame rate and offset."""
        dropped = f", {figures.dropped} dropped" if figures.dropped else ""
        self._write(self.fps, f"{figures.fps:.0f}/{figures.target_fps:.4g} fps{dropped}" if playing and figures.fps else "idle")
        self.fps.setToolTip(
            f"Pictures per second of the preview, against the {figures.target_fps:.5g} frames per second that are counted"
            + (f"; {figures.dropped} frames were never on the picture, red on the time line." if dropped else ".")
        )
        self.fps.setStyleSheet(f"color: {theme.ERROR if dropped and playing else theme.DIM};")
        offset = figures.offset_ms
        self._write(self.offset, f"A/V {offset:+.0f} ms")
        verdict = "not detectable" if abs(offset) < DETECTABLE_MS else "detectable"
        self.offset.setToolTip(
            f"Time on the picture minus time in the sound: {offset:+.1f} ms, {verdict} by ITU-R BT.1359 (sound 45 ms early, 125 ms late)."
        )
        self.offset.setStyleSheet(f"color: {theme.WARNING if abs(offset) >= DETECTABLE_MS else theme.DIM};")

    def set_renderer(self, description: str) -> None:
        """Write who draws."""
        self._write(self.gl, re.sub(r" \([^)]*\)", "", description))
        self.gl.setToolTip(f"{description}. Change it under View, Renderer.")

    def set_network(self, device: str) -> None:
        """Write what the network runs on, "" while it is not used."""
        self._write(self.network, f"A2F on {device}")
        self.network.setVisible(bool(device))

    def set_sound(self, text: str, reason: str) -> None:
        """Write where the sound goes.

        Args:
            text: device and clock.
            reason: why nothing is heard, "" when sound works.
        """
        self._write(self.sound, text)
        self.sound.setToolTip(reason or "Where the sound goes; change it under Playback, Sound output.")
        self.sound.setStyleSheet(f"color: {theme.WARNING if reason else theme.DIM};")

    @staticmethod
    def _write(label: QLabel, text: str) -> None:
        if label.text() != text:
            label.setText(text)

    def _show_bar(self, shown: bool) -> None:
        self.bar.setVisible(shown)
        self.stop.setVisible(shown)

    def _write_activity(self) -> None:
        self._patience.stop()
        if not self._work:
            self.activity.setText("Ready")
            self._show_bar(False)
            return
        task, fraction = list(self._work.items())[-1]
        known = next((words for start, words in STARTS.items() if task.startswith(start)), task.capitalize())
        words = WORDS.get(task, known)
        self.activity.setText(f"{words}…" if fraction < 0 else f"{words}, {fraction:.0%}")
        self.bar.setRange(0, 0 if fraction < 0 else 1000)
        self.bar.setValue(round(max(fraction, 0) * 1000))
        self._show_bar(True)
