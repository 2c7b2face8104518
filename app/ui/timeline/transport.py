"""Play controls, time code, rate and volume."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QSlider, QToolButton, QWidget

from app.core.timecode import ClipCount
from app.session.base.playback import RATES
from app.ui.kit import theme
from app.ui.kit.icons import icon


def time_code(t: float) -> str:
    """Minutes, seconds and milliseconds of a time in seconds: ``0:04.217``."""
    minutes, rest = divmod(max(round(t * 1000), 0), 60_000)
    return f"{minutes}:{rest // 1000:02d}.{rest % 1000:03d}"


def position_texts(t: float, duration_s: float, clip: ClipCount) -> tuple[str, ...]:
    """Length, timecode and frame, from the most to the least that is written where room is scarce.

    Args:
        t: seconds.
        duration_s: length of the clip, 0 for none.
        clip: how its frames are counted.
    """
    if not duration_s:
        return ("",)
    frame, code = clip.count.frame_at(t), clip.timecode(t)
    most = f"/ {time_code(duration_s)}    {code}    frame {frame}"
    return most, f"{code}    frame {frame}", code, f"f {frame}", ""


class PlaceField(QLineEdit):
    """Takes where to go; it is gone as soon as the focus is."""

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close."""
        super().focusOutEvent(event)
        self.hide()


class Transport(QWidget):
    """The row under the timeline; its buttons show the window's actions."""

    #: 0.25 to 4
    rate_chosen = Signal(float)
    #: what was typed to go to
    place_typed = Signal(str)
    #: 0 to 1
    volume_chosen = Signal(float)

    def __init__(self, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(44)
        self.buttons: dict[str, QToolButton] = {}
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 12, 4)
        layout.setSpacing(2)
        for name in ("start", "back", "play", "forward", "end"):
            layout.addWidget(self._button(name, actions[name]))
        layout.addSpacing(8)
        self.time = QLabel(time_code(0))
        self.time.setAccessibleName("Time")
        self.time.setStyleSheet("font-size: 15px; font-weight: 600;")
        self.time.setFixedWidth(80)
        self.time.setToolTip("Click or press G to type where to go: a timecode, a frame, or +10 for ten frames on")
        self.time.setCursor(Qt.CursorShape.IBeamCursor)
        self.rest = QLabel()
        self.rest.setAccessibleName("Length and frame")
        self.rest.setObjectName("caption")
        # it takes the room that the buttons leave, and never moves them
        self.rest.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.rest.setMinimumWidth(44)
        self._position: tuple[str, ...] = ("",)
        layout.addWidget(self.time)
        layout.addWidget(self.rest, 1)
        for name in ("in", "out", "loop"):
            layout.addWidget(self._button(name, actions[name]))
        layout.addSpacing(4)
        layout.addWidget(self._button("live", actions["live"]))
        layout.addSpacing(8)
        self._add_rate(layout)
        layout.addSpacing(8)
        self._add_volume(layout)
        self.place = PlaceField(self)
        self.place.setAccessibleName("Go to")
        self.place.setPlaceholderText("timecode, frame, +10")
        self.place.returnPressed.connect(lambda: self.place_typed.emit(self.place.text()))
        self.place.hide()

    def ask_place(self) -> None:
        """Open the field that takes where to go, over the time."""
        self.place.clear()
        self.place.setFixedWidth(min(self.time.width() + self.rest.width() + 8, 260))
        self.place.move(self.time.x() - 6, (self.height() - self.place.sizeHint().height()) // 2)
        self.place.show()
        self.place.raise_()
        self.place.setFocus()

    def set_time(self, t: float, duration_s: float, clip: ClipCount) -> None:
        """Write the position.

        Args:
            t: seconds.
            duration_s: length of the clip.
            clip: how its frames are counted.
        """
        self.time.setText(time_code(t))
        position = position_texts(t, duration_s, clip)
        if position != self._position:
            self._position = position
            self._write_position()

    def set_playing(self, playing: bool) -> None:
        """Show what the play button would do."""
        button = self.buttons["play"]
        button.defaultAction().setIcon(icon("pause" if playing else "play"))
        button.defaultAction().setText("Pause" if playing else "Play")

    def set_output(self, rate: float, volume: float) -> None:
        """Show the present rate, which may be one that the picker does not offer, and the volume."""
        self.rate.setPlaceholderText(f"{rate:g}×".replace("-", "−"))
        self.rate.setCurrentIndex(self.rate.findData(rate))
        self.volume.setValue(round(volume * 100))

    def _write_position(self) -> None:
        """As much of it as there is room for; nothing is cut in two."""
        metrics, room = self.rest.fontMetrics(), self.rest.width()
        text = next((text for text in self._position if metrics.horizontalAdvance(text) <= room), "")
        if text != self.rest.text():
            self.rest.setText(text)
        self.rest.setToolTip("" if text == self._position[0] else self._position[0])

    def _button(self, name: str, action: QAction) -> QToolButton:
        button = QToolButton()
        action.setIcon(icon(name))
        button.setDefaultAction(action)
        button.setIconSize(QSize(24, 24) if name == "play" else QSize(20, 20))
        button.setAccessibleName(action.text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.buttons[name] = button
        return button

    def _add_rate(self, layout: QHBoxLayout) -> None:
        self.rate = QComboBox()
        self.rate.setAccessibleName("Playback rate")
        self.rate.setToolTip("Playback rate; the pitch stays")
        for rate in sorted(RATES, reverse=True):
            self.rate.addItem(f"{rate:g}×", rate)
        self.rate.setFixedWidth(72)
        self.rate.activated.connect(lambda: self.rate_chosen.emit(self.rate.currentData()))
        layout.addWidget(self.rate)

    def _add_volume(self, layout: QHBoxLayout) -> None:
        sign = QLabel()
        sign.setPixmap(icon("volume", theme.DIM).pixmap(20, 20))
        self.volume = QSlider(Qt.Orientation.Horizontal)
        self.volume.setAccessibleName("Volume")
        self.volume.setToolTip("Volume")
        self.volume.setRange(0, 100)
        self.volume.setMinimumWidth(36)
        self.volume.setMaximumWidth(96)
        self.volume.valueChanged.connect(lambda value: self.volume_chosen.emit(value / 100))
        layout.addWidget(sign)
        layout.addWidget(self.volume)

    # -- Qt's own, last as everywhere

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write what there is room for now."""
        super().resizeEvent(event)
        self._row.activate()
        self._write_position()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the time asks where to go."""
        if event.button() == Qt.MouseButton.LeftButton and self.time.geometry().contains(event.position().toPoint()):
            self.ask_place()
        else:
            super().mousePressEvent(event)
