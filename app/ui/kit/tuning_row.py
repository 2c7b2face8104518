"""One number to tune: drag it, type it, double-click it back to its default."""

from __future__ import annotations

import itertools
import time

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from app.ui.kit import theme
from app.ui.kit.value_row import NUMBER_STYLE
from app.ui.tuning.tuning_controls import Control

STEPS = 200
NUMBER_WIDTH = 74
#: keys and wheel within this time belong together
PAUSE_S = 1.0
_gestures = itertools.count(1)


class _Slider(QSlider):
    """A slider that leaves the wheel to the panel, and goes back to its default on a double click."""

    reset = Signal()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Not for this."""
        event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the default."""
        self.setSliderDown(False)
        self.reset.emit()
        event.accept()


class _Name(QLabel):
    """The name, which resets on a double click too."""

    reset = Signal()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the default."""
        self.reset.emit()
        event.accept()


class TuningRow(QWidget):
    """A control's name, slider, number and reset.

    Args:
        control: what is tuned.
        parent: Qt's.

    Attributes:
        gesture: changes with the same number came from one drag, or from keys in quick succession.
    """

    #: the user chose another value
    edited = Signal(float)

    def __init__(self, control: Control, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.control = control
        self.gesture = 0
        self._edited_s = 0.0
        self._marked: bool | None = None
        allowed = control.range
        self.name = _Name(control.name)
        self.name.setFixedWidth(control.name_width)
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 20)
        self.slider.setMinimumWidth(60)
        self.number = QDoubleSpinBox()
        self.number.setRange(allowed.low, allowed.high)
        self.number.setDecimals(control.decimals)
        self.number.setSingleStep(1.0 if control.decimals == 0 else control.step)
        self.number.setSuffix(allowed.unit)
        self.number.setFixedWidth(NUMBER_WIDTH)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.setStyleSheet(NUMBER_STYLE)
        self.number.setKeyboardTracking(False)
        self.number.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.back = QToolButton()
        self.back.setText("↺")
        self.back.setFixedSize(22, 22)
        self.back.setToolTip("Back to the default (or double-click the name or the slider)")
        self.back.setAccessibleName(f"Reset {control.name}")
        self.name.setBuddy(self.number)
        for widget in (self.slider, self.number):
            widget.setAccessibleName(control.name)
        for hinted in (self.name, self.slider, self.number):
            hinted.setToolTip(control.hint)
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(0, 0, 0, 0)
        self.line.setSpacing(4)
        self.line.addWidget(self.name)
        self.line.addWidget(self.slider, 1)
        self.line.addWidget(self.number)
        self.line.addWidget(self.back)
        self._show(allowed.default)
        self.slider.sliderPressed.connect(self._begin)
        self.slider.valueChanged.connect(lambda steps: self._edit(allowed.low + steps / STEPS * (allowed.high - allowed.low)))
        self.number.valueChanged.connect(self._edit)
        for source in (self.slider.reset, self.name.reset, self.back.clicked):
            source.connect(self.reset)

    @property
    def value(self) -> float:
        """What is shown."""
        return self.number.value()

    def set_value(self, value: float) -> None:
        """Show a value; not an edit."""
        if abs(value - self.number.value()) > 1e-9:
            self._show(value)

    def reset(self) -> None:
        """Choose the default."""
        self._begin()
        self._choose(self.control.range.default)

    def _show(self, value: float) -> None:
        allowed = self.control.range
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            self.slider.setValue(round((value - allowed.low) / (allowed.high - allowed.low) * STEPS))
            self.number.setValue(value)
        changed = abs(value - allowed.default) > 1e-9
        if changed == self._marked:
            return
        # style sheets are slow, and this happens while a slider is dragged
        self._marked = changed
        self.back.setEnabled(changed)
        self.back.setStyleSheet("" if changed else "color: transparent;")
        self.name.setStyleSheet(f"color: {theme.ACCENT}; font-weight: 600;" if changed else "")

    def _begin(self) -> None:
        self.gesture = next(_gestures)
        self._edited_s = time.monotonic()

    def _edit(self, value: float) -> None:
        if not self.slider.isSliderDown() and time.monotonic() - self._edited_s > PAUSE_S:
            self._begin()
        self._edited_s = time.monotonic()
        self._choose(value)

    def _choose(self, value: float) -> None:
        value = round(value, self.control.decimals)
        self._show(value)
        self.edited.emit(value)
