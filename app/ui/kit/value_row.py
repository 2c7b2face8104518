"""A named strength: a slider to drag and a number to type."""

from __future__ import annotations

import itertools
import time

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QWidget

#: steps of a slider
STEPS = 100
NAME_WIDTH, NUMBER_WIDTH = 118, 58
#: the theme's frame belongs to the box, not to the line inside it; NoButtons leaves no room for the line once there is a style sheet
NUMBER_STYLE = """
QDoubleSpinBox { padding: 1px 5px; min-height: 18px; }
QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { width: 0; height: 0; border: 0; }
QLineEdit { padding: 0 5px; border: 0; min-height: 0; background: transparent; }
"""
#: keys and wheel within this time belong together
PAUSE_S = 1.0
_gestures = itertools.count(1)


class _Slider(QSlider):
    """A slider that leaves the wheel to the panel, which scrolls."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Not for this."""
        event.ignore()


class ValueRow(QWidget):
    """One row of a panel.

    Args:
        name: as written.
        hint: tool tip.
        top: the largest value; the smallest is 0.
        unit: after the number.
        colour: of the dot before the name, "" for none.

    Attributes:
        gesture: changes with the same number came from one drag, or from keys in quick succession.
    """

    #: the user chose another value
    edited = Signal(float)

    def __init__(self, name: str, hint: str, top: float = 1.0, unit: str = "", colour: str = "") -> None:
        super().__init__()
        self.gesture = 0
        self._top = top
        self._edited_s = 0.0
        self.name = QLabel(name)
        self.name.setFixedWidth(NAME_WIDTH)
        if colour:
            self.name.setText(f'<span style="color:{colour}">●</span>&nbsp;&nbsp;{name}')
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(10)
        self.slider.setMinimumWidth(80)
        self.number = QDoubleSpinBox()
        self.number.setRange(0.0, top)
        self.number.setDecimals(2)
        self.number.setSingleStep(0.05)
        self.number.setSuffix(unit)
        self.number.setFixedWidth(NUMBER_WIDTH)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.number.setStyleSheet(NUMBER_STYLE)
        self.number.setKeyboardTracking(False)
        self.number.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.name.setBuddy(self.number)
        for widget in (self.slider, self.number):
            widget.setAccessibleName(name)
            widget.setToolTip(hint)
        self.name.setToolTip(hint)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.name)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.number)
        self.slider.sliderPressed.connect(self._begin)
        self.slider.valueChanged.connect(lambda steps: self._edit(steps / STEPS * self._top))
        self.number.valueChanged.connect(self._edit)

    @property
    def value(self) -> float:
        """What is shown."""
        return self.number.value()

    def set_value(self, value: float) -> None:
        """Show a value; not an edit."""
        if abs(value - self.number.value()) < 1e-9:
            return
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            self.slider.setValue(round(value / self._top * STEPS))
            self.number.setValue(value)

    def _begin(self) -> None:
        self.gesture = next(_gestures)
        self._edited_s = time.monotonic()

    def _edit(self, value: float) -> None:
        if not self.slider.isSliderDown() and time.monotonic() - self._edited_s > PAUSE_S:
            self._begin()
        self._edited_s = time.monotonic()
        value = round(value, 2)
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            self.slider.setValue(round(value / self._top * STEPS))
            self.number.setValue(value)
        self.edited.emit(value)
