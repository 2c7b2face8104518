"""Finding the delay of a sound output by microphone, by eye and by tapping; it applies at once and is kept per output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.audio.devices import DeviceChoice
from app.core.speech import AudioClip
from app.core.sync import CHIRPS, LEAST_TAPS, Loopback, output_delay_ms, tapped_delay_ms, verdict
from app.session.base.opening import open_player
from app.session.base.playback import MOST_LATE_MS, Playback
from app.session.base.workers import Job, Workers
from app.session.speech.loopback import LoopbackMeasurement
from app.ui.kit import theme
from app.ui.kit.number_row import NUMBER_STYLE

if TYPE_CHECKING:
    from app.audio.player import Player

RATE, BEAT_S, BEATS, FLASH_S = 48000, 0.7, 24, 0.08
TICK_MS = 5
ABOUT = (
    "The click and the flash should fall together. With a microphone beside the loudspeaker the delay is measured. Without one, "
    "change the number until they do, or tap the space bar: first to the clicks with your eyes closed, then to the flashes with the "
    "sound off. What your hand adds is in both and drops out."
)


def beat_times() -> np.ndarray:
    """(n,) seconds of the clicks."""
    return (np.arange(BEATS) + 1) * BEAT_S


def clicks() -> AudioClip:
    """A click of 1 kHz for 12 ms at every beat."""
    samples = np.zeros(round((BEATS + 1) * BEAT_S * RATE), np.float32)
    n = round(0.012 * RATE)
    burst = (0.6 * np.sin(2 * np.pi * 1000 * np.arange(n) / RATE) * np.hanning(n)).astype(np.float32)
    for t in beat_times():
        samples[round(t * RATE) : round(t * RATE) + n] = burst
    return AudioClip(samples, RATE, "clicks")


class Flash(QWidget):
    """A field that lights up on the beat."""

    def __init__(self) -> None:
        super().__init__()
        self.lit = False
        self.setMinimumHeight(110)
        self.setAccessibleName("Flash")

    def show_lit(self, lit: bool) -> None:
        """Light up, or go dark."""
        if lit != self.lit:
            self.lit = lit
            self.repaint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A disc."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.STAGE))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff" if self.lit else theme.FIELD))
        size = min(self.width(), self.height()) - 20
        painter.drawEllipse(QRectF((self.width() - size) / 2, 10, size, size))


class SyncDialog(QDialog):
    """Calibrates the output that is in use.

    Args:
        playback: whose delay is set.
        parent: window.
        microphone: the microphone that measures, None for the system's default.
    """

    #: it was closed: time to write the settings
    closed = Signal()

    def __init__(self, playback: Playback, parent: QWidget | None = None, microphone: DeviceChoice | int | str | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Sync of sound and picture")
        self._playback = playback
        self._player: Player | None = None
        self._phase = ""
        self.taps: dict[str, list[float]] = {"sound": [], "picture": []}
        about = QLabel(ABOUT)
        about.setWordWrap(True)
        self.device = QLabel(f"Output: {playback.device_name or 'none, so nothing is heard'}")
        self.flash = Flash()
        self.late = QDoubleSpinBox()
        self.late.setRange(-MOST_LATE_MS, MOST_LATE_MS)
        self.late.setDecimals(0)
        self.late.setSingleStep(5)
        self.late.setSuffix(" ms")
        self.late.setStyleSheet(NUMBER_STYLE)
        self.late.setAccessibleName("The sound is late by")
        self.late.setValue(1e3 * playback.late_s)
        self.late.valueChanged.connect(self._apply)
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.verdict.setMinimumHeight(3 * self.fontMetrics().lineSpacing() + 4)
        self.verdict.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.verdict.setAccessibleName("Verdict")
        self.watch = QPushButton("Watch and listen")
        self.watch.clicked.connect(lambda: self.start("watch"))
        self.to_sound = QPushButton("Tap to the clicks")
        self.to_sound.clicked.connect(lambda: self.start("sound"))
        self.to_picture = QPushButton("Tap to the flashes")
        self.to_picture.clicked.connect(lambda: self.start("picture"))
        self.by_microphone = QPushButton("Measure by microphone")
        self.by_microphone.setToolTip("Play chirps and find in what the microphone hears how late they come; keep quiet for four seconds")
        self.by_microphone.clicked.connect(self.measure)
        self._lay_out(about)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._judge()
        self._open(playback.device, microphone)

    # -- the output, which may take a second to open

    def _open(self, device: DeviceChoice | int | str | None, microphone: DeviceChoice | int | str | None) -> None:
        """Open an output of its own off the GUI thread; what needs it waits for that."""
        self._opened: list[Player] = []
        self._workers = Workers(lambda _task, sentence: self.verdict.setText(sentence), self)
        self._set_ready(False)

        def work(job: Job) -> None:
            player = open_player(device)
            self._opened.append(player)
            player.load(clicks())
            job.post(self._use, player, microphone)

        self._workers.start("sound output", work)

    def _use(self, player: Player, microphone: DeviceChoice | int | str | None) -> None:
        self._player = player
        self.measurement = LoopbackMeasurement(player, microphone, self)
        self.measurement.measured.connect(self._measured)
        self.measurement.failed.connect(self._not_measured)
        self._set_ready(True)
        self._timer.start()

    def _set_ready(self, ready: bool) -> None:
        for button in (self.by_microphone, self.watch, self.to_sound, self.to_picture):
            button.setEnabled(ready)

    def _lay_out(self, about: QLabel) -> None:
        buttons, number = QHBoxLayout(), QHBoxLayout()
        for button in (self.by_microphone, self.watch, self.to_sound, self.to_picture):
            button.setAutoDefault(False)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            buttons.addWidget(button)
        number.addWidget(QLabel("The sound is late by"))
        number.addWidget(self.late)
        number.addStretch(1)
        number.addWidget(self.device)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(about)
        column.addWidget(self.flash)
        column.addLayout(buttons)
        column.addLayout(number)
        column.addWidget(self.verdict)
        column.addWidget(self.buttons)
        self.setMinimumWidth(620)

    def start(self, phase: str) -> None:
        """Play the clicks: ``watch``, or take taps to the ``sound`` or to the ``picture``."""
        player = self._player
        if player is None:
            return
        self._end_measurement(player)
        self._phase = phase
        if phase in self.taps:
            self.taps[phase].clear()
            self.verdict.setText("Tap the space bar on every beat.")
        player.set_volume(0.0 if phase == "picture" else 1.0)
        player.seek(0.0)
        player.play()
        self.setFocus()

    def measure(self) -> None:
        """Let the microphone find the delay."""
        if self._player is None:
            return
        self._phase = "microphone"
        self.by_microphone.setEnabled(False)
        self.verdict.setText("Measuring: chirps are played, and the microphone listens.")
        self.measurement.start()

    def _measured(self, found: Loopback) -> None:
        player = self._player
        if player is None:
            return
        self._end_measurement(player)
        self.late.setValue(found.late_ms)
        says_ms = 1e3 * player.status.latency_s
        self.verdict.setText(
            f"{verdict(found.late_ms)} without correction. The output says {says_ms:.0f} ms and takes {says_ms + found.late_ms:.0f} ms, "
            f"±{max(found.spread_ms, 0.1):.1f} ms over {found.heard} of {CHIRPS} chirps; an error in the microphone's own delay is part of "
            "that. Corrected now."
        )

    def _not_measured(self, sentence: str) -> None:
        if self._player is not None:
            self._end_measurement(self._player)
        self.verdict.setText(sentence)

    def _end_measurement(self, player: Player) -> None:
        """Back to the clicks, whether the measurement came to its end or not."""
        self.measurement.stop()
        self.by_microphone.setEnabled(True)
        if self._phase == "microphone":
            self._phase = ""
            player.load(clicks())

    def tap(self) -> None:
        """Note a tap, and judge as soon as both rounds have enough."""
        if self._phase in self.taps and self._player is not None and self._player.playing:
            self.taps[self._phase].append(self._player.clock.now())
            self._measure()

    def _measure(self) -> None:
        found = {phase: tapped_delay_ms(taps, beat_times().tolist()) for phase, taps in self.taps.items()}
        missing = LEAST_TAPS - min(len(taps) for taps in self.taps.values())
        sound, picture = found["sound"], found["picture"]
        if sound is None or picture is None:
            words = {"sound": "clicks", "picture": "flashes"}
            more = "; both rounds are needed." if missing > 0 else "."
            self.verdict.setText(f"{len(self.taps[self._phase])} taps to the {words[self._phase]}{more}")
            return
        late_ms, error_ms = output_delay_ms(sound, picture)
        self.late.setValue(late_ms)
        self.verdict.setText(f"{verdict(late_ms)} without correction. Measured to ±{2 * error_ms:.0f} ms, and corrected now.")

    def _apply(self, late_ms: float) -> None:
        self._playback.set_late(late_ms / 1e3)
        self._judge()

    def _judge(self) -> None:
        late_ms = self.late.value()
        trusted = "No correction: the device's own figure is trusted."
        self.verdict.setText(f"{verdict(late_ms)}, if left alone; corrected now." if late_ms else trusted)

    def _tick(self) -> None:
        """Light the flash when its beat is heard."""
        if self._player is None:
            return
        t = self._player.clock.now() - (self._playback.late_s if self._phase == "watch" else 0.0)
        since = t % BEAT_S
        self.flash.show_lit(self._player.playing and self._phase not in ("sound", "microphone") and t >= BEAT_S and since < FLASH_S)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The space bar taps."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.tap()
        else:
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Closed, by whatever way: give the device back."""
        self._timer.stop()
        if self._player is not None:
            self.measurement.close()
            self._player = None
        self._workers.close()
        for player in self._opened:
            player.close()
        self._opened.clear()
        super().done(result)
        self.closed.emit()
