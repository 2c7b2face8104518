"""One shape to tune: gain in the row, mute and solo beside it, offset and limits below when they are wanted."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from app.core.tuning import Tuning
from app.ui.kit import theme
from app.ui.tuning.tuning_controls import Control, ControlRow, channel_of, shape_control, shape_of

_ON = f"QToolButton:checked {{ background: {theme.WARNING}; color: {theme.INK}; border-color: {theme.WARNING}; font-weight: 600; }}"


class ShapeRow(QWidget):
    """A channel, or a pair of linked ones.

    Args:
        control: the gain's.
        parent: Qt's.
    """

    #: tuning with the change, what it is, control
    edited = Signal(object, str, str)

    def __init__(self, control: Control, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.channel = channel_of(control)
        self.tuning = Tuning()
        self._marked = False
        self.gain = ControlRow(control)
        self.rows = [self.gain]
        self.mute = self._button("M", "Hold at 0", "mute")
        self.solo = self._button("S", "Hold all others at 0", "solo")
        self.more = QToolButton()
        self.more.setText("…")
        self.more.setCheckable(True)
        self.more.setFixedSize(22, 22)
        self.more.setToolTip("Offset and limits")
        self.more.setAccessibleName(f"Offset and limits of {self.channel}")
        self.more.toggled.connect(self._show_more)
        for place, button in ((1, self.mute), (2, self.solo)):
            self.gain.line.insertWidget(place, button)
        self.gain.line.addWidget(self.more)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._add(self.gain)

    def set_tuning(self, tuning: Tuning) -> None:
        """Show a tuning."""
        self.tuning = tuning
        shape = shape_of(tuning, self.channel)
        self.mute.setChecked(shape.mute)
        self.solo.setChecked(shape.solo)
        for row in self.rows:
            row.set_value(row.control.read(tuning))
        changed = shape.offset != 0 or shape.low is not None or shape.high is not None
        if changed != self._marked:
            self._marked = changed
            self.more.setStyleSheet(f"color: {theme.ACCENT}; font-weight: 700;" if changed else "")

    def _button(self, text: str, hint: str, field: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setFixedSize(20, 22)
        button.setStyleSheet(_ON)
        button.setToolTip(f"{hint}: {self.channel}")
        button.setAccessibleName(f"{field.capitalize()} {self.channel}")
        button.clicked.connect(lambda on: self._switch(field, on))
        return button

    def _switch(self, field: str, on: bool) -> None:
        shape = replace(shape_of(self.tuning, self.channel), **{field: on})
        self.edited.emit(self.tuning.with_shape(self.channel, shape), f"{field.capitalize()} {self.channel}", "")

    def _add(self, row: ControlRow) -> None:
        self._column.addWidget(row)
        row.edited.connect(lambda value: self._edit(row, value))

    def _edit(self, row: ControlRow, value: float) -> None:
        control = row.control
        field = control.key.split(" ")[0]
        self.edited.emit(control.write(self.tuning, value), f"{self.channel} {field}", f"{control.key} {row.gesture}")

    def _show_more(self, on: bool) -> None:
        if len(self.rows) == 1:
            for field, title in (("offset", "  offset"), ("low", "  at least"), ("high", "  at most")):
                row = ControlRow(shape_control(self.channel, field, title))
                self.rows.append(row)
                self._add(row)
            self.set_tuning(self.tuning)
        for row in self.rows[1:]:
            row.setVisible(on)
