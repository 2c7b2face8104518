"""One number of a panel: a slider to drag, a number to type, and, where it has a default, a way back to it."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from app.ui.kit import theme

#: the theme's frame belongs to the box, not to the line inside it; NoButtons leaves no room for the line once there is a style sheet
NUMBER_STYLE = """
QDoubleSpinBox { padding: 1px 5px; min-height: 18px; }
QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { width: 0; height: 0; border: 0; }
QLineEdit { padding: 0 5px; border: 0; min-height: 0; background: transparent; }
"""
#: keys and wheel within this time belong together
PAUSE_S = 1.0
_gestures = itertools.count(1)


@dataclass(frozen=True)
class Number:
    """What a row sets.

    Attributes:
        name: as written.
        hint: tool tip.
        low: smallest value.
        high: largest value.
        default: where a double click goes back to, None for nowhere.
        unit: after the number.
        decimals: digits after the point.
        step: of the arrow keys.
        slider_steps: of the slider, from end to end.
        name_px: width of the name's column in logical pixels.
        number_px: width of the number's column.
        colour: of the dot before the name, "" for none.
    """

    name: str
    hint: str
    low: float = 0.0
    high: float = 1.0
    default: float | None = None
    unit: str = ""
    decimals: int = 2
    step: float = 0.05
    slider_steps: int = 100
    name_px: int = 118
    number_px: int = 58
    colour: str = ""


class _Slider(QSlider):
    """A slider that leaves the wheel to the panel, which scrolls, and goes back to its default on a double click."""

    reset = Signal()

    def __init__(self, resets: bool) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._resets = resets

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Not for this."""
        event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the default."""
        if not self._resets:
            super().mouseDoubleClickEvent(event)
            return
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


class NumberRow(QWidget):
    """A number's name, slider, box and reset.

    Args:
        number: what is set.

    Attributes:
        gesture: changes with the same number came from one drag, or from keys in quick succession.
        number: the box that is typed into.
    """

    #: the user chose another value
    edited = Signal(float)

    def __init__(self, number: Number) -> None:
        super().__init__()
        self.gesture = 0
        self._of = number
        self._edited_s = 0.0
        self._marked: bool | None = None
        resets = number.default is not None
        self.name = _Name(f'<span style="color:{number.colour}">●</span>&nbsp;&nbsp;{number.name}' if number.colour else number.name)
        self.name.setFixedWidth(number.name_px)
        self.slider = _Slider(resets)
        self.slider.setRange(0, number.slider_steps)
        self.slider.setPageStep(10)
        self.slider.setMinimumWidth(40 if resets else 80)
        self.number = self._box()
        self.name.setBuddy(self.number)
        for widget in (self.slider, self.number):
            widget.setAccessibleName(number.name)
        for hinted in (self.name, self.slider, self.number):
            hinted.setToolTip(number.hint)
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(0, 0, 0, 0)
        self.line.setSpacing(3 if resets else 8)
        self.line.addWidget(self.name)
        self.line.addWidget(self.slider, 1)
        self.line.addWidget(self.number)
        self.back = self._way_back()
        self._show(number.low if number.default is None else number.default)
        self.slider.sliderPressed.connect(self._begin)
        self.slider.valueChanged.connect(self._slide)
        self.number.valueChanged.connect(self._edit)
        for source in (self.slider.reset, self.name.reset, self.back.clicked):
            source.connect(self.reset)

    def _box(self) -> QDoubleSpinBox:
        of, box = self._of, QDoubleSpinBox()
        box.setRange(of.low, of.high)
        box.setDecimals(of.decimals)
        box.setSingleStep(1.0 if of.decimals == 0 else of.step)
        box.setSuffix(of.unit)
        box.setFixedWidth(of.number_px)
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        box.setStyleSheet(NUMBER_STYLE)
        box.setKeyboardTracking(False)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return box

    def _way_back(self) -> QToolButton:
        """The button to the default, at the end of the row; hidden where there is none."""
        back = QToolButton(self)
        back.setText("↺")
        back.setFixedSize(22, 22)
        back.setToolTip("Back to the default (or double-click the name or the slider)")
        back.setAccessibleName(f"Reset {self._of.name}")
        if self._of.default is None:
            back.hide()
        else:
            self.line.addWidget(back)
        return back

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
        if self._of.default is not None:
            self._begin()
            self._choose(self._of.default)

    def _show(self, value: float) -> None:
        of = self._of
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            self.slider.setValue(round((value - of.low) / (of.high - of.low) * of.slider_steps))
            self.number.setValue(value)
        changed = of.default is not None and abs(value - of.default) > 1e-9
        if changed == self._marked or of.default is None:
            return
        # style sheets are slow, and this happens while a slider is dragged
        self._marked = changed
        self.back.setEnabled(changed)
        self.back.setStyleSheet("" if changed else "color: transparent;")
        self.name.setStyleSheet(f"color: {theme.ACCENT}; font-weight: 600;" if changed else "")

    def _begin(self) -> None:
        self.gesture = next(_gestures)
        self._edited_s = time.monotonic()

    def _slide(self, steps: int) -> None:
        self._edit(self._of.low + steps / self._of.slider_steps * (self._of.high - self._of.low))

    def _edit(self, value: float) -> None:
        if not self.slider.isSliderDown() and time.monotonic() - self._edited_s > PAUSE_S:
            self._begin()
        self._edited_s = time.monotonic()
        self._choose(value)

    def _choose(self, value: float) -> None:
        value = round(value, self._of.decimals)
        self._show(value)
        self.edited.emit(value)
