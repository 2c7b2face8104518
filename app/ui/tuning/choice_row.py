"""The row of a control that is picked from a list."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.ui.kit import theme
from app.ui.kit.picker import Picker
from app.ui.tuning.tuning_controls import Control

_gestures = itertools.count(1)


class ChoiceRow(QWidget):
    """A name and a list; looks and speaks like a ControlRow.

    Args:
        control: what is tuned; it has options.

    Attributes:
        gesture: another number for every choice, as each is a step of its own to undo.
    """

    #: the user picked another one: its number
    edited = Signal(float)

    def __init__(self, control: Control) -> None:
        super().__init__()
        self.control, self.gesture = control, 0
        self.name = QLabel(control.name)
        self.name.setFixedWidth(control.name_width)
        self.name.setToolTip(control.hint)
        self.list = Picker(control.name, control.hint, 80)
        self.list.addItems(control.options)
        self.name.setBuddy(self.list)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 25, 0)
        line.setSpacing(3)
        line.addWidget(self.name)
        line.addWidget(self.list, 1)
        self.list.activated.connect(self._picked)

    def set_value(self, value: float) -> None:
        """Show a choice; not an edit."""
        with QSignalBlocker(self.list):
            self.list.setCurrentIndex(round(value - self.control.range.low))
        changed = abs(value - self.control.range.default) > 1e-9
        self.name.setStyleSheet(f"color: {theme.ACCENT}; font-weight: 600;" if changed else "")

    def _picked(self, index: int) -> None:
        self.gesture = next(_gestures)
        self.edited.emit(index + self.control.range.low)
