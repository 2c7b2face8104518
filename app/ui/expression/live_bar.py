"""What is known about the microphone or the stream that moves the face: name, level, and the measured delay."""

from __future__ import annotations

from math import log10

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from app.session.live.incoming import Incoming
from app.session.live.live import Live
from app.session.live.taking import Taking
from app.ui.kit import theme
from app.ui.kit.icons import icon

#: levels shown, in decibels below full scale
QUIETEST_DB, LOUD_DB = -60.0, -12.0
#: how fast the meter falls, in decibels per refresh
FALL_DB = 2.5
METER_MS = 33
#: figures that change faster cannot be read
FIGURES_MS = 500


class LevelMeter(QWidget):
    """A bar that rises at once and falls slowly."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(96, 8)
        self.setAccessibleName("Microphone level")
        self.level_db = QUIETEST_DB

    def set_level(self, level: float) -> None:
        """Show a root mean square, 0 to 1; called at a steady rate."""
        level_db = 20 * log10(max(level, 1e-3))
        self.level_db = max(level_db, self.level_db - FALL_DB, QUIETEST_DB)
        self.setToolTip(f"{self.level_db:.0f} dB")
        self.update()

    # -- Qt's own, last as everywhere

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.LINE))
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        share = min((self.level_db - QUIETEST_DB) / -QUIETEST_DB, 1.0)
        if share > 0.01:
            painter.setBrush(QColor(theme.WARNING if self.level_db > LOUD_DB else theme.GOOD))
            painter.drawRoundedRect(QRectF(0, 0, max(share * self.width(), 6), self.height()), 3, 3)
        painter.end()


class LiveBar(QFrame):
    """A plate in the picture's upper right corner, there while live.

    Args:
        live: the session's.
        incoming: may move the face in the microphone's place.
        taking: may record it.
        stage: the widget in whose corner it stands.
    """

    stopped = Signal()

    def __init__(self, live: Live, incoming: Incoming, taking: Taking, stage: QWidget) -> None:
        super().__init__(stage)
        self.setObjectName("livebar")
        self.setStyleSheet("QFrame#livebar { background: rgba(15, 17, 19, 190); border-radius: 5px; }")
        self._live, self._incoming, self._taking = live, incoming, taking
        self.sign = QLabel()
        self.meter = LevelMeter()
        self.delay = QLabel()
        self.delay.setAccessibleName("Delay from microphone to face")
        self.stop = QToolButton()
        self.stop.setIcon(icon("cross", theme.DIM))
        self.stop.setAccessibleName("Stop live")
        self.stop.clicked.connect(self.stopped)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 4, 4)
        layout.setSpacing(12)
        for widget in (self.sign, self.meter, self.delay, self.stop):
            layout.addWidget(widget)
        self._meter_timer = QTimer(self)
        self._meter_timer.setInterval(METER_MS)
        self._meter_timer.timeout.connect(lambda: self.meter.set_level(live.level))
        self._figures_timer = QTimer(self)
        self._figures_timer.setInterval(FIGURES_MS)
        self._figures_timer.timeout.connect(self.write_figures)
        live.toggled.connect(self._toggle)
        live.heard.connect(self._name)
        incoming.changed.connect(self.write_figures)
        taking.changed.connect(self.write_figures)
        stage.installEventFilter(self)
        self.hide()

    def write_figures(self) -> None:
        """Write the delay."""
        live = self._live
        word = "REC" if self._taking.recording else "LIVE"
        self.sign.setText(f'<span style="color:{theme.ERROR}">●</span>&nbsp; <b>{word}</b>')
        self.meter.setVisible(not live.follows_stream)
        self.stop.setToolTip("Stop listening for the face" if live.follows_stream else "Stop listening to the microphone")
        if live.follows_stream:
            self._write_stream()
        else:
            self._write_microphone()
        self._place()

    def _write_stream(self) -> None:
        """Who sends, how steadily, and how late it is shown."""
        incoming, counters, figures = self._incoming, self._incoming.counters, self._live.figures
        if counters is None or incoming.is_lost:
            where = incoming.address.port if incoming.address is not None else incoming.port
            self.delay.setText(f"No face comes to port {where}")
            self.delay.setToolTip(incoming.fault or incoming.label)
            return
        smoothed = f" + {figures.smoothing_ms:.0f} ms smoothing" if figures.smoothing_ms >= 1 else ""
        self.delay.setText(
            f"{counters.rate_hz:.0f}/s, jitter {counters.jitter.p50_ms:.0f} ms, {figures.total_ms:.0f} ms to the face{smoothed}"
        )
        self.delay.setToolTip(
            f"{incoming.label}: jitter below {counters.jitter.p99_ms:.1f} ms for 99 of 100 faces, {counters.lost:,} lost; measured from a "
            f"face's arrival to its picture, longest {figures.worst_ms:.0f} ms."
        )

    def _write_microphone(self) -> None:
        figures = self._live.figures
        if not self._live.microphone:
            self.delay.setText("Opening the microphone…")
        elif not figures.total_ms:
            self.delay.setText("Listening…")
        else:
            smoothed = f" + {figures.smoothing_ms:.0f} ms smoothing" if figures.smoothing_ms >= 1 else ""
            self.delay.setText(f"{figures.total_ms:.0f} ms to the face{smoothed}")
        who = "server and way" if self._live.far else "network"
        self.delay.setToolTip(
            "Measured from a sound at the microphone to its face on the picture: "
            f"input {figures.input_ms:.0f} ms, look-ahead {figures.look_ahead_ms:.0f} ms, {who} {figures.computing_ms:.0f} ms, "
            f"drawing {figures.drawing_ms:.0f} ms; longest {figures.worst_ms:.0f} ms."
        )

    def _name(self) -> None:
        self.sign.setToolTip(self._live.microphone)
        if self.delay.text().startswith("Opening"):
            self.write_figures()

    def _toggle(self, on: bool) -> None:
        for timer in (self._meter_timer, self._figures_timer):
            if on:
                timer.start()
            else:
                timer.stop()
        self.meter.level_db = QUIETEST_DB
        self.write_figures()
        self.setVisible(on)
        self.raise_()

    def _place(self) -> None:
        self.adjustSize()
        stage = self.parentWidget()
        if stage is not None:
            self.move(stage.width() - self.width() - 12, 8)

    # -- Qt's own, last as everywhere

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)
